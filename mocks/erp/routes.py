"""The record surface of SuiteTalk REST: parse, call a rule, render (erp-netsuite.md sections 3 and 4)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from mocks.erp import errors
from mocks.erp.deferred import deferrable
from mocks.erp.filters import Condition, condition_of
from mocks.erp.incoming import Incoming, clear_selected, read
from mocks.erp.outgoing import (
    COLLECTION_JSON,
    RECORD_PATH,
    SINGULAR_JSON,
    Rendering,
    link,
    page,
    singular,
    sublist_out,
)
from mocks.erp.properties import properties_of, sublists_of
from mocks.erp.resources import ACTIONS, TRANSFORMS, Resource, Rules
from mocks.kit.answers import empty_response, external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()

NAME_VALIDATION = "X-NetSuite-PropertyNameValidation"
PAGE_MAX = 1000
# The alphabet of an external id in a URL (section 3).
_EXTERNAL_ID = re.compile(r"eid:([A-Za-z0-9_-]+)")


@ROUTES.add("GET", RECORD_PATH + "/<record>", "record.list")
@deferrable
def list_records(call: Call, record: str) -> Response:
    """Ids and links of one page, oldest first; ``q`` filters."""
    resource = _resource(call, record)
    name = resource.record_type.name
    params = call.request.params()
    if "expandRecords" in params:
        raise errors.bad_parameter("expandRecords", "A batch read is asynchronous: send Prefer: respond-async.")
    limit, offset = paging(params)
    wanted, query = Condition("1", ()), ""
    if params.get("q", "").strip():
        wanted = condition_of(resource.record_type, params["q"], call.mock.context.clock.epoch)
        query = f"q={quote(params['q'], safe='')}&"
    where = f'"_deleted" = 0 AND {wanted.sql}'
    ((total,),) = call.store.read(f'SELECT count(*) FROM "{name}" WHERE {where}', wanted.values)
    rows = call.store.read(
        f'SELECT "id" FROM "{name}" WHERE {where} ORDER BY "_created_us", "id" LIMIT ? OFFSET ?',
        (*wanted.values, limit, offset),
    )
    how = _rendering(call)
    items = [{"links": [link("self", how.href(name, row_id))], "id": row_id} for (row_id,) in rows]
    return json_response(200, page(how.href(name), items, limit, offset, total, query), content_type=COLLECTION_JSON)


@ROUTES.add("POST", RECORD_PATH + "/<record>", "record.create")
@deferrable
def create(call: Call, record: str) -> Response:
    """204 with the new record's address in ``Location`` and nowhere else."""
    resource = _resource(call, record)
    rules = _writing(resource)
    incoming = _incoming(call, resource)
    return _written(call, resource, rules.create(call.mock.books, incoming), incoming)


@ROUTES.add("GET", RECORD_PATH + "/<record>/<key>", "record.read")
@deferrable
def read_record(call: Call, record: str, key: str) -> Response:
    """A record by id or ``eid:``; sublists as links unless expanded."""
    resource = _resource(call, record)
    row = _row(call, resource, key)
    if resource.computed is not None:
        row = {**row, **resource.computed(call.mock.books, row)}
    params = call.request.params()
    how = _rendering(call, params, resource)
    content = singular(how, resource.record_type, row)
    if how.fields is None:
        content |= _sublists(how, resource, row, expand=params.get("expandSubResources", "").lower() == "true")
    return json_response(200, content, content_type=SINGULAR_JSON)


@ROUTES.add("GET", RECORD_PATH + "/<record>/<key>/<sublist>", "record.sublist")
def read_sublist(call: Call, record: str, key: str, sublist: str) -> Response:
    """The lines of one sublist."""
    resource = _resource(call, record)
    row = _row(call, resource, key)
    spec = sublists_of(resource.record_type).get(sublist)
    if spec is None:
        raise errors.no_record()
    how = _rendering(call)
    name = resource.record_type.name
    lines = resource.lines(call.mock.books, row)[sublist]
    content = sublist_out(how, spec, lines, how.href(name, row["id"], sublist))
    return json_response(200, content, content_type=COLLECTION_JSON)


