"""Kantata's envelope: ``count``, ordered ``results``, rows keyed by id, ``meta`` (psa-kantata.md section 2).

``results`` is the only ordered truth; the map of a collection may also hold side-loaded rows of the same type.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from mocks.kit.answers import empty_response, json_response
from mocks.kit.app import Call
from mocks.psa.associations import rows_where
from mocks.psa.errors import JSON, malformed, not_found
from mocks.psa.query import FIRST_PAGE, Clause, Page, Params, in_list, order_sql, page_of, params_of, reference_clauses
from mocks.psa.resource import Resource
from mocks.psa.resources import BY_TYPE
from sandbox.core.clock import moment
from sandbox.core.observe import Row
from sandbox.core.wire import Response


def index(call: Call, resource: Resource, params: Params) -> Response:
    """A page of a collection."""
    page = page_of(params)
    where, values = _where(call, resource, params)
    order = order_sql(resource.order_columns, resource.default_order, params.get("order"))
    record_type = resource.record_type
    rows = rows_where(
        call.store, record_type, f"{where} ORDER BY {order} LIMIT ? OFFSET ?", [*values, page.limit, page.offset]
    )
    count = page.offset + len(rows)
    if len(rows) == page.limit or (not rows and page.offset):
        # Only a full page, or one beyond the end, leaves the total open.
        ((count,),) = call.store.read(f"SELECT count(*) FROM {record_type.name} WHERE {where}", values)
    return answer(call, resource, rows, params, count, page)


def show(call: Call, resource: Resource, record_id: str, params: Params) -> Response:
    """One record; 404 also when a default filter hides it (section 3)."""
    hidden = resource.hidden(params)
    sql = f"id = ? AND _deleted = 0{' AND ' + hidden if hidden else ''}"
    rows = rows_where(call.store, resource.record_type, sql, [record_id])
    if not rows:
        raise not_found(resource.what, record_id)
    return answer(call, resource, rows, params)


def written(call: Call, resource: Resource, rows: list[Row]) -> Response:
    """What a create or update answers: 200 with the envelope (section 2)."""
    return answer(call, resource, rows, params_of(call.request))


def today(call: Call) -> date:
    """The day it is on the account, whose time zone is assumed to be UTC."""
    return moment(call.mock.frame.epoch, call.now_us).date()


def deleted() -> Response:
    """What a delete answers."""
    return empty_response(204)


def answer(
    call: Call, resource: Resource, rows: list[Row], params: Params, count: int | None = None, page: Page = FIRST_PAGE
) -> Response:
    """The envelope around some rows."""
    total = len(rows) if count is None else count
    shown = {row["id"]: resource.present(row, call.mock.frame) for row in rows}
    content: dict[str, Any] = {
        "count": total,
        "results": [{"key": resource.key, "id": row["id"]} for row in rows],
        resource.key: shown,
    }
    if "optional_fields" in params:
        _add_optional(call, resource, rows, params["optional_fields"], shown)
    if "include" in params:
        _side_load(call, resource, rows, params["include"], content)
    content["meta"] = meta(total, page)
    return json_response(200, content, content_type=JSON)


def meta(total: int, page: Page) -> dict[str, int]:
    """Counts of pages; an empty collection has none (mavenlink/brainstem)."""
    return {
        "count": total,
        "page_count": -(-total // page.limit),
        "page_number": page.number if total else 0,
        "page_size": page.limit,
    }


def _add_optional(call: Call, resource: Resource, rows: list[Row], names: str, shown: dict[str, Any]) -> None:
    """Attributes that are worked out on request; unknown names are ignored, as with includes."""
    for name in dict.fromkeys(names.split(",")):
        values = resource.optional[name](call.store, rows) if name in resource.optional else None
        if values is not None:
            for row in rows:
                shown[row["id"]][name] = values.get(row["id"])


def _side_load(call: Call, resource: Resource, rows: list[Row], include: str, content: dict[str, Any]) -> None:
    """Rows of the associations asked for; unknown names are ignored, as by the vendor's presenter library."""
    shown = content[resource.key]
    frame = call.mock.frame
    for name in dict.fromkeys(include.split(",")):
        association = resource.associations.get(name)
        if association is None:
            continue
        other = BY_TYPE[association.record_type.name]
        section = content.setdefault(other.key, {})
        for row in association.load(call.store, rows, shown):
            if row["id"] not in section:
                section[row["id"]] = other.present(row, frame)


def _where(call: Call, resource: Resource, params: Params) -> Clause:
    terms = ["_deleted = 0"]
    values: list[Any] = []
    epoch = call.mock.frame.epoch
    filters = resource.all_filters
    for name, text in params.items():
        condition = filters.get(name)
        if condition is not None:
            sql, bound = condition(name, text, epoch)
            terms.append(sql)
            values += bound
    hidden = resource.hidden(params)
    if hidden:
        terms.append(hidden)
    if resource.subject_type:
        for sql, bound in reference_clauses(resource.subject_type, params):
            terms.append(sql)
            values += bound
    if resource.searched and params.get("search"):
        terms.append(_searching(call, resource, params, values))
    return " AND ".join(terms), values


def _searching(call: Call, resource: Resource, params: Params, values: list[Any]) -> str:
    """Contains, whatever the case; SQLite folds ASCII only, so the titles are compared here."""
    if "only" in params:
        raise malformed("search cannot be combined with only.")
    needle = params["search"].casefold()
    columns = ", ".join(resource.searched)
    found = call.store.read(f"SELECT id, {columns} FROM {resource.record_type.name} WHERE _deleted = 0")
    matching = [row[0] for row in found if any(needle in (text or "").casefold() for text in row[1:])]
    sql, bound = in_list("id", matching)
    values += bound
    return sql
