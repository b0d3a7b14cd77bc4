"""Talking to a living world from a command line: where it is, and one request to its control port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson

from sandbox.core.errors import UsageError
from sandbox.core.wire import dumps, loads

# Where ``sandbox up`` leaves its address for the commands of the same folder.
PLACE = Path(".sandbox") / "up.json"
# An advance over months may take long.
_PATIENCE_S = 3600


def leave_address(description: Mapping[str, Any]) -> None:
    """Tell commands of this folder where the world is."""
    PLACE.parent.mkdir(exist_ok=True)
    (PLACE.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    PLACE.write_bytes(orjson.dumps(description))
    PLACE.chmod(0o600)


def take_address_away() -> None:
    """The world is gone."""
    PLACE.unlink(missing_ok=True)


class Remote:
    """The control port of a living world: that of ``url``, or of the world started from this folder."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        if url is None:
            if not PLACE.is_file():
                raise UsageError(
                    "no world is up here; start one with sandbox up, or name its control port with --control URL",
                    code="no_world",
                )
            control = loads(PLACE.read_bytes())["control"]
            url, token = str(control["url"]), token or str(control["token"])
        if not url.startswith(("http://", "https://")):
            url = f"http://{url}"
        self._url = url.rstrip("/")
        self._token = token

    def ask(self, method: str, path: str, sent: Mapping[str, Any] | None = None) -> Any:
        """The answer of ``/_sandbox/<path>``; raises UsageError with what the control port says."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = dumps(dict(sent)) if sent is not None else None
        request = Request(f"{self._url}/_sandbox/{path}", body, headers, method=method)  # noqa: S310 - http as checked
        try:
            with urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310
                return loads(answer.read())
        except HTTPError as refused:
            raise UsageError(_told(refused), code="refused") from refused
        except (URLError, OSError) as silent:
            reason = getattr(silent, "reason", silent)
            raise UsageError(f"no world answers at {self._url}: {reason}", code="no_world") from silent
        except ValueError as strange:
            raise UsageError(f"what answers at {self._url} is no control port", code="no_world") from strange


def _told(refused: HTTPError) -> str:
    try:
        return str(loads(refused.read())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the control port answered {refused.code}"
