"""The base of every shape of the interface contract, and the names they share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from sandbox.core.wire import SYSTEMS

# Facts that no single record holds: computed from several by checks.derived, named here so that a typo is found.
DERIVED = (
    "workers",
    "obligations",
    "bills",
    "deal_totals",
    "usage",
    "progress",
    "letters",
    "reports",
    "cost_rates",
    "absences",
    "cost_progress",
    "agreed",
    "budgets",
    "settlements",
    "statement_lines",
    "rebilled",
    "project_bills",
    "payroll_time",
    "payroll_journals",
    "missing_time",
    "estimates",
)


def _record_name(text: str) -> str:
    system, _, record = text.partition(".")
    if system not in SYSTEMS or not record:
        raise ValueError(f"a record is written system.record with a system of {', '.join(SYSTEMS)}")
    return text


RecordName = Annotated[str, AfterValidator(_record_name)]
Scalar = str | int


class Shape(BaseModel):
    """Fields it knows and no others, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
