"""SOQL over REST: a query and the further pages of its result."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from mocks.crm import errors
from mocks.crm.cursors import Cursor
from mocks.crm.query import Query, aggregated, records
from mocks.crm.versions import DATA, DataRoutes
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from sandbox.core.wire import Response

ROUTES = DataRoutes()
# Rows per page (section 6): a size outside is clamped.
PAGE_MIN, PAGE_MAX = 200, 2000
_BATCH = re.compile(r"batchSize\s*=\s*(\d{1,9})", re.IGNORECASE)
_LOCATOR = re.compile(r"(01g[0-9A-Za-z]{15})-(\d{1,9})")


@ROUTES.data("GET", "/query", "query.run")
def run(call: Call, version: str) -> Response:
    """The first page of a query."""
    return _first(call, version, everything=False)


@ROUTES.data("GET", "/queryAll", "query.all")
def run_all(call: Call, version: str) -> Response:
    """The same, deleted rows included."""
    return _first(call, version, everything=True)


@ROUTES.data("GET", "/query/<locator>", "query.more")
def more(call: Call, version: str, locator: str) -> Response:
    """A further page: the ids of the first run, the values of now."""
    found = _LOCATOR.fullmatch(locator)
    cursor = call.mock.cursors.find(call.principal.user_id, found[1], call.now_us) if found else None
    start = int(found[2]) if found else 0
    if cursor is None or not 0 < start < len(cursor.ids):
        raise errors.invalid_locator()
    query = Query(cursor.text, call.mock.org, call.now_us, everything=cursor.everything)
    end = start + cursor.size
    rows = query.rows_of(call.store, cursor.ids[start:end])
    following = f"{locator.partition('-')[0]}-{end}" if end < len(cursor.ids) else None
    return _page(call, version, query, rows, len(cursor.ids), following)


def _first(call: Call, version: str, *, everything: bool) -> Response:
    text = _query_text(call.request.query)
    if text is None:
        raise errors.malformed_query("A query string has to be specified")
    query = Query(text, call.mock.org, call.now_us, everything=everything)
    if query.plan.counts:
        return json_response(200, {"totalSize": query.count(call.store), "done": True, "records": []})
    size = _page_size(call)
    rows = query.rows(call.store, size + 1)
    if query.plan.cells is not None:
        return _groups(call, query, rows, size)
    if len(rows) <= size:
        return _page(call, version, query, rows, len(rows), None)
    ids = query.ids(call.store)
    locator = call.mock.cursors.open(call.principal.user_id, Cursor(text, ids, size, everything), call.now_us)
    return _page(call, version, query, rows[:size], len(ids), f"{locator}-{size}")


def _page(
    call: Call, version: str, query: Query, rows: list[dict[str, Any]], total: int, following: str | None
) -> Response:
    content: dict[str, Any] = {"totalSize": total, "done": following is None}
    if following is not None:
        content["nextRecordsUrl"] = f"{DATA}/{version}/query/{following}"
    children = query.children(call.store, rows) if query.plan.children else ()
    content["records"] = records(query.plan, rows, version, call.mock.renderers, children)
    return json_response(200, content)


def _groups(call: Call, query: Query, rows: list[dict[str, Any]], size: int) -> Response:
    """The groups of an aggregate query: one page or none."""
    if len(rows) > size:
        raise errors.CrmRefusal(
            400,
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
        )
    shown = aggregated(query.plan, rows, call.mock.renderers)
    return json_response(200, {"totalSize": len(shown), "done": True, "records": shown})


def _query_text(raw: str) -> str | None:
    """The parameter ``q``; read directly when it is the only one, as it almost always is."""
    if raw.startswith("q=") and "&" not in raw:
        return unquote_plus(raw[2:])
    return dict(parse_qsl(raw, keep_blank_values=True)).get("q")


def _page_size(call: Call) -> int:
    found = _BATCH.search(call.request.headers.get("sforce-query-options", ""))
    return min(max(int(found[1]), PAGE_MIN), PAGE_MAX) if found else PAGE_MAX
