"""Lines of an invoice: records taken onto it (time, expenses, milestones) and items made with it (psa-kantata.md 11).

A taken line points to its invoice and is free again when that is cancelled; a made one lives and dies with it. A line
is taxed unless it says ``taxable: false``: what nobody said follows the document (README).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mocks.kit.records import RecordType
from mocks.kit.store import Store
from mocks.psa.associations import by_ids
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import COMPLETED, TIME_ENTRY
from mocks.psa.records_billing import BILLING_MILESTONE, UPON_COMPLETION
from mocks.psa.records_expenses import EXPENSE
from mocks.psa.rules import Given, pointed_to
from mocks.psa.rules_rates import net_minor
from sandbox.core.observe import Row

# A billion, at 1e-4: keeps sums within SQLite's integers.
AMOUNT_MAX = 10**13
NO_LINES = "an invoice needs at least one time entry, expense, milestone or item"


# -- lines taken ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A kind of record that goes on invoices: the attribute that lists it, its value, and why one may not go."""

    name: str
    record_type: RecordType
    what: str
    value: Callable[[Row], int]
    obstacle: Callable[[Store, Row, str], str | None]


def _unapproved(store: Store, row: Row, day: str) -> str | None:
    return None if row["approved"] and row["billable"] else "is not approved and billable"


def _not_due(store: Store, milestone: Row, day: str) -> str | None:
    """A fixed date is the day from which it may be invoiced; the other kind waits for its task (section 11)."""
    if milestone["billing_type"] == UPON_COMPLETION:
        story = store.get("story", milestone["story_id"])
        return None if story is not None and story["state"] == COMPLETED else "waits for its task to be completed"
    return None if milestone["date_to_invoice"] <= day else f"is to be invoiced from {milestone['date_to_invoice']} on"


def _time_value(entry: Row) -> int:
    return net_minor(entry) * minor_scale(entry["currency"])


def _amount(row: Row) -> int:
    amount: int = row["amount"]
    return amount


TIME = Taken("time_entry_ids", TIME_ENTRY, "time entry", _time_value, _unapproved)
EXPENSES = Taken("expense_ids", EXPENSE, "expense", _amount, _unapproved)
MILESTONES = Taken("billing_milestone_ids", BILLING_MILESTONE, "billing milestone", _amount, _not_due)
TAKEN = (TIME, EXPENSES, MILESTONES)


def takeable(store: Store, kind: Taken, ids: list[str], workspace_id: str, day: str) -> list[Row]:
    """Records that may go on an invoice of that day; raises 422 for one that may not."""
    if not ids:
        return []
    rows = by_ids(store, kind.record_type, ids)
    if len(rows) != len(ids):
        raise invalid(kind.name, f"one {kind.what} of these does not exist")
    for row in rows:
        if row["workspace_id"] != workspace_id:
            raise invalid(kind.name, f"{kind.what} {row['id']} belongs to another project")
        obstacle = kind.obstacle(store, row, day)
        if obstacle is not None:
            raise invalid(kind.name, f"{kind.what} {row['id']} {obstacle}")
        if row["invoice_id"] is not None:
            raise invalid(kind.name, f"{kind.what} {row['id']} is already on an invoice")
    return rows


def put_on(store: Store, kind: Taken, rows: Iterable[Row], invoice_id: str | None) -> None:
    """Put records on an invoice, or take them off with None."""
    for row in rows:
        store.update(kind.record_type.name, row["id"], {"invoice_id": invoice_id}, row)


def free(store: Store, invoice_id: str) -> None:
    """Take everything off an invoice."""
    for kind in TAKEN:
        put_on(store, kind, store.find(kind.record_type.name, {"invoice_id": invoice_id}), None)


