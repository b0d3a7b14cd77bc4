"""Request bodies: JSON in, or the vendor's complaint."""

from __future__ import annotations

from typing import Any

from mocks.crm import errors
from sandbox.core.wire import Request


def json_of(request: Request) -> Any:
    """The body as JSON; raises CrmRefusal when it is none, or nested beyond reading, or says to be something else."""
    if "json" not in request.headers.get("content-type", "json").lower():
        raise errors.media_type_refused(request.headers["content-type"])
    try:
        return request.json()
    except ValueError as malformed:
        raise errors.body_unreadable(str(malformed)) from None


def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; raises CrmRefusal."""
    sent = json_of(request)
    if not isinstance(sent, dict):
        raise errors.body_unreadable("The request body must be a JSON object")
    return sent


def list_of(sent: dict[str, Any], name: str) -> list[Any]:
    """A list the body must have; raises CrmRefusal."""
    found = sent.get(name)
    if not isinstance(found, list):
        raise errors.body_unreadable(f"'{name}' must be a JSON array")
    return found


def flag_of(sent: dict[str, Any], name: str) -> bool:
    """A switch the body may have, off without; raises CrmRefusal."""
    found = sent.get(name)
    if found is not None and not isinstance(found, bool):
        raise errors.value_unreadable("boolean", found)
    return bool(found)


def text_of(sent: dict[str, Any], name: str) -> str:
    """A text the body must have; raises CrmRefusal."""
    found = sent.get(name)
    if not isinstance(found, str) or not found:
        raise errors.CrmRefusal(400, "MISSING_ARGUMENT", f"'{name}' is missing")
    return found
