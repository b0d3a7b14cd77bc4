"""Time entries: who may log how much on what, at which rate, and until when an entry may change."""

from __future__ import annotations

from typing import Any

from mocks.kit.app import Principal
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from mocks.psa import rules_invoices, rules_stories
from mocks.psa.associations import by_ids
from mocks.psa.errors import forbidden, invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import INVOICE, NOT_STARTED, TIME_ENTRY
from mocks.psa.rules import (
    FINANCIAL,
    Given,
    change,
    delete_with_references,
    demand_open,
    may,
    picked,
    pointed_to,
    refer,
)
from mocks.psa.rules_rates import RateBook
from sandbox.core.observe import Row

DAY_MINUTES = 1440
# A million an hour: keeps the sums of any invoice within SQLite's integers.
RATE_MAX_CENTS = 10**8

# Everything about a person on a project in one look: bind project, then user.
_ON_PROJECT = (
    "SELECT default_role_id, disabled, participation.id FROM account_membership LEFT JOIN participation "
    "ON participation.workspace_id = ? AND participation.user_id = account_membership.user_id "
    "AND participation._deleted = 0 WHERE account_membership.user_id = ? AND account_membership._deleted = 0"
)
_PLAIN = ("story_id", "date_performed", "time_in_minutes", "notes", "taxable", "location")
# A rate given by hand does not outlive a change of these.
_PRICED = ("date_performed", "role_id", "billable")


class TimeDesk:
    """Takes time for one caller. What it has looked up it keeps, so that a bulk costs little more than its rows."""

    def __init__(self, store: Store, rates: RateBook, principal: Principal, locked_to: str = "") -> None:
        self._store = store
        self._locked_to = locked_to
        self._rates = rates
        self._user_id = principal.user_id
        self._financial = may(principal, FINANCIAL)
        self._workspaces: dict[str, Row] = {}
        self._stories: dict[str, Row] = {}
        self._default_roles: dict[tuple[str, str], str | None] = {}
        self._roles: dict[str, str] = {}
        self._minutes: dict[tuple[str, str], int] = {}

    def log(self, given: Given) -> Row:
        """A new entry. ``user_id`` and ``rate_in_cents`` are ignored without financial rights (section 9)."""
        workspace = self._workspace(given["workspace_id"])
        user_id = (given.get("user_id") if self._financial else None) or self._user_id
        default_role_id = self._taking_part(workspace["id"], user_id)
        story = self._story(workspace["id"], given.get("story_id"))
        day, minutes = given["date_performed"], given["time_in_minutes"]
        self._demand_unlocked(day)
        _check_day(workspace, day, minutes)
        self._add_minutes(user_id, day, minutes, 0)
        values = {
            **picked(given, _PLAIN),
            "workspace_id": workspace["id"],
            "user_id": user_id,
            "role_id": self._role(given.get("role_id")) or default_role_id,
            "billable": given.get("billable", 1 if story is None else story["billable"]),
            "currency": workspace["currency"],
            # Approved means on an approved timesheet, or on a project that wants no approvals (section 9).
            "approved": 1 - workspace["require_time_approvals"],
        }
        values["rate"] = self._rate(workspace, values, given)
        entry = self._store.insert("time_entry", values)
        if story is not None and story["state"] == NOT_STARTED:
            rules_stories.start(self._store, story)
            del self._stories[story["id"]]
        refer(self._store, "TimeEntry", entry, given)
        return entry

    def change(self, entry: Row, given: Given) -> Row:
        """Another day, task, length or rate; it stays on its project and with its person."""
        self._demand_open(entry)
        for name in ("workspace_id", "user_id"):
            if given.get(name, entry[name]) != entry[name]:
                raise invalid(name, f"{name} of a time entry cannot be changed")
        workspace = self._workspace(entry["workspace_id"])
        values = picked(given, (*_PLAIN, "billable"))
        if given.get("role_id") is not None:
            values["role_id"] = self._role(given["role_id"])
        after = {**entry, **values}
        self._story(workspace["id"], after["story_id"])
        self._demand_unlocked(after["date_performed"])
        _check_day(workspace, after["date_performed"], after["time_in_minutes"])
        known = entry["time_in_minutes"] if after["date_performed"] == entry["date_performed"] else 0
        self._add_minutes(entry["user_id"], after["date_performed"], after["time_in_minutes"], known)
        if "rate_in_cents" in given or any(after[name] != entry[name] for name in _PRICED):
            values["rate"] = self._rate(workspace, after, given)
        refer(self._store, "TimeEntry", entry, given)
        return change(self._store, entry, "time_entry", values)

    def delete(self, entry: Row) -> None:
        """Take an open entry back."""
        self._demand_open(entry)
        delete_with_references(self._store, "TimeEntry", entry["id"])

    # -- what must hold ---------------------------------------------------------------------------------------------

    def _demand_open(self, entry: Row) -> None:
        """Own or with financial rights; neither submitted, invoiced nor written off (section 15)."""
        if entry["user_id"] != self._user_id and not self._financial:
            raise forbidden()
        if entry["invoice_id"] is not None:
            raise invalid("base", f"time entry {entry['id']} is invoiced and cannot be changed")
        if entry["active_submission_id"] is not None or entry["written_off"]:
            state = "approved" if entry["approved"] else "submitted"
            raise invalid("base", f"time entry {entry['id']} is {state} and cannot be changed")
        self._demand_unlocked(entry["date_performed"])

    def _demand_unlocked(self, day: str) -> None:
        if day < self._locked_to:
            raise invalid("date_performed", f"time before {self._locked_to} is locked")

    def _workspace(self, workspace_id: str) -> Row:
        known = self._workspaces.get(workspace_id)
        if known is not None:
            return known
        workspace = pointed_to(self._store, "workspace", workspace_id, "workspace_id")
        demand_open(workspace)
        if not workspace["time_trackable"]:
            raise invalid("workspace_id", f"project {workspace_id} does not accept time")
        self._workspaces[workspace_id] = workspace
        return workspace

    def _taking_part(self, workspace_id: str, user_id: str) -> str | None:
        """The user's default role; raises 422 for somebody disabled or not on the project."""
        key = (workspace_id, user_id)
        if key not in self._default_roles:
            found = self._store.read(_ON_PROJECT, key)
            if not found or found[0][1]:
                raise invalid("user_id", f"user {user_id} does not exist or is disabled on this account")
            role_id, _, participation_id = found[0]
            if participation_id is None:
                raise invalid("user_id", f"user {user_id} does not take part in this project")
            self._default_roles[key] = role_id
        return self._default_roles[key]

    def _story(self, workspace_id: str, story_id: str | None) -> Row | None:
        if story_id is None:
            return None
        if story_id not in self._stories:
            self._stories[story_id] = pointed_to(self._store, "story", story_id, "story_id")
        story = self._stories[story_id]
        if story["workspace_id"] != workspace_id:
            raise invalid("story_id", f"task {story_id} belongs to another project")
        return story

    def _role(self, role_id: str | None) -> str | None:
        if role_id is not None and role_id not in self._roles:
            self._roles[role_id] = pointed_to(self._store, "role", role_id, "role_id")["id"]
        return role_id

    def _add_minutes(self, user_id: str, day: str, minutes: int, known: int) -> None:
        """Keeps a person's day within 24 hours; ``known`` are minutes that the new ones replace."""
        key = (user_id, day)
        if key not in self._minutes:
            ((total,),) = self._store.read(
                "SELECT coalesce(sum(time_in_minutes), 0) FROM time_entry "
                "WHERE user_id = ? AND date_performed = ? AND _deleted = 0",
                key,
            )
            self._minutes[key] = total
        total = self._minutes[key] - known + minutes
        if total > DAY_MINUTES:
            raise invalid("time_in_minutes", f"{total} minutes on {day} are more than a day has")
        self._minutes[key] = total

    def _rate(self, workspace: Row, entry: dict[str, Any], given: Given) -> int:
        explicit = given.get("rate_in_cents")
        if explicit is not None and self._financial:
            if not 0 <= explicit <= RATE_MAX_CENTS:
                raise invalid("rate_in_cents", f"rate_in_cents must be between 0 and {RATE_MAX_CENTS}")
            return int(explicit) * minor_scale(workspace["currency"])
        rate = self._rates.rate(workspace["rate_card_id"], entry["role_id"], entry["date_performed"])
        if rate is None and entry["billable"]:
            raise invalid("rate_in_cents", f"no rate for role {entry['role_id']} on {entry['date_performed']}")
        return rate or 0


