"""Rules of accounting.md section 5 about the close: both sides of intercompany in one month, accruals taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.closing import closed_months
from sandbox.checks.ledger import period_names
from sandbox.core.clock import moment
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from sandbox.checks.ordering import Scribe


def intercompany_in_one_month(books: Books, scribe: Scribe) -> None:
    """O19: of every intercompany document the receiver's side is in the month of the provider's, and not before it.

    What it is remeasured at when a month closes (J37) is no side of it.
    """
    case = books.case
    accounts, names = case.interface.accounts, period_names(case)
    numbers = {each: row["acctNumber"] for each, row in case.rows("erp.account").items()}
    sides: dict[str, dict[str, list[Row]]] = {}
    for row in case.rows("erp.transactionLine").values():
        side, posting = numbers[row["account"]], case.rows("erp.transaction").get(row["transaction"])
        if posting is not None and posting["type"] == "FxReval":
            continue
        if side in (accounts.intercompany_receivable, accounts.intercompany_payable) and row["openItem"]:
            sides.setdefault(row["openItem"], {}).setdefault(side, []).append(row)
    for document, by_side in sorted(sides.items()):
        ours = by_side.get(accounts.intercompany_receivable, [])
        theirs = by_side.get(accounts.intercompany_payable, [])
        months = {names[row["period"]] for row in ours}, {names[row["period"]] for row in theirs}
        first_us = min((row["_created_us"] for row in ours), default=0)
        early = any(row["_created_us"] < first_us for row in theirs)
        scribe.met(
            holds=bool(ours) and months[0] == months[1] and not early,
            key=f"intercompany:{document}",
            then=f"provider in {_named(months[0])}, receiver in {_named(months[1])}"
            + (", and earlier" if early else ""),
            hazard=True,
        )


def accruals_are_taken_back(books: Books, scribe: Scribe) -> None:
    """O21: an accrual that is posted and whose day of reversal has come is taken back once, on that day and in its
    month, before that month is closed: until then nothing real is compared with it."""
    case, names = books.case, period_names(books.case)
    journals, months = case.rows("erp.journalEntry"), closed_months(case)
    today = moment(case.epoch, case.truth["end_us"]).date().isoformat()
    lines: dict[str, list[Row]] = {}
    for row in case.rows("erp.transactionLine").values():
        lines.setdefault(row["transaction"], []).append(row)
    for record_id, row in sorted(journals.items()):
        if not row["reversalDate"] or not row["approved"] or row["reversalDate"] > today:
            continue
        back = [each for each, other in journals.items() if other["reversalEntry"] == record_id]
        wrong = f"taken back {len(back)} times"
        if len(back) == 1:
            wrong = _differs(row, journals[back[0]], lines.get(record_id, []), lines.get(back[0], []), names)
            month = months.get(journals[back[0]]["postingPeriod"])
            if not wrong and month is not None and month.is_closed_at(journals[back[0]]["_created_us"]):
                wrong = f"taken back when {month.name} was closed"
        scribe.met(holds=not wrong, key=f"journal:{_name(case, record_id, row)}", then=wrong, hazard=True)


def _differs(accrual: Row, back: Row, lines: list[Row], mirrored: list[Row], names: dict[str, str]) -> str:
    """What is wrong with a reversal; nothing when it mirrors its accrual on the day that was agreed."""
    if back["tranDate"] != accrual["reversalDate"]:
        return f"taken back on {back['tranDate']}, not {accrual['reversalDate']}"
    if names[back["postingPeriod"]] != back["tranDate"][:7]:
        return f"taken back in {names[back['postingPeriod']]}"
    there = sorted((row["account"], row["debit"] or 0, row["credit"] or 0, row["job"] or "") for row in lines)
    taken = sorted((row["account"], row["credit"] or 0, row["debit"] or 0, row["job"] or "") for row in mirrored)
    return "" if there == taken else "not the same amounts are taken back"


def _name(case: Case, record_id: str, row: Row) -> str:
    return case.ref("erp.journalEntry", record_id) or str(row["tranId"])


def _named(months: set[str]) -> str:
    return " and ".join(sorted(months)) or "no month"
