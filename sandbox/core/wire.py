"""Request, Response and the Wire that carries them: the one way anything here talks to a system.

Bodies are bytes. JSON is read with Decimal for every number that is not an integer, and written with Decimals as
JSON numbers, so that money never becomes a binary float on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
import orjson

from sandbox.core.errors import HarnessError
from sandbox.core.money import plain

# orjson reads 12.50 as a binary float and has no hook for it; msgspec hands the text of a fraction to Decimal.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)

_UNREAD = object()

SYSTEMS = ("crm", "psa", "hris", "erp", "revenue", "files")
SIMULATED_HOST = "{system}.sandbox.test"


@dataclass(frozen=True, slots=True)
class Meta:
    """What travels beside a request and no mock may see: who sends it, for which deed, what the sender relied on."""

    actor: str
    deed: str | None = None
    causes: tuple[str, ...] = ()


@dataclass(slots=True)
class Request:
    """One HTTP request. Header names are lower-case; ``path`` has no host; path and ``query`` are percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    meta: Meta | None = None

    @property
    def host(self) -> str:
        """Host and port as the client wrote them."""
        return self.headers.get("host", "")

    def params(self) -> dict[str, str]:
        """Query parameters; the last of a repeated name wins."""
        return dict(_pairs(self.query)) if self.query else {}

    def param_list(self) -> list[tuple[str, str]]:
        """Query parameters in order, repeats kept."""
        return list(_pairs(self.query)) if self.query else []

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return loads(self.body)


@dataclass(slots=True)
class Response:
    """One HTTP response. Header names as the vendor spells them."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # What the body said, once somebody asked.
    _parsed: Any = field(default=_UNREAD, init=False, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """A header by any spelling of its case."""
        wanted = name.lower()
        for key, value in self.headers.items():
            if key.lower() == wanted:
                return value
        return None

    def json(self) -> Any:
        """The body as JSON, read once and shared; raises ValueError when it is none."""
        if self._parsed is _UNREAD:
            self._parsed = loads(self.body)
        return self._parsed


@lru_cache(maxsize=1024)
def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(query, keep_blank_values=True))


class Wire(Protocol):
    """Carries a request to a system and its answer back."""

    async def send(self, system: str, request: Request) -> Response:
        """The system's answer. Raises NoAnswer when none came: the outcome is then unknown."""


def loads(body: bytes) -> Any:
    """JSON with Decimal for non-integers; raises ValueError when malformed."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError) as malformed:
        raise ValueError(str(malformed)) from malformed


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain(value).encode())
    raise TypeError(f"{type(value).__name__} does not go on the wire")


def dumps(value: Any) -> bytes:
    """JSON bytes in insertion order, Decimals as numbers; a date as ISO text."""
    return orjson.dumps(value, default=_number)


_LINE = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def canonical(value: Any, *, line: bool = False) -> bytes:
    """JSON bytes with sorted keys, for records that are compared byte by byte, ``line`` with a newline at the end;
    raises HarnessError on Decimals."""
    try:
        return orjson.dumps(value, option=_LINE if line else orjson.OPT_SORT_KEYS)
    except TypeError as wrong:
        raise HarnessError(f"not allowed in a canonical record: {wrong} in {value!r}") from wrong
