"""BI views: by page number (version 1), and by continuation token (version 2), with their columns, counts and tasks."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue import views
from mocks.revenue.answers import nothing, whole
from mocks.revenue.errors import RevenueRefusal
from mocks.revenue.records import CLIENT_ID
from mocks.revenue.rules_rows import read_date
from mocks.revenue.views import VIEWS, View
from sandbox.core.clock import DAY_US, epoch_of, instant
from sandbox.core.errors import nearest
from sandbox.core.wire import Response

ROUTES = Routes()
V1, V2 = "/api/integration/v1", "/api/integration/v2"

PAGE_SIZE_DEFAULT = 1000
PAGE_SIZE_MAX = 10_000
# Rows of a page of version 2 by type of output, which is also the default.
PAGE_MAX = {"csv": 10_000, "gzip": 20_000}
_PAGES_MAX = 10**6
_CSV = "text/csv;charset=UTF-8"
_YES = ("y", "yes", "true", "1")
_NOT_CACHED = "page is not cached yet"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A view, the window of changes, and the parameters by lower-case name."""

    view: View
    window: tuple[int, int]
    params: Mapping[str, str]

    def number(self, name: str, default: int, high: int) -> int:
        """A whole number from 1 to ``high``; raises RevenueRefusal."""
        text = self.params.get(name)
        return default if text is None else whole(text, name, 1, high)


@ROUTES.add("GET", V1 + "/biviews/<view_name>", "view.read")
def read(call: Call, view_name: str) -> Response:
    """A page of a view as CSV; with ``count`` how many rows there are. 204 past the end."""
    return _read(call, _asked(call, view_name), None)


@ROUTES.add("POST", V1 + "/biviews/<view_name>", "view.select")
def select(call: Call, view_name: str) -> Response:
    """The same with the columns of the body, a JSON array of names."""
    asked = _asked(call, view_name)
    try:
        names = call.request.json()
    except ValueError as wrong:
        raise RevenueRefusal(400, "The request body is not valid JSON") from wrong
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise RevenueRefusal(400, "The request body is not an array of column names")
    wanted = [name.upper() for name in names]
    for name in wanted:
        if name not in asked.view.names:
            close = nearest(name, asked.view.names)
            hint = f"; did you mean {close}?" if close else ""
            raise RevenueRefusal(400, f"{asked.view.name} has no column {name!r}{hint}")
    if len(set(wanted)) < len(wanted):
        raise RevenueRefusal(400, "A column stands twice in the request body")
    return _read(call, asked, wanted)


@ROUTES.add("GET", V2 + "/biviews/<view_name>", "view.pages")
def pages(call: Call, view_name: str) -> Response:
    """A page of a view; from the second page on the token of the page before is needed."""
    asked = _asked(call, view_name)
    kind = asked.params.get("outputtype", "csv").lower()
    if kind not in PAGE_MAX:
        raise RevenueRefusal(400, f"outputType: expected csv or gzip, got {kind!r}")
    size = asked.number("pagesize", PAGE_MAX[kind], PAGE_MAX[kind])
    page = asked.number("pagenum", 1, _PAGES_MAX)
    told = {"view": asked.view.name, "from": asked.window[0], "to": asked.window[1], "size": size}
    tasks = call.mock.view_tasks
    if page == 1:
        claims = {**told, "task": tasks.start(asked.view.name), "after": "", "until": call.now_us}
    else:
        claims = _continued(call, told, page)
    window = (asked.window[0], min(asked.window[1], claims["until"]))
    found = views.rows(call.store, asked.view, window, size + 1, after=claims["after"])
    more = len(found) > size
    tasks.read(claims["task"], page, whole=not more)
    if not found:
        return nothing()
    body = views.as_csv(asked.view, found[:size], call.mock.context.clock.epoch)
    headers = {"Content-Type": _CSV}
    if kind == "gzip":
        # Without the time of compression: the same rows are the same bytes.
        headers, body = {"Content-Type": "application/gzip"}, gzip.compress(body, mtime=0)
    if more:
        behind = {**claims, "after": found[size - 1][-2], "page": page + 1}
        headers["continuation-token"] = call.mock.seals.seal("continuation", behind)
    return Response(200, headers, body)


@ROUTES.add("GET", V2 + "/biviews/count/<view_name>", "view.count")
def view_count(call: Call, view_name: str) -> Response:
    """How many rows of a view changed within the dates."""
    return _count(call, _asked(call, view_name))