@ROUTES.add("GET", RECORD_PATH + "/<record>/<key>/<sublist>/<line>", "record.line")
def read_line(call: Call, record: str, key: str, sublist: str, line: str) -> Response:
    """One line of a sublist, where the links of its lines lead."""
    items = read_sublist(call, record, key, sublist).json()["items"]
    found = next((each for each in items if each["links"][0]["href"].rpartition("/")[2] == line), None)
    if found is None:
        raise errors.no_record()
    return json_response(200, found, content_type=SINGULAR_JSON)


@ROUTES.add("PATCH", RECORD_PATH + "/<record>/<key>", "record.update")
@deferrable
def update(call: Call, record: str, key: str) -> Response:
    """Given fields change; sublist lines merge unless ``?replace=`` names the sublist."""
    resource = _resource(call, record)
    rules = _writing(resource)
    row = _row(call, resource, key)
    incoming = _incoming(call, resource)
    params = call.request.params()
    replace = params.get("replace", "").split(",")
    incoming.replaced = frozenset((*replace, *incoming.emptied))
    if params.get("replaceSelectedFields", "").lower() == "true":
        clear_selected(resource.record_type, incoming, replace)
    return _written(call, resource, rules.update(call.mock.books, row, incoming), incoming)


@ROUTES.add("PUT", RECORD_PATH + "/<record>/<key>", "record.upsert")
@deferrable
def upsert(call: Call, record: str, key: str) -> Response:
    """Create or change by external id; given sublists are meant as a whole, so the same again changes nothing."""
    resource = _resource(call, record)
    rules = _writing(resource)
    external_id = _external_id(key)
    if external_id is None:
        raise errors.bad_request("An upsert needs an external id: eid:<external id>.")
    incoming = _incoming(call, resource)
    if incoming.values.setdefault("externalId", external_id) != external_id:
        raise errors.invalid_content("The external id of the body is not that of the URL.", "externalId")
    incoming.replaced = frozenset(incoming.sublists)
    books = call.mock.books
    row = books.by(resource.record_type.name, "externalId", external_id)
    row = rules.create(books, incoming) if row is None else rules.update(books, row, incoming)
    return _written(call, resource, row, incoming)


@ROUTES.add("DELETE", RECORD_PATH + "/<record>/<key>", "record.delete")
@deferrable
def delete(call: Call, record: str, key: str) -> Response:
    """204; refused where something refers to the record or the ledger holds it."""
    resource = _resource(call, record)
    rules = _writing(resource)
    rules.delete(call.mock.books, _row(call, resource, key))
    return empty_response(204)


@ROUTES.add("POST", RECORD_PATH + "/<record>/<key>/!transform/<target>", "record.transform")
@deferrable
def transform(call: Call, record: str, key: str, target: str) -> Response:
    """A document made from another; 204 with its address in ``Location``."""
    resource, wanted = _resource(call, record), _resource(call, target)
    make = TRANSFORMS.get((resource.record_type.name, wanted.record_type.name))
    if make is None:
        raise errors.no_transform(resource.record_type.name, wanted.record_type.name)
    row = _row(call, resource, key)
    incoming = _incoming(call, wanted, bodiless=True)
    return _written(call, wanted, make(call.mock.books, row, incoming), incoming)


@ROUTES.add("POST", RECORD_PATH + "/<record>/<key>/@<action>", "record.action")
@deferrable
def act(call: Call, record: str, key: str, action: str) -> Response:
    """What a button of the record's screen does: approve, reject, submit."""
    resource = _resource(call, record)
    try:
        rules = _writing(resource)
        values = ACTIONS.get((resource.record_type.name, action))
        if values is None:
            raise errors.bad_request(f"A {resource.record_type.name} record has no action {action!r}.")
        rules.update(call.mock.books, _row(call, resource, key), Incoming(values=dict(values)))
    except errors.ErpRefusal as refusal:
        raise errors.ActionRefusal(refusal) from refusal
    return json_response(200, {"result": True}, content_type=SINGULAR_JSON)


