"""Work for another entity, recharged at close at cost plus: one document, a journal on either side (J35, J36, O19).

The cost itself stays in the books of the provider, which employs the people and knows their standard cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mocks.erp import errors, postings
from mocks.erp.accounts import account_of
from mocks.erp.books import Books
from mocks.erp.conversion import Entry
from mocks.erp.rates import SAME, converted
from mocks.erp.records_currencies import AVERAGE
from mocks.erp.records_documents import JOURNAL, NATIVE
from mocks.erp.rules_journals import insert_journal
from mocks.erp.rules_rates import month_rate
from mocks.erp.rules_time import post_time
from sandbox.core.money import plain
from sandbox.core.observe import Row

RECEIVABLE, PAYABLE, REVENUE, COST = "1200", "2400", "4900", "5900"
INPUT_TAX, REVERSE_CHARGE = "1150", "2310"
# Project cost the provider bore: labour, subcontractors, expenses.
COSTS = ("5000", "5010", "5020")


@dataclass(frozen=True, slots=True)
class Recharge:
    """One document: its id, both journals, and the net amount in the provider's currency at 1e-4."""

    document: str
    provider: Row
    receiver: Row
    amount: int


def intercompany(books: Books, period: Row) -> list[Recharge]:
    """Post approved time, then recharge what each entity's people cost others in a period; again posts differences.

    Raises ErpRefusal for a pair without terms, without an average rate, or unless the period is open.
    """
    if not postings.is_open(period, accountant=books.accountant):
        raise errors.closed_period()
    post_time(books)
    terms = books.intercompany()
    if not terms:
        return []
    done = []
    for pair, jobs in _to_recharge(books, period, terms).items():
        amounts = {job: amount for job, amount in jobs.items() if amount}
        if amounts:
            done.append(_post(books, period, terms[pair], amounts))
    return done


