"""The asynchronous surface: jobs, their tasks and results (erp-netsuite.md section 6)."""

from __future__ import annotations

from typing import Any

from mocks.erp import errors
from mocks.erp.deferred import JOB_PATH, accepted, task_of
from mocks.erp.outgoing import COLLECTION_JSON, RECORD_PATH, SINGULAR_JSON, link, page
from mocks.erp.records_async import PROGRESS_DONE, PROGRESS_FAILED, PROGRESS_PENDING, PROGRESS_RUNNING
from mocks.kit.answers import external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.clock import iso_z
from sandbox.core.observe import Row
from sandbox.core.wire import Response, loads

ASYNC_ROUTES = Routes()
_ENDED = (PROGRESS_DONE, PROGRESS_FAILED)
_TASKS_MAX = 1000


def _batch(call: Call) -> Response:
    if "respond-async" not in call.request.headers.get("prefer", ""):
        raise errors.bad_header("Prefer", "A batch is asynchronous: the header Prefer must be respond-async.")
    return accepted(call)


@ASYNC_ROUTES.add("PATCH", RECORD_PATH + "/<record>", "record.update_many")
def update_many(call: Call, record: str) -> Response:
    """A batch of changes, each by id or external id."""
    return _batch(call)


@ASYNC_ROUTES.add("PUT", RECORD_PATH + "/<record>", "record.upsert_many")
def upsert_many(call: Call, record: str) -> Response:
    """A batch of upserts by external id."""
    return _batch(call)


@ASYNC_ROUTES.add("DELETE", RECORD_PATH + "/<record>", "record.delete_many")
def delete_many(call: Call, record: str) -> Response:
    """A batch of deletions of ``ids``."""
    return _batch(call)


@ASYNC_ROUTES.add("GET", JOB_PATH + "/<job>", "async.job")
def show_job(call: Call, job: str) -> Response:
    """How far a job is."""
    href = _href(call, job)
    states = [task["progress"] for task in _tasks(call, job)]
    completed = all(state in _ENDED for state in states)
    if completed:
        progress = PROGRESS_FAILED if PROGRESS_FAILED in states else PROGRESS_DONE
    else:
        progress = PROGRESS_RUNNING if any(state in _ENDED for state in states) else PROGRESS_PENDING
    content = {
        "links": [link("self", href)],
        "id": job,
        "completed": completed,
        "progress": progress,
        "task": {"links": [link("self", f"{href}/task")]},
    }
    return json_response(200, content, content_type=SINGULAR_JSON)


@ASYNC_ROUTES.add("GET", JOB_PATH + "/<job>/task", "async.tasks")
def list_tasks(call: Call, job: str) -> Response:
    """The tasks of a job."""
    href = _href(call, job, "task")
    items = [
        {"links": [link("self", f"{href}/{task['number']}")], "id": str(task["number"])} for task in _tasks(call, job)
    ]
    return json_response(200, page(href, items, _TASKS_MAX, 0, len(items)), content_type=COLLECTION_JSON)


@ASYNC_ROUTES.add("GET", JOB_PATH + "/<job>/task/<task>", "async.task")
def show_task(call: Call, job: str, task: str) -> Response:
    """How far a task is; the link to its result once there is one."""
    row, href, epoch = _task(call, job, task), _href(call, job, "task", task), call.mock.context.clock.epoch
    completed = row["progress"] in _ENDED
    content: dict[str, Any] = {
        "links": [link("self", href), *([link("related", f"{href}/result")] if completed else [])],
        "id": task,
        "completed": completed,
        "progress": row["progress"],
    }
    if completed:
        content |= {"startTime": iso_z(epoch, row["startTime"]), "endTime": iso_z(epoch, row["endTime"])}
    return json_response(200, content, content_type=SINGULAR_JSON)


@ASYNC_ROUTES.add("GET", JOB_PATH + "/<job>/task/<task>/result", "async.result")
def show_result(call: Call, job: str, task: str) -> Response:
    """What the synchronous call would have answered."""
    row = _task(call, job, task)
    if row["answer"] is None:
        raise errors.no_record()
    answer = loads(row["answer"].encode())
    return Response(answer["status"], answer["headers"], answer["body"].encode())


def _tasks(call: Call, job: str) -> list[Row]:
    found = call.store.find("asyncTask", {"job": job}, order='"number"')
    if not found:
        raise errors.no_record()
    return found


def _task(call: Call, job: str, number: str) -> Row:
    known = number.isascii() and number.isdigit() and len(number) < 10
    found = task_of(call.mock, job, int(number)) if known else None
    if found is None:
        raise errors.no_record()
    return found


def _href(call: Call, *parts: str) -> str:
    return external_url(call.request, "/".join((JOB_PATH, *parts)))