@ROUTES.add("GET", V2 + "/biviews/<view_name>/describe-columns", "view.columns")
def columns(call: Call, view_name: str) -> Response:
    """The columns of a view, each with its type."""
    found = []
    for name, kind in _view(call, view_name).columns:
        data_type, length, precision, scale = views.KINDS[kind]
        found.append(
            {
                "column_name": name,
                "data_type": data_type,
                "data_length": length,
                "data_precision": precision,
                "data_scale": scale,
            }
        )
    return json_response(200, found)


@ROUTES.add("GET", V2 + "/biviews-status", "view.tasks")
def tasks(call: Call) -> Response:
    """Every task of paging, oldest first."""
    return json_response(200, call.mock.view_tasks.all())


@ROUTES.add("GET", V2 + "/biviews-status/<task_id>", "view.task")
def task(call: Call, task_id: str) -> Response:
    """A task of paging."""
    return json_response(200, _task(call, task_id))


@ROUTES.add("DELETE", V2 + "/biviews-status/<task_id>", "view.cancel")
def cancel(call: Call, task_id: str) -> Response:
    """Cancel a task: it is drained, and its tokens open no page any more."""
    _task(call, task_id)
    call.mock.view_tasks.cancel(task_id)
    return json_response(200, {**_task(call, task_id), "success": True})


def _read(call: Call, asked: _Asked, wanted: list[str] | None) -> Response:
    if asked.params.get("count", "").lower() in _YES:
        return _count(call, asked)
    size = asked.number("pagesize", PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)
    page = asked.number("pagenum", 1, _PAGES_MAX)
    found = views.rows(call.store, asked.view, asked.window, size, offset=(page - 1) * size)
    if not found:
        return nothing()
    return Response(200, {"Content-Type": _CSV}, views.as_csv(asked.view, found, call.mock.context.clock.epoch, wanted))


def _count(call: Call, asked: _Asked) -> Response:
    number = views.count(call.store, asked.view, asked.window)
    return json_response(200, {"status": "success", "Status": "success", "count": number, "Count": number})


def _continued(call: Call, told: Mapping[str, Any], page: int) -> dict[str, Any]:
    """What the token of the page before says; raises RevenueRefusal when it does not lead to this page."""
    sealed = call.request.headers.get("continuation-token")
    if sealed is None:
        raise RevenueRefusal(400, "continuation-token: the header is needed from the second page on")
    claims: dict[str, Any] | None = call.mock.seals.content("continuation", sealed)
    if claims is None or any(claims[name] != value for name, value in told.items()):
        raise RevenueRefusal(400, "continuation-token: it is not of this view, these dates and this page size")
    window = (claims["from"], min(claims["to"], claims["until"]))
    if (page - 1) * claims["size"] >= views.count(call.store, call.mock.uploads.views[claims["view"]], window):
        raise RevenueRefusal(404, f"page {page} is beyond the end")
    if claims.pop("page") != page or not call.mock.view_tasks.is_open(claims["task"]):
        raise RevenueRefusal(400, _NOT_CACHED)
    return claims


def _asked(call: Call, view_name: str) -> _Asked:
    view = _view(call, view_name)
    params = {name.lower(): value for name, value in call.request.params().items()}
    if params.get("clientid", str(CLIENT_ID)) != str(CLIENT_ID):
        raise RevenueRefusal(400, f"clientId {params['clientid']!r} is not {CLIENT_ID}")
    first, last = _day(params.get("fromdate")), _day(params.get("todate"))
    epoch = call.mock.context.clock.epoch
    start = views.EVER[0] if first is None else instant(epoch, epoch_of(first))
    end = views.EVER[1] if last is None else instant(epoch, epoch_of(last)) + DAY_US - 1
    if first is not None and last is not None and last < first:
        raise RevenueRefusal(400, f"toDate {last} is before fromDate {first}")
    return _Asked(view, (start, end), params)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    found = read_date(text)
    if found is None or not _LOWEST <= date.fromisoformat(found) <= _HIGHEST:
        raise RevenueRefusal(400, f"Invalid date format for {text}")
    return date.fromisoformat(found)


_LOWEST, _HIGHEST = date.min + timedelta(days=1), date.max - timedelta(days=1)


def _view(call: Call, name: str) -> View:
    found = views.view_of(call.mock.uploads.views, name)
    if found is None:
        close = nearest(name.upper(), VIEWS)
        hint = f"; did you mean {close}?" if close else ""
        raise RevenueRefusal(400, f"View {name!r} does not exist{hint}")
    return found


def _task(call: Call, task_id: str) -> dict[str, str]:
    found: dict[str, str] | None = call.mock.view_tasks.one(task_id)
    if found is None:
        raise RevenueRefusal(404, f"Task {task_id} does not exist", success=False)
    return found
