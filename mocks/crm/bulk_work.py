"""What a bulk job does when its time has come: rows written one by one, or a query read into CSV (section 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.crm import bulk_csv, errors, writes
from mocks.crm.bulk_jobs import COMPLETE, FAILED, RUNNING, UPLOADED, BulkJob
from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.organisation import Desk
from mocks.crm.query import Query
from mocks.crm.query_scope import Node
from mocks.crm.values import Renderer, renderers
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from mocks.crm.system import Crm

NULL = "#N/A"
# More than any tenant here holds.
_ROWS_MAX = 1_000_000
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}

# A row's outcome: id, whether it was created, error ("" for none).
Outcome = tuple[str, bool, str]


def take_up(mock: Crm, kind: str, job_id: str) -> None:
    """A job that waited is being worked on."""
    job = mock.bulk.due(kind, job_id, UPLOADED)
    if job is not None:
        mock.bulk.take_up(job, (job.upload or b"").count(b"\n"))


def finish(mock: Crm, kind: str, job_id: str) -> None:
    """The work is done: everything at once, in one transaction."""
    job = mock.bulk.due(kind, job_id, RUNNING)
    if job is None:
        return
    mock.store.creator = job.settings["user_id"]
    mock.change_origin = f"com/salesforce/api/bulk/{job.settings['version']}"
    if kind == "query":
        _finish_query(mock, job)
        return
    try:
        outcomes = _write_all(mock, job)
    except bulk_csv.Broken as why:
        mock.bulk.move(job, FAILED, error=f"InvalidBatch : {why}")
        return
    failed = sum(bool(error) for _, _, error in outcomes)
    mock.bulk.move(job, COMPLETE, outcome=outcomes, processed=len(outcomes), failed=failed)


# -- ingest -----------------------------------------------------------------------------------------------------------


def _write_all(mock: Crm, job: BulkJob) -> list[Outcome]:
    header, rows = bulk_csv.read(job.upload or b"", job.settings["delimiter"])
    sobject = mock.schema.by_name[job.settings["object"]]
    columns = [_column(sobject, name) for name in header]
    if len({column.name for column in columns}) < len(columns):
        raise bulk_csv.Broken("A field name stands twice in the header")
    desk = Desk(mock.store, mock.org, job.settings["user_id"], mock.context.clock.now_us(), mock.policies)
    write = _WRITERS[job.settings["operation"]]
    return [_written(desk, job, columns, row, write) for row in rows]


def _column(sobject: SObject, name: str) -> Column:
    column = sobject.by_lower.get(name.strip().lower())
    if column is None:
        raise bulk_csv.Broken(f"Field name not found : {name[:255]}")
    return column


Writer = Callable[[Desk, BulkJob, Mapping[str, Any]], tuple[Row, bool]]


def _written(desk: Desk, job: BulkJob, columns: list[Column], row: list[str], write: Writer) -> Outcome:
    try:
        with desk.store.savepoint():
            # An empty cell leaves the field alone.
            body = {column.name: _value(column, text) for column, text in zip(columns, row, strict=True) if text}
            record, created = write(desk, job, body)
    except errors.CrmRefusal as refusal:
        # A text that is none of the field's type has a code of its own here: there is no JSON to blame.
        code = "INVALID_TYPE_ON_FIELD_IN_RECORD" if refusal.code == "JSON_PARSER_ERROR" else refusal.code
        return "", False, f"{code}:{refusal.message}:{', '.join(refusal.fields_named or ())} --"
    return record["Id"], created, ""


def _value(column: Column, text: str) -> Any:
    """A cell as the JSON it stands for; raises CrmRefusal."""
    if text == NULL:
        return None
    value: Any = text
    if column.type == "boolean":
        value = _FLAGS.get(text.lower())
    elif column.type == "int":
        value = int(Decimal(text)) if _WHOLE.fullmatch(text) else None
    if value is None:
        message = f"'{text[:255]}' is not a valid value for the type xsd:{column.type}"
        raise errors.CrmRefusal(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", message, [column.name])
    return value


def _insert(desk: Desk, job: BulkJob, body: Mapping[str, Any]) -> tuple[Row, bool]:
    return writes.create(desk, job.settings["object"], body), True


def _update(desk: Desk, job: BulkJob, body: Mapping[str, Any]) -> tuple[Row, bool]:
    return writes.update(desk, job.settings["object"], body), False


def _upsert(desk: Desk, job: BulkJob, body: Mapping[str, Any]) -> tuple[Row, bool]:
    return writes.upsert(desk, job.settings["object"], job.settings["external_field"], body)


def _delete(desk: Desk, job: BulkJob, body: Mapping[str, Any]) -> tuple[Row, bool]:
    record_id = str(body.get("Id") or "")
    if record_id and writes.object_of_id(desk.org.schema, record_id).name != job.settings["object"]:
        raise writes.unknown_id()
    return writes.delete(desk, record_id), False


_WRITERS: dict[str, Writer] = {"insert": _insert, "update": _update, "upsert": _upsert, "delete": _delete}


# -- queries ----------------------------------------------------------------------------------------------------------


def query_of(mock: Crm, text: str, operation: str) -> Query:
    """The query of a job; raises CrmRefusal for one that has no place in a bulk job."""
    query = Query(text, mock.org, mock.context.clock.now_us(), everything=operation == "queryAll")
    plan = query.plan
    if plan.counts or plan.cells is not None:
        raise _restricted("aggregates")
    if plan.children:
        raise _restricted("subqueries in the select list")
    if plan.offset_slot >= 0:
        raise _restricted("OFFSET")
    if any(kind == "address" for _, _, kind in _cells(plan.node)):
        raise _restricted("compound fields")
    return query


def _finish_query(mock: Crm, job: BulkJob) -> None:
    try:
        query = query_of(mock, job.settings["query"], job.settings["operation"])
        rows = query.rows(mock.store, _ROWS_MAX)
    except errors.CrmRefusal as refusal:
        mock.bulk.move(job, FAILED, error=f"{refusal.code}: {refusal.message}")
        return
    # Instants end in Z here, where a read over REST writes +0000.
    shown = renderers(mock.context.clock.epoch, "Z")
    cells = _cells(query.plan.node)
    delimiter, ending = job.settings["delimiter"], job.settings["ending"]
    outcome = [bulk_csv.line([name for name, _, _ in cells], delimiter, ending)]
    outcome += [
        bulk_csv.line([_text(row[key], shown.get(kind)) for _, key, kind in cells], delimiter, ending) for row in rows
    ]
    mock.bulk.move(job, COMPLETE, outcome=outcome, processed=len(rows))


def _cells(node: Node, prefix: str = "") -> list[tuple[str, str, str]]:
    """(dotted name, key, type) of every cell of the select list."""
    cells: list[tuple[str, str, str]] = []
    for name, key, kind, parent in node.items:
        cells += [(prefix + name, key, kind)] if parent is None else _cells(parent, f"{prefix}{name}.")
    return cells


def _text(value: Any, renderer: Renderer | None) -> str:
    if value is None:
        return ""
    shown = value if renderer is None else renderer(value)
    return str(shown).lower() if isinstance(shown, bool) else str(shown)


def _restricted(what: str) -> errors.CrmRefusal:
    return errors.CrmRefusal(400, "API_ERROR", f"Implementation restriction: {what} can not be used in a bulk query")
