"""What Workday's REST surfaces share: the tenant in the path, whole numbers in the query, collections by page."""

from __future__ import annotations

from typing import Any

from mocks.hris.errors import HrisRefusal, unauthorized
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from sandbox.core.wire import Response

# A page of a REST collection (hris-workday.md section 4).
LIMIT_DEFAULT, LIMIT_MAX = 20, 100
OFFSET_MAX = 10**9
_DIGITS_MAX = 10


def check_tenant(call: Call, tenant: str) -> None:
    """Raises HrisRefusal: a wrong tenant is an authentication failure, not a 404."""
    if tenant != call.mock.tenant_name:
        raise unauthorized()


def whole(call: Call, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query, both bounds included; raises HrisRefusal naming the parameter."""
    text = call.request.params().get(name)
    if text is None:
        return default
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX and low <= int(text) <= high:
        return int(text)
    raise HrisRefusal(400, f"expected a whole number from {low} to {high}, got {text!r}", field=name)


def bounds(call: Call) -> slice:
    """The rows a REST collection is asked for by ``limit`` and ``offset``."""
    limit = whole(call, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX)
    offset = whole(call, "offset", 0, 0, OFFSET_MAX)
    return slice(offset, offset + limit)


def collection(total: int, data: list[dict[str, Any]]) -> Response:
    """``{"total": all there are, "data": this page}``."""
    return json_response(200, {"total": total, "data": data})
