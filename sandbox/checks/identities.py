"""The identities of accounting.md section 6 that are judged, as data: number, sentence, function, what can break it.

Not judged yet, because nothing moves what they are about: I21. I36 and I37
(replay, permutation) take a second run and are proven by the tests of determinism, not on one run's history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.checks import (
    money_billing,
    money_contracts,
    money_cost,
    money_currency,
    money_documents,
    money_group,
    money_intercompany,
    money_ledger,
    money_people,
    money_pre_bills,
    money_spend,
    money_time,
)
from sandbox.checks.books import Books
from sandbox.checks.identity import Difference

Identity = Callable[[Books], Iterable[Difference]]


@dataclass(frozen=True, slots=True)
class Named:
    """An identity with its number and what it says to a person."""

    number: str
    says: str
    holds: Identity
    # What can break it: faults on creates of these records, and these hazards of the books.
    records: frozenset[str]
    hazards: tuple[str, ...] = ()


_TIME = frozenset({"timeBill"})
_INVOICE = frozenset({"invoice"})
_PAYMENT = frozenset({"customerPayment"})
_REVENUE = frozenset({"journalEntry", "rc_line", "rc_bill", "stage_txn"})
# What a file sent to the revenue system creates at once.
_UPLOAD = frozenset({"upload"})
_PEOPLE = frozenset({"user", "account_membership", "employee"})
_SPENT = frozenset({"expense", "expenseReport", "vendorBill"})
_POSTING = _TIME | _INVOICE | _PAYMENT | _REVENUE

IDENTITIES = (
    Named("I01", "every journal balances, per entity and currency", money_ledger.journals_balance, _POSTING,
          ("rounding",)),
    Named("I02", "the trial balance sums to nothing and carries forward", money_ledger.trial_balance_carries_forward,
          _POSTING, ("rounding", "late time")),
    Named("I03", "receivables are the open invoices, per customer", money_ledger.receivables_are_open_invoices,
          _INVOICE | _PAYMENT),
    Named("I05", "approved hours are hours in the ERP, by worker, day and project", money_time.hours_arrive, _TIME,
          ("late time",)),
    Named("I06", "nobody books more than there is time for, and nothing while away", money_people.nobody_works_too_long,
          _PEOPLE),
    Named("I07", "project cost is hours at the standard cost of their day", money_time.cost_is_hours_at_cost, _TIME,
          ("rounding", "late time")),
    Named("I08", "labour absorbed is labour cost", money_ledger.labour_is_absorbed, _TIME, ("rounding", "late time")),
    Named("I09", "billable time is unbilled, on one invoice, or written off", money_time.time_is_in_one_bucket,
          _TIME | _INVOICE, ("rounding", "write-off")),
    Named("I10", "after netting the unbilled receivable is what the PSA holds unbilled",
          money_contracts.unbilled_is_receivable, _TIME | _REVENUE | _UPLOAD, ("rounding", "late time", "write-off")),
    Named("I11", "what the PSA billed is what the ERP invoiced, by contract line", money_billing.billed_is_invoiced,
          _INVOICE | _SPENT, ("rounding", "write-off")),
    Named("I12", "an invoice is net plus tax, the tax is due, both copies agree", money_billing.invoices_add_up,
          _INVOICE, ("rounding",)),
    Named("I14", "instalments are the price, and no more is invoiced", money_contracts.instalments_are_the_price,
          _INVOICE),
    Named("I15", "revenue to date is progress times price", money_cost.revenue_is_progress,
          _TIME | _REVENUE | _UPLOAD, ("late time",)),
    Named("I16", "revenue in the ledger is revenue in the subledger, by month", money_ledger.revenue_is_subledger,
          _REVENUE, ("rounding", "late time", "write-off")),
    Named("I17", "contract position is billed less recognised", money_ledger.position_is_billed_less_revenue,
          _REVENUE | _INVOICE, ("late time", "write-off")),
    Named("I18", "positions roll forward by what was invoiced, released and netted",
          money_contracts.positions_roll_forward, _REVENUE | _INVOICE, ("late time", "write-off")),
    Named("I19", "a complete contract has earned its price and holds no position",
          money_contracts.complete_contracts_are_at_rest, _REVENUE | _INVOICE, ("late time",)),
    Named("I20", "the transaction price is the signed value", money_cost.prices_are_signed,
          _REVENUE | _UPLOAD),
    Named("I22", "obligations are the price, what is released is the obligation", money_contracts.parts_are_the_whole,
          _REVENUE | _UPLOAD, ("rounding", "write-off")),
    Named("I23", "a contract that loses has its whole loss in the books, any other no provision",
          money_cost.losses_are_provided, _REVENUE, ("loss",)),
    Named("I24", "the bank is its lines, and every receipt is applied", money_billing.cash_is_bank_lines, _PAYMENT),
    Named("I25", "open items stand at the closing rate, and settled ones gained what their cash is worth more",
          money_currency.foreign_items_are_at_closing, _INVOICE | _PAYMENT, ("currency",)),
    Named("I26", "output tax is the tax on invoices, by month", money_documents.output_tax_is_invoiced, _INVOICE,
          ("rounding",)),
    Named("I27", "both sides of intercompany agree and charge cost plus", money_intercompany.both_sides_agree, _TIME,
          ("rounding", "late time", "currency")),
    Named("I28", "elimination leaves listed differences of exchange and nothing else",
          money_group.elimination_leaves_nothing, _TIME, ("currency",)),
    Named("I29", "translated equity, result and reserve are the net assets at the closing rate",
          money_group.translation_balances, _POSTING, ("currency",)),
    Named("I30", "utilisation is the same in PSA and HRIS, in the ERP, and by what people did",
          money_people.utilisation_agrees, _TIME | _PEOPLE),
    Named("I31", "what the sources say is applied or given up aloud", money_documents.facts_are_accounted_for,
          _POSTING | _UPLOAD),
    Named("I32", "no posting without a cause, no cause without a posting", money_documents.postings_have_a_cause,
          _TIME | _REVENUE),
    Named("I33", "a closed month stands still", money_documents.closed_months_stand_still, frozenset(), ("late time",)),
    Named("I34", "invoice numbers have no gap and are used once", money_documents.numbers_have_no_gap, _INVOICE),
    Named("I35", "active workers are active users, and each has a cost rate", money_people.headcount_agrees, _PEOPLE),
    Named("I38", "billable hours are billed, open or written off", money_time.hours_are_billed_or_open,
          _TIME | _INVOICE, ("write-off",)),
    Named("I13", "nothing is billed above a cap", money_pre_bills.caps_hold, _TIME | _INVOICE, ("edit",)),
    Named("I04", "payables are the approved expenses and bills, input tax is the tax on them",
          money_spend.payables_are_what_is_owed, _SPENT),
)  # fmt: skip