def replace_taken(store: Store, kind: Taken, invoice: Row, ids: list[str]) -> None:
    """Another set of records on a draft: what is held comes off it, others go on."""
    before = store.find(kind.record_type.name, {"invoice_id": invoice["id"]})
    known = {row["id"] for row in before}
    added = [each for each in ids if each not in known]
    removed = [row for row in before if row["id"] not in ids]
    if not invoice["draft"] and (added or removed):
        raise invalid(kind.name, "the lines of an issued invoice cannot be changed")
    put_on(store, kind, takeable(store, kind, added, invoice["workspace_id"], invoice["invoice_date"]), invoice["id"])
    put_on(store, kind, removed, None)


# -- lines made -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A kind of item that is made with its invoice; ``signed`` ones may be negative."""

    name: str
    type_name: str
    signed: bool

    def row(self, store: Store, given: Given, workspace: Row) -> Row:
        """The row of an item; ``amount`` comes in main units. Raises 422."""
        currency, amount = workspace["currency"], given["amount"]
        if not 0 < (abs(amount) if self.signed else amount) <= AMOUNT_MAX or amount % minor_scale(currency):
            sign = "an amount other than zero" if self.signed else "a positive amount"
            raise invalid(self.name, f"amount must be {sign} of {currency}, in main units")
        story_id = given.get("story_id")
        if story_id is not None:
            story = pointed_to(store, "story", story_id, self.name)
            if story["workspace_id"] != workspace["id"]:
                raise invalid(self.name, f"task {story_id} belongs to another project")
        return {
            "workspace_id": workspace["id"],
            "story_id": story_id,
            "notes": given.get("notes"),
            "amount": amount,
            "currency": currency,
            "taxable": given.get("taxable"),
        }


FIXED_FEE_ITEMS = Made("fixed_fee_items", "fixed_fee_item", signed=False)
ADDITIONAL_ITEMS = Made("additional_items", "additional_item", signed=True)
MADE = (FIXED_FEE_ITEMS, ADDITIONAL_ITEMS)


def add(store: Store, kind: Made, rows: list[Row], invoice_id: str) -> None:
    """Add items to an invoice."""
    for position, row in enumerate(rows):
        store.insert(kind.type_name, {**row, "invoice_id": invoice_id}, label=f"{invoice_id} {position}")


def replace_made(store: Store, kind: Made, invoice: Row, items: list[Given]) -> None:
    """Other items on a draft than those it has through the API; write-downs by a person stay."""
    if not invoice["draft"]:
        raise invalid(kind.name, "the lines of an issued invoice cannot be changed")
    workspace = pointed_to(store, "workspace", invoice["workspace_id"], "workspace_id")
    for row in store.find(kind.type_name, {"invoice_id": invoice["id"], "write_down_reason": None}):
        store.delete(kind.type_name, row["id"])
    add(store, kind, [kind.row(store, item, workspace) for item in items], invoice["id"])


# -- sums -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sum:
    """What the lines of a document come to, at 1e-4. ``work`` counts the lines of time and expenses among all."""

    count: int
    work: int
    net: int
    exempt: int

    @classmethod
    def of(cls, taken: Mapping[Taken, list[Row]], made: Mapping[Made, list[Row]]) -> Sum:
        """The sum of some lines."""
        values = [(kind.value(row), row.get("taxable")) for kind, rows in taken.items() for row in rows]
        values += [(row["amount"], row["taxable"]) for rows in made.values() for row in rows]
        work = len(taken[TIME]) + len(taken[EXPENSES])
        net = sum(value for value, _ in values)
        return cls(len(values), work, net, sum(value for value, taxable in values if taxable == 0))

    @classmethod
    def on(cls, store: Store, invoice_id: str) -> Sum:
        """The sum of the lines on an invoice."""
        on_it = {"invoice_id": invoice_id}
        return cls.of(
            {kind: store.find(kind.record_type.name, on_it) for kind in TAKEN},
            {kind: store.find(kind.type_name, on_it) for kind in MADE},
        )

    def demand_fit(self) -> None:
        """Raises 422 where work is billed below nothing; a document without any may be negative: a credit note."""
        if self.net < 0 and self.work:
            raise invalid("additional_items", "more is taken off this invoice than its lines come to")
