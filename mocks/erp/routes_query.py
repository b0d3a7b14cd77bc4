"""The query surface: SuiteQL by POST (erp-netsuite.md section 5)."""

from __future__ import annotations

from mocks.erp import errors
from mocks.erp.outgoing import COLLECTION_JSON, page
from mocks.erp.query import ROWS_MAX
from mocks.erp.routes import paging
from mocks.kit.answers import external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.wire import Response

QUERY_ROUTES = Routes()
QUERY_PATH = "/services/rest/query/v1/suiteql"


@QUERY_ROUTES.add("POST", QUERY_PATH, "suiteql.query")
def suiteql(call: Call) -> Response:
    """A page of a query's rows; needs ``Prefer: transient``."""
    request = call.request
    if "transient" not in request.headers.get("prefer", "").lower():
        raise errors.bad_header("Prefer", "The header Prefer must be set to transient.")
    limit, offset = paging(request.params())
    if offset >= ROWS_MAX:
        raise errors.bad_parameter("offset", f"A query returns at most {ROWS_MAX} rows.")
    try:
        body = request.json()
    except ValueError as malformed:
        raise errors.ErpRefusal(400, "INVALID_CONTENT", f"The body is not valid JSON: {malformed}") from malformed
    text, given = (body.get("q"), body.get("params") or []) if isinstance(body, dict) else (None, [])
    if not isinstance(text, str) or not isinstance(given, list):
        raise errors.invalid_content('The body must be {"q": "SELECT ...", "params": [...]}.')
    found = call.mock.queries.run(text, given, limit, offset)
    href = external_url(request, QUERY_PATH)
    return json_response(200, page(href, found.items, limit, offset, found.total), content_type=COLLECTION_JSON)
