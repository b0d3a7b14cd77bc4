"""Request bodies: JSON in, or the vendor's complaint."""

from __future__ import annotations

from typing import Any

from mocks.crm import errors
from sandbox.core.wire import Request


def json_of(request: Request) -> Any:
    """The body as JSON; raises CrmRefusal when it is none, or nested beyond reading."""
    try:
        return request.json()
    except ValueError as malformed:
        raise errors.body_unreadable(str(malformed)) from None
