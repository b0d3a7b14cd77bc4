"""Records over REST: create, read, update, delete, by id and by external id, and what objects say of themselves."""

from __future__ import annotations

from typing import Any

from mocks.crm import conditional, describe, errors, rules, rules_uniques
from mocks.crm.bodies import json_of
from mocks.crm.objects import SObject, shown_record, url
from mocks.crm.values import stored
from mocks.crm.versions import VERSIONS, DataRoutes, sobject_of
from mocks.crm.writes import desk_of, external_field, live, writable
from mocks.kit.answers import empty_response, json_response
from mocks.kit.app import Call
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = DataRoutes()
# From this version on an upsert that updates answers with a body (section 4).
_UPSERT_BODY_SINCE = 46


@ROUTES.data("GET", "/sobjects", "sobjects.list")
def list_objects(call: Call, version: str) -> Response:
    """Every object there is."""
    return json_response(200, describe.listing(call.mock.schema, version))


@ROUTES.data("GET", "/sobjects/<sobject>", "sobject.basic")
def basic(call: Call, version: str, sobject: str) -> Response:
    """An object in short; recent items are not kept."""
    content = {"objectDescribe": describe.summary(sobject_of(call.mock.schema, sobject), version), "recentItems": []}
    return json_response(200, content)


@ROUTES.data("GET", "/sobjects/<sobject>/describe", "sobject.describe")
def describe_object(call: Call, version: str, sobject: str) -> Response:
    """An object in full. The schema never changes, so any If-Modified-Since is answered by 304."""
    found = sobject_of(call.mock.schema, sobject)
    since = call.request.headers.get("if-modified-since")
    if since is not None and conditional.http_date(since) is not None:
        return empty_response(304)
    return json_response(200, call.mock.described(found, version))


@ROUTES.data("POST", "/sobjects/<sobject>", "record.create")
def create(call: Call, version: str, sobject: str) -> Response:
    """A new record."""
    found = writable(call.mock.schema, sobject, "inserted")
    row = rules.create(desk_of(call), found, found.accept(json_of(call.request), call.mock.org.epoch, creating=True))
    return _created(found, row, version)


@ROUTES.data("POST", "/sobjects/<sobject>/Id", "record.create_by_id")
def create_by_id(call: Call, version: str, sobject: str) -> Response:
    """An upsert by an id that is not there: a new record."""
    return create(call, version, sobject)


@ROUTES.data("GET", "/sobjects/<sobject>/<record_id>", "record.read")
def read(call: Call, version: str, sobject: str, record_id: str) -> Response:
    """A record by id."""
    found = sobject_of(call.mock.schema, sobject)
    return _shown(call, version, found, live(call.store, found, record_id, errors.not_found()))


@ROUTES.data("PATCH", "/sobjects/<sobject>/<record_id>", "record.update")
def update(call: Call, version: str, sobject: str, record_id: str) -> Response:
    """Some fields of a record."""
    found = writable(call.mock.schema, sobject, "updated")
    row = live(call.store, found, record_id, errors.entity_is_deleted())
    _check_conditions(call, found, row)
    rules.update(desk_of(call), found, row, found.accept(json_of(call.request), call.mock.org.epoch, creating=False))
    return empty_response(204)


@ROUTES.data("DELETE", "/sobjects/<sobject>/<record_id>", "record.delete")
def delete(call: Call, version: str, sobject: str, record_id: str) -> Response:
    """A record into the bin. Conditional headers are ignored here."""
    found = writable(call.mock.schema, sobject, "deleted")
    rules.delete(desk_of(call), found, live(call.store, found, record_id, errors.entity_is_deleted()))
    return empty_response(204)


