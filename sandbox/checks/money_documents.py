"""Identities of documents: numbers, tax, closed months, and nothing without a cause or an effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sandbox.checks.books import Books
from sandbox.checks.closing import closed_months
from sandbox.checks.expected_books.rates import tax_on, tax_parts
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import period_names, to_minor
from sandbox.checks.lost import given_up


def output_tax_is_invoiced(books: Books) -> Iterable[Difference]:
    """I26: output tax of an entity and month in the ledger is the tax on its invoices with that tax point.

    The tax point is the invoice (posting-map.md section 2). Of invoices also rate by rate, as the firm's rules have it.
    """
    case, account = books.case, books.case.interface.accounts.output_tax
    periods = period_names(case)
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    ledger: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account == account:
            ledger[line.entity, line.period] = ledger.get((line.entity, line.period), 0) - line.amount
    invoiced: dict[tuple[str, ...], int] = {}
    for row in case.rows("erp.invoice").values():
        entity = case.ref("erp.subsidiary", row["subsidiary"])
        if row["taxTotal"] and entity is not None:
            at = (entity, periods[row["postingPeriod"]])
            invoiced[at] = invoiced.get(at, 0) + to_minor(case, row["taxTotal"], currencies[entity])
    for row in case.rows("erp.creditMemo").values():
        entity = case.ref("erp.subsidiary", row["subsidiary"])
        if row["taxTotal"] and entity is not None:
            at = (entity, periods[row["postingPeriod"]])
            invoiced[at] = invoiced.get(at, 0) - to_minor(case, row["taxTotal"], currencies[entity])
    yield from side_by_side(ledger, invoiced, currencies, f"ledger {account}", "tax on invoices less credits")
    yield from _tax_by_rate(books)


def _tax_by_rate(books: Books) -> Iterable[Difference]:
    """Output tax on invoices by entity, month and rate: the ledger's lines by tax code against net times rate."""
    case, account = books.case, books.case.interface.accounts.output_tax
    if not case.plan.firm.tax_rules:
        return
    periods, currencies = period_names(case), {each.code: each.currency for each in case.plan.firm.entities}
    rates = {each: Decimal(row["rate"]) / 100 for each, row in case.rows("erp.salesTaxItem").items()}
    codes = {each: row["taxCode"] for each, row in case.rows("erp.transactionLine").items()}
    clients = {client.code: client for client in case.plan.clients}
    invoices = case.rows("erp.invoice")
    ledger: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account == account and line.transaction in invoices and line.amount:
            rate = rates.get(codes[line.line_id] or "", Decimal(0))
            at = (line.entity, line.period, f"{rate:.2%}")
            ledger[at] = ledger.get(at, 0) - line.amount
    due: dict[tuple[str, ...], int] = {}
    for row in invoices.values():
        engagement = case.ref("erp.job", row["job"])
        terms = case.terms.get(engagement or "")
        if terms is None or row["status"] == "voided" or books.currency[terms.code] != currencies[terms.entity]:
            continue
        entity, net = case.plan.entity(terms.entity), to_minor(case, row["subtotal"], currencies[terms.entity])
        for rate in tax_parts(case.plan, entity, clients[terms.client], date.fromisoformat(row["tranDate"])):
            at = (terms.entity, periods[row["postingPeriod"]], f"{rate:.2%}")
            due[at] = due.get(at, 0) + tax_on(net, rate)
    yield from side_by_side(
        ledger, due, currencies, f"ledger {account} at that rate", "net of invoices times that rate"
    )


