"""Every request is signed, the signature covers everything but the body, and no nonce counts twice."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from mocks.erp.system import Erp
from sandbox.core import signing
from sandbox.core.wire import Request, Response
from tests.mocks.erp.client import ACCOUNT, HOST, RECORD, Caller, error, make, oauth, sign, signed

PATH = f"{RECORD}/subsidiary"


def ask(mock: Erp, params: dict[str, str], *, query: str = "", secrets: tuple[str, str] = ("cs", "ts")) -> Response:
    return mock.handle(sign(Request("GET", PATH, query, {"host": HOST}), params, secrets=secrets))


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in oauth("x").items() if key != name}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        (without("oauth_nonce"), "parameter_absent"),
        (without("oauth_timestamp"), "parameter_absent"),
        (without("realm"), "parameter_rejected"),
        ({**oauth("x"), "realm": "7654321"}, "parameter_rejected"),
        ({**oauth("x"), "oauth_signature_method": "HMAC-SHA1"}, "parameter_rejected"),
        ({**oauth("x"), "oauth_consumer_key": "other"}, "consumer_key_unknown"),
        ({**oauth("x"), "oauth_token": "other"}, "token_rejected"),
        ({**oauth("x"), "oauth_timestamp": "yesterday"}, "timestamp_refused"),
    ],
)
def test_credentials_that_are_not_the_tenants_are_refused_with_the_problem_named(
    params: dict[str, str], problem: str
) -> None:
    response = ask(make(), params)
    assert error(response) == (401, "INVALID_LOGIN", "")
    assert response.header("WWW-Authenticate") == f'OAuth realm="{ACCOUNT}", error="{problem}"'


@pytest.mark.parametrize("secrets", [("cs", "xx"), ("xx", "ts")])
def test_a_signature_with_a_wrong_secret_is_refused(secrets: tuple[str, str]) -> None:
    response = ask(make(), oauth("x"), secrets=secrets)
    assert response.status == 401
    assert 'error="signature_invalid"' in (response.header("WWW-Authenticate") or "")


@pytest.mark.parametrize("authorization", ["", "Bearer abc", "OAuth ", 'Basic oauth_token="tk"'])
def test_another_scheme_or_none_is_refused(authorization: str) -> None:
    response = make().handle(Request("GET", PATH, "", {"host": HOST, "authorization": authorization}))
    assert error(response) == (401, "INVALID_LOGIN", "")


@pytest.mark.parametrize("change", ["path", "query", "method", "host"])
def test_a_signature_of_another_request_is_refused(change: str) -> None:
    request = sign(Request("GET", PATH, "limit=2", {"host": HOST}), oauth("x"))
    if change == "path":
        request.path = f"{RECORD}/account"
    elif change == "query":
        request.query = "limit=3"
    elif change == "method":
        request.method = "POST"
    else:
        request.headers["host"] = "other.sandbox.test"
    assert make().handle(request).status == 401


def test_a_nonce_counts_once_whatever_the_timestamp() -> None:
    mock = make()
    assert ask(mock, oauth("a")).status == 200
    assert ask(mock, oauth("a")).status == 401
    assert ask(mock, oauth("a", 1_768_176_001)).status == 401
    assert ask(mock, oauth("b")).status == 200


def test_a_nonce_stays_spent_when_its_request_is_refused_and_in_a_restored_system() -> None:
    mock = make()
    refused = signed("POST", f"{RECORD}/customer", {}, nonce="a")
    assert mock.handle(refused).status == 400
    assert mock.handle(refused).status == 401
    other = make()
    other.deserialize(mock.serialize())
    assert other.handle(refused).status == 401


def test_a_refused_signature_does_not_spend_its_nonce() -> None:
    mock = make()
    assert ask(mock, oauth("a"), secrets=("cs", "xx")).status == 401
    assert ask(mock, oauth("a")).status == 200


def test_timestamps_of_wall_time_and_sandbox_time_are_both_accepted() -> None:
    mock = make()
    for nonce, stamp in (("a", 1_768_176_000), ("b", 1_795_000_000), ("c", 1), ("d", 1_768_176_001)):
        assert ask(mock, oauth(nonce, stamp)).status == 200, nonce
    assert ask(mock, oauth("d", 1_768_176_001)).status == 401


def test_nonces_are_forgotten_after_an_hour_to_two() -> None:
    mock = make()
    start = 1_768_176_000
    ask(mock, oauth("first", start))
    ask(mock, oauth("later", start + 3601))
    assert ask(mock, oauth("first", start + 3601)).status == 401
    ask(mock, oauth("much later", start + 7300))
    assert ask(mock, oauth("first", start + 7300)).status == 200
    assert sum(len(mock.volatile["nonces"][age]) for age in ("young", "old")) == 3


def test_the_address_is_the_one_the_client_called() -> None:
    request = Request("GET", PATH, "", {"host": "127.0.0.1:8083", "x-forwarded-proto": "http"})
    assert make().handle(sign(request, oauth("a"), scheme="http")).status == 200
    default_port = Request("GET", PATH, "", {"host": "Erp.Sandbox.Test:443"})
    default_port.headers["host"] = HOST
    sign(default_port, oauth("b"))
    default_port.headers["host"] = "Erp.Sandbox.Test:443"
    assert make().handle(default_port).status == 200


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", f"{RECORD}/subsidiary", "limit=2&offset=0"),
        ("PUT", f"{RECORD}/customer/eid:C-9", ""),
        ("POST", f"{RECORD}/customer", ""),
    ],
)
def test_a_public_client_librarys_signature_is_accepted(method: str, path: str, query: str) -> None:
    # By name: the library has no types.
    library: Any = import_module("authlib.oauth1.rfc5849.client_auth").ClientAuth
    base_string: Any = import_module("authlib.oauth1.rfc5849.signature").generate_signature_base_string

    def hmac_sha256(client: Any, request: Any) -> str:
        return signing.signature(base_string(request), client.client_secret, client.token_secret)

    library.register_signature_method("HMAC-SHA256", hmac_sha256)
    client = library("ck", "cs", "tk", "ts", realm=ACCOUNT, signature_method="HMAC-SHA256", force_include_body=False)
    body = b'{"companyName": "Nine", "subsidiary": {"externalId": "UK"}}' if method != "GET" else b""
    url = f"https://{HOST}{path}" + (f"?{query}" if query else "")
    _, headers, _ = client.prepare(method, url, {"Content-Type": "application/json"}, body)
    request = Request(method, path, query, {"host": HOST, "authorization": headers["Authorization"]}, body)
    assert make().handle(request).status in (200, 204)


def hashed(nonce: str, body: bytes, sent: bytes) -> Request:
    params = {**oauth(nonce), "oauth_body_hash": signing.body_hash(body)}
    return sign(Request("POST", f"{RECORD}/customer", "", {"host": HOST}, sent), params)


def test_a_body_hash_the_client_adds_is_signed_and_must_be_that_of_the_body() -> None:
    body = b'{"companyName": "Nine", "subsidiary": {"externalId": "UK"}}'
    mock = make()
    assert mock.handle(hashed("a", body, body)).status == 204
    changed = mock.handle(hashed("b", body, body.replace(b"Nine", b"Ten!")))
    assert error(changed) == (401, "INVALID_LOGIN", "")
    assert 'error="signature_invalid"' in (changed.header("WWW-Authenticate") or "")
    swapped = hashed("c", body, body)
    swapped.headers["authorization"] = swapped.headers["authorization"].replace('body_hash="', 'body_hash="X')
    assert mock.handle(swapped).status == 401


def test_the_body_hash_is_sha_1_in_base64_whatever_signs() -> None:
    # The example of the extension's own draft.
    assert signing.body_hash(b"Hello World!") == "Lve95gjOVATpfV8EL5X4nxwjKHE="


def test_query_parameters_are_signed_decoded_and_sorted() -> None:
    query = "q=isInactive%20IS%20false&limit=1&offset=0"
    assert ask(make(), oauth("a"), query=query).status == 200
    plus = sign(Request("GET", PATH, query, {"host": HOST}), oauth("b"))
    plus.query = "q=isInactive+IS+false&limit=1&offset=0"
    assert make().handle(plus).status == 200


@pytest.mark.parametrize("path", [f"{RECORD}/customer/eid:C-1", f"{RECORD}/invoice/1/!transform/creditMemo"])
def test_colons_and_exclamation_marks_of_a_path_are_signed_as_they_stand(path: str) -> None:
    request = signed("POST" if "!" in path else "GET", path)
    assert make().handle(request).status == 404
    other = signed("GET", f"{RECORD}/customer/eid:C-1")
    other.path = f"{RECORD}/customer/eid%3AC-1"
    assert make().handle(other).status == 401


def test_calls_of_the_helper_are_accepted() -> None:
    assert Caller(make()).call("GET", "subsidiary").status == 200