def paging(params: dict[str, str]) -> tuple[int, int]:
    """limit and offset; raises ErpRefusal when out of range or when the offset is no multiple of the limit."""
    values = []
    for name, otherwise in (("limit", PAGE_MAX), ("offset", 0)):
        text = params.get(name)
        if text is not None and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise errors.bad_parameter(name, f"{name} must be a number, got {text!r}.")
        values.append(otherwise if text is None else int(text))
    limit, offset = values
    if not 1 <= limit <= PAGE_MAX:
        raise errors.bad_parameter("limit", f"limit must be between 1 and {PAGE_MAX}, got {limit}.")
    if offset % limit:
        raise errors.bad_parameter("offset", f"offset must be divisible by limit, got {offset} and {limit}.")
    return limit, offset


def _resource(call: Call, record: str) -> Resource:
    found: Resource | None = call.mock.account.resources.get(record.lower())
    if found is None:
        raise errors.no_record_type(record)
    return found


def _writing(resource: Resource) -> Rules:
    if resource.rules is None:
        raise errors.operation_refused(resource.record_type.name, resource.operations)
    return resource.rules


def _external_id(key: str) -> str | None:
    if not key.startswith("eid:"):
        return None
    found = _EXTERNAL_ID.fullmatch(key)
    if found is None:
        raise errors.bad_request("An external id in a URL holds letters, digits, _ and - only.")
    return found[1]


def _row(call: Call, resource: Resource, key: str) -> Row:
    external_id = _external_id(key)
    name = resource.record_type.name
    if external_id is None:
        row = call.mock.books.row(name, key)
    elif "externalId" in resource.record_type.by_name:
        row = call.mock.books.by(name, "externalId", external_id)
    else:
        row = None
    if row is None:
        raise errors.no_record()
    found: Row = row
    return found


def _incoming(call: Call, resource: Resource, *, bodiless: bool = False) -> Incoming:
    strictness = call.request.headers.get("x-netsuite-propertynamevalidation", "warning").lower()
    if strictness not in ("error", "warning", "ignore"):
        raise errors.bad_header(NAME_VALIDATION, f"Expected error, warning or ignore, got {strictness!r}.")
    try:
        body = call.request.json() if call.request.body or not bodiless else {}
    except ValueError as malformed:
        raise errors.ErpRefusal(400, "INVALID_CONTENT", f"The body is not valid JSON: {malformed}") from malformed
    incoming = read(call.mock.books, resource.record_type, body)
    if incoming.unknown and strictness == "error":
        raise errors.unknown_property(incoming.unknown[0])
    if strictness == "ignore":
        incoming.unknown.clear()
    return incoming


def _written(call: Call, resource: Resource, row: Row, incoming: Incoming) -> Response:
    call.mock.account.demand(resource.record_type, row)
    location = external_url(call.request, f"{RECORD_PATH}/{resource.record_type.name}/{row['id']}")
    headers = {"Location": location}
    if incoming.unknown:
        # Names come from the client: escaped, so that none can break the header.
        headers[NAME_VALIDATION] = "warning; ignored=" + ",".join(quote(name, safe="[].") for name in incoming.unknown)
    return empty_response(204, headers)


def _rendering(call: Call, params: dict[str, str] | None = None, resource: Resource | None = None) -> Rendering:
    params = params or {}
    wanted = None
    if resource is not None and "fields" in params:
        wanted = frozenset(params["fields"].split(","))
        known = {"id", "links", "createdDate", "lastModifiedDate"} | properties_of(resource.record_type).keys()
        unknown = [name for name in params["fields"].split(",") if name not in known]
        if unknown:
            raise errors.bad_parameter("fields", f"The record has no body field {unknown[0]!r}.")
    simple = params.get("simpleEnumFormat", "").lower() == "true"
    return Rendering(call.mock.books, external_url(call.request, RECORD_PATH), simple, wanted)


def _sublists(how: Rendering, resource: Resource, row: Row, *, expand: bool) -> dict[str, Any]:
    name = resource.record_type.name
    specs = sublists_of(resource.record_type)
    if not expand:
        return {each: {"links": [link("self", how.href(name, row["id"], each))]} for each in specs}
    lines = resource.lines(how.books, row) if specs else {}
    return {each: sublist_out(how, spec, lines[each], how.href(name, row["id"], each)) for each, spec in specs.items()}
