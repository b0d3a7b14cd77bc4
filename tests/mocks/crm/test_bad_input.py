"""Whatever is sent wherever: an answer in the vendor's shape, never a page, and nothing stored when refused."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.crm.system import Crm
from mocks.kit.routing import Route
from sandbox.core.wire import Request, Response, loads
from tests.mocks.crm.client import HOST, Client, V, error

ROUTES = [route for route in Crm.table().all if route.surface == "vendor"]
NASTY = [
    "x", "..", "%2e%2e", "%00", "%ff", "%zz", "'", "%27%20OR%201=1", "Account", "account", "Opportunity", "Id", "Name",
    "ERP_Customer_Id__c", "001000000000000AAA", "001000000000000", "750000000000000AAA", "01g000000000000AAA-200",
    "successfulResults", "v59.0", "59.0", "v1.0", "%F0%9F%98%80", "a" * 5000, "-1", "{}", "%3Cscript%3E",
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"[]", b"{}", b"[null]", b"[[]]", b'"x"', b"1e999", b"\xff\xfe", b"\x00", b"[" * 5000,
    b'{"records": [null]}', b'{"records": [{"attributes": null}]}', b'{"records": {"a": 1}}', b'{"allOrNone": 1}',
    b'{"compositeRequest": [{}]}', b'{"batchRequests": [null]}', b'{"object": 1, "operation": 2}',
    b'{"operation": "query", "query": "SELECT"}', b'{"state": ["Aborted"]}', b'{"ids": [null], "fields": [null]}',
    b'{"Name": {"a": 1}}', b'{"Name": "\\u0000"}', b'{"Name": "\\ud800"}', b"<a/>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b'[{"channel": "/meta/handshake", "id": 1' + b"0" * 40 + b"}]",
    b'{"compositeRequest": [{"method": "POST", "url": "/services/data/v59.0/sobjects/Account", "referenceId": "a", '
    b'"body": {"Name": 1' + b"0" * 40 + b"}}]}",
    b"grant_type=refresh_token&refresh_token=x", b"grant_type=authorization_code", b"%%%=&&&", b'[{"channel": 1}]',
    b'[{"channel": "/meta/subscribe", "clientId": null, "subscription": {}}]',
]  # fmt: skip
QUERIES = [
    "", "q=", "q=SELECT", "q=%00", "q=%ff", "q=SELECT+Id+FROM+Account+WHERE+Name='", "q=a&q=b", "&&&", "ids=&fields=",
    "ids=x,y&fields=Id", "start=x&end=y", "fields=Nope", "maxRecords=x", "response_type=code", "updateOnly=true",
]  # fmt: skip


@cache
def shared() -> Client:
    return Client()


def filled(route: Route, values: list[str]) -> str:
    """The path of a route with something in each place."""
    left = list(values)
    path = re.sub(r"<version>", "59.0" if "Soap" in route.path or "cometd" in route.path else "v59.0", route.path)
    return re.sub(r"<[^>]*>", lambda _: left.pop(0), path)


def checked(client: Client, request: Request) -> Response:
    """The answer, when it is one a client can read."""
    mock = client.mock
    before, transactions = mock.dump(), mock.transactions
    response = mock.handle(request)
    kind = response.header("content-type") or ""
    assert "html" not in kind
    if response.body:
        assert "json" in kind or "xml" in kind or "csv" in kind, (request, response)
        if "json" in kind:
            loads(response.body)
    soap = request.path.startswith("/services/Soap/")
    assert response.status < 500 or soap, (request, response)
    if not response.ok:
        assert mock.dump() == before, request
        assert mock.transactions == transactions
    if response.status >= 400 and not soap and "oauth2" not in request.path:
        assert all({"message", "errorCode"} <= each.keys() for each in response.json()), (request, response)
    return response


def sent(client: Client, route: Route, path: str, query: str, body: bytes, kind: str = "application/json") -> Request:
    headers = {"host": HOST, "authorization": f"Bearer {client.token}", "content-type": kind}
    return Request(route.method, path, query, headers, body)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_every_route_answers_every_body_in_the_vendors_shape(route: Route) -> None:
    client = Client()
    for body in BODIES:
        checked(client, sent(client, route, filled(route, ["Account", "Id", "x"]), "", body))
    for query in QUERIES:
        checked(client, sent(client, route, filled(route, ["Account", "x", "x"]), query, b"{}"))
    if route.operation != "oauth.revoke":
        assert client.send("GET", "limits").status == 200


ANY = st.one_of(st.sampled_from(NASTY), st.text(max_size=20).map(lambda text: quote(text, safe="") or "_"))
KEYS = [
    "Name", "attributes", "type", "records", "referenceId", "method", "url", "ids", "fields", "object", "query",
    "compositeRequest", "batchRequests", "allOrNone", "operation", "state", "Id", "channel", "subscription", "ext",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["Account", "@{a.b}", V]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(ROUTES), st.lists(ANY, min_size=3, max_size=3), st.one_of(st.sampled_from(BODIES), JSON))
def test_no_address_and_no_body_makes_it_stumble(route: Route, values: list[str], body: Any) -> None:
    client = shared()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    checked(client, sent(client, route, filled(route, values), "", raw))


def test_a_body_that_says_it_is_something_else_is_refused(crm: Client) -> None:
    response = crm.send("POST", "sobjects/Account", {"Name": "x"}, content_type="text/plain")
    assert error(response) == (415, "UNSUPPORTED_MEDIA_TYPE", None)
    spelled = "Application/JSON; charset=utf-8"
    assert crm.send("POST", "sobjects/Account", {"Name": "x"}, content_type=spelled).status == 201
