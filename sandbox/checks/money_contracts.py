"""Identities of contracts: price, parts, progress, roll-forward of the positions, and nothing left when all is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from sandbox.checks.approved import approved_time
from sandbox.checks.books import Books
from sandbox.checks.derived import issued
from sandbox.checks.derived_change import changed_by_engagement, changed_by_line, changed_minutes, undecided_of
from sandbox.checks.identity import Difference
from sandbox.checks.ledger import period_names, to_minor
from sandbox.checks.pre_bills import written_down_by_engagement
from sandbox.core.money import SCALE, divide_half_away, exponent, line_net_minor, to_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period
from sandbox.plan import Terms

# Engagement or contract line -> month -> amount.
Monthly = Mapping[str, Mapping[str, int]]


def unbilled_is_receivable(books: Books) -> Iterable[Difference]:
    """I10: after netting, 1105 of work charged by time is what the PSA holds approved and unbilled at that month end.

    Cut by posting month; what was given up only after the totals the run worked on still counts (posting-map.md
    section 2), and so does what was planned, is missing at the cut-off and stands in as an estimate (J08).
    """
    account = books.case.interface.accounts.unbilled
    held = _ledger(books, account)
    entries, taken = _billable_entries(books), written_down_by_engagement(books.case)
    for (entity, month), run_us in sorted(books.revenue_runs.items()):
        known_us = books.totals_known_us(run_us)
        for terms in _of_kind(books, "time_and_materials", entity):
            if not _at_home(books, terms.code):
                continue
            left = sum(
                value
                for value, period, billed, given_up_us in entries.get(terms.code, ())
                if period <= month
                and (billed is None or billed > month)
                and (given_up_us is None or given_up_us > known_us)
            )
            left += sum(
                amount
                for amount, period, billed, at_us in taken.get(terms.code, ())
                if period <= month and (billed is None or billed > month) and at_us <= known_us
            )
            missing = books.expected.missing.get((terms.code, month))
            left += missing.value if missing is not None else 0
            yield Difference(
                f"{terms.code} {month}", _up_to(held, terms.code, month), left, books.currency[terms.code],
                f"ledger {account}", "approved and unbilled in the PSA, and missing at the cut-off",
            )  # fmt: skip


def instalments_are_the_price(books: Books) -> Iterable[Difference]:
    """I14: the agreed parts of a fixed fee are the price the PSA has in force, and no more than it is invoiced."""
    case = books.case
    prices = {case.ref("psa.workspace", each): row["price"] or 0 for each, row in case.rows("psa.workspace").items()}
    invoiced, changed, spent = _invoiced(books), changed_by_engagement(case), _spent_and_billed(books)
    for terms in _of_kind(books, "fixed_fee"):
        if terms.code not in prices or not terms.instalments:
            continue
        currency = books.currency[terms.code]
        price = to_minor(case, prices[terms.code], currency)
        parts = sum(to_minor(case, to_scaled(part.amount), currency) for part in terms.instalments)
        parts += to_minor(case, changed.get(terms.code, 0), currency)
        yield Difference(terms.code, price, parts, currency, "price in the PSA", "instalments agreed")
        net = _all(invoiced, terms.code) - spent.get(terms.code, 0)
        yield Difference(f"{terms.code} ahead", max(net - price, 0), 0, currency, "invoiced above the price", "nothing")


def revenue_is_progress_times_price(books: Books) -> Iterable[Difference]:
    """I15 on the basis of hours: revenue to date of a fixed fee is round(hours / budget x price), hours as the ERP has
    them by posting month, budget and price as the CRM has them."""
    case = books.case
    released = _released(books, "so_line_id", "amount", "curr")
    minutes = _minutes(books)
    modified = {row["so_line_id"] for row in case.rows("revenue.modification").values()}
    for line, row in _fixed_lines(books):
        terms = case.terms[_engagement_of(books, row)]
        if line in modified:
            # By which price and hours each month was run is a matter of the decisions: see the expected books.
            continue
        currency, budget = books.currency[terms.code], int(row["Budget_Hours__c"] or 0) * 60 // SCALE
        price = to_minor(case, row["TotalPrice"], currency)
        for (entity, month), _ in sorted(books.revenue_runs.items()):
            if entity == terms.entity and budget:
                done = min(_up_to(minutes, line, month), budget)
                yield Difference(
                    f"{line} {month}", _up_to(released, line, month), divide_half_away(price * done, budget), currency,
                    "revenue to date", f"{done} of {budget} minutes of the price",
                )  # fmt: skip


def positions_roll_forward(books: Books) -> Iterable[Difference]:
    """I18: what moved 2100, 1105 and 1120 in a month is what was invoiced, released and netted in it."""
    accounts = books.case.interface.accounts
    invoiced, released = _invoiced(books), _released(books, "so_num", "accounted", "f_cur")
    unbilled, asset = _netted(books, "accounted_unbilled"), _netted(books, "accounted_asset")
    names = (accounts.position, accounts.unbilled, accounts.contract_asset)
    held = {account: _ledger(books, account) for account in names}
    everything = (invoiced, released, unbilled, asset, *held.values())
    for code, currency in sorted(books.currency.items()):
        months = {month for each in everything for month in each.get(code, ())} if _at_home(books, code) else set()
        for month in sorted(months):
            taken = sum(_in(each, code, month) for each in (invoiced, unbilled, asset))
            due = {
                accounts.unbilled: _in(unbilled, code, month),
                accounts.contract_asset: _in(asset, code, month),
                accounts.position: _in(released, code, month) - taken,
            }
            for account, moved in due.items():
                if moved or _in(held[account], code, month):
                    why = "released less invoiced and netted" if account == accounts.position else "netted"
                    yield Difference(
                        f"{code} {month} {account}",
                        _in(held[account], code, month),
                        moved,
                        currency,
                        f"moved in {account}",
                        why,
                    )


def complete_contracts_are_at_rest(books: Books) -> Iterable[Difference]:
    """I19: when all hours of a fixed fee are worked and run, its revenue is its price, both with what change orders
    added; when all of it is invoiced as well, nothing stands in 2100, 1105 or 1120 any more."""
    case, accounts = books.case, books.case.interface.accounts
    released, invoiced, minutes = _released(books, "so_line_id", "amount", "curr"), _invoiced(books), _minutes(books)
    changed, longer, waiting = changed_by_line(case), changed_minutes(case), undecided_of(case)
    spent = _spent_and_billed(books)
    held = _ledger(books, accounts.position, accounts.unbilled, accounts.contract_asset)
    last_run = {entity: month for (entity, month), _ in sorted(books.revenue_runs.items())}
    for line, row in _fixed_lines(books):
        terms = case.terms[_engagement_of(books, row)]
        month, budget = last_run.get(terms.entity), int(row["Budget_Hours__c"] or 0) * 60 // SCALE
        worked = 0 if month is None else _up_to(minutes, line, month)
        if month is None or not budget or worked < budget + longer.get(line, 0) or line in waiting:
            continue
        currency = books.currency[terms.code]
        price = to_minor(case, row["TotalPrice"] + changed.get(line, 0), currency)
        yield Difference(f"{terms.code} revenue", _up_to(released, line, month), price, currency, "revenue", "price")
        billed = _all(invoiced, terms.code) - spent.get(terms.code, 0)
        if billed == price and _at_home(books, terms.code):
            left = _all(held, terms.code)
            yield Difference(f"{terms.code} position", -left, 0, currency, "contract position", "nothing")


def price_is_signed_value(books: Books) -> Iterable[Difference]:
    """I20: the transaction price in the revenue system is the signed value of the CRM and the change orders the client
    approved since (no discounts or other variable parts so far)."""
    case = books.case
    parts, changed = _parts(books), changed_by_engagement(case)
    for row in case.rows("crm.Opportunity").values():
        code = row["Engagement_Code__c"]
        if row["StageName"] == "Closed Won" and code in parts:
            currency = books.currency[code]
            signed = to_minor(case, (row["Amount"] or 0) + changed.get(code, 0), currency)
            yield Difference(code, parts[code], signed, currency, "transaction price", "signed value in the CRM")


def parts_are_the_whole(books: Books) -> Iterable[Difference]:
    """I22: the obligations of a fixed fee are the price of its ERP project; what was released of an obligation is the
    obligation when it is a month with right to invoice that was run, and never more."""
    case = books.case
    parts = _parts(books)
    for job_id, row in case.rows("erp.job").items():
        code = case.ref("erp.job", job_id)
        if code in parts:
            # However it is spelled: an ERP may hand back 60000.0.
            price = to_minor(case, int(Decimal(row["jobPrice"] or 0)), books.currency[code])
            yield Difference(code, parts[code], price, books.currency[code], "obligations", "price of the ERP project")
    released: dict[str, int] = {}
    last_us: dict[str, int] = {}
    for row in case.rows("revenue.schedule").values():
        if row["kind"] == "Concession":
            # A lower price is kept apart: what was released stays.
            continue
        line_id, amount = row["rc_line_id"], to_minor(case, row["amount"], row["curr"])
        released[line_id] = released.get(line_id, 0) + amount
        last_us[line_id] = max(last_us.get(line_id, 0), row["_created_us"])
    for line_id, row in sorted(case.rows("revenue.rc_line").items(), key=lambda item: item[1]["so_line_id"]):
        if line_id not in released:
            continue
        whole, part, name = to_minor(case, row["ext_sll_prc"], row["curr"]), released[line_id], row["so_line_id"]
        settled = row["right_to_bill"] == "Y" and row["_modified_us"] <= last_us[line_id]
        yield Difference(
            name, part if settled else max(part - whole, 0), whole if settled else 0, row["curr"],
            "released" if settled else "released above it", "obligation" if settled else "nothing",
        )  # fmt: skip


# -- sums --------------------------------------------------------------------------------------------------------------


def _of_kind(books: Books, kind: str, entity: str | None = None) -> list[Terms]:
    terms = sorted(books.case.terms.values(), key=lambda each: each.code)
    return [each for each in terms if each.kind == kind and entity in (None, each.entity)]


def _at_home(books: Books, code: str) -> bool:
    """Whether a contract is in the currency of its entity; the ledger of the others is a matter of rates as well."""
    return books.currency[code] == books.case.plan.entity(books.case.terms[code].entity).currency


def _ledger(books: Books, *accounts: str) -> Monthly:
    """Movement by engagement and month, debit positive."""
    found: dict[str, dict[str, int]] = {}
    for line in books.ledger.lines:
        if line.account in accounts and line.engagement is not None:
            _add(found, line.engagement, line.period, line.amount)
    return found


def _up_to(amounts: Monthly, name: str, month: Period) -> int:
    return sum(amount for period, amount in amounts.get(name, {}).items() if Period.parse(period) <= month)


def _in(amounts: Monthly, name: str, month: str) -> int:
    return amounts.get(name, {}).get(month, 0)


def _all(amounts: Monthly, name: str) -> int:
    return sum(amounts.get(name, {}).values())


def _add(found: dict[str, dict[str, int]], name: str, month: str, amount: int) -> None:
    months = found.setdefault(name, {})
    months[month] = months.get(month, 0) + amount


def _invoiced(books: Books) -> Monthly:
    """Nets of ERP invoices less credits by engagement and posting month."""
    case, periods = books.case, period_names(books.case)
    found: dict[str, dict[str, int]] = {}
    for row in case.rows("erp.invoice").values():
        code = case.ref("erp.job", row["job"])
        if code in books.currency:
            net = to_minor(case, row["subtotal"], books.currency[str(code)])
            _add(found, str(code), periods[row["postingPeriod"]], net)
    for row in case.rows("erp.creditMemo").values():
        code = case.ref("erp.job", row["job"])
        if code in books.currency:
            net = to_minor(case, row["subtotal"], books.currency[str(code)])
            _add(found, str(code), periods[row["postingPeriod"]], -net)
    return found


def _released(books: Books, column: str, amount: str, currency: str) -> Monthly:
    """Revenue of the subledger by a column of its obligation and month, in the contract's or the entity's currency."""
    case, lines = books.case, books.case.rows("revenue.rc_line")
    found: dict[str, dict[str, int]] = {}
    for row in case.rows("revenue.schedule").values():
        _add(found, lines[row["rc_line_id"]][column], row["period"], to_minor(case, row[amount], row[currency]))
    return found


def _netted(books: Books, column: str) -> Monthly:
    """What was netted in a month less what the reversal on the first day of the next took back, by engagement."""
    case, contracts = books.case, books.case.rows("revenue.rc")
    reversed_ = {
        (row["org_id"], row["run_period"])
        for row in case.rows("revenue.batch").values()
        if row["kind"] == "Netting Reversal" and row["status"] == "TRANSFERRED"
    }
    found: dict[str, dict[str, int]] = {}
    for row in case.rows("revenue.netting").values():
        code, amount = contracts[row["rc_id"]]["so_num"], to_minor(case, row[column], row["f_cur"])
        _add(found, code, row["period"], amount)
        if (row["org_id"], row["period"]) in reversed_:
            _add(found, code, str(Period.parse(row["period"]).next()), -amount)
    return found


def _minutes(books: Books) -> Monthly:
    """Minutes in the ERP by contract line and posting month."""
    case, periods = books.case, period_names(books.case)
    found: dict[str, dict[str, int]] = {}
    for row in case.rows("erp.timeBill").values():
        _add(found, row["custcol_contract_line"] or "?", periods[row["custcol_posting_period"]], row["hours"])
    return found


def _fixed_lines(books: Books) -> Iterable[tuple[str, Row]]:
    """Contract lines of won fixed fees, as the CRM has them."""
    lines = books.case.rows("crm.OpportunityLineItem").values()
    for row in sorted(lines, key=lambda line: line["Contract_Line_Code__c"] or ""):
        terms = books.case.terms.get(_engagement_of(books, row))
        if terms is not None and terms.kind == "fixed_fee":
            yield row["Contract_Line_Code__c"], row


def _engagement_of(books: Books, line: Row) -> str:
    opportunity = books.case.rows("crm.Opportunity").get(line["OpportunityId"])
    return str(opportunity["Engagement_Code__c"]) if opportunity is not None else ""


def _parts(books: Books) -> dict[str, int]:
    """Obligations of fixed fees by engagement, with what waits for a decision or a run."""
    waiting = undecided_of(books.case)
    found: dict[str, int] = {}
    for row in books.case.rows("revenue.rc_line").values():
        terms = books.case.terms.get(row["so_num"])
        if terms is not None and terms.kind == "fixed_fee" and not is_spent(books, terms, row):
            held = waiting.get(row["so_line_id"])
            # A whole line that waits is there with its price.
            waits = held["new_price"] - held["old_price"] if held is not None and not held["is_new"] else 0
            amount = to_minor(books.case, row["ext_sll_prc"] + waits, row["curr"])
            found[terms.code] = found.get(terms.code, 0) + amount
    return found


def is_spent(books: Books, terms: Terms, obligation: Row) -> bool:
    """Whether an obligation is what was spent and billed on, which is no part of the price."""
    pattern = books.case.interface.obligation_ids["upon_billing"]
    return str(obligation["so_line_id"]).startswith(pattern.replace("{line}", terms.line).partition("{period}")[0])


def _spent_and_billed(books: Books) -> dict[str, int]:
    """Net of expenses and suppliers' bills on ERP invoices by engagement."""
    found: dict[str, int] = {}
    for (code, _), month in books.actual.items():
        found[code] = found.get(code, 0) + month.expense_billed
    return found


