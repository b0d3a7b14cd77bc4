"""Who may do what, and the small steps that every rule is made of. No HTTP here.

Rights follow the account permission alone; access per project comes later (README).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.kit.app import Principal
from mocks.kit.store import Store
from mocks.psa.associations import row_of
from mocks.psa.errors import forbidden, invalid, not_found
from mocks.psa.records import CLOSED_STATUSES, PROJECT
from mocks.psa.resource import Resource
from mocks.psa.resources import BY_SUBJECT
from sandbox.core.observe import Row

ADMINISTRATORS = ("administrator",)
# Rates, and time entered for somebody else.
FINANCIAL = ("administrator", "project_lead")
# Projects, tasks, participations, invoices, decisions on the timesheets of others.
LEADING = ("administrator", "project_lead", "project_creator")

Given = Mapping[str, Any]


def may(principal: Principal, permissions: tuple[str, ...]) -> bool:
    """Whether the caller's account permission is among these."""
    return principal.roles[0] in permissions


def demand(principal: Principal, permissions: tuple[str, ...]) -> None:
    """Raises 403 unless the caller's account permission is among these."""
    if not may(principal, permissions):
        raise forbidden()


def required(store: Store, resource: Resource, record_id: str) -> Row:
    """A record named in the path; raises 404. Archived projects are found: an update may unarchive them."""
    row = row_of(store, resource.record_type, record_id)
    if row is None:
        raise not_found(resource.what, record_id)
    return row


def pointed_to(store: Store, type_name: str, record_id: str | None, field: str) -> Row:
    """A record named in a body; raises 422 for the field."""
    row = row_of(store, store.types[type_name], record_id) if record_id is not None else None
    if row is None:
        raise invalid(field, f"{field} {record_id} does not exist")
    return row


def change(store: Store, row: Row, type_name: str, values: Given) -> Row:
    """Write what differs; a change that changes nothing leaves no trace."""
    differing = {name: value for name, value in values.items() if row[name] != value}
    return store.update(type_name, row["id"], differing) if differing else row


def demand_open(workspace: Row) -> None:
    """Raises 422 for a project that takes no work: archived, an estimate, closed or cancelled."""
    if workspace["archived"] or workspace["stage"] != PROJECT or workspace["status_key"] in CLOSED_STATUSES:
        raise invalid("workspace_id", f"project {workspace['id']} does not accept time or expenses")


def picked(given: Given, names: tuple[str, ...]) -> dict[str, Any]:
    """The named attributes that were given."""
    return {name: given[name] for name in names if name in given}


# -- keys in other systems ------------------------------------------------------------------------------------------

_KEYED = ("service_model", "service_model_ref", "status", "external_link", "external_message", "external_status")


def refer(store: Store, subject_type: str, row: Row, given: Given) -> None:
    """The inline ``external_reference`` of a body, if there is one."""
    if "external_reference" in given:
        put_reference(store, subject_type, row["id"], given["external_reference"])


def put_reference(store: Store, subject_type: str, subject_id: str, given: Given) -> Row:
    """Create or update the reference of one service: service_name is unique per object (section 12)."""
    key = {"subject_id": subject_id, "subject_type": subject_type, "service_name": given["service_name"]}
    values = picked(given, (*_KEYED, "locked"))
    known = store.one("external_reference", key)
    if known is not None:
        return change(store, known, "external_reference", values)
    label = f"{subject_type} {subject_id} {given['service_name']}"
    return store.insert("external_reference", {"status": "successful", **key, **values}, label=label)


def reference_subject(store: Store, given: Given) -> Row:
    """What a reference is about; raises 422 for subject_type or subject_id."""
    subject_type = given["subject_type"]
    if subject_type not in BY_SUBJECT:
        raise invalid("subject_type", f"subject_type must be one of {', '.join(sorted(BY_SUBJECT))}")
    return pointed_to(store, BY_SUBJECT[subject_type].record_type.name, given["subject_id"], "subject_id")


def delete_with_references(store: Store, subject_type: str, record_id: str) -> None:
    """Delete a record and the keys it has elsewhere."""
    for reference in store.find("external_reference", {"subject_id": record_id, "subject_type": subject_type}):
        store.delete("external_reference", reference["id"])
    store.delete(BY_SUBJECT[subject_type].record_type.name, record_id)
