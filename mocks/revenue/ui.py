"""The person surface: what a revenue accountant does at a screen because no API offers it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mocks.kit.app import Call
from mocks.kit.person import Actions
from mocks.revenue import rules_journal, rules_period
from sandbox.core.periods import Period

ACTIONS = Actions()


def _a_period(text: str) -> str:
    return str(Period.parse(text))


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PeriodForm(Form):
    """An organisation by its code, and one of its periods (``2026-01``)."""

    org: str
    period: Annotated[str, AfterValidator(_a_period)]


class OrgForm(Form):
    """An organisation by its code."""

    org: str


class BatchForm(Form):
    """A transfer batch by its id."""

    batch_id: int = Field(gt=0)


@ACTIONS.add("run_period", PeriodForm)
def run_period(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Events, release, netting and transfer batches of the open period."""
    org = rules_period.org_of_code(call.store, form.org)
    run = rules_period.run(call.store, org, Period.parse(form.period))
    batches = [
        {"id": int(batch["id"]), "name": batch["name"], "period": batch["period"], "lines": batch["line_count"]}
        for batch in run.batches
    ]
    return {"org": org["code"], "period": form.period, "events": run.events, "batches": batches}


@ACTIONS.add("close_period", PeriodForm)
def close_period(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Close the open period and open the next."""
    org = rules_period.org_of_code(call.store, form.org)
    opened = rules_period.close(call.store, org, Period.parse(form.period))
    return {"org": org["code"], "closed": form.period, "opened": opened}


@ACTIONS.add("period_status", OrgForm)
def period_status(call: Call, form: OrgForm) -> dict[str, Any]:
    """Every period of an organisation."""
    org = rules_period.org_of_code(call.store, form.org)
    periods = [{"period": name, "status": status} for name, status in rules_period.statuses(call.store, org)]
    return {"org": org["code"], "periods": periods}


@ACTIONS.add("reset_batch", BatchForm)
def reset_batch(call: Call, form: BatchForm) -> dict[str, Any]:
    """Offer a transferred batch again."""
    batch = rules_journal.reset(call.store, str(form.batch_id))
    return {"id": int(batch["id"]), "name": batch["name"], "status": batch["status"]}
