"""Collections: up to 200 records created, updated, upserted, deleted or read by one request (section 5)."""

from __future__ import annotations

from typing import Any

from mocks.crm import errors, writes
from mocks.crm.batches import check_count, each
from mocks.crm.bodies import flag_of, json_object, list_of
from mocks.crm.objects import shown_record
from mocks.crm.values import full_id
from mocks.crm.versions import DataRoutes, sobject_of
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from sandbox.core.wire import Response

ROUTES = DataRoutes()
_READ_MAX = 2000
_COLLECTIONS = "/composite/sobjects"


@ROUTES.data("POST", _COLLECTIONS, "collections.create")
def create(call: Call, version: str) -> Response:
    """New records."""
    desk = writes.desk_of(call)
    return _written(call, lambda item: {"id": writes.create(desk, writes.object_of_item(item), item)["Id"]})


@ROUTES.data("PATCH", _COLLECTIONS, "collections.update")
def update(call: Call, version: str) -> Response:
    """Some fields of records, each with its id."""
    desk = writes.desk_of(call)
    return _written(call, lambda item: {"id": writes.update(desk, writes.object_of_item(item), item)["Id"]})


@ROUTES.data("PATCH", _COLLECTIONS + "/<sobject>/<field>", "collections.upsert")
def upsert(call: Call, version: str, sobject: str, field: str) -> Response:
    """Create or update, each by its external id."""
    found, desk = writes.writable(call.mock.schema, sobject, "updated"), writes.desk_of(call)
    if field.lower() != "id":
        writes.external_field(found, field)

    def one(item: Any) -> dict[str, Any]:
        if desk.org.schema.by_lower.get(writes.object_of_item(item).lower()) is not found:
            raise errors.CrmRefusal(400, "INVALID_TYPE", f"every record of this request is a {found.name}", [])
        row, created = writes.upsert(desk, found.name, field, item)
        return {"id": row["Id"], "created": created}

    return _written(call, one)


@ROUTES.data("DELETE", _COLLECTIONS, "collections.delete")
def delete(call: Call, version: str) -> Response:
    """Records of any objects into the bin."""
    params = call.request.params()
    ids = [each_id.strip() for each_id in params.get("ids", "").split(",") if each_id.strip()]
    if not ids:
        raise errors.CrmRefusal(400, "MISSING_ARGUMENT", "The ids of the records are missing")
    check_count(len(ids))
    desk = writes.desk_of(call)
    all_or_none = params.get("allOrNone", "").lower() == "true"
    results = each(call, ids, lambda each_id: {"id": writes.delete(desk, each_id)["Id"]}, all_or_none=all_or_none)
    return json_response(200, results)


@ROUTES.data("GET", _COLLECTIONS + "/<sobject>", "collections.read")
def read(call: Call, version: str, sobject: str) -> Response:
    """Records by id, asked for in the address."""
    params = call.request.params()
    return _read(call, version, sobject, params.get("ids", "").split(","), params.get("fields", "").split(","))


@ROUTES.data("POST", _COLLECTIONS + "/<sobject>", "collections.read_by_post")
def read_by_post(call: Call, version: str, sobject: str) -> Response:
    """The same, asked for in a body."""
    sent = json_object(call.request)
    return _read(call, version, sobject, list_of(sent, "ids"), list_of(sent, "fields"))


def _written(call: Call, write: Any) -> Response:
    sent = json_object(call.request)
    items = list_of(sent, "records")
    check_count(len(items))
    return json_response(200, each(call, items, write, all_or_none=flag_of(sent, "allOrNone")))


def _read(call: Call, version: str, sobject: str, ids: list[Any], names: list[Any]) -> Response:
    """Aligned with the ids; null where there is no such record."""
    found = sobject_of(call.mock.schema, sobject)
    if len(ids) > _READ_MAX:
        raise errors.CrmRefusal(400, "EXCEEDED_ID_LIMIT", f"at most {_READ_MAX} ids at once")
    fields = []
    for name in names:
        column = found.by_lower.get(str(name).strip().lower())
        if column is None:
            raise errors.invalid_field(f"No such column '{str(name).strip()[:255]}' on entity '{found.name}'.")
        fields.append(column.name)
    shown: list[dict[str, Any] | None] = []
    for each_id in ids:
        whole = full_id(str(each_id).strip())
        if whole is None:
            raise errors.malformed_id(str(each_id)[:255])
        row = call.store.get(found.name, whole)
        wanted = list(dict.fromkeys(["Id", *fields]))
        shown.append(None if row is None else shown_record(found, row, version, call.mock.renderers, wanted))
    return json_response(200, shown)
