"""Journals: balanced or refused, posted as given, final once posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from mocks.erp import errors, postings, rules
from mocks.erp.books import AMOUNT_MAX, Books, differing, require, shown, within
from mocks.erp.incoming import Incoming, Line
from mocks.erp.journal_sides import FUNCTIONAL, checked_functional, net_functional, sides_in_functional, stored_sides
from mocks.erp.rates import SAME
from mocks.erp.records_documents import JOURNAL
from mocks.erp.rules_rates import exchange_rate, rederived
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

# A property of a journal line -> where the ledger keeps it.
_LEDGER = {
    "account": "account",
    "entity": "entity",
    "memo": "memo",
    "custcol_engagement": "job",
    "custcol_contract_line": "contractLine",
    "custcol_source_system": "sourceSystem",
    "custcol_source_id": "sourceId",
    "custcol_source_line": "sourceLine",
}
_COMPARED = ("debit", "credit", *FUNCTIONAL, *_LEDGER)
_SOFT = ("memo",)


def create_journal(books: Books, incoming: Incoming) -> Row:
    """A journal; posted with the same commit unless ``approved`` is false."""
    values = {**rules.defaults(books, "journalEntry"), **incoming.values}
    require(books.store, "journalEntry", values)
    whole = _head(books, values)
    lines = _checked(books, whole, incoming.sublists.get("line", []))
    approved = bool(whole["approved"])
    whole |= {"postingPeriod": _period(books, whole), "draft": None if approved else canonical(lines).decode()}
    label = None if whole["externalId"] else rules.label_of({**incoming.values, "lines": lines})
    journal = insert_journal(books, whole, label)
    header = postings.header(books, JOURNAL, journal, **_header_values(journal, lines))
    if approved:
        _post(books, header, sides_in_functional(books, whole, lines))
    return journal


def insert_journal(books: Books, values: Mapping[str, Any], label: str | None = None) -> Row:
    """A journal row with its document number, which derives from what tells it apart."""
    whole = {**rules.defaults(books, "journalEntry"), **values}
    number = books.document_number("JE", label or rules.label_of(whole))
    return books.insert(
        "journalEntry", {**whole, "exchangeRate": whole["exchangeRate"] or SAME, "tranId": number}, label
    )


def update_journal(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change. A posted journal keeps everything but its memo; approving a draft posts it."""
    changes = differing(row, incoming.values)
    posted = bool(row["approved"])
    if posted:
        hard = rules.hard(books, "journalEntry", changes, _SOFT)
        if hard:
            raise errors.locked(hard[0], "posted")
    whole = {**row, **changes}
    require(books.store, "journalEntry", whole)
    if changes and not posted:
        whole = _head(books, rederived(whole, changes, incoming))
    before = lines_of(books, row)
    lines = before
    if "line" in incoming.sublists:
        lines = _checked(books, row if posted else whole, _merged(before, incoming))
        lines = sides_in_functional(books, row, lines) if posted else lines
    moved = _comparable(lines) != _comparable(before)
    if posted and moved:
        raise errors.locked("line", "posted")
    if not changes and not moved:
        return row
    if posted:
        after = books.update("journalEntry", row["id"], changes)
        books.update("transaction", row["id"], {"memo": after["memo"]})
        return after
    return _rewritten(books, row, whole, lines)


def delete_journal(books: Books, row: Row) -> None:
    """Remove a draft; a posted journal stays (it is reversed by another one)."""
    if row["approved"]:
        raise errors.dependent_records("it is posted")
    books.delete("transaction", row["id"])
    books.delete("journalEntry", row["id"])


def lines_of(books: Books, row: Row) -> list[Line]:
    """The lines of a journal, from the draft or from the ledger."""
    if row["draft"] is not None:
        draft: list[Line] = orjson.loads(row["draft"])
        return draft
    stored = books.store.find("transactionLine", {"transaction": row["id"]}, order='"line"')
    return [
        {
            "line": each["line"],
            **stored_sides(each),
            **{name: each[column] or None for name, column in _LEDGER.items()},
        }
        for each in stored
    ]


def _rewritten(books: Books, row: Row, whole: Row, lines: list[Line]) -> Row:
    approved = bool(whole["approved"])
    if whole["tranDate"] != row["tranDate"] and whole["postingPeriod"] == row["postingPeriod"]:
        # The period followed the date it was derived from.
        whole = {**whole, "postingPeriod": None}
    whole = {
        **whole,
        "postingPeriod": _period(books, whole),
        "draft": None if approved else canonical(lines).decode(),
    }
    after = books.update("journalEntry", row["id"], differing(row, whole))
    header = books.known("transaction", row["id"])
    names = ("tranDate", "postingPeriod", "subsidiary", "currency", "exchangeRate", "memo", "externalId")
    moved = differing(header, {**_header_values(after, lines), **{name: after[name] for name in names}})
    header = books.update("transaction", row["id"], moved)
    if approved:
        _post(books, header, sides_in_functional(books, after, lines))
    return after


