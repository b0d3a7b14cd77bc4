"""The person surface: what a revenue accountant does at a screen because no API offers it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mocks.kit.app import Call
from mocks.kit.person import Actions
from mocks.revenue import rules, rules_journal, rules_loss, rules_modifications, rules_period, rules_reports
from mocks.revenue.answers import stamp
from sandbox.core.money import from_scaled, plain
from sandbox.core.observe import Row
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


class JobForm(Form):
    """A job by its id."""

    job_id: int = Field(gt=0)


class ReportForm(OrgForm):
    """An organisation by its code, and a report by its name."""

    report: Literal["Contract Line Detail", "Revenue Schedule Detail", "Billing Detail"]


class ModificationsForm(Form):
    """An organisation by its code, and the status of the modifications to show; all of them without one."""

    org: str
    status: Literal["Pending", "Decided", "Applied"] | None = None


class DecisionForm(Form):
    """An order line by its id, the treatment of what waits for it, and the line whose obligation an added one joins."""

    line: str
    treatment: Literal["cumulative_catch_up", "prospective", "separate_contract"]
    lead_line: str | None = None


@ACTIONS.add("run_period", PeriodForm)
def run_period(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Events, release, netting and transfer batches of the open period."""
    org = rules_period.org_of_code(call.store, form.org)
    run = rules_period.run(call.store, org, Period.parse(form.period))
    batches = [
        {"id": int(batch["id"]), "name": batch["name"], "period": batch["period"], "lines": batch["line_count"]}
        for batch in run.batches
    ]
    return {
        "org": org["code"],
        "period": form.period,
        "events": run.events,
        "modifications": run.modifications,
        "batches": batches,
        "undecided": list(run.undecided),
    }


@ACTIONS.add("start_close", PeriodForm)
def start_close(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Soft close of the open period: jobs of integrations are refused from now on."""
    org = rules_period.org_of_code(call.store, form.org)
    rules_period.start_close(call.store, org, Period.parse(form.period))
    return {"org": org["code"], "period": form.period, "status": "Pending Close"}


@ACTIONS.add("cancel_close", PeriodForm)
def cancel_close(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Take a soft close back."""
    org = rules_period.org_of_code(call.store, form.org)
    rules_period.cancel_close(call.store, org, Period.parse(form.period))
    return {"org": org["code"], "period": form.period, "status": "Open"}


@ACTIONS.add("close_period", PeriodForm)
def close_period(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Close the current period and open the next."""
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


@ACTIONS.add("stop_job", JobForm)
def stop_job(call: Call, form: JobForm) -> dict[str, Any]:
    """Cancel a pending job or terminate a running one."""
    job = rules.stop_job(call.store, str(form.job_id), call.now_us)
    return {"id": int(job["id"]), "program": job["program_name"], "status": job["status"]}


@ACTIONS.add("run_report", ReportForm)
def run_report(call: Call, form: ReportForm) -> dict[str, Any]:
    """Run a report of an organisation; its file is there half a minute later."""
    org = rules_period.org_of_code(call.store, form.org)
    layout, epoch = rules_reports.LAYOUTS[form.report], call.mock.context.clock.epoch
    report = rules_reports.run_report(call.store, call.mock.agenda, layout, org, call.now_us, epoch)
    return {"id": int(report["id"]), "file_name": report["file_name"], "status": report["status"]}


@ACTIONS.add("modifications", ModificationsForm)
def modifications(call: Call, form: ModificationsForm) -> dict[str, Any]:
    """The review queue: what waits for a decision, what was decided, what a run has applied."""
    org = rules_period.org_of_code(call.store, form.org)
    rows = rules_modifications.queue(call.store, org, form.status)
    return {"org": org["code"], "modifications": [_modification(call, row) for row in rows]}


@ACTIONS.add("decide_modification", DecisionForm)
def decide_modification(call: Call, form: DecisionForm) -> dict[str, Any]:
    """Decide how a held change is treated; the next run applies it."""
    person = call.principal.name
    row = rules_modifications.decide(call.store, form.line, form.treatment, form.lead_line, person, call.now_us)
    return _modification(call, row)


@ACTIONS.add("loss_report", PeriodForm)
def loss_report(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Lines measured by cost that will cost more than their price, at the end of a period. Nothing is posted."""
    org = rules_period.org_of_code(call.store, form.org)
    losses = rules_loss.losses(call.store, org, Period.parse(form.period))
    return {"org": org["code"], "period": form.period, "lines": [_loss(each) for each in losses]}


def _modification(call: Call, row: Row) -> dict[str, Any]:
    return {
        "id": int(row["id"]),
        "so_num": row["so_num"],
        "line": row["so_line_id"],
        "is_new": bool(row["is_new"]),
        "ct_mod_date": row["ct_mod_date"],
        "status": row["status"],
        "old_price": plain(from_scaled(row["old_price"])),
        "new_price": plain(from_scaled(row["new_price"])),
        "treatment": row["treatment"],
        "separate_line": row["separate_line_id"],
        "decided_by": row["decided_by"],
        "decided_at": stamp(call, row["decided_us"]),
        "applied_period": row["applied_period"],
    }


def _loss(loss: rules_loss.Loss) -> dict[str, Any]:
    amounts = {name: plain(getattr(loss, name)) for name in rules_loss.AMOUNTS}
    return {"so_num": loss.so_num, "line": loss.so_line_id, "currency": loss.currency, **amounts}
