"""Workday's query language over REST, the sources it can ask, and the token that opens it.

Both prefixes the vendor's clients use mean the same (``/ccx/api/wql`` and ``/api/wql``); see ``Hris.rewrite``.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import date
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from mocks.hris.answers import OFFSET_MAX, check_tenant, whole
from mocks.hris.errors import HrisRefusal
from mocks.hris.prompts import TENANT_ZONE
from mocks.hris.query import FIELDS, FILTERS, SOURCES, Plan, plan_of
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.kit.store import QueryTooLong
from sandbox.core.clock import local_date, parse_iso
from sandbox.core.ids import wid
from sandbox.core.wire import Response, loads

ROUTES = Routes()
PAGE_MAX = 10_000
_BASE = "/ccx/api/wql/v1/<tenant>"


@ROUTES.add("GET", f"{_BASE}/data", "wql.query")
def query(call: Call, tenant: str) -> Response:
    """Rows of the query in the address."""
    return _answer(call, tenant, call.request.params().get("query"))


@ROUTES.add("POST", f"{_BASE}/data", "wql.query_post")
def query_post(call: Call, tenant: str) -> Response:
    """Rows of the query in the body; limit and offset stay in the address."""
    try:
        body = call.request.json()
    except ValueError as wrong:
        raise HrisRefusal(400, "The request body is not valid JSON.") from wrong
    return _answer(call, tenant, body.get("query") if isinstance(body, dict) else None)


@ROUTES.add("GET", f"{_BASE}/dataSources", "wql.sources")
def sources(call: Call, tenant: str) -> Response:
    """The data sources there are."""
    check_tenant(call, tenant)
    data = [{"id": _source_id(call, alias), "alias": alias, "descriptor": alias} for alias in SOURCES]
    return json_response(200, {"total": len(data), "data": data})


@ROUTES.add("GET", f"{_BASE}/dataSources/<source>/fields", "wql.fields")
def fields(call: Call, tenant: str, source: str) -> Response:
    """Fields of a data source."""
    _check_source(call, tenant, source)
    kinds = {"hundredths": "Numeric", "instance": "Single instance", "boolean": "Boolean", "date": "Date"}
    data = [
        {"id": _source_id(call, f"{source} {name}"), "alias": name, "type": kinds.get(kind, "Text")}
        for name, kind in (*FIELDS.items(), *call.mock.worker_fields.queried)
    ]
    return json_response(200, {"total": len(data), "data": data})


@ROUTES.add("GET", f"{_BASE}/dataSources/<source>/dataSourceFilters", "wql.filters")
def filters(call: Call, tenant: str, source: str) -> Response:
    """Filters of a data source."""
    _check_source(call, tenant, source)
    data = [{"id": _source_id(call, f"{source} {name}"), "alias": name} for name in FILTERS]
    return json_response(200, {"total": len(data), "data": data})


@ROUTES.add("POST", "/ccx/oauth2/<tenant>/token", "oauth.token", needs_login=False)
def token(call: Call, tenant: str) -> Response:
    """A refresh token becomes an access token; the client shows its id and secret by HTTP Basic."""
    mock = call.mock
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    try:
        client, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        client = secret = ""
    known = tenant == mock.tenant_name and scheme.lower() == "basic" and mock.client_id != ""
    if not (known and _same(client, mock.client_id) and _same(secret, mock.client_secret)):
        return json_response(401, {"error": "invalid_client"})
    form = dict(parse_qsl(call.request.body.decode("utf-8", "replace")))
    if form.get("grant_type") != "refresh_token":
        return json_response(400, {"error": "unsupported_grant_type"})
    if not _same(form.get("refresh_token", ""), mock.refresh_token):
        return json_response(400, {"error": "invalid_grant"})
    content = {
        "access_token": mock.open_session(),
        "token_type": "Bearer",
        "refresh_token": mock.refresh_token,
    }
    return json_response(200, content, {"Cache-Control": "no-store"})


def _answer(call: Call, tenant: str, text: Any) -> Response:
    check_tenant(call, tenant)
    if not isinstance(text, str) or not text.strip():
        raise HrisRefusal(400, "A query is required.", field="query")
    limit, offset = whole(call, "limit", PAGE_MAX, 1, PAGE_MAX), whole(call, "offset", 0, 0, OFFSET_MAX)
    try:
        plan = plan_of(text, call.mock.worker_fields.queried)
        rows = _rows_of(call, plan)
        # SQLite sets json_each up at its first use, which the store's authorizer would take for a change.
        call.store.read("SELECT 1 FROM json_each('[]')")
        size = max(min(limit, plan.limit - offset), 0)
        page = call.store.select_for_user(plan.page_sql(), (rows, *plan.arguments, size, offset))
        total = offset + len(page)
        if len(page) == size or not page:
            # Only where the page does not show where the rows end.
            total = min(call.store.select_for_user(plan.count_sql(), (rows, *plan.arguments))[0]["n"], plan.limit)
    except (ValueError, RecursionError) as wrong:
        raise HrisRefusal(400, f"The query is not valid: {wrong}.", field="query") from wrong
    except QueryTooLong as wrong:
        raise HrisRefusal(400, "The query takes too long.", field="query") from wrong
    data = [plan.shown(loads(row["row"].encode())) for row in page]
    return json_response(200, {"total": total, "data": data})


def _rows_of(call: Call, plan: Plan) -> str:
    epoch = call.mock.context.clock.epoch
    day, moment = plan.parameters.get("effectiveAsOfDate"), plan.parameters.get("entryMoment")
    as_of = local_date(epoch, call.now_us, TENANT_ZONE) if day is None else date.fromisoformat(day)
    known_us = None if moment is None else parse_iso(epoch, moment)
    text: str = call.mock.projections.workers(as_of, known_us, call.now_us)
    return text


def _check_source(call: Call, tenant: str, source: str) -> None:
    check_tenant(call, tenant)
    if source not in [_source_id(call, alias) for alias in SOURCES]:
        raise HrisRefusal(404, "The data source was not found.")


def _source_id(call: Call, label: str) -> str:
    return wid(call.mock.context.seed_label, "hris", "wql", label)


def _same(given: str, expected: str) -> bool:
    return compare_digest(given.encode(), expected.encode())
