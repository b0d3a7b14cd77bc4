"""The one file of a multipart/form-data body, read within bounds by werkzeug's parser."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from mocks.revenue.errors import RevenueRefusal
from sandbox.core.wire import Request

# Bounds of a request: assumed; sixty thousand lines are well below them.
BYTES_MAX = 64_000_000
_PARTS_MAX = 20
_NAME_MAX = 200


def _in_memory(
    total_content_length: int | None, content_type: str | None, filename: str | None, content_length: int | None = None
) -> IO[bytes]:
    """Where werkzeug puts a part: it would take a temporary file, which nobody closes."""
    return BytesIO()


def uploaded_file(request: Request) -> tuple[str, bytes]:
    """Name and content of the part ``file``. Raises RevenueRefusal for a body that has none, or more than one."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        raise RevenueRefusal(400, f"expected a body of multipart/form-data, got {kind or 'none'}")
    if len(request.body) > BYTES_MAX:
        raise RevenueRefusal(400, f"the request has {len(request.body)} bytes, at most {BYTES_MAX} are taken")
    parser = FormDataParser(_in_memory, max_form_memory_size=BYTES_MAX, max_form_parts=_PARTS_MAX, silent=False)
    try:
        _, _, files = parser.parse(BytesIO(request.body), kind, len(request.body), options)
    except RequestEntityTooLarge as wrong:
        raise RevenueRefusal(400, f"the body has more than {_PARTS_MAX} parts") from wrong
    except (ValueError, LookupError) as wrong:
        raise RevenueRefusal(400, f"the body is not valid multipart/form-data: {wrong}") from wrong
    found = files.getlist("file")
    if len(found) != 1:
        raise RevenueRefusal(400, f"expected one part 'file' with a file name, got {len(found)}")
    name = (found[0].filename or "").strip()
    if not name or len(name) > _NAME_MAX or not name.isprintable():
        raise RevenueRefusal(400, f"expected a file name of at most {_NAME_MAX} printable characters")
    return name, found[0].stream.read()
