"""Identities of time: hours arrive, cost the standard cost of their day, and stand in one bucket of billing."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.expected_books import Card
from sandbox.checks.expected_books.time import BY_THE_HOUR
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.money_pre_bills import drafts_are_split
from sandbox.core.money import exponent, line_net_minor


def hours_arrive(books: Books) -> Iterable[Difference]:
    """I05: approved minutes by worker, day and engagement are minutes in the ERP."""
    case = books.case
    there: dict[tuple[str, ...], int] = {}
    for row in case.rows("erp.timeBill").values():
        key = (
            case.ref("erp.employee", row["employee"]) or "?",
            row["tranDate"],
            case.ref("erp.job", row["customer"]) or "?",
        )
        there[key] = there.get(key, 0) + row["hours"]
    due: dict[tuple[str, ...], int] = {}
    for card in _posted_cards(books):
        key = (card.person, card.on.isoformat(), card.engagement)
        due[key] = due.get(key, 0) + card.minutes
    yield from side_by_side(there, due, "min", "hours in the ERP", "approved hours by deeds")


def cost_is_hours_at_cost(books: Books) -> Iterable[Difference]:
    """I07: project labour cost by engagement and month is hours at the standard cost of the service date."""
    case = books.case
    there: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account == case.interface.accounts.labour:
            key = (line.engagement or "?", line.period)
            there[key] = there.get(key, 0) + line.amount
    due: dict[tuple[str, ...], int] = {
        (code, str(period)): month.cost for (code, period), month in books.expected.months.items() if month.cost
    }
    currency = {**books.currency, "?": next(iter(books.currency.values()))}
    yield from side_by_side(there, due, currency, "ledger labour cost", "hours at standard cost by deeds")


def time_is_in_one_bucket(books: Books) -> Iterable[Difference]:
    """I09: every billable approved hour is unbilled, on one live invoice line, or written off, at contract rate.

    The value of the buckets of each card is the value its deed has by the rate card; a card in two buckets or in none
    differs by its whole value.
    """
    case = books.case
    lines: dict[str, list[int]] = {}
    for row in case.rows("erp.invoiceLine").values():
        if row["doc"]:
            lines.setdefault(row["doc"], []).append(row["amount"])
    credited: dict[str, int] = {}
    for row in case.rows("erp.creditMemoLine").values():
        if row["custcol_time"]:
            lines.setdefault(row["custcol_time"], []).append(-row["amount"])
            credited[row["custcol_time"]] = credited.get(row["custcol_time"], 0) + 1
    buckets: dict[str, int] = {}
    for record_id, row in case.rows("erp.timeBill").items():
        ref = case.ref("erp.timeBill", record_id) or record_id
        engagement = case.ref("erp.job", row["customer"])
        terms = case.terms.get(engagement or "")
        if terms is None or terms.kind not in BY_THE_HOUR:
            continue
        places = exponent(books.currency[terms.code])
        billed = sum(lines.get(record_id, ())) * 10**places // 10_000
        value = line_net_minor(row["hours"], row["rate"] or 0, places)
        # Every bill but one credited again: then it is on a live line.
        live = len(lines.get(record_id, ())) - 2 * credited.get(record_id, 0)
        unbilled = value if row["isBillable"] and not live else 0
        buckets[ref] = buckets.get(ref, 0) + billed + unbilled
    for entry_id, entry in case.rows("psa.time_entry").items():
        if entry["written_off"]:
            value = line_net_minor(entry["time_in_minutes"], entry["rate"], exponent(entry["currency"]))
            buckets[entry_id] = buckets.get(entry_id, 0) + value
    due = {books.entry_of.get(card.ref, card.ref): card for card in _posted_cards(books) if _by_time(books, card)}
    for ref in sorted(set(buckets) | set(due)):
        card = due.get(ref)
        unit = books.currency[card.engagement] if card else next(iter(books.currency.values()))
        name = f"{card.ref} (time {ref})" if card else f"time {ref}"
        right = card.value if card else 0
        yield Difference(name, buckets.get(ref, 0), right, unit, "billed + unbilled + written off", "value by deeds")
    yield from drafts_are_split(books)


def hours_are_billed_or_open(books: Books) -> Iterable[Difference]:
    """I38: of every engagement charged by time, hours on invoices less hours credited, unbilled and
    written off are the approved billable hours of its deeds."""
    case = books.case
    there = _hours_billed_or_unbilled(case)
    for entry in case.rows("psa.time_entry").values():
        if entry["written_off"] and entry["approved"]:
            _add(there, case.ref("psa.workspace", entry["workspace_id"]), entry["time_in_minutes"])
    by_time = {code for code, terms in case.terms.items() if terms.kind in BY_THE_HOUR}
    due: dict[tuple[str, ...], int] = {}
    for card in _posted_cards(books):
        if _by_time(books, card):
            _add(due, card.engagement, card.minutes)
    there = {at: minutes for at, minutes in there.items() if at[0] in by_time}
    yield from side_by_side(there, due, "min", "billed + unbilled + written off", "approved billable by deeds")


def _hours_billed_or_unbilled(case: Case) -> dict[tuple[str, ...], int]:
    there: dict[tuple[str, ...], int] = {}
    live: dict[str, int] = {}
    jobs = {invoice_id: row["job"] for invoice_id, row in case.rows("erp.invoice").items()}
    for row in case.rows("erp.invoiceLine").values():
        if row["doc"] in case.rows("erp.timeBill"):
            live[row["doc"]] = live.get(row["doc"], 0) + 1
            _add(there, case.ref("erp.job", jobs[row["invoice"]]), row["hours"] or 0)
    memos = case.rows("erp.creditMemo")
    for row in case.rows("erp.creditMemoLine").values():
        if row["custcol_time"]:
            live[row["custcol_time"]] -= 1
            hours = case.rows("erp.timeBill")[row["custcol_time"]]["hours"]
            _add(there, case.ref("erp.job", memos[row["creditMemo"]]["job"]), -hours)
    for record_id, bill in case.rows("erp.timeBill").items():
        if bill["isBillable"] and not live.get(record_id):
            _add(there, case.ref("erp.job", bill["customer"]), bill["hours"])
    return there


def _add(found: dict[tuple[str, ...], int], name: str | None, amount: int) -> None:
    found[name or "?",] = found.get((name or "?",), 0) + amount


def _posted_cards(books: Books) -> Iterable[Card]:
    """Approved cards that can be posted."""
    return (card for card in books.expected.cards.values() if card.approved_us is not None and card.period is not None)


def _by_time(books: Books, card: Card) -> bool:
    return card.billable and books.case.terms[card.engagement].kind in BY_THE_HOUR
