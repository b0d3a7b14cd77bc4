"""Locked time: from a lock on nobody logs or edits time before its Saturday (psa-kantata.md section 9)."""

from __future__ import annotations

from datetime import date

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.rules import Given
from sandbox.core.observe import Row

_SATURDAY = 6


def create(store: Store, given: Given, today: date, creator_id: str) -> Row:
    """Lock time before a past Saturday, later than any lock there is, once all time before it is approved (contract).

    Raises 422 for ``locked_to``.
    """
    locked_to = given["locked_to"]
    day = date.fromisoformat(locked_to)
    if day.isoweekday() != _SATURDAY or day >= today:
        raise invalid("locked_to", "locked_to must be a Saturday in the past")
    if locked_to <= latest(store):
        raise invalid("locked_to", f"time is locked to {latest(store)} already")
    unapproved = "SELECT id FROM time_entry WHERE date_performed < ? AND approved = 0 AND _deleted = 0 LIMIT 1"
    if store.read(unapproved, (locked_to,)):
        raise invalid("locked_to", "all time before locked_to must be approved first")
    return store.insert("line_item_lock", {"locked_to": locked_to, "creator_id": creator_id})


def latest(store: Store) -> str:
    """The day before which time is locked, as ISO text; blank when nothing is."""
    ((locked_to,),) = store.read("SELECT coalesce(max(locked_to), '') FROM line_item_lock WHERE _deleted = 0")
    return str(locked_to)
