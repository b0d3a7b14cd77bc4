"""The live shell: a Flask application around ``Mock.handle``. The only place that touches ``flask.request``."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Flask
from flask import Response as FlaskResponse
from flask import request as flask_request

from sandbox.core.wire import Request

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


def _path_as_sent(environ: dict[str, Any]) -> str:
    """The percent-encoded path: WSGI hands it out decoded, servers keep the original beside it."""
    raw: str = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    if "://" in raw.partition("?")[0]:
        # A proxy may send the whole address.
        return urlsplit(raw).path or "/"
    return raw.partition("?")[0] or quote(environ["PATH_INFO"].encode("latin-1"), safe="/:=@+$,;~!*'()")
