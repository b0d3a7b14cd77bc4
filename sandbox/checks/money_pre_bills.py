"""Identities of pre-bills: a draft is split to the cent, and a cap holds."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.derived import issued
from sandbox.checks.derived_spend import billed_expenses
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import to_minor
from sandbox.core.money import exponent, line_net_minor


def drafts_are_split(books: Books) -> Iterable[Difference]:
    """I09 for drafts: what was drafted is billed, held, written down or transferred, on every issued pre-bill of time;
    and it is what deeds drafted (posting-map.md section 4)."""
    case, invoices = books.case, issued(books.case)
    spent: dict[str, int] = {}
    for expense, _, invoice in billed_expenses(case, invoices):
        amount = to_minor(case, expense["amount"], expense["currency"])
        spent[invoice["id"]] = spent.get(invoice["id"], 0) + amount
    drafted: dict[tuple[str, ...], int] = {}
    for invoice_id, bill in sorted(books.pre_bills.items()):
        row = invoices.get(invoice_id)
        engagement = case.ref("psa.workspace", row["workspace_id"]) if row is not None else None
        if row is None or engagement not in books.currency:
            continue
        currency, title = books.currency[str(engagement)], row["user_invoice_title"]
        billed = to_minor(case, row["subtotal"], currency) - spent.get(invoice_id, 0)
        parts = billed + bill.held + bill.written_down + bill.transferred
        yield Difference(
            f"draft {title}", parts, bill.drafted, currency, "billed + held + written down + transferred", "drafted"
        )
        at = (str(engagement), title)
        drafted[at] = drafted.get(at, 0) + bill.drafted
    due: dict[tuple[str, ...], int] = {
        (each.engagement, each.bill): each.drafted
        for each in books.expected.pre_bills.values()
        if each.bill in books.expected.invoices and books.expected.invoices[each.bill].issued
    }
    yield from side_by_side(drafted, due, books.currency, "drafted in the PSA", "drafted by deeds")


def caps_hold(books: Books) -> Iterable[Difference]:
    """I13: what is invoiced of capped time, expenses and credits taken off, is not above the cap the CRM has, and once
    a cap is used up nothing stands unbilled any more."""
    case = books.case
    spent: dict[str, int] = {}
    for row in case.rows("erp.invoiceLine").values():
        if row["sublist"] == "expCost":
            spent[row["invoice"]] = spent.get(row["invoice"], 0) + row["amount"]
    invoiced: dict[str, int] = {}
    for row in case.rows("erp.invoice").values():
        code = case.ref("erp.job", row["job"]) or "?"
        net = (row["subtotal"] or 0) - spent.get(row["id"], 0) - _credited(books, row["id"])
        invoiced[code] = invoiced.get(code, 0) + net
    unbilled: dict[str, int] = {}
    billed = {row["doc"] for row in case.rows("erp.invoiceLine").values() if row["doc"]}
    for record_id, row in case.rows("erp.timeBill").items():
        code = case.ref("erp.job", row["customer"]) or "?"
        if row["isBillable"] and record_id not in billed and code in books.currency:
            value = line_net_minor(row["hours"], row["rate"] or 0, exponent(books.currency[code]))
            unbilled[code] = unbilled.get(code, 0) + value
    for row in case.rows("crm.Opportunity").values():
        code = row["Engagement_Code__c"]
        if row["StageName"] != "Closed Won" or not row["Cap_Amount__c"] or code not in books.currency:
            continue
        currency = books.currency[code]
        cap = to_minor(case, row["Cap_Amount__c"], currency)
        net = to_minor(case, invoiced.get(code, 0), currency)
        yield Difference(f"{code} above the cap", max(net - cap, 0), 0, currency, "invoiced above the cap", "nothing")
        if net == cap:
            yield Difference(
                f"{code} beyond the cap", unbilled.get(code, 0), 0, currency, "unbilled beyond the cap", "nothing"
            )


def _credited(books: Books, invoice_id: str) -> int:
    credits_ = books.case.rows("erp.creditMemo").values()
    return sum(row["subtotal"] for row in credits_ if row["createdFrom"] == invoice_id)
