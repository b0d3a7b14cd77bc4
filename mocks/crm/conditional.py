"""Conditional requests on accounts: ETag, If-Match and their kin (crm-salesforce.md section 4).

Only accounts have them, so a lost update of anything else is a real failure mode here as it is with the vendor.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mocks.crm import errors
from mocks.kit.answers import empty_response
from sandbox.core.clock import SECOND_US, instant
from sandbox.core.ids import digest64
from sandbox.core.observe import Row
from sandbox.core.wire import Request, Response

_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')
_TAG = re.compile(r'"[^"]*"')


def etag(row: Row) -> str:
    """The tag of a row: another one after each write."""
    return f'"{digest64(row["Id"], str(row["_version"])):016x}"'


def check(request: Request, row: Row, epoch: datetime) -> Response | None:
    """A 304 for a read that would tell nothing new, None to go on; raises CrmRefusal (412, or 400 for a bad header)."""
    headers = request.headers
    if not any(name in headers for name in ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")):
        return None
    reading = request.method in ("GET", "HEAD")
    tag = etag(row)
    matches = _matches(headers.get("if-match"), tag, reading)
    unmodified = _since(headers.get("if-unmodified-since"), row, epoch, reading)
    if matches is False or unmodified is False:
        raise _precondition_failed()
    if _matches(headers.get("if-none-match"), tag, reading):
        if not reading:
            raise _precondition_failed()
        return empty_response(304, {"ETag": tag})
    if reading and _since(headers.get("if-modified-since"), row, epoch, reading):
        return empty_response(304, {"ETag": tag})
    return None


def http_date(text: str) -> datetime | None:
    """An HTTP date; None when it is none."""
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _matches(header: str | None, tag: str, reading: bool) -> bool | None:
    """Whether the tag is among those of the header; None without a usable header."""
    if header is None:
        return None
    if header.strip() == "*":
        return True
    if not _TAGS.fullmatch(header):
        _ignore(reading, header)
        return None
    return tag in _TAG.findall(header)


def _since(header: str | None, row: Row, epoch: datetime, reading: bool) -> bool | None:
    """Whether the row was last written at or before the header's second; None without a usable header."""
    if header is None:
        return None
    when = http_date(header)
    if when is None:
        _ignore(reading, header)
        return None
    return bool(row["_modified_us"] // SECOND_US * SECOND_US <= instant(epoch, when))


def _ignore(reading: bool, header: str) -> None:
    """A header that is none is ignored by reads and refused by writes."""
    if not reading:
        raise errors.CrmRefusal(400, "INVALID_HEADER", f"invalid conditional header value: {header[:255]}")


def _precondition_failed() -> errors.CrmRefusal:
    return errors.CrmRefusal(412, "PRECONDITION_FAILED", "The precondition of the request is not met")
