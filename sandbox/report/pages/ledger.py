"""The ledger at the close: journals made by hand, and output tax."""

from __future__ import annotations

from sandbox.checks.books import Books
from sandbox.checks.ledger import period_names, to_minor
from sandbox.report.pages.page import Page, Table, add, number, shown, sums_of


def manual_journals(books: Books) -> Page:
    """Journals that no batch of the revenue system and no job of the ERP made."""
    case = books.case
    lines: dict[str, list[tuple[str, str, int]]] = {}
    for line in books.ledger.lines:
        lines.setdefault(line.transaction, []).append((line.account, line.currency, line.amount))
    rows, debit, credit = [], dict[str, int](), dict[str, int]()
    for record_id, row in case.rows("erp.journalEntry").items():
        if not row["custbody_preparer"]:
            continue
        for account, currency, amount in lines.get(record_id, ()):
            add(debit if amount > 0 else credit, currency, abs(amount))
            sides = (number(max(amount, 0), currency), number(max(-amount, 0), currency))
            rows.append((row["tranId"], row["tranDate"], row["custbody_preparer"], row["memo"] or "", account, currency,
                         *sides))  # fmt: skip
    columns = ("journal", "date", "prepared by", "memo", "account", "in", "debit", "credit")
    return Page(
        "manual_journals",
        "Manual journals",
        "Journals of the ERP that a person prepared.",
        (Table("", columns, 6, tuple(rows)),),
        sums_of("debits are credits", debit, credit),
        "Nobody made a journal by hand.",
    )


def output_tax(books: Books) -> Page:
    """Tax on invoices by entity, month and rate, against the ledger."""
    case, account = books.case, books.case.interface.accounts.output_tax
    periods = period_names(case)
    currencies = {record_id: row["symbol"] for record_id, row in case.rows("erp.currency").items()}
    found: dict[tuple[str, str, str, str], list[int]] = {}
    invoiced: dict[str, int] = {}
    for row in case.rows("erp.invoice").values():
        entity, currency = case.ref("erp.subsidiary", row["subsidiary"]) or "?", currencies[row["currency"]]
        net, tax = (to_minor(case, row[name] or 0, currency) for name in ("subtotal", "taxTotal"))
        rate = f"{row['taxRate'] or 0}%"
        values = found.setdefault((entity, periods[row["postingPeriod"]], rate, currency), [0, 0])
        values[0] += net
        values[1] += tax
        add(invoiced, currency, tax)
    for row in case.rows("erp.creditMemo").values():
        currency = currencies[row["currency"]]
        add(invoiced, currency, -to_minor(case, row["taxTotal"] or 0, currency))
    posted: dict[str, int] = dict.fromkeys(invoiced, 0)
    for line in books.ledger.lines:
        if line.account == account:
            add(posted, line.currency, -line.amount)
    rows = tuple((*at, *shown(values, at[3])) for at, values in sorted(found.items()))
    return Page(
        "output_tax",
        "Output tax",
        "Invoices of the ERP by posting month and rate.",
        (Table("", ("entity", "month", "rate", "in", "net", "tax"), 4, rows),),
        sums_of(f"tax on invoices less that on credits is account {account}", invoiced, posted),
        "No invoice was issued.",
    )
