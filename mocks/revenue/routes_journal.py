"""Transfer batches: which are ready, their ledger lines by page, and that they have been posted."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue import events, rules_journal
from mocks.revenue.answers import nothing, stamp, success, whole
from mocks.revenue.records import CLIENT_ID, READY
from mocks.revenue.records_journal import GL_FIELDS, GL_LINE
from mocks.revenue.rules_reports import is_kept
from mocks.revenue.views import vendor_date
from sandbox.core.money import from_scaled, plain
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
BASE = "/api/integration/v1"

PAGE_SIZE_DEFAULT = 1000
PAGE_SIZE_MAX = 10_000
_PAGES_MAX = 10**6

_IDS = ("batch_id", "line_id", "rc_id", "rc_line_id")
_COLUMNS = ("batch_id", GL_LINE.key, *(field.name for field in GL_FIELDS))
_AMOUNTS = tuple(field.name for field in GL_FIELDS if field.kind == "money")
_PAGE = (
    "SELECT "
    + ", ".join(f'CAST("{name}" AS INTEGER)' if name in _IDS else f'"{name}"' for name in _COLUMNS)
    + ' FROM gl_line WHERE batch_id = ? AND "position" > ? AND "position" <= ? AND "_deleted" = 0 ORDER BY "position"'
)


@ROUTES.add("GET", BASE + "/journal/list", "journal.list")
def journals(call: Call) -> Response:
    """The batches that are ready to transfer, oldest first; 204 when there are none."""
    rows = call.store.find("batch", {"status": READY}, order='"position"')
    handed = call.mock.deliver(events.JOURNAL, rows, lambda row: row["id"], "", "")
    return success(result=[_journal(call, row) for row in handed]) if handed else nothing()


@ROUTES.add("GET", BASE + "/journal/batch/<batch_id>/<page>", "journal.lines")
def journal_lines(call: Call, batch_id: str, page: str) -> Response:
    """A page of the ledger lines of a batch, whatever its status; 204 past the end or for no such batch."""
    asked = call.request.params().get("pagesize")
    size = PAGE_SIZE_DEFAULT if asked is None else whole(asked, "pagesize", 1, PAGE_SIZE_MAX)
    number = whole(page, "pagenum", 1, _PAGES_MAX)
    lines = call.store.read(_PAGE, (batch_id, (number - 1) * size, number * size))
    batch = call.store.get("batch", batch_id)
    if batch is None or not lines:
        return nothing()
    pages = -(-batch["line_count"] // size)
    body = {
        "status": "Success",
        "Status": "Success",
        "pagenum": number,
        "pagesize": size,
        "total_pages": pages,
        "total_rows": batch["line_count"],
        "result": [_gl_line(values) for values in lines],
    }
    return json_response(200, body)


@ROUTES.add("GET", BASE + "/download/transferbatchfile/<batch_id>", "journal.file")
def journal_file(call: Call, batch_id: str) -> Response:
    """Every ledger line of a batch as CSV; 204 for no such batch, or one whose file is not kept any more."""
    batch = call.store.get("batch", batch_id)
    # Offering a batch, again or for the first time, and its transfer make the file anew: assumed.
    if batch is None or not is_kept(batch["_modified_us"], call.now_us):
        return nothing()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([name.upper() for name in _COLUMNS])
    for values in call.store.read(_PAGE, (batch_id, 0, batch["line_count"])):
        line = dict(zip(_COLUMNS, values, strict=True))
        line |= {name: plain(from_scaled(line[name])) for name in _AMOUNTS}
        line["gl_date"] = vendor_date(date.fromisoformat(line["gl_date"]))
        writer.writerow(line.values())
    headers = {
        "Content-Type": "text/csv;charset=UTF-8",
        "Content-Disposition": f'attachment; filename="transfer_batch_{batch_id}.csv"',
    }
    return Response(200, headers, text.getvalue().encode())


@ROUTES.add("PUT", BASE + "/journal/batch/status/<batch_id>", "journal.transferred")
def journal_transferred(call: Call, batch_id: str) -> Response:
    """The consumer has posted the batch."""
    rules_journal.transferred(call.store, batch_id)
    return success()


def _journal(call: Call, row: Row) -> dict[str, Any]:
    return {
        "id": int(row["id"]),
        "name": row["name"],
        "status": row["status"],
        "client_id": CLIENT_ID,
        "report_id": None,
        "org_id": row["org_id"],
        "org_code": row["org_code"],
        "crtd_by": row["_creator"],
        "crtd_dt": stamp(call, row["_created_us"]),
        "updt_by": row["_creator"],
        "updt_dt": stamp(call, row["_modified_us"]),
    }


def _gl_line(values: tuple[Any, ...]) -> dict[str, Any]:
    line = dict(zip(_COLUMNS, values, strict=True))
    for name in _AMOUNTS:
        line[name] = _amount(line[name])
    line["ex_rate"] = _rate(line["ex_rate"])
    return line


# Ready JSON numbers: a page repeats few amounts and rates many times (every line has two zeros).
@lru_cache(maxsize=4096)
def _amount(scaled: int) -> orjson.Fragment:
    return orjson.Fragment(plain(from_scaled(scaled)).encode())


@lru_cache(maxsize=256)
def _rate(text: str) -> orjson.Fragment:
    return orjson.Fragment(plain(Decimal(text)).encode())
