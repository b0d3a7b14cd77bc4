"""What people do, by noun: every verb is ``async (desk, args) -> None`` and looks before it acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.firm.deeds import (
    accruals,
    billing,
    cash,
    changes,
    closing,
    crediting,
    edits,
    estimates,
    grouping,
    holding,
    letters,
    milestones,
    payroll,
    provisions,
    selling,
    spend,
    staffing,
    timecards,
    workforce,
)
from sandbox.firm.desk import Desk

Verb = Callable[[Desk, dict[str, Any]], Awaitable[None]]

VERBS: dict[str, Verb] = {
    "sell": selling.sell,
    "propose": selling.propose,
    "sign": selling.sign,
    "staff": staffing.staff,
    "book": timecards.book,
    "approve": timecards.approve,
    "reject": timecards.reject,
    "resubmit": timecards.resubmit,
    "draft_time": billing.draft_time,
    "draft_fixed": billing.draft_fixed,
    "draft_milestone": billing.draft_milestone,
    "accept_milestone": milestones.accept_milestone,
    "reject_milestone": milestones.reject_milestone,
    "write_off": billing.write_off,
    "approve_bill": billing.approve_bill,
    "pay": cash.pay,
    "hire": workforce.hire,
    "promote": workforce.promote,
    "leave": workforce.leave,
    "run_period": closing.run_period,
    "close_revenue": closing.close_revenue,
    "close_ledger": closing.close_ledger,
    "add_item": letters.add_item,
    "resolve_case": letters.resolve_case,
    "transfer": workforce.transfer,
    "place_on_leave": workforce.place_on_leave,
    "return_from_leave": workforce.return_from_leave,
    "take_off": workforce.take_off,
    "rescind": workforce.rescind,
    "correct": workforce.correct,
    # -- missing time at the close
    "approve_accruals": accruals.approve_accruals,
    "accrue_by_hand": accruals.accrue_by_hand,
    # -- expected cost, and losses
    "approve_eac": estimates.approve_eac,
    "book_provision": provisions.book_provision,
    # -- work at risk, and changes of a contract
    "start_at_risk": selling.start_at_risk,
    "sign_change_order": changes.sign_change_order,
    "approve_change": changes.approve_change,
    "decide_change": changes.decide_change,
    # -- the group
    "intercompany": closing.intercompany,
    "revalue": grouping.revalue,
    "eliminate": grouping.eliminate,
    "translate": grouping.translate,
    "apply_payment": cash.apply_payment,
    "allocate": staffing.allocate,
    "learn": staffing.learn,
    "hold_time": edits.hold_time,
    "write_down": edits.write_down,
    "credit": crediting.credit,
    "set_credit_hold": holding.set_credit_hold,
    "transfer_time": crediting.transfer_time,
    "spend": spend.spend,
    "approve_expenses": spend.approve_expenses,
    "draft_expenses": billing.draft_expenses,
    "receive_bill": spend.receive_bill,
    "approve_subcontract": spend.approve_subcontract,
    "enrol": payroll.enrol,
}
