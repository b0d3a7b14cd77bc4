"""Small helpers to build and read answers and addresses."""

from __future__ import annotations

from typing import Any

from sandbox.core.wire import Request, Response, dumps

JSON = "application/json;charset=UTF-8"


def json_response(
    status: int, content: Any, headers: dict[str, str] | None = None, content_type: str = JSON
) -> Response:
    """An answer with a JSON body; Decimals become numbers."""
    return Response(status, {"Content-Type": content_type, **(headers or {})}, dumps(content))


def empty_response(status: int, headers: dict[str, str] | None = None) -> Response:
    """An answer without a body."""
    return Response(status, dict(headers or {}))


def external_url(request: Request, path: str) -> str:
    """The address of a path as this client must call it: the one place where such an address is built."""
    scheme = request.headers.get("x-forwarded-proto", "https")
    return f"{scheme}://{request.host}{path}"
