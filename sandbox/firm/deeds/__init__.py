"""What people do, by noun: every verb is ``async (desk, args) -> None`` and looks before it acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.firm.deeds import billing, closing, milestones, payroll, selling, spend, staffing, timecards, workforce
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
    "pay": billing.pay,
    "hire": workforce.hire,
    "promote": workforce.promote,
    "leave": workforce.leave,
    "run_period": closing.run_period,
    "close_revenue": closing.close_revenue,
    "close_ledger": closing.close_ledger,
    "spend": spend.spend,
    "approve_expenses": spend.approve_expenses,
    "draft_expenses": billing.draft_expenses,
    "receive_bill": spend.receive_bill,
    "approve_subcontract": spend.approve_subcontract,
    "enrol": payroll.enrol,
}