def closed_months_stand_still(books: Books) -> Iterable[Difference]:
    """I33: what a closed month holds is what it held when it closed; what came while it was reopened is allowed."""
    case = books.case
    months, currencies = closed_months(case), {row["id"]: row["symbol"] for row in case.rows("erp.currency").values()}
    now: dict[tuple[str, str, str], int] = {}
    then: dict[tuple[str, str, str], int] = {}
    for row in case.rows("erp.transactionLine").values():
        month = months.get(row["period"])
        if month is None:
            continue
        at = (case.ref("erp.subsidiary", row["subsidiary"]) or "?", month.name, currencies[row["currency"]])
        amount = to_minor(case, (row["debit"] or 0) + (row["credit"] or 0), at[2])
        now[at] = now.get(at, 0) + amount
        if not month.is_closed_at(row["_modified_us"]):
            then[at] = then.get(at, 0) + amount
    for at in sorted(now):
        yield Difference(
            f"{at[0]} {at[1]}", now[at], then.get(at, 0), at[2], "postings at the end", "postings when it closed"
        )


def numbers_have_no_gap(books: Books) -> Iterable[Difference]:
    """I34: the invoice numbers of an entity are 1 to the highest, each used once; a void keeps its number."""
    series: dict[str, list[int]] = {}
    for row in books.case.rows("erp.invoice").values():
        head, _, number = (row["tranId"] or "").rpartition("-")
        if number.isdigit():
            series.setdefault(head, []).append(int(number))
    for head, numbers in sorted(series.items()):
        used = set(numbers)
        missing = [f"{head}-{number:04d} is missing" for number in range(1, max(used) + 1) if number not in used]
        twice = [
            f"{head}-{number:04d} is used {times} times" for number, times in Counter(numbers).items() if times > 1
        ]
        yield Difference(
            f"{head} gaps", len(used), max(used), "numbers", "numbers in use", "the highest", tuple(missing[:8])
        )
        yield Difference(
            f"{head} twice", len(numbers), len(used), "documents", "documents", "numbers in use", tuple(twice[:8])
        )


def facts_are_accounted_for(books: Books) -> Iterable[Difference]:
    """I31: of every kind of fact, what the sources say is what was applied and what was given up aloud."""
    case = books.case
    for name, flow in sorted(case.interface.flows.items()):
        if flow.class_ != "fact":
            continue
        facts = case.facts(name)
        there = {target.ref for target in case.targets(name)}
        missing = [ref for ref in facts if ref not in there]
        parked = [ref for ref in missing if given_up(case, flow, ref)]
        if facts:
            yield Difference(
                name, len(facts), len(facts) - len(missing) + len(parked), "facts",
                "said by the source", "applied or given up",
                tuple(f"{ref} is nowhere" for ref in missing if ref not in parked)[:8],
            )  # fmt: skip


def postings_have_a_cause(books: Books) -> Iterable[Difference]:
    """I32: the ledger's labour lines name the approved time of the PSA, its revenue lines the lines of transferred
    batches, each once and nothing else."""
    case, account = books.case, books.case.interface.accounts.labour
    spelled = {
        row["externalId"] or each: case.ref("erp.timeBill", each) for each, row in case.rows("erp.timeBill").items()
    }
    labour = next(each for each, row in case.rows("erp.account").items() if row["acctNumber"] == account)
    time: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for row in case.rows("erp.transactionLine").values():
        if row["sourceSystem"] == "revenue":
            lines[row["sourceLine"]] += 1
        elif row["account"] == labour and row["poster"] == "native":
            source = row["sourceId"] or "?"
            # Time that moved is taken back where it was, and posted again.
            time[spelled.get(source) or source] += 1 if row["debit"] else -1
    flow = case.interface.flows["time.actual"]
    approved = Counter(ref for ref in case.facts("time.actual") if not given_up(case, flow, ref))
    batches = case.rows("revenue.batch")
    offered = Counter(
        each
        for each, row in case.rows("revenue.gl_line").items()
        if batches[row["batch_id"]]["status"] == "TRANSFERRED"
    )
    yield from _by_key("labour", time, approved, "approved time")
    yield from _by_key("revenue", lines, offered, "lines of transferred batches")


def _by_key(what: str, there: Counter[str], due: Counter[str], due_is: str) -> Iterable[Difference]:
    for key in sorted(there.keys() | due.keys()):
        yield Difference(f"{what} {key}", there[key], due[key], "postings", "postings in the ledger", due_is)
