"""The Flask application answers as the mock does, to the byte, and adds nothing of its own."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.core.wire import Request, loads
from tests.mocks.kit.cards import TOKEN, Cards, ask, codes, make_cards


@pytest.fixture
def mock() -> Cards:
    return make_cards()


@pytest.fixture
def client(mock: Cards) -> FlaskClient:
    return mock.flask.test_client()


def sent(client: FlaskClient, request: Request, **environ: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name and body of an answer over WSGI."""
    answer = client.open(
        request.path,
        method=request.method,
        query_string=request.query,
        headers={name: value for name, value in request.headers.items() if name != "host"},
        data=request.body,
        base_url="http://cards.sandbox.test",
        environ_overrides=environ,
    )
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.data


def echoed(client: FlaskClient, request: Request, **environ: str) -> dict[str, Any]:
    """What the mock saw of a request."""
    seen: dict[str, Any] = loads(sent(client, request, **environ)[2])
    return seen


@pytest.mark.parametrize(
    "request_",
    [
        ask("POST", "/cards", {"code": "new", "minutes": 90}),
        ask("POST", "/cards", {"code": "there"}),
        ask("GET", "/cards/there"),
        ask("PATCH", "/cards/there", {"minutes": 5}),
        ask("DELETE", "/cards/there"),
        ask("GET", "/cards/there", authorization="Bearer of nothing"),
        ask("GET", "/cards/nobody"),
        ask("GET", "/old-cards/there"),
        ask("GET", "/cards/there/"),
        ask("GET", "/pages/0"),
        ask("GET", "/pages/zero"),
        ask("PUT", "/cards/there"),
        ask("GET", "/no/such/path"),
        ask("GET", "/"),
        ask("GET", "/static/anything"),
        ask("GET", "/_sandbox/health"),
        ask("POST", "/_sandbox/ui/cards/enter", {}),
    ],
    ids=lambda request: f"{request.method} {request.path}",
)
def test_every_answer_is_the_one_of_the_direct_call(request_: Request) -> None:
    direct, served = make_cards(), make_cards()
    for each in (direct, served):
        each.handle(ask("POST", "/cards", {"code": "there"}))
    request_.headers["x-forwarded-proto"] = "http"
    expected = direct.handle(request_)
    status, headers, body = sent(served.flask.test_client(), request_)
    assert (status, body) == (expected.status, expected.body)
    added = headers.keys() - {name.lower() for name in expected.headers}
    assert added <= {"content-length"}
    assert {name: headers[name.lower()] for name in expected.headers} == expected.headers
    assert codes(served) == codes(direct)


def test_an_answer_without_a_content_type_gets_none(mock: Cards, client: FlaskClient) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    status, headers, body = sent(client, ask("DELETE", "/cards/a"))
    assert (status, body) == (204, b"")
    assert "content-type" not in headers
    _, headers, _ = sent(client, ask("GET", "/echo/x"))
    assert "content-type" not in headers
    assert headers["x-odd"] == "kept"


def test_query_headers_and_body_arrive_as_they_were_sent(client: FlaskClient) -> None:
    request = ask("POST", "/echo/x", x_request_id="7")
    request.query = "q=a%2Bb+c&empty=&q=2"
    request.body = "Zürich".encode()
    seen = echoed(client, request)
    assert (seen["query"], seen["body"]) == ("q=a%2Bb+c&empty=&q=2", "Zürich")
    assert seen["headers"]["x-request-id"] == "7"
    assert seen["headers"]["authorization"] == TOKEN
    assert seen["headers"]["host"] == "cards.sandbox.test"
    assert all(name == name.lower() for name in seen["headers"])


def test_the_mock_knows_by_which_scheme_it_was_called(client: FlaskClient) -> None:
    assert echoed(client, ask("GET", "/echo/x"))["headers"]["x-forwarded-proto"] == "http"
    secure = ask("GET", "/echo/x", x_forwarded_proto="https")
    assert echoed(client, secure)["headers"]["x-forwarded-proto"] == "https"


def test_a_path_arrives_escaped_as_it_was_sent(client: FlaskClient) -> None:
    seen = echoed(client, ask("GET", "/echo/TC%2F7%20a"))
    assert (seen["path"], seen["rest"]) == ("/echo/TC%2F7%20a", "TC/7 a")


@pytest.mark.parametrize("name", ["REQUEST_URI", "RAW_URI"])
def test_a_servers_own_record_of_the_path_is_believed(client: FlaskClient, name: str) -> None:
    others = {"REQUEST_URI": "", "RAW_URI": ""} | {name: "/echo/a%2Fb%3Fc?q=1"}
    seen = echoed(client, ask("GET", "/echo/a/b"), **others)
    assert seen["path"] == "/echo/a%2Fb%3Fc"


def test_the_address_in_full_is_a_path_too(client: FlaskClient) -> None:
    # A client behind a proxy names the host in the request line.
    seen = echoed(client, ask("GET", "/echo/a/b"), REQUEST_URI="http://cards.sandbox.test/echo/a%2Fb?q=1", RAW_URI="")
    assert seen["path"] == "/echo/a%2Fb"


def test_without_such_a_record_the_path_is_escaped_again(client: FlaskClient) -> None:
    seen = echoed(client, ask("GET", "/echo/Z%C3%BCrich%20%25"), REQUEST_URI="", RAW_URI="")
    assert (seen["path"], seen["rest"]) == ("/echo/Z%C3%BCrich%20%25", "Zürich %")


def test_a_bug_propagates_and_is_no_server_error(mock: Cards, client: FlaskClient) -> None:
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        sent(client, ask("POST", "/bugs"))
    assert codes(mock) == []


def test_two_applications_in_one_process_do_not_mix() -> None:
    first, second = make_cards(), make_cards()
    assert first.flask is first.flask
    assert sent(first.flask.test_client(), ask("POST", "/cards", {"code": "a"}))[0] == 201
    assert sent(second.flask.test_client(), ask("GET", "/cards/a"))[0] == 404


def test_a_request_is_served_once(mock: Cards, client: FlaskClient) -> None:
    sent(client, ask("POST", "/cards", {"code": "a"}))
    sent(client, ask("GET", "/no/such/path"))
    assert mock.served == 2


def test_a_head_is_the_get_without_its_body(mock: Cards, client: FlaskClient) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    status, headers, body = sent(client, ask("HEAD", "/cards/a"))
    assert (status, headers["x-operation"], body) == (200, "card.read", b"")


@pytest.mark.parametrize("path", ["/cards/a", "/no/such/path"])
def test_a_method_flask_would_answer_by_itself_is_answered_by_the_mock(client: FlaskClient, path: str) -> None:
    request = ask("OPTIONS", path)
    expected = make_cards().handle(request)
    status, _, body = sent(client, request)
    assert (status, body) == (expected.status, expected.body)


def test_a_path_that_begins_with_two_slashes_keeps_both(client: FlaskClient) -> None:
    seen = echoed(client, ask("GET", "/echo/x"), PATH_INFO="//echo/x", REQUEST_URI="//echo/x?q=1", RAW_URI="")
    assert seen.get("path") == "//echo/x"


def test_two_slashes_inside_a_path_are_no_redirect(client: FlaskClient) -> None:
    status, _, body = sent(client, ask("GET", "/cards//a"))
    assert (status, loads(body)) == (404, {"no path": "/cards//a"})
