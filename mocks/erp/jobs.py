"""When a project takes work: open, awarded or at risk, and not before its start (O02, O03 of accounting.md)."""

from __future__ import annotations

from mocks.erp.records import AT_RISK, JOB_PENDING, JOB_SHUT
from sandbox.core.observe import Row


def closed_reason(job: Row) -> str:
    """Why nothing more is booked on a project, or an empty text."""
    if job["isInactive"]:
        return "The project is inactive."
    if job["entityStatus"] in JOB_SHUT:
        return "The project is closed."
    if job["entityStatus"] == JOB_PENDING and job["jobType"] != AT_RISK:
        return "The project is pending and not one of work at risk."
    return ""


def early_reason(job: Row, day: str) -> str:
    """Why a day is not one of the project's, or an empty text."""
    start = job["startDate"]
    return "" if start is None or start <= day else f"The project starts on {start}."
