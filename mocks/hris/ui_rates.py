"""The screen where somebody says what work costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from mocks.hris import rules_rates
from mocks.hris.ui import Currency, Form, Named, entry_of
from mocks.hris.ui_absence import ACTIONS
from mocks.kit.app import Call
from sandbox.core.money import to_scaled

# The screens of ``ui.py`` and ``ui_absence.py``, and this one.
__all__ = ["ACTIONS"]

Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=4)]


class CostRateForm(Form):
    """A rate of a worker or of a job profile, from a date on."""

    employee_id: Named | None = None
    job_profile: Named | None = None
    company: Named | None = None
    rate_type: Literal["Hourly Cost", "Daily Cost", "Loaded"] = "Hourly Cost"
    amount: Amount
    currency: Currency
    effective_date: date


@ACTIONS.add("set_cost_rate", CostRateForm)
def set_cost_rate(call: Call, form: CostRateForm) -> dict[str, Any]:
    """Set what work costs."""
    values = form.model_dump(exclude={"amount", "effective_date"})
    values["amount"] = to_scaled(form.amount)
    row = rules_rates.set_rate(call.store, values, form.effective_date, entry_of(call))
    return {"cost_rate_wid": row["wid"], "effective_date": row["effective_date"]}
