"""Who belongs to which department and geography (psa-kantata.md section 6)."""

from __future__ import annotations

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.records_organizations import DEPARTMENT, GEOGRAPHY, MEMBER_TYPES
from mocks.psa.rules import Given, change, picked, pointed_to
from sandbox.core.observe import Row

_PLACES = (("department_id", DEPARTMENT), ("geography_id", GEOGRAPHY))
_WRITTEN = ("department_id", "geography_id", "primary")


def add_member(store: Store, given: Given) -> Row:
    """A person or project joins; the first membership of a member is its primary one (assumed). Raises 422."""
    member = {"member_type": given["member_type"], "member_id": given["member_id"]}
    pointed_to(store, MEMBER_TYPES[member["member_type"]], member["member_id"], "member_id")
    _check_places(store, given)
    if all(given.get(name) is None for name, _ in _PLACES):
        raise invalid("department_id", "a department or a geography is needed")
    first = store.one("organization_membership", member) is None
    values = {**member, "primary": int(first), **picked(given, _WRITTEN)}
    row = store.insert("organization_membership", values)
    _keep_one_primary(store, row)
    return row


def change_member(store: Store, membership: Row, given: Given) -> Row:
    """Another department or geography, or the primary one from now on. Raises 422."""
    _check_places(store, given)
    after = change(store, membership, "organization_membership", picked(given, _WRITTEN))
    _keep_one_primary(store, after)
    return after


def _check_places(store: Store, given: Given) -> None:
    for name, kind in _PLACES:
        if given.get(name) is not None and pointed_to(store, "organization", given[name], name)["type"] != kind:
            raise invalid(name, f"{name} {given[name]} is no {kind.lower()}")


def _keep_one_primary(store: Store, row: Row) -> None:
    if row["primary"]:
        of_member = {"member_type": row["member_type"], "member_id": row["member_id"], "primary": 1}
        for other in store.find("organization_membership", of_member):
            if other["id"] != row["id"]:
                change(store, other, "organization_membership", {"primary": 0})