def _billable_entries(books: Books) -> dict[str, list[tuple[int, Period, Period | None, int | None]]]:
    """Value, posting month, month billed, instant given up of all billable PSA entries by engagement."""
    case, invoices = books.case, issued(books.case)
    found: dict[str, list[tuple[int, Period, Period | None, int | None]]] = {}
    for entry, code, _, period in approved_time(case):
        if not (entry["billable"] or entry["written_off"]) or f"time:{entry['id']}" in case.letters:
            continue
        invoice = invoices.get(entry["invoice_id"] or "")
        billed = Period.of(date.fromisoformat(invoice["invoice_date"])) if invoice is not None else None
        value = line_net_minor(entry["time_in_minutes"], entry["rate"], exponent(entry["currency"]))
        found.setdefault(code, []).append((value, period, billed, _given_up_us(books, entry)))
    for code, value, period, moved_us in _moved_away(books):
        found.setdefault(code, []).append((value, period, None, moved_us))
    return found


def _moved_away(books: Books) -> Iterable[tuple[str, int, Period, int]]:
    """(Engagement, value, posting month, instant) of time that left an engagement: until then it stood there."""
    case = books.case
    for trail in case.rows("psa.time_transfer").values():
        code = case.ref("psa.workspace", trail["from_workspace_id"])
        entry = case.rows("psa.time_entry")[trail["time_entry_id"]]
        if code not in case.terms or not entry["billable"]:
            continue
        rate = entry["rate"]
        for change in case.changes_of.get(("psa.time_entry", entry["id"]), ()):
            if change["t_us"] == trail["_created_us"]:
                rate = change["before"].get("rate", rate)
        decided_us = case.rows("psa.timesheet_submission")[entry["active_submission_id"]]["current_resolution_us"]
        entity, day = case.plan.entity(case.terms[str(code)].entity), date.fromisoformat(entry["date_performed"])
        period = case.interface.posting_period(case.plan.start, entity, day, decided_us)
        value = line_net_minor(entry["time_in_minutes"], rate, exponent(books.currency[str(code)]))
        yield str(code), value, period, trail["_created_us"]


def _given_up_us(books: Books, entry: Row) -> int | None:
    """When time was written off, None when it was not."""
    if not entry["written_off"]:
        return None
    changes = books.case.changes_of.get(("psa.time_entry", entry["id"]), ())
    return next((change["t_us"] for change in changes if change["after"].get("written_off")), 0)