def _check_day(workspace: Row, day: str, minutes: int) -> None:
    if not 0 < minutes <= DAY_MINUTES:
        raise invalid("time_in_minutes", f"time_in_minutes must be between 1 and {DAY_MINUTES}")
    if workspace["start_date"] is not None and day < workspace["start_date"]:
        raise invalid("date_performed", f"the project starts on {workspace['start_date']}")


def write_off(store: Store, entry_ids: list[str], reason: str) -> list[Row]:
    """Approved time that will not be billed: no longer billable, off the draft it may be on, whose total follows.

    Raises FormRefused for an entry that is unknown, unapproved, not billable, or on an issued invoice.
    """
    entries = by_ids(store, TIME_ENTRY, entry_ids)
    if len(entries) != len(dict.fromkeys(entry_ids)):
        raise FormRefused("a time entry of these does not exist", field="time_entry_ids")
    for entry in entries:
        if not (entry["approved"] and entry["billable"]):
            raise FormRefused(f"time entry {entry['id']} is not approved and billable", field="time_entry_ids")
    drafts = by_ids(store, INVOICE, (entry["invoice_id"] for entry in entries))
    for invoice in drafts:
        if not invoice["draft"]:
            raise FormRefused(f"invoice {invoice['id']} is issued", field="time_entry_ids")
    written = {"billable": 0, "written_off": 1, "write_off_reason": reason, "invoice_id": None}
    after = [change(store, entry, "time_entry", written) for entry in entries]
    for invoice in drafts:
        rules_invoices.recompute(store, invoice, {})
    return after
