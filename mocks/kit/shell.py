"""The live shell: requests and answers of WSGI, and a Flask application around ``Mock.handle``, the only place that
touches ``flask.request``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Flask
from flask import Response as FlaskResponse
from flask import request as flask_request

from sandbox.core.wire import Request, Response

if TYPE_CHECKING:
    from mocks.kit.app import Mock


def flask_app(mock: Mock, guard: AbstractContextManager[Any] | None = None) -> Flask:
    """A WSGI application whose every route calls the mock; unknown paths are answered by the mock as well.

    A mock has one connection and serves one request at a time: a server with threads hands in a lock as ``guard``.
    """
    held = guard or nullcontext()
    app = Flask(mock.name, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True

    def serve(**_: Any) -> FlaskResponse:
        sent = Request(
            flask_request.method,
            _path_as_sent(flask_request.environ),
            flask_request.query_string.decode("latin-1"),
            {name.lower(): value for name, value in flask_request.headers.items()},
            flask_request.get_data(),
        )
        sent.headers.setdefault("x-forwarded-proto", flask_request.scheme)
        with held:
            answer = mock.handle(sent)
        shown = FlaskResponse(answer.body, answer.status, list(answer.headers.items()))
        if answer.header("content-type") is None:
            # Flask would call an answer without a body HTML, and strict clients refuse that.
            shown.headers.remove("content-type")
        return shown

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    for index, route in enumerate(mock.all_routes):
        app.add_url_rule(
            route.path, str(index), serve, methods=[route.method], strict_slashes=False, provide_automatic_options=False
        )
    app.add_url_rule("/", "root", serve, methods=methods, provide_automatic_options=False)
    app.add_url_rule("/<path:anything>", "anything", serve, methods=methods, provide_automatic_options=False)
    return app


def request_of(environ: dict[str, Any]) -> Request:
    """The request a WSGI server hands in, without Flask."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    headers.setdefault("x-forwarded-proto", environ["wsgi.url_scheme"])
    length = environ.get("CONTENT_LENGTH")
    chunked = environ.get("wsgi.input_terminated") or "HTTP_TRANSFER_ENCODING" in environ
    body = environ["wsgi.input"].read(int(length)) if length else environ["wsgi.input"].read() if chunked else b""
    return Request(environ["REQUEST_METHOD"], _path_as_sent(environ), environ.get("QUERY_STRING", ""), headers, body)


def wsgi_headers(response: Response) -> tuple[str, list[tuple[str, str]]]:
    """Status line and headers of an answer, with its length."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = list(response.headers.items())
    if response.status not in (204, 304) and response.header("content-length") is None:
        headers.append(("Content-Length", str(len(response.body))))
    return f"{response.status} {phrase}", headers


def _path_as_sent(environ: dict[str, Any]) -> str:
    """The percent-encoded path: WSGI hands it out decoded, servers keep the original beside it."""
    raw: str = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    if "://" in raw.partition("?")[0]:
        # A proxy may send the whole address.
        return urlsplit(raw).path or "/"
    return raw.partition("?")[0] or quote(environ["PATH_INFO"].encode("latin-1"), safe="/:=@+$,;~!*'()")
