"""Requests that are answered later: taken as a job with ``Prefer: respond-async``, run by the agenda, one task each.

A task is the request the client could have sent itself, so that its result is what the synchronous call would have
answered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mocks.erp import errors
from mocks.erp.records_async import PROGRESS_DONE, PROGRESS_FAILED
from mocks.kit.answers import empty_response, external_url
from mocks.kit.app import Call, Principal
from mocks.kit.refusal import Refusal
from mocks.kit.routing import View
from sandbox.core.clock import SECOND_US
from sandbox.core.observe import Row
from sandbox.core.wire import Request, Response, canonical, dumps, loads

if TYPE_CHECKING:
    from mocks.erp.system import Erp

RUN_TASK = "async_task"
JOB_PATH = "/services/rest/async/v1/job"
BATCH_MAX = 100
# How long a task takes, and how long a job waits before its first: assumed.
TASK_US = SECOND_US
_KEY_HEADER = "x-netsuite-idempotency-key"
_CARRIED = ("x-netsuite-propertynamevalidation", "x-netsuite-propertyvaluevalidation", "host", "x-forwarded-proto")


def deferrable(view: View) -> View:
    """A view that becomes a job when the client prefers so."""

    @wraps(view)
    def served(call: Call, **values: Any) -> Response:
        if "respond-async" in call.request.headers.get("prefer", ""):
            return accepted(call)
        return view(call, **values)

    return served


def accepted(call: Call) -> Response:
    """202 with the job's address; raises ErpRefusal for a key that has been used."""
    request, store = call.request, call.store
    key = request.headers.get(_KEY_HEADER)
    known = store.one("asyncJob", {"idempotencyKey": key}) if key else None
    if known is not None:
        raise errors.used_key(external_url(request, f"{JOB_PATH}/{known['id']}"))
    tasks = _tasks(request)
    origin = canonical([request.method, request.path, request.query, request.body.decode("utf-8", "replace")]).decode()
    parallel = "parallel" in request.headers["prefer"]
    values = {"idempotencyKey": key, "sender": call.principal.name, "parallel": int(parallel)}
    job = store.insert("asyncJob", values, origin if key is None else f"key {key}")
    for number, task in enumerate(tasks, start=1):
        store.insert(
            "asyncTask", {"job": job["id"], "number": number, "request": _packed(task)}, f"{job['id']} {number}"
        )
        wait = 1 if parallel else number
        call.mock.agenda.add(call.now_us + wait * TASK_US, RUN_TASK, job_id=job["id"], number=number)
    location = external_url(request, f"{JOB_PATH}/{job['id']}")
    return empty_response(202, {"Preference-Applied": "respond-async", "Location": location})


def run_task(mock: Erp, job_id: str, number: int) -> None:
    """The job of the agenda: a task's request served now, its answer kept; a refusal undoes it alone."""
    store = mock.store
    task = task_of(mock, job_id, number)
    sender = (store.get("asyncJob", job_id) or {})["sender"]
    assert task is not None, "a planned task has a row"
    now = mock.context.clock.now_us()
    answer = _served(mock, _unpacked(task["request"]), Principal(sender))
    progress = PROGRESS_DONE if answer.ok else PROGRESS_FAILED
    kept = {"status": answer.status, "headers": answer.headers, "body": answer.body.decode()}
    times = {"startTime": now - TASK_US, "endTime": now}
    store.update("asyncTask", task["id"], {"progress": progress, "answer": canonical(kept).decode(), **times})


def task_of(mock: Erp, job: str, number: int) -> Row | None:
    """A task of a job."""
    return mock.store.one("asyncTask", {"job": job, "number": number})


def _served(mock: Erp, request: Request, principal: Principal) -> Response:
    found = mock.resolve(request)
    if isinstance(found, Response):
        return found
    route, values = found
    mock.store.creator = principal.name
    try:
        with mock.store.savepoint():
            return route.view(Call(mock, request, principal, route.operation), **values)
    except Refusal as refusal:
        return refusal.response(request)


# -- the requests of a job ------------------------------------------------------------------------------------------


def _tasks(request: Request) -> list[Request]:
    params = request.params()
    if "expandRecords" in params or (request.method == "DELETE" and "ids" in params):
        keys = [key.strip() for key in params.get("ids", "").split(",") if key.strip()]
        _check_count(len(keys), "ids")
        return [_alone(request, request.method, key) for key in keys]
    if "type=collection" not in request.headers.get("content-type", "").replace(" ", ""):
        return [_plain(request)]
    items = _items(request)
    _check_count(len(items), "items")
    return [_ITEM_REQUESTS[request.method](request, item) for item in items]


def _check_count(count: int, name: str) -> None:
    if not 1 <= count <= BATCH_MAX:
        raise errors.bad_request(f"A batch holds 1 to {BATCH_MAX} records in {name}, got {count}.")


def _items(request: Request) -> list[dict[str, Any]]:
    try:
        body = request.json()
    except ValueError as malformed:
        raise errors.ErpRefusal(400, "INVALID_CONTENT", f"The body is not valid JSON: {malformed}") from malformed
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise errors.invalid_content('The body of a batch must be an object {"items": [{...}]}.', "items")
    if request.method not in _ITEM_REQUESTS:
        raise errors.bad_request(f"A batch is not possible with {request.method}.")
    return items


def _plain(request: Request) -> Request:
    headers = {name: request.headers[name] for name in _CARRIED if name in request.headers}
    return Request(request.method, request.path, request.query, headers, request.body)


def _alone(request: Request, method: str, key: str, body: dict[str, Any] | None = None) -> Request:
    one = _plain(request)
    one.method = method
    one.path = f"{request.path.rstrip('/')}/{quote(key, safe=':')}" if key else request.path
    query = [(name, value) for name, value in request.param_list() if name not in ("ids", "expandRecords")]
    one.query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    try:
        one.body = b"" if body is None else dumps(body)
    except TypeError:
        # An integer of more than 64 bits: no field holds one.
        raise errors.invalid_content("A number of the batch is out of range.", "items") from None
    return one


def _created(request: Request, item: dict[str, Any]) -> Request:
    return _alone(request, "POST", "", item)


def _changed(request: Request, item: dict[str, Any]) -> Request:
    # The id counts before the external id (section 6); without either the address leads nowhere, and the task fails.
    key = str(item["id"]) if "id" in item else f"eid:{item.get('externalId', '')}"
    return _alone(request, "PATCH", key, item)


def _upserted(request: Request, item: dict[str, Any]) -> Request:
    return _alone(request, "PUT", f"eid:{item.get('externalId', '')}", item)


_ITEM_REQUESTS: dict[str, Callable[[Request, dict[str, Any]], Request]] = {
    "POST": _created,
    "PATCH": _changed,
    "PUT": _upserted,
}


def _packed(request: Request) -> str:
    kept = [request.method, request.path, request.query, request.headers, request.body.decode("utf-8", "replace")]
    return canonical(kept).decode()


def _unpacked(text: str) -> Request:
    method, path, query, headers, body = loads(text.encode())
    return Request(method, path, query, headers, body.encode())
