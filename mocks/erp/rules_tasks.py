"""Tasks of projects: what time may name until the task is done."""

from __future__ import annotations

from typing import Any

from mocks.erp import errors, rules
from mocks.erp.books import Books, shown
from mocks.erp.incoming import Incoming
from mocks.erp.records_orders import TASK_DONE
from sandbox.core.observe import Row

_TASK_USES = (("timeBill", "caseTaskEvent"), ("billingScheduleLine", "projectTask"))


def create_task(books: Books, incoming: Incoming) -> Row:
    """A task of a project."""
    return rules.create(books, "projectTask", incoming.values, _check)


def update_task(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of a task; it stays with its project once something names it."""
    if incoming.values.get("project") not in (None, row["project"]):
        rules.unused(books, _TASK_USES, row["id"])
    return rules.update(books, "projectTask", row, incoming.values, _check)


def delete_task(books: Books, row: Row) -> None:
    """Remove a task nothing refers to."""
    rules.unused(books, _TASK_USES, row["id"])
    books.delete("projectTask", row["id"])


def check_task(books: Books, task_id: str, job_id: str) -> None:
    """Raises ErpRefusal unless time of that project may name the task (O03)."""
    task = books.known("projectTask", task_id)
    reason = ""
    if task["project"] != job_id:
        reason = "It is a task of another project."
    elif task["status"] == TASK_DONE:
        reason = "The task is completed."
    if reason:
        raise errors.invalid_value(task["externalId"] or task_id, "caseTaskEvent", "caseTaskEvent", reason)


def _check(books: Books, whole: Row) -> dict[str, Any]:
    if (whole["estimatedWork"] or 0) < 0:
        raise errors.invalid_value(shown(whole["estimatedWork"]), "estimatedWork", "estimatedWork", "It is negative.")
    start, end = whole["startDateTime"], whole["endDate"]
    if start is not None and end is not None and end < start:
        raise errors.invalid_value(end, "endDate", "endDate", "It is before the start.")
    return {}
