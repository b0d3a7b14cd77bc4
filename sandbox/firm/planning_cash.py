"""Payments: in full or not, and the money nobody could place until finance did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sandbox.firm.planning_office import Office
from sandbox.plan import Deed, ScriptedEngagement


def cash_deeds(office: Office, terms: ScriptedEngagement, payment: Mapping[str, Any]) -> Iterable[Deed]:
    """The client pays a bill on its day, 09:00 at the entity; ``payment`` says which bill and when."""
    rule, bill = terms.payment, payment["bill"]
    finance = f"finance-{terms.entity.lower()}"
    args = dict(payment)
    if rule.short_by:
        args["short_by"] = str(rule.short_by)
    if rule.withholding_percent:
        args["withholding_percent"] = str(rule.withholding_percent)
    if rule.unidentified:
        args["unidentified"] = True
    paid_on = date.fromisoformat(args["paid_on"])
    yield office.deed(f"pay {bill}", finance, "pay", paid_on, "09:00", args, after=(f"bill {bill}",))
    if rule.applied_on is not None:
        yield office.deed(
            f"apply {bill}", finance, "apply_payment", rule.applied_on, "14:00", payment, after=(f"pay {bill}",)
        )
