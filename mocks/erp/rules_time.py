"""Time: who may book what when, what an approval locks, and its cost in the ledger (J01, J42 of accounting.md)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.books import Books, differing, scaled_of_minor, shown
from mocks.erp.incoming import Incoming
from mocks.erp.jobs import closed_reason, early_reason
from mocks.erp.records_documents import APPROVED, JOURNAL, NATIVE
from mocks.erp.rules_journals import insert_journal
from mocks.erp.rules_tasks import check_task
from sandbox.core.errors import HarnessError
from sandbox.core.money import line_net_minor
from sandbox.core.observe import Row

# What may still change once time is approved, as long as no invoice carries it.
_SOFT = ("isBillable", "memo")
# What a transfer to another project may change besides (J04): where it belongs and what it is worth there.
_MOVED = ("customer", "caseTaskEvent", "rate", "custcol_contract_line", "custcol_posting_period")


def create_time(books: Books, incoming: Incoming) -> Row:
    """A time entry; an approved one is posted by the next run of the posting job."""
    row = rules.create(books, "timeBill", incoming.values, _check)
    if row["approvalStatus"] == APPROVED:
        books.plan_post_time()
    return row


def update_time(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change, while it is neither approved nor billed; the same values again change nothing."""
    changes = differing(row, incoming.values)
    if not changes:
        return row
    if row["approvalStatus"] == APPROVED:
        if "customer" in changes and row["invoice"] is None and set(changes) <= {*_SOFT, *_MOVED}:
            return _move(books, row, changes)
        state = "billed" if row["invoice"] is not None else "posted" if row["posted"] else "approved"
        hard = [name for name in changes if row["invoice"] is not None or name not in _SOFT]
        if hard:
            raise errors.locked(hard[0], state)
        return books.update("timeBill", row["id"], changes)
    after = rules.update(books, "timeBill", row, changes, _check)
    if after["approvalStatus"] == APPROVED:
        books.plan_post_time()
    return after


def _move(books: Books, row: Row, changes: dict[str, Any]) -> Row:
    """Approved, unbilled time to another project: the next run of the posting job takes back what was posted, and posts
    it where it belongs now, both in the first open period (J04 of accounting.md). Raises ErpRefusal."""
    _check(books, {**row, **changes})
    if row["posted"]:
        old = {name: row[name] for name in ("customer", "custcol_contract_line")}
        period = changes.get("custcol_posting_period", row["custcol_posting_period"])
        values = {"timeBill": row["id"], **old, "custcol_posting_period": period, "posted": 0}
        books.insert("timeReversal", values, label=f"{row['id']} {row['_version']}")
    moved = books.update("timeBill", row["id"], {**changes, "posted": 0})
    books.plan_post_time()
    return moved


def delete_time(books: Books, row: Row) -> None:
    """Remove an entry that is neither in the ledger nor on an invoice."""
    if row["posted"] or row["invoice"] is not None:
        raise errors.dependent_records("it is posted or billed")
    books.delete("timeBill", row["id"])


def post_time(books: Books) -> None:
    """Post the cost of approved time, one journal per subsidiary and posting period.

    Time for which no period is open stays unposted until the next run.
    """
    _post_reversals(books)
    groups: dict[tuple[str, str], list[Row]] = {}
    for entry in books.unposted_time():
        period = postings.cost_period(books, entry["tranDate"], entry["custcol_posting_period"])
        if period is not None:
            groups.setdefault((entry["subsidiary"], period["id"]), []).append(entry)
    for (subsidiary_id, period_id), entries in groups.items():
        _post_group(
            books, books.known("subsidiary", subsidiary_id), books.known("accountingPeriod", period_id), entries
        )


def _post_reversals(books: Books) -> None:
    """Take the cost of moved time back from where it was posted, one journal each."""
    for reversal in books.store.find("timeReversal", {"posted": 0}, order='"id"'):
        entry = books.known("timeBill", reversal["timeBill"])
        period = postings.cost_period(books, entry["tranDate"], reversal["custcol_posting_period"])
        if period is not None:
            names = ("customer", "custcol_contract_line")
            before = {**entry, **{name: reversal[name] for name in names}}
            _post_group(books, books.known("subsidiary", entry["subsidiary"]), period, [before], sign=-1)
            books.update("timeReversal", reversal["id"], {"posted": 1})


