"""Users, memberships, client groups, and keys in other systems."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, rules_people, rules_projects
from mocks.psa.envelope import deleted, show, written
from mocks.psa.query import params_of
from mocks.psa.resources import ACCOUNT_MEMBERSHIPS, EXTERNAL_REFERENCES, USERS, WORKSPACE_GROUPS
from mocks.psa.rules import ADMINISTRATORS, LEADING, demand, put_reference, reference_subject, required
from sandbox.core.wire import Response

ROUTES = Routes()
# Who may write the keys of records that only administrators may write; the others are everybody's who leads.
_KEEPERS = dict.fromkeys(("User", "AccountMembership", "WorkspaceGroup"), ADMINISTRATORS)


@ROUTES.add("GET", "/api/v1/users/me", "users.me")
def read_me(call: Call) -> Response:
    """The caller."""
    return show(call, USERS, call.principal.user_id, params_of(call.request))


@ROUTES.add("POST", "/api/v1/account_invitations", "account_invitations.create")
def invite(call: Call) -> Response:
    """A new user; answers the user."""
    demand(call.principal, ADMINISTRATORS)
    user = rules_people.invite(call.store, intakes.ACCOUNT_INVITATION.one(call.request))
    return written(call, USERS, [user])


@ROUTES.add("PUT", "/api/v1/account_memberships/<record_id>", "account_memberships.update")
def change_membership(call: Call, record_id: str) -> Response:
    """Another permission or default role."""
    demand(call.principal, ADMINISTRATORS)
    membership = required(call.store, ACCOUNT_MEMBERSHIPS, record_id)
    given = intakes.ACCOUNT_MEMBERSHIP.change(call.request)
    return written(call, ACCOUNT_MEMBERSHIPS, [rules_people.change_membership(call.store, membership, given)])


@ROUTES.add("PUT", "/api/v1/account_memberships/<record_id>/disable", "account_memberships.disable")
def disable_membership(call: Call, record_id: str) -> Response:
    """The end of a user."""
    demand(call.principal, ADMINISTRATORS)
    membership = required(call.store, ACCOUNT_MEMBERSHIPS, record_id)
    return written(call, ACCOUNT_MEMBERSHIPS, [rules_people.disable(call.store, membership)])


@ROUTES.add("PUT", "/api/v1/account_memberships/<record_id>/enable", "account_memberships.enable")
def enable_membership(call: Call, record_id: str) -> Response:
    """A user who was disabled is active again."""
    demand(call.principal, ADMINISTRATORS)
    membership = required(call.store, ACCOUNT_MEMBERSHIPS, record_id)
    return written(call, ACCOUNT_MEMBERSHIPS, [rules_people.enable(call.store, membership)])


@ROUTES.add("POST", "/api/v1/workspace_groups", "workspace_groups.create")
def create_group(call: Call) -> Response:
    """A client."""
    demand(call.principal, ADMINISTRATORS)
    group = rules_projects.create_group(call.store, intakes.WORKSPACE_GROUP.one(call.request))
    return written(call, WORKSPACE_GROUPS, [group])


@ROUTES.add("PUT", "/api/v1/workspace_groups/<record_id>", "workspace_groups.update")
def change_group(call: Call, record_id: str) -> Response:
    """Other particulars of a client."""
    demand(call.principal, ADMINISTRATORS)
    group = required(call.store, WORKSPACE_GROUPS, record_id)
    after = rules_projects.change_group(call.store, group, intakes.WORKSPACE_GROUP.change(call.request))
    return written(call, WORKSPACE_GROUPS, [after])


@ROUTES.add("POST", "/api/v1/external_references/create_or_update", "external_references.create_or_update")
def put_external_reference(call: Call) -> Response:
    """The upsert by subject and service."""
    given = intakes.EXTERNAL_REFERENCE.one(call.request)
    demand(call.principal, _KEEPERS.get(given["subject_type"], LEADING))
    subject = reference_subject(call.store, given)
    reference = put_reference(call.store, given["subject_type"], subject["id"], given)
    return written(call, EXTERNAL_REFERENCES, [reference])


@ROUTES.add("DELETE", "/api/v1/external_references/<record_id>", "external_references.delete")
def delete_external_reference(call: Call, record_id: str) -> Response:
    """Forget a key."""
    reference = required(call.store, EXTERNAL_REFERENCES, record_id)
    demand(call.principal, _KEEPERS.get(reference["subject_type"], LEADING))
    call.store.delete("external_reference", record_id)
    return deleted()
