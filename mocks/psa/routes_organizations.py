"""Memberships of departments and geographies: add, change, end. The organizations themselves come with the tenant."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.records import Field
from mocks.kit.routing import Routes
from mocks.psa import rules_organizations
from mocks.psa.envelope import deleted, written
from mocks.psa.intake import Intake
from mocks.psa.records_organizations import MEMBER_TYPES
from mocks.psa.resources_organizations import ORGANIZATION_MEMBERSHIPS
from mocks.psa.rules import ADMINISTRATORS, demand, required
from sandbox.core.wire import Response

ROUTES = Routes()
_PATH = "/api/v1/organization_memberships"
MEMBERSHIP = Intake(
    "organization_membership",
    (
        Field("member_type", "picklist", required=True, restricted=True, choices=tuple(MEMBER_TYPES)),
        Field("member_id", "reference", required=True),
        Field("department_id", "reference"),
        Field("geography_id", "reference"),
        Field("primary", "bool"),
    ),
)


@ROUTES.add("POST", _PATH, "organization_memberships.create")
def add_members(call: Call) -> Response:
    """One membership or several."""
    demand(call.principal, ADMINISTRATORS)
    items = MEMBERSHIP.many(call.request)
    made = [rules_organizations.add_member(call.store, item) for item in items]
    return written(call, ORGANIZATION_MEMBERSHIPS, made)


@ROUTES.add("PUT", _PATH + "/<record_id>", "organization_memberships.update")
def change_member(call: Call, record_id: str) -> Response:
    """Another place; the member stays."""
    demand(call.principal, ADMINISTRATORS)
    membership = required(call.store, ORGANIZATION_MEMBERSHIPS, record_id)
    after = rules_organizations.change_member(call.store, membership, MEMBERSHIP.change(call.request))
    return written(call, ORGANIZATION_MEMBERSHIPS, [after])


@ROUTES.add("DELETE", _PATH + "/<record_id>", "organization_memberships.delete")
def end_member(call: Call, record_id: str) -> Response:
    """The member leaves."""
    demand(call.principal, ADMINISTRATORS)
    required(call.store, ORGANIZATION_MEMBERSHIPS, record_id)
    call.store.delete("organization_membership", record_id)
    return deleted()
