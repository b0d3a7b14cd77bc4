"""Billing schedules: fixed dates, in advance or in arrears, or milestones that bill once they are completed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.erp import errors, rules
from mocks.erp.books import Books, require, shown, within
from mocks.erp.incoming import Incoming, Line
from mocks.erp.order_billing import invoice_by_line
from mocks.erp.records_orders import BY_DATES, BY_MILESTONES
from sandbox.core.observe import Row

# Property of a line -> where it is kept.
_KEPT = {
    "milestone": {
        "milestoneId": "milestoneId",
        "milestoneDate": "date",
        "milestoneAmount": "amount",
        "milestoneCompleted": "completed",
        "milestoneActualCompletionDate": "completedOn",
        "projectTask": "projectTask",
        "comments": "comments",
    },
    "recurrence": {"recurrenceDate": "date", "amount": "amount", "comments": "comments"},
}
_SUBLIST = {BY_MILESTONES: "milestone", BY_DATES: "recurrence"}
_COLUMNS = ("line", "milestoneId", "date", "amount", "completed", "completedOn", "projectTask", "comments")


def create_schedule(books: Books, incoming: Incoming) -> Row:
    """A schedule of a project with its lines."""
    values = {**rules.defaults(books, "billingSchedule"), **incoming.values}
    require(books.store, "billingSchedule", values)
    lines = _lines(books, values, incoming, [])
    schedule = books.insert("billingSchedule", values)
    _write(books, schedule["id"], lines)
    return schedule


def update_schedule(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change; a billed line stays as it is, a milestone once completed and billed does too."""
    billed = invoice_by_line(books, row["id"])
    fixed = [name for name in ("job", "scheduleType") if incoming.values.get(name, row[name]) != row[name]]
    before = schedule_lines(books, row["id"])
    if fixed and before:
        raise errors.locked(fixed[0], "planned")
    whole = {**row, **incoming.values}
    after = rules.update(books, "billingSchedule", row, incoming.values, lambda books, whole: {})
    lines = _lines(books, whole, incoming, before)
    if _comparable(lines) == _comparable(before):
        return after
    numbered = {line["line"]: line for line in lines}
    for line in before:
        if line["line"] in billed and _comparable([line]) != _comparable([numbered.get(line["line"], {})]):
            raise errors.locked(f"line {line['line']}", "billed")
    for line in before:
        books.delete("billingScheduleLine", line["id"])
    _write(books, row["id"], lines)
    return books.update("billingSchedule", row["id"], {})


def delete_schedule(books: Books, row: Row) -> None:
    """Remove a schedule nothing refers to."""
    rules.unused(books, (("invoiceLine", "billingSchedule"), ("salesOrderLine", "billingSchedule")), row["id"])
    for line in schedule_lines(books, row["id"]):
        books.delete("billingScheduleLine", line["id"])
    books.delete("billingSchedule", row["id"])


def schedule_lines(books: Books, schedule_id: str) -> list[Row]:
    """The lines of a schedule."""
    return books.store.find("billingScheduleLine", {"billingSchedule": schedule_id}, order='"line"')


def shown_schedule(books: Books, row: Row) -> dict[str, list[Line]]:
    """The lines of a schedule in the vendor's words, with the invoice that took each."""
    found: dict[str, list[Line]] = {"milestone": [], "recurrence": []}
    name = _SUBLIST.get(row["scheduleType"], "recurrence")
    billed = invoice_by_line(books, row["id"])
    for line in schedule_lines(books, row["id"]):
        values = {given: line[column] for given, column in _KEPT[name].items()}
        found[name].append({**values, "line": line["line"], "invoice": billed.get(line["line"])})
    return found


def next_bill(books: Books, row: Row) -> dict[str, Any]:
    """The computed fields: the earliest line that may be billed and is not; a milestone only once completed."""
    billed = invoice_by_line(books, row["id"])
    waiting = [line for line in schedule_lines(books, row["id"]) if line["line"] not in billed]
    if row["scheduleType"] == BY_MILESTONES:
        ready = [(line["completedOn"], line["line"], line["amount"]) for line in waiting if line["completed"]]
    else:
        ready = [(line["date"], line["line"], line["amount"]) for line in waiting]
    day, _, amount = min(ready, default=(None, 0, None))
    return {"custrecord_next_bill_date": day, "custrecord_next_bill_amount": amount}


def _lines(books: Books, whole: Row, incoming: Incoming, before: list[Row]) -> list[Row]:
    name = _SUBLIST.get(whole["scheduleType"])
    for given, lines in incoming.sublists.items():
        if lines and given != name:
            raise errors.user_error(f"A schedule of this type has no lines of {given}.", given)
    if name is None or name not in incoming.sublists:
        return before
    kept = _KEPT[name]
    keyed: dict[int, Row] = {} if name in incoming.replaced else {line["line"]: dict(line) for line in before}
    following = max(keyed, default=0)
    for line in incoming.sublists[name]:
        number = line.get("line")
        if number is None:
            number = following + 1
        following = max(following, number)
        values = {column: line[given] for given, column in kept.items() if given in line}
        keyed[number] = {**dict.fromkeys(_COLUMNS), **keyed.get(number, {}), **values, "line": number}
    places = books.places(books.known("job", whole["job"])["currency"])
    lines = [keyed[number] for number in sorted(keyed)]
    for index, each in enumerate(lines):
        _check_line(books, whole, each, f"{name}.items[{index}]", places)
    return lines


def _check_line(books: Books, whole: Row, line: Row, path: str, places: int) -> None:
    if line["amount"] is None or line["amount"] <= 0 or not within(line["amount"], places):
        raise errors.invalid_value("" if line["amount"] is None else shown(line["amount"]), "amount", path)
    if line["line"] < 1:
        raise errors.invalid_value(line["line"], "line", f"{path}.line")
    if whole["scheduleType"] == BY_DATES and line["date"] is None:
        raise errors.missing(["Recurrence Date"])
    line["completed"] = int(bool(line["completed"]))
    if line["completed"] and line["completedOn"] is None:
        line["completedOn"] = books.today().isoformat()
    if not line["completed"]:
        line["completedOn"] = None
    task = line["projectTask"]
    if task is not None and books.known("projectTask", task)["project"] != whole["job"]:
        raise errors.invalid_value(task, "projectTask", f"{path}.projectTask", "It is a task of another project.")


def _write(books: Books, schedule_id: str, lines: Iterable[Row]) -> None:
    for line in lines:
        values = {"billingSchedule": schedule_id, **{name: line[name] for name in _COLUMNS}}
        books.insert("billingScheduleLine", values, label=f"{schedule_id} {line['line']}")


def _comparable(lines: Iterable[Row]) -> list[list[Any]]:
    return [[line.get(name) for name in _COLUMNS] for line in lines]