def _head(books: Books, whole: Mapping[str, Any]) -> Row:
    subsidiary = books.known("subsidiary", whole["subsidiary"])
    currency = whole["currency"] or subsidiary["currency"]
    rate = exchange_rate(books, subsidiary, currency, whole["tranDate"], whole["exchangeRate"])
    return {**whole, "currency": currency, "exchangeRate": rate}


def _period(books: Books, whole: Row) -> str | None:
    if whole["approved"]:
        period_id: str = postings.posting_period(books, whole["tranDate"], whole["postingPeriod"])["id"]
        return period_id
    period = books.period_of(whole["tranDate"])
    return whole["postingPeriod"] or (None if period is None else period["id"])


def _checked(books: Books, whole: Row, given: list[Line]) -> list[Line]:
    """The lines numbered from 1. Raises ErpRefusal unless each has one side and both sides are equal."""
    if len(given) < 2:
        raise errors.user_error("A journal must have at least two lines.", "line")
    places = books.places(whole["currency"])
    lines = [_checked_line(line, f"line.items[{index}]", places) for index, line in enumerate(given)]
    debits = sum(line["debit"] or 0 for line in lines)
    credits_ = sum(line["credit"] or 0 for line in lines)
    if max(debits, credits_) > AMOUNT_MAX:
        raise errors.user_error("The amounts are too large.", "line")
    if debits != credits_:
        raise errors.not_balanced(shown(debits), shown(credits_))
    checked_functional(books, whole, lines)
    return [{**line, "line": number} for number, line in enumerate(lines, start=1)]


def _checked_line(line: Line, path: str, places: int) -> Line:
    if line.get("account") is None:
        raise errors.invalid_value("", "account", f"{path}.account")
    debit, credit = line.get("debit") or None, line.get("credit") or None
    functional = {name: line.get(name) for name in FUNCTIONAL}
    checked = {**{name: line.get(name) for name in _LEDGER}, **functional, "debit": debit, "credit": credit}
    if debit is None and credit is None and any(functional.values()):
        # What is left over in the subsidiary's currency alone.
        return checked
    if (debit is None) == (credit is None):
        raise errors.user_error("A journal line needs either a debit or a credit.", path)
    side = "debit" if debit is not None else "credit"
    amount: int = line[side]
    if amount < 0 or not within(amount, places):
        reason = "It is negative." if amount < 0 else f"The currency has {places} decimals."
        raise errors.invalid_value(shown(amount), side, f"{path}.{side}", reason)
    return checked


def _merged(before: list[Line], incoming: Incoming) -> list[Line]:
    """Given lines as a whole, or keyed lines changed and others added (erp-netsuite.md section 3.2)."""
    given = incoming.sublists["line"]
    if "line" in incoming.replaced:
        return given
    keyed = {line["line"]: line for line in before}
    added: list[Line] = []
    for line in given:
        number = line.get("line")
        if number in keyed:
            keyed[number] = {**keyed[number], **line}
        else:
            added.append(line)
    return [*keyed.values(), *added]


def _comparable(lines: Iterable[Line]) -> list[list[Any]]:
    return [[line.get(name) for name in _COMPARED] for line in lines]


def _header_values(journal: Row, lines: Iterable[Line]) -> dict[str, Any]:
    approved = bool(journal["approved"])
    total = sum(line["debit"] or 0 for line in lines)
    status = "B" if approved else "A"
    return {
        "posting": int(approved),
        "status": status,
        "foreignTotal": total,
        "poster": journal["custbody_poster"],
    }


def _post(books: Books, header: Row, lines: Iterable[Line]) -> None:
    entries = []
    for line in lines:
        dimensions = {column: line[name] for name, column in _LEDGER.items()}
        del dimensions["account"]
        amount = (line["debit"] or 0) - (line["credit"] or 0)
        key = str(line["custcol_source_line"] or line["line"])
        entries.append(
            postings.Entry(
                line["account"],
                amount,
                line["line"],
                key,
                {**dimensions, **_people(books, line)},
                net_functional(line),
            )
        )
    postings.write(books, header, entries, header["poster"])


def _people(books: Books, line: Line) -> dict[str, Any]:
    """Client and employee a line is about: those it names, else the client of its engagement."""
    entity, job_id = line["entity"], line["custcol_engagement"]
    if entity is not None and books.row("employee", entity) is not None:
        client = None if job_id is None else books.known("job", job_id)["parent"]
        return {"employee": entity, "customer": client}
    if entity is not None and books.row("customer", entity) is not None:
        return {"customer": entity}
    if entity is not None and books.row("vendor", entity) is not None:
        entity = None
    job_id = job_id or entity
    return {} if job_id is None else {"customer": books.known("job", job_id)["parent"]}
