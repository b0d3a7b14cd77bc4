"""The metadata surface: the catalogue of record types and their schemas (erp-netsuite.md section 8)."""

from __future__ import annotations

from mocks.erp import errors
from mocks.erp.metadata import CATALOG_PATH, SCHEMA_JSON, SHARED, SWAGGER_JSON, entry_of, openapi_of, schema_of
from mocks.erp.outgoing import link
from mocks.erp.resources import Resource
from mocks.kit.answers import external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.wire import Response

METADATA_ROUTES = Routes()
_PLAIN_JSON = "application/json"


@METADATA_ROUTES.add("GET", CATALOG_PATH, "metadata.catalog")
def catalog(call: Call) -> Response:
    """Every record type, or those of ``select``: as links, or as OpenAPI on request."""
    base = external_url(call.request, "")
    chosen = _selected(call, call.request.params().get("select"))
    if SWAGGER_JSON in call.request.headers.get("accept", ""):
        return json_response(200, openapi_of(chosen, base), content_type=SWAGGER_JSON)
    items = [entry_of(each.record_type.name, base) for each in chosen]
    content = {"items": items, "links": [link("self", base + CATALOG_PATH)]}
    return json_response(200, content, content_type=_PLAIN_JSON)


@METADATA_ROUTES.add("GET", CATALOG_PATH + "/<record>", "metadata.record")
def record_metadata(call: Call, record: str) -> Response:
    """One record type: JSON Schema, OpenAPI or links, as ``Accept`` says; shared parts have a schema only."""
    accept = call.request.headers.get("accept", "")
    if record in SHARED:
        return json_response(200, SHARED[record], content_type=SCHEMA_JSON)
    resource = _known(call, record)
    base = external_url(call.request, "")
    if SCHEMA_JSON in accept:
        return json_response(200, schema_of(resource), content_type=SCHEMA_JSON)
    if SWAGGER_JSON in accept:
        return json_response(200, openapi_of([resource], base), content_type=SWAGGER_JSON)
    return json_response(200, entry_of(resource.record_type.name, base), content_type=_PLAIN_JSON)


def _selected(call: Call, names: str | None) -> list[Resource]:
    if not names:
        return list(call.mock.account.resources.values())
    return [_known(call, name.strip()) for name in names.split(",") if name.strip()]


def _known(call: Call, name: str) -> Resource:
    found: Resource | None = call.mock.account.resources.get(name.lower())
    if found is None:
        raise errors.no_record_type(name)
    return found