def _post_group(books: Books, subsidiary: Row, period: Row, entries: list[Row], sign: int = 1) -> None:
    """Post the cost of entries, or with ``sign`` -1 take it back."""
    day = min(max(books.today(), date.fromisoformat(period["startDate"])), date.fromisoformat(period["endDate"]))
    values = {
        "subsidiary": subsidiary["id"],
        "tranDate": day.isoformat(),
        "postingPeriod": period["id"],
        "currency": subsidiary["currency"],
        "memo": "Post time" if sign > 0 else "Time moved",
        "custbody_poster": NATIVE,
        "approved": 1,
    }
    label = f"post time {subsidiary['id']} {period['id']} {books.clock.now_us()}"
    if sign < 0:
        label += f" taken back {entries[0]['id']}"
    journal = insert_journal(books, values, label)
    lines = list(_cost_lines(books, subsidiary, entries, sign))
    total = sum(each.amount for each in lines if each.amount > 0)
    header = postings.header(books, JOURNAL, journal, posting=1, status="B", foreignTotal=total)
    postings.write(books, header, lines, NATIVE)
    for entry in entries if sign > 0 else ():
        books.update("timeBill", entry["id"], {"posted": 1}, entry)


def _cost_lines(books: Books, subsidiary: Row, entries: Iterable[Row], sign: int) -> Iterable[postings.Entry]:
    places = books.places(subsidiary["currency"])
    accounts = books.account(postings.LABOUR_COST), books.account(postings.LABOUR_ABSORBED)
    line = 0
    for entry in entries:
        amount = sign * cost_of(books, entry, places)
        job = books.known("job", entry["customer"])
        dimensions = {
            "entity": job["id"],
            "customer": job["parent"],
            "job": job["id"],
            "contractLine": entry["custcol_contract_line"],
            "employee": entry["employee"],
            "serviceDate": entry["tranDate"],
            "sourceSystem": "erp",
            "sourceId": entry["externalId"] or entry["id"],
        }
        for account, signed in zip(accounts, (amount, -amount), strict=True):
            line += 1
            yield postings.Entry(account, signed, line, entry["id"], dimensions)


def cost_of(books: Books, entry: Row, places: int) -> int:
    """Round half away of hours x standard cost of role, subsidiary and service date, at 1e-4."""
    item = books.known("serviceSaleItem", entry["item"])
    cost = books.standard_cost(item["custitem_role"], entry["subsidiary"], entry["tranDate"])
    if cost is None:
        # Approval asked for it, and finance takes none away: a missing rate is a bug, never 0.
        raise HarnessError(f"timeBill {entry['id']} has no standard cost")
    return scaled_of_minor(line_net_minor(entry["hours"], cost, places), places)


def _check(books: Books, whole: Row) -> dict[str, Any]:
    employee = books.known("employee", whole["employee"])
    job = books.known("job", whole["customer"])
    day = whole["tranDate"]
    if employee["isInactive"]:
        raise errors.invalid_value(employee["id"], "employee", "employee", "The employee is inactive.")
    if not (employee["hireDate"] or day) <= day <= (employee["releasedate"] or day):
        raise errors.invalid_value(day, "tranDate", "tranDate", "The employee is not employed on that date.")
    reason = closed_reason(job) or ("" if job["allowTime"] else "The project does not allow time.")
    if reason:
        raise errors.invalid_value(job["id"], "customer", "customer", reason)
    if early := early_reason(job, day):
        raise errors.invalid_value(day, "tranDate", "tranDate", early)
    if whole["caseTaskEvent"] is not None:
        check_task(books, whole["caseTaskEvent"], job["id"])
    provider, receiver = employee["subsidiary"], job["subsidiary"]
    if not books.may_charge(provider, receiver):
        raise errors.wrong_combination("employee", employee["id"], receiver)
    if (whole["rate"] or 0) < 0:
        raise errors.invalid_value(shown(whole["rate"]), "rate", "rate", "It is negative.")
    if whole["approvalStatus"] == APPROVED:
        _check_costed(books, whole, employee["subsidiary"])
    return {"subsidiary": employee["subsidiary"]}


def _check_costed(books: Books, whole: Row, subsidiary_id: str) -> None:
    item = books.row("serviceSaleItem", whole["item"]) if whole["item"] else None
    if item is None:
        raise errors.missing(["Service Item"])
    if books.standard_cost(item["custitem_role"], subsidiary_id, whole["tranDate"]) is None:
        reason = f"No standard cost on {whole['tranDate']} for subsidiary {subsidiary_id}."
        raise errors.invalid_value(item["id"], "item", "item", reason)