def _to_recharge(
    books: Books, period: Row, terms: Mapping[tuple[str, str], Row]
) -> dict[tuple[str, str], dict[str, int]]:
    """By pair and project, what is to be charged less what is, at 1e-4 of the provider's currency."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for provider, receiver, job, cost in _costs(books, period):
        if (provider, receiver) not in terms:
            raise errors.wrong_combination("subsidiary", receiver, provider)
        markup = Decimal(terms[provider, receiver]["custrecord_markup"])
        places = books.places(books.known("subsidiary", provider)["currency"])
        found.setdefault((provider, receiver), {})[job] = converted(cost, plain(1 + markup), places)
    sql = (
        'SELECT l."subsidiary", l."toSubsidiary", l."job", SUM(l."foreignAmount") FROM "transactionLine" AS l '
        'WHERE l."account" = ? AND l."period" = ? AND l."toSubsidiary" IS NOT NULL AND l."_deleted" = 0 '
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    for provider, receiver, job, charged in books.store.read(sql, (account_of(books, REVENUE), period["id"])):
        jobs = found.setdefault((provider, receiver), {})
        # Revenue is a credit, so a negative amount.
        jobs[job] = jobs.get(job, 0) + charged
    return found


def _costs(books: Books, period: Row) -> list[tuple[str, str, str, int]]:
    """(provider, receiver, project, cost) of a period, as the ERP itself posted it."""
    accounts = [row["id"] for number in COSTS if (row := books.by("account", "acctNumber", number)) is not None]
    marks = ", ".join("?" * len(accounts))
    sql = (
        'SELECT l."subsidiary", j."subsidiary", l."job", SUM(l."debit" - l."credit") FROM "transactionLine" AS l '
        f'JOIN "job" AS j ON j."id" = l."job" WHERE l."account" IN ({marks}) AND l."period" = ? '
        'AND j."subsidiary" <> l."subsidiary" AND l."poster" = ? AND l."_deleted" = 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3'
    )
    return [tuple(row) for row in books.store.read(sql, (*accounts, period["id"], NATIVE))]


def _post(books: Books, period: Row, terms: Row, amounts: Mapping[str, int]) -> Recharge:
    provider = books.known("subsidiary", terms["custrecord_provider"])
    receiver = books.known("subsidiary", terms["custrecord_receiver"])
    document = _document_id(books, provider, receiver, period)
    total = sum(amounts.values())
    shared = {
        "tranDate": period["endDate"],
        "postingPeriod": period["id"],
        "currency": provider["currency"],
        "memo": f"Intercompany {document}",
        "approved": 1,
        "custbody_poster": NATIVE,
        "custbody_intercompany_document": document,
    }
    same = provider["currency"] == receiver["currency"]
    rate = SAME if same else month_rate(books, AVERAGE, provider["currency"], receiver["currency"], period)
    ours = {**shared, "subsidiary": provider["id"], "toSubsidiary": receiver["id"]}
    theirs = {**shared, "subsidiary": receiver["id"], "toSubsidiary": provider["id"], "exchangeRate": rate}
    tax = _reverse_charge(books, provider, receiver, terms, total, rate)
    return Recharge(
        document,
        _write(books, ours, (RECEIVABLE, REVENUE), total, amounts),
        _write(books, theirs, (PAYABLE, COST), -total, {job: -amount for job, amount in amounts.items()}, tax),
        total,
    )


def _document_id(books: Books, provider: Row, receiver: Row, period: Row) -> str:
    """``IC-IN-US-2026-01``; a further document of the month carries its number."""
    start = f"IC-{provider['externalId']}-{receiver['externalId']}-{period['startDate'][:7]}"
    # Both sides of a document carry its id, and the partner may charge us in its turn.
    sql = (
        'SELECT count(DISTINCT "custbody_intercompany_document") FROM "transaction" '
        'WHERE "subsidiary" = ? AND "custbody_intercompany_document" LIKE ?'
    )
    ((earlier,),) = books.store.read(sql, (provider["id"], f"{start}%"))
    return f"{start}-{earlier + 1}" if earlier else start


def _reverse_charge(
    books: Books, provider: Row, receiver: Row, terms: Row, total: int, rate: str
) -> list[tuple[str, int, int]]:
    """Account, amount and functional amount of the tax the receiver accounts for itself; none at a rate of 0."""
    fraction = terms["custrecord_reverse_charge_rate"]
    amount = converted(total, fraction, books.places(provider["currency"])) if Decimal(fraction) else 0
    if not amount:
        return []
    functional = converted(amount, rate, books.places(receiver["currency"]))
    return [(INPUT_TAX, amount, functional), (REVERSE_CHARGE, -amount, -functional)]


def _write(
    books: Books,
    values: Mapping[str, Any],
    accounts: tuple[str, str],
    total: int,
    amounts: Mapping[str, int],
    tax: list[tuple[str, int, int]] | None = None,
) -> Row:
    """One side: the partner's control account against a line per project."""
    document = values["custbody_intercompany_document"]
    journal = insert_journal(books, values, f"{document} {values['subsidiary']}")
    names = ("toSubsidiary", "custbody_intercompany_document")
    about = {name: journal[name] for name in names}
    header = postings.header(books, JOURNAL, journal, posting=1, status="B", foreignTotal=abs(total), **about)
    shared = {
        "toSubsidiary": journal["toSubsidiary"],
        "openItem": document,
        "sourceSystem": "erp",
        "sourceId": document,
        "memo": journal["memo"],
    }
    control, other = (account_of(books, number) for number in accounts)
    entries = [Entry(control, total, 0, "total", shared)]
    for line, (job, amount) in enumerate(sorted(amounts.items()), start=1):
        project = {"job": job, "customer": books.known("job", job)["parent"], "sourceLine": str(line)}
        entries.append(Entry(other, -amount, line, job, {**shared, **project}))
    for line, (number, amount, functional) in enumerate(tax or (), start=len(amounts) + 1):
        entries.append(Entry(account_of(books, number), amount, line, f"tax {number}", shared, functional))
    postings.write(books, header, entries)
    return journal