@ROUTES.data("GET", "/sobjects/<sobject>/<field>/<path:value>", "external.read")
def read_external(call: Call, version: str, sobject: str, field: str, value: str) -> Response:
    """The record with an external id, or the addresses of all that share it."""
    found = sobject_of(call.mock.schema, sobject)
    if field.lower() == "id":
        return read(call, version, sobject, value)
    ids = rules_uniques.matching(desk_of(call), found, external_field(found, field), value)
    if not ids:
        raise errors.not_found()
    if len(ids) > 1:
        return json_response(300, [url(version, found.name, each) for each in ids])
    return _shown(call, version, found, live(call.store, found, ids[0], errors.not_found()))


@ROUTES.data("PATCH", "/sobjects/<sobject>/<field>/<path:value>", "external.upsert")
def upsert(call: Call, version: str, sobject: str, field: str, value: str) -> Response:
    """Create or update by external id; ``updateOnly=true`` never creates."""
    found = writable(call.mock.schema, sobject, "updated")
    if field.lower() == "id":
        return update(call, version, sobject, value)
    column = external_field(found, field)
    code = stored(column, value)
    desk = desk_of(call)
    ids = rules_uniques.matching(desk, found, column, code)
    if len(ids) > 1:
        return json_response(300, [url(version, found.name, each) for each in ids])
    given = found.accept(json_of(call.request), call.mock.org.epoch, creating=not ids, in_address=column.name)
    if ids:
        row = live(call.store, found, ids[0], errors.not_found())
        _check_conditions(call, found, row)
        rules.update(desk, found, row, given)
        if VERSIONS[version] < _UPSERT_BODY_SINCE:
            return empty_response(204)
        return json_response(200, _result(row, version, created=False))
    if call.request.params().get("updateOnly", "").lower() == "true":
        raise errors.not_found("No record has this external id, and updateOnly forbids to create one")
    return _created(found, rules.create(desk, found, {**given, column.name: code}), version, upserted=True)


@ROUTES.data("DELETE", "/sobjects/<sobject>/<field>/<path:value>", "external.delete")
def delete_external(call: Call, version: str, sobject: str, field: str, value: str) -> Response:
    """The record with an external id into the bin."""
    found = writable(call.mock.schema, sobject, "deleted")
    if field.lower() == "id":
        return delete(call, version, sobject, value)
    ids = rules_uniques.matching(desk_of(call), found, external_field(found, field), value)
    if len(ids) > 1:
        return json_response(300, [url(version, found.name, each) for each in ids])
    if not ids:
        raise errors.not_found()
    return delete(call, version, sobject, ids[0])


def _check_conditions(call: Call, sobject: SObject, row: Row) -> None:
    if sobject.name == "Account":
        conditional.check(call.request, row, call.mock.org.epoch)


def _shown(call: Call, version: str, sobject: SObject, row: Row) -> Response:
    headers: dict[str, str] = {}
    if sobject.name == "Account":
        unchanged = conditional.check(call.request, row, call.mock.org.epoch)
        if unchanged is not None:
            return unchanged
        headers["ETag"] = conditional.etag(row)
    names = _names(call, sobject)
    return json_response(200, shown_record(sobject, row, version, call.mock.renderers, names), headers)


def _names(call: Call, sobject: SObject) -> list[str] | None:
    if "fields" not in call.request.query:
        return None
    wanted = call.request.params().get("fields")
    if not wanted:
        return None
    columns = []
    for name in wanted.split(","):
        column = sobject.by_lower.get(name.strip().lower())
        if column is None:
            raise errors.invalid_field(f"No such column '{name.strip()}' on entity '{sobject.name}'.")
        columns.append(column.name)
    return list(dict.fromkeys(columns))


def _created(sobject: SObject, row: Row, version: str, *, upserted: bool = False) -> Response:
    result = _result(row, version, created=True) if upserted else {"id": row["Id"], "success": True, "errors": []}
    return json_response(201, result, {"Location": url(version, sobject.name, row["Id"])})


def _result(row: Row, version: str, *, created: bool) -> dict[str, Any]:
    result = {"id": row["Id"], "success": True, "errors": []}
    return {**result, "created": created} if VERSIONS[version] >= _UPSERT_BODY_SINCE else result
