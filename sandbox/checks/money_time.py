"""Identities of time: hours arrive, cost the standard cost of their day, and stand in one bucket of billing."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.expected_books import Card
from sandbox.checks.identity import Difference, side_by_side
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
    due: dict[tuple[str, ...], int] = {}
    for card in _posted_cards(books):
        key = (card.engagement, str(card.period))
        due[key] = due.get(key, 0) + card.cost
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
    buckets: dict[str, int] = {}
    for record_id, row in case.rows("erp.timeBill").items():
        ref = case.ref("erp.timeBill", record_id) or record_id
        engagement = case.ref("erp.job", row["customer"])
        terms = case.terms.get(engagement or "")
        if terms is None or terms.kind != "time_and_materials":
            continue
        places = exponent(books.currency[terms.code])
        billed = sum(lines.get(record_id, ())) * 10**places // 10_000
        value = line_net_minor(row["hours"], row["rate"] or 0, places)
        unbilled = value if row["isBillable"] and record_id not in lines else 0
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


def _posted_cards(books: Books) -> Iterable[Card]:
    """Approved cards that can be posted."""
    return (card for card in books.expected.cards.values() if card.approved_us is not None and card.period is not None)


def _by_time(books: Books, card: Card) -> bool:
    return card.billable and books.case.terms[card.engagement].kind == "time_and_materials"
