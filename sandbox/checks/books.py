"""Both sets of books side by side: what deeds and contracts demand, and what the systems hold."""

from __future__ import annotations

from functools import cached_property

from sandbox.checks.case import Case
from sandbox.checks.derived import issued
from sandbox.checks.entities import EntityMonths, entity_months
from sandbox.checks.exchange import rates_of_ledger
from sandbox.checks.expected_books import Card, ExpectedBooks, Month, expected_books
from sandbox.checks.expected_books.time import BY_THE_HOUR
from sandbox.checks.ledger import Ledger, period_names, to_minor
from sandbox.checks.pre_bills import DraftedBill, drafted_bills
from sandbox.core.clock import DAY_US
from sandbox.core.money import exponent, line_net_minor
from sandbox.core.periods import Period
from sandbox.interface import Accounts

# Who, when, where, on which contract line, in which role.
Look = tuple[str, str, str, str, str]


class Books:
    """The books of a case, each worked out once."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def expected(self) -> ExpectedBooks:
        """From deeds and contracts."""
        return expected_books(self.case.plan, self.case.interface, self.case.history)

    @cached_property
    def ledger(self) -> Ledger:
        """From the ERP."""
        return Ledger(self.case)

    @cached_property
    def currency(self) -> dict[str, str]:
        """Engagement -> what it is agreed and billed in."""
        plan = self.case.plan
        return {code: plan.currency_of(terms) for code, terms in self.case.terms.items()}

    @cached_property
    def revenue_runs(self) -> dict[tuple[str, Period], int]:
        """(Entity, month) -> instant of its last revenue run."""
        found: dict[tuple[str, Period], int] = {}
        for row in self.case.rows("revenue.batch").values():
            if row["kind"] in ("Revenue", "Catch-up"):
                at = (row["org_code"], Period.parse(row["run_period"]))
                found[at] = max(found.get(at, 0), row["_created_us"])
        return found

    def totals_known_us(self, run_us: int) -> int:
        """The last nightly totals a run could know."""
        interface, start, at = self.case.interface, self.case.plan.start, max(run_us - 2 * DAY_US, 0)
        while (following := interface.next_look_us("revenue.totals", start, at)) <= run_us:
            at = following
        return at

    @cached_property
    def ended_us(self) -> dict[str, int]:
        """Label of a deed that was done -> when it was over."""
        return {record["deed"]: record["t_us"] for record in self.case.of_kind("deed") if record["outcome"] == "done"}

    @cached_property
    def company_of(self) -> dict[str, str]:
        """Worker -> the entity HR hired or moved them to last."""
        found: dict[str, str] = {}
        workers = self.case.rows("hris.worker")
        events = self.case.rows("hris.event").values()
        for event in sorted(events, key=lambda row: (row["effective_date"], row["entered_us"])):
            if event["company"] and event["status"] == "Successfully Completed" and event["worker_wid"] in workers:
                found[workers[event["worker_wid"]]["employee_id"]] = event["company"]
        return found

    @cached_property
    def entry_of(self) -> dict[str, str]:
        """Card -> time entry, by what people see of it: who, when, where, which role.

        Cards that look alike get the entry of their minutes and billing first, then one of those that are left.
        """
        case = self.case
        free: dict[Look, list[str]] = {}
        for entry_id, row in case.rows("psa.time_entry").items():
            person, engagement = case.ref("psa.user", row["user_id"]), case.ref("psa.workspace", row["workspace_id"])
            look = (
                person or "?",
                row["date_performed"],
                engagement or "?",
                case.ref("psa.story", row["story_id"]) or "?",
                case.ref("psa.role", row["role_id"]) or "?",
            )
            free.setdefault(look, []).append(entry_id)
        found: dict[str, str] = {}
        cards = [card for card in self.expected.cards.values() if card.approved_us is not None]
        for exactly in (True, False):
            for card in cards:
                line = card.line or case.terms[card.engagement].line
                entries = free.get((card.person, card.on.isoformat(), card.engagement, line, card.role), [])
                fitting = [each for each in entries if not exactly or self._is_exactly(each, card)]
                if card.ref not in found and fitting:
                    found[card.ref] = fitting[0]
                    entries.remove(fitting[0])
        return found

    def _is_exactly(self, entry_id: str, card: Card) -> bool:
        row = self.case.rows("psa.time_entry")[entry_id]
        billable = bool(row["billable"]) or bool(row["written_off"])
        return row["time_in_minutes"] == card.minutes and billable == card.billable

    @cached_property
    def actual(self) -> dict[tuple[str, Period], Month]:
        """An engagement's months as the systems show them, in minor units."""
        months: dict[tuple[str, Period], Month] = {}
        self._add_time(months)
        self._add_written_off(months)
        self._add_documents(months)
        self._add_ledger(months)
        self._add_pre_bills(months)
        return months

    @cached_property
    def closed_periods(self) -> tuple[Period, ...]:
        """Months of the story that are closed in the ledger at the end."""
        rows = self.case.rows("erp.accountingPeriod").values()
        closed = {row["startDate"][:7] for row in rows if row["closed"]}
        return tuple(sorted(Period.parse(text) for text in self.case.plan.close if text in closed))

    @cached_property
    def entities(self) -> EntityMonths:
        """An entity's months, and the group's, as the ledger shows them, in minor units."""
        case = self.case
        return entity_months(case.plan.firm, case.interface.accounts, self.ledger, rates_of_ledger(case))

    def _month(self, months: dict[tuple[str, Period], Month], engagement: str | None, period: str) -> Month:
        if engagement not in self.case.terms:
            return Month()
        return months.setdefault((str(engagement), Period.parse(period)), Month())

    def _add_time(self, months: dict[tuple[str, Period], Month]) -> None:
        periods = period_names(self.case)
        for row in self.case.rows("erp.timeBill").values():
            engagement = self.case.ref("erp.job", row["customer"])
            month = self._month(months, engagement, periods[row["custcol_posting_period"]])
            month.minutes += row["hours"]
            terms = self.case.terms.get(engagement or "")
            if row["isBillable"] and terms is not None and terms.kind in BY_THE_HOUR:
                places = exponent(self.currency[terms.code])
                month.billable_value += line_net_minor(row["hours"], row["rate"] or 0, places)

    def _add_written_off(self, months: dict[tuple[str, Period], Month]) -> None:
        """Given-up time is in the ERP as not billable: its value is known in the PSA alone."""
        periods = period_names(self.case)
        posted = {self.case.ref("erp.timeBill", each): row for each, row in self.case.rows("erp.timeBill").items()}
        for entry_id, entry in self.case.rows("psa.time_entry").items():
            if not entry["written_off"] or entry_id not in posted:
                continue
            engagement = self.case.ref("psa.workspace", entry["workspace_id"])
            month = self._month(months, engagement, periods[posted[entry_id]["custcol_posting_period"]])
            value = line_net_minor(entry["time_in_minutes"], entry["rate"], exponent(entry["currency"]))
            month.written_off += value
            month.billable_value += value

    def _add_documents(self, months: dict[tuple[str, Period], Month]) -> None:
        periods = period_names(self.case)
        engagements: dict[str, str | None] = {}
        for invoice_id, row in self.case.rows("erp.invoice").items():
            engagement = engagements[invoice_id] = self.case.ref("erp.job", row["job"])
            if engagement not in self.case.terms:
                continue
            month = self._month(months, engagement, periods[row["postingPeriod"]])
            currency = self.currency[str(engagement)]
            month.invoiced_net += to_minor(self.case, row["subtotal"], currency)
            month.invoiced_tax += to_minor(self.case, row["taxTotal"], currency)
        for row in self.case.rows("erp.invoiceLine").values():
            engagement = engagements.get(row["invoice"])
            if row["sublist"] == "expCost" and engagement in self.case.terms:
                invoice = self.case.rows("erp.invoice")[row["invoice"]]
                month = self._month(months, engagement, periods[invoice["postingPeriod"]])
                month.expense_billed += to_minor(self.case, row["amount"], self.currency[str(engagement)])
        for row in self.case.rows("erp.creditMemo").values():
            engagement = self.case.ref("erp.job", row["job"])
            if engagement in self.case.terms:
                month = self._month(months, engagement, periods[row["postingPeriod"]])
                month.credited_net += to_minor(self.case, row["subtotal"], self.currency[str(engagement)])
                month.credited_tax += to_minor(self.case, row["taxTotal"], self.currency[str(engagement)])
        kept = {each: row["custbody_withholding"] or 0 for each, row in self.case.rows("erp.customerPayment").items()}
        for row in sorted(self.case.rows("erp.paymentApplication").values(), key=lambda each: each["line"]):
            engagement = engagements.get(row["invoice"])
            payment = self.case.rows("erp.customerPayment").get(row["payment"])
            if payment is not None and engagement in self.case.terms:
                month = self._month(months, engagement, payment["tranDate"][:7])
                # What was kept back counts for the invoices in the order they were settled.
                withheld = min(kept[row["payment"]], row["amount"])
                kept[row["payment"]] -= withheld
                month.cash += to_minor(self.case, row["amount"] - withheld, self.currency[str(engagement)])
                month.withheld += to_minor(self.case, withheld, self.currency[str(engagement)])

    @cached_property
    def pre_bills(self) -> dict[str, DraftedBill]:
        """What became of every draft of time, as the PSA's changes tell it."""
        return drafted_bills(self.case)

    def _add_pre_bills(self, months: dict[tuple[str, Period], Month]) -> None:
        for invoice_id, row in issued(self.case).items():
            drafted = self.pre_bills.get(invoice_id)
            engagement = self.case.ref("psa.workspace", row["workspace_id"])
            if drafted is None:
                continue
            month = self._month(months, engagement, row["invoice_date"][:7])
            month.drafted += drafted.drafted
            month.held += drafted.held
            month.written_down += drafted.written_down
            month.transferred += drafted.transferred

    def _add_ledger(self, months: dict[tuple[str, Period], Month]) -> None:
        accounts, moved = self.case.interface.accounts, dict[tuple[str, Period], int]()
        pairs = {(pair.provider, pair.receiver) for pair in self.case.plan.firm.intercompany}
        held = {accounts.position, accounts.unbilled, accounts.contract_asset}
        passed_on = self.case.interface.posting[self.case.interface.expenses.posting].revenue_account
        spent = _costs(accounts)
        for line in self.ledger.lines:
            if line.engagement not in self.case.terms:
                continue
            month = self._month(months, line.engagement, line.period)
            if line.account in spent:
                name = spent[line.account]
                setattr(month, name, getattr(month, name) + line.amount)
                lent = (line.entity, self.case.terms[str(line.engagement)].entity) in pairs
                month.lent_cost += line.amount if lent and line.account == accounts.labour else 0
            elif line.account in accounts.revenue or line.account == accounts.concession:
                month.revenue -= line.own
                month.revenue_functional -= line.amount if line.is_foreign else 0
                month.passed_on -= line.own if line.account == passed_on else 0
            elif line.account == accounts.realised_fx:
                month.realised_fx -= line.amount
            elif line.account in held:
                key = (line.engagement, Period.parse(line.period))
                moved[key] = moved.get(key, 0) - line.own
            elif line.account == accounts.provision:
                month.provision -= line.amount
        _run_up(months, moved)


def _costs(accounts: Accounts) -> dict[str, str]:
    """Account -> the figure of a month that it is."""
    return {
        accounts.labour: "cost",
        accounts.project_expense: "expense_cost",
        accounts.own_expense: "expense_cost",
        accounts.subcontractors: "subcontract_cost",
        accounts.intercompany_cost: "recharged",
    }


def _run_up(months: dict[tuple[str, Period], Month], moved: dict[tuple[str, Period], int]) -> None:
    """Balances to date from movements, for every engagement over all months that occur."""
    periods = sorted({period for _, period in months})
    for engagement in sorted({code for code, _ in months}):
        position = receivable = provision = 0
        for period in periods:
            position += moved.get((engagement, period), 0)
            month = months.setdefault((engagement, period), Month())
            month.position = position
            receivable += month.invoiced_net + month.invoiced_tax - month.cash - month.withheld
            receivable -= month.credited_net + month.credited_tax
            month.receivable = receivable
            provision += month.provision
            month.provision = provision
