"""Bulk API 2.0: jobs that write what is uploaded, jobs that hand out what a query finds (section 7)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from mocks.crm import bulk_csv, errors, writes
from mocks.crm.bodies import json_object, text_of
from mocks.crm.bulk_jobs import (
    ABORTED,
    COMPLETE,
    ENDED,
    OPEN,
    UPLOADED,
    BulkJob,
    bad_state,
    counted,
    shown,
)
from mocks.crm.bulk_work import Outcome, query_of
from mocks.crm.versions import DataRoutes
from mocks.kit.answers import empty_response, json_response
from mocks.kit.app import Call
from sandbox.core.wire import Response

ROUTES = DataRoutes()
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_UPLOAD_MAX = 100_000_000
_RESULTS_PER_PAGE = 50_000
_CSV = "text/csv;charset=UTF-8"
_INGEST, _QUERY = "/jobs/ingest", "/jobs/query"


# -- ingest -----------------------------------------------------------------------------------------------------------


@ROUTES.data("POST", _INGEST, "bulk.open")
def open_job(call: Call, version: str) -> Response:
    """A job that waits for its upload."""
    sent = json_object(call.request)
    name, operation = text_of(sent, "object"), _one_of(sent, "operation", _OPERATIONS)
    sobject = call.mock.schema.by_lower.get(name.lower())
    if sobject is None or not sobject.writable:
        raise errors.CrmRefusal(400, "INVALIDENTITY", f"Entity '{name[:255]}' is not supported by the Bulk API.")
    if operation == "hardDelete":
        raise errors.CrmRefusal(
            400, "FEATURENOTENABLED", "hardDelete operation requires special user profile permission, "
            "please contact your system administrator",
        )  # fmt: skip
    settings = {"object": sobject.name, "operation": operation, **_format(sent, version)}
    if operation == "upsert":
        field = text_of(sent, "externalIdFieldName")
        settings["external_field"] = "Id" if field.lower() == "id" else writes.external_field(sobject, field).name
    return json_response(200, shown(call.mock, call.mock.bulk.open("ingest", OPEN, call.principal.user_id, settings)))


@ROUTES.data("PUT", _INGEST + "/<job_id>/batches", "bulk.upload")
def upload(call: Call, version: str, job_id: str) -> Response:
    """The rows, once per job. What they say is looked at when the job runs."""
    job = call.mock.bulk.find("ingest", job_id)
    if job.state != OPEN:
        raise bad_state(f"Data can not be uploaded to a job in state {job.state}")
    if job.upload is not None:
        raise bad_state(
            f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job "
            "then create a new Job and make sure you only do 'PUT' once on a given Job."
        )
    if "csv" not in call.request.headers.get("content-type", "csv").lower():
        raise errors.media_type_refused(call.request.headers["content-type"])
    if len(call.request.body) > _UPLOAD_MAX:
        raise errors.CrmRefusal(413, "LIMIT_EXCEEDED", f"An upload has at most {_UPLOAD_MAX} bytes")
    call.mock.bulk.upload(job, call.request.body)
    return empty_response(201)


@ROUTES.data("PATCH", _INGEST + "/<job_id>", "bulk.close")
def close(call: Call, version: str, job_id: str) -> Response:
    """Hand the job over, or end it."""
    job = call.mock.bulk.find("ingest", job_id)
    if _one_of(json_object(call.request), "state", (UPLOADED, ABORTED)) == ABORTED:
        return json_response(200, shown(call.mock, call.mock.bulk.abort(job)))
    if job.state != OPEN:
        raise bad_state(f"A job in state {job.state} can not be closed")
    job = call.mock.bulk.move(job, UPLOADED)
    call.mock.bulk.hand_over(job)
    call.mock.sessions.count_call(call.now_us, "DailyBulkApiBatches")
    return json_response(200, shown(call.mock, job))


@ROUTES.data("GET", _INGEST + "/<job_id>", "bulk.read")
def read(call: Call, version: str, job_id: str) -> Response:
    """How far a job is."""
    job = call.mock.bulk.find("ingest", job_id)
    return json_response(200, {**shown(call.mock, job), **counted(job)})


@ROUTES.data("DELETE", _INGEST + "/<job_id>", "bulk.delete")
def delete(call: Call, version: str, job_id: str) -> Response:
    """Forget a job and what came of it."""
    call.mock.bulk.delete(call.mock.bulk.find("ingest", job_id))
    return empty_response(204)


@ROUTES.data("GET", _INGEST, "bulk.list")
def list_jobs(call: Call, version: str) -> Response:
    """Every job."""
    return _listed(call, "ingest")


@ROUTES.data("GET", _INGEST + "/<job_id>/<results>", "bulk.results")
def results(call: Call, version: str, job_id: str, results: str) -> Response:
    """Rows that were written, that were refused, or that were not looked at; the name in any case."""
    show = {
        "successfulresults": _successful,
        "failedresults": _failed,
        "unprocessedrecords": _unprocessed,
    }.get(results.lower())
    if show is None:
        raise errors.not_found()
    job = call.mock.bulk.find("ingest", job_id)
    if job.state not in ENDED:
        raise bad_state(f"A job in state {job.state} has no results yet")
    return Response(200, {"Content-Type": _CSV}, show(job).encode())


def _successful(job: BulkJob) -> str:
    return _result(
        job, ("sf__Id", "sf__Created"), lambda outcome: None if outcome[2] else (outcome[0], str(outcome[1]).lower())
    )


def _failed(job: BulkJob) -> str:
    return _result(job, ("sf__Id", "sf__Error"), lambda outcome: ("", outcome[2]) if outcome[2] else None)


def _result(job: BulkJob, names: tuple[str, str], first: Any) -> str:
    """Rows of the upload with two columns before them, those that ``first`` gives something for."""
    outcomes: list[Outcome] = job.outcome or []
    header, rows = bulk_csv.read(job.upload or b"", job.settings["delimiter"]) if outcomes else ([], [])
    shown_rows = [list(names) + header]
    for outcome, row in zip(outcomes, rows, strict=True):
        two = first(outcome)
        if two is not None:
            shown_rows.append([*two, *row])
    return bulk_csv.lines(shown_rows, job.settings["delimiter"], job.settings["ending"])


def _unprocessed(job: BulkJob) -> str:
    """All that was uploaded when the job failed or was aborted, only the header when it is done."""
    whole = (job.upload or b"").decode("utf-8", "replace")
    return whole if job.state != COMPLETE else whole.partition("\n")[0].rstrip("\r") + "\n"


# -- queries ----------------------------------------------------------------------------------------------------------


@ROUTES.data("POST", _QUERY, "bulk_query.open")
def open_query(call: Call, version: str) -> Response:
    """A query that is worked on by itself."""
    sent = json_object(call.request)
    operation, text = _one_of(sent, "operation", ("query", "queryAll")), text_of(sent, "query")
    query = query_of(call.mock, text, operation)
    settings = {
        "object": query.plan.node.sobject.name,
        "operation": operation,
        "query": text,
        **_format(sent, version),
    }
    job = call.mock.bulk.open("query", UPLOADED, call.principal.user_id, settings)
    call.mock.bulk.hand_over(job)
    call.mock.sessions.count_call(call.now_us, "DailyBulkV2QueryJobs")
    return json_response(200, shown(call.mock, job))


@ROUTES.data("GET", _QUERY + "/<job_id>", "bulk_query.read")
def read_query(call: Call, version: str, job_id: str) -> Response:
    """How far a query is."""
    job = call.mock.bulk.find("query", job_id)
    return json_response(200, {**shown(call.mock, job), **counted(job)})


@ROUTES.data("PATCH", _QUERY + "/<job_id>", "bulk_query.abort")
def abort_query(call: Call, version: str, job_id: str) -> Response:
    """End a query before it is done."""
    job = call.mock.bulk.find("query", job_id)
    _one_of(json_object(call.request), "state", (ABORTED,))
    return json_response(200, shown(call.mock, call.mock.bulk.abort(job)))


@ROUTES.data("DELETE", _QUERY + "/<job_id>", "bulk_query.delete")
def delete_query(call: Call, version: str, job_id: str) -> Response:
    """Forget a query and what it found."""
    call.mock.bulk.delete(call.mock.bulk.find("query", job_id))
    return empty_response(204)


@ROUTES.data("GET", _QUERY, "bulk_query.list")
def list_queries(call: Call, version: str) -> Response:
    """Every query."""
    return _listed(call, "query")


@ROUTES.data("GET", _QUERY + "/<job_id>/results", "bulk_query.results")
def query_results(call: Call, version: str, job_id: str) -> Response:
    """A page of what a query found. The last one says the word null as its locator: clients go on until they see it."""
    job = call.mock.bulk.find("query", job_id)
    if job.state != COMPLETE:
        raise bad_state(f"A query in state {job.state} has no results")
    params = call.request.params()
    start, most = _start(params.get("locator", "")), _most(params.get("maxRecords", ""))
    header, rows = job.outcome[0], job.outcome[1:]
    if start and start >= len(rows):
        raise errors.invalid_locator()
    page = rows[start : start + most]
    end = start + len(page)
    headers = {
        "Content-Type": _CSV,
        "Sforce-Locator": urlsafe_b64encode(str(end).encode()).decode().rstrip("=") if end < len(rows) else "null",
        "Sforce-NumberOfRecords": str(len(page)),
    }
    return Response(200, headers, "".join([header, *page]).encode())


def _start(locator: str) -> int:
    if locator in ("", "null"):
        return 0
    try:
        text = urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode("ascii")
    except ValueError:
        raise errors.invalid_locator() from None
    if not text.isdigit() or len(text) > 9:
        raise errors.invalid_locator()
    return int(text)


def _most(text: str) -> int:
    if not text:
        return _RESULTS_PER_PAGE
    if not text.isdecimal() or not text.isascii() or int(text[:12]) == 0:
        raise errors.CrmRefusal(400, "API_ERROR", f"maxRecords is a whole number above 0, got {text[:40]}")
    return int(text[:12])


# -- what both have ---------------------------------------------------------------------------------------------------


def _listed(call: Call, kind: str) -> Response:
    records = [shown(call.mock, job) for job in call.mock.bulk.all(kind)]
    return json_response(200, {"done": True, "nextRecordsUrl": None, "records": records})


def _format(sent: dict[str, Any], version: str) -> dict[str, str]:
    """What the CSV looks like, and the version of the API."""
    _one_of(sent, "contentType", ("CSV",), "CSV")
    return {
        "ending": _one_of(sent, "lineEnding", tuple(bulk_csv.LINE_ENDINGS), "LF"),
        "delimiter": _one_of(sent, "columnDelimiter", tuple(bulk_csv.DELIMITERS), "COMMA"),
        "version": version[1:],
    }


def _one_of(sent: dict[str, Any], name: str, choices: tuple[str, ...], default: str = "") -> str:
    value = sent.get(name) or default
    if value not in choices:
        raise errors.body_unreadable(f"{name} must be one of {', '.join(choices)}, got {str(value)[:80]!r}")
    return str(value)
