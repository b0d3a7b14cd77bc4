"""Uploads received and jobs submitted: what starts by a request and goes on by itself on the agenda.

Upload: received, then staged; by upload/file pre-staged in between, or failed as a whole. Job: pending, running,
completed (revenue-zuora.md section 9).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from mocks.kit.agenda import Agenda
from mocks.kit.person import FormRefused
from mocks.kit.store import Clash, Store
from mocks.revenue import errors, files
from mocks.revenue.records import (
    CANCELLED,
    COMPLETED,
    FAILED,
    PENDING,
    PENDING_CLOSE,
    PRE_STAGED,
    RECEIVED,
    RUNNING,
    TERMINATED,
)
from mocks.revenue.rules_contracts import collect, process_events
from mocks.revenue.rules_journal import next_position
from mocks.revenue.rules_period import open_period
from mocks.revenue.templates import Template
from sandbox.core.clock import SECOND_US
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

# Assumed: the vendor publishes no durations.
STAGING_DELAY_S = 20
PRE_STAGE_DELAY_S = 5
START_DELAY_S = 1

RC_TEMPLATE = "PSA_RC_BY_SO_NUM"
JOBS_PER_ORG_MAX = 2

COLLECTION = "Data Collection Master"
EVENT_PROCESS = "Event Process"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a program."""

    parameter_id: int
    name: str
    sequence: int
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the tenant; ``work`` is None for those not offered here. ``duration_s`` is assumed."""

    program_id: int
    name: str
    duration_s: int = 0
    work: Callable[[Store, Row, str], int] | None = None
    parameters: Sequence[Parameter] = field(default=())


PROGRAMS = (
    Program(149, COLLECTION, 60, collect, (Parameter(230, "RC Template Name", 1),)),
    Program(150, EVENT_PROCESS, 30, process_events),
    Program(151, "Event Process Master"),
    Program(152, "Accounting Transfer Master"),
    Program(153, "Transfer Batch for Org"),
)
_BY_NAME = {program.name: program for program in PROGRAMS}


def _none(count: int) -> Collection[int]:
    return ()


def receive_upload(
    store: Store,
    agenda: Agenda,
    template: Template,
    filename: str,
    rows: list[Any],
    now_us: int,
    refused: Callable[[int], Collection[int]] = _none,
) -> Row:
    """Keep the rows until they are staged. ``refused`` of their number says which, counted from 0, will not be for now.

    Raises RevenueRefusal for a file name used before.
    """
    values = {
        "template": template.name,
        "filename": filename,
        "status": RECEIVED,
        "position": next_position(store, "upload"),
        "row_count": len(rows),
        "content": canonical(rows).decode(),
    }
    try:
        upload = store.insert("upload", values, label=filename)
    except Clash as used:
        raise errors.filename_used(filename, used.existing) from used
    agenda.add(now_us + STAGING_DELAY_S * SECOND_US, "stage", upload_id=upload["id"], busy=sorted(refused(len(rows))))
    return upload


def receive_file(
    store: Store,
    agenda: Agenda,
    template: Template,
    file_name: str,
    content: bytes,
    now_us: int,
    refused: Callable[[int], Collection[int]] = _none,
) -> Row:
    """Keep a file until it is looked into; what is wrong with it shows only then. Its name may be an old one."""
    rows: list[Any] = []
    reason = None
    try:
        rows = list(files.read(template, content, files.FILE_LINES_MAX))
    except errors.RevenueRefusal as unfit:
        reason = unfit.extra["result"]["message"]
    position = next_position(store, "upload")
    values = {
        "template": template.name,
        "filename": f"{file_name} #{position}",
        "file_name": file_name,
        "file_log": reason,
        "status": RECEIVED,
        "position": position,
        "row_count": len(rows),
        "content": canonical(rows).decode(),
    }
    upload = store.insert("upload", values, label=f"file {position} {file_name}")
    busy = sorted(refused(len(rows)))
    agenda.add(now_us + PRE_STAGE_DELAY_S * SECOND_US, "pre_stage", upload_id=upload["id"], busy=busy)
    return upload


def pre_stage(store: Store, agenda: Agenda, upload_id: str, busy: Collection[int]) -> None:
    """The file goes into pre-stage as a whole, or fails as a whole; its rows are staged later."""
    upload = store.get("upload", upload_id)
    if upload is None:
        raise HarnessError(f"pre-stage of an upload that is not there: {upload_id}")
    if upload["file_log"] is not None:
        store.update("upload", upload_id, {"status": FAILED, "content": None})
        return
    store.update("upload", upload_id, {"status": PRE_STAGED})
    due_us = upload["_created_us"] + STAGING_DELAY_S * SECOND_US
    agenda.add(due_us, "stage", upload_id=upload_id, busy=sorted(busy))


def submit_collection(store: Store, agenda: Agenda, template_name: Any, org: Row, now_us: int) -> Row:
    """Submit a collection job. Raises RevenueRefusal for an unknown template, or when two are already under way."""
    if template_name != RC_TEMPLATE:
        raise errors.not_submitted(f"RC template {template_name!r} does not exist; this tenant has {RC_TEMPLATE}")
    program = _BY_NAME[COLLECTION]
    under_way = [
        job
        for status in (PENDING, RUNNING)
        for job in store.find("job", {"org_id": org["org_id"], "status": status})
        if job["program_name"] == COLLECTION
    ]
    if len(under_way) >= JOBS_PER_ORG_MAX:
        raise errors.not_submitted(f"{len(under_way)} collection jobs are Running or Pending for org {org['org_id']}")
    return _submit(store, agenda, program, org, now_us, RC_TEMPLATE)


def submit_program(store: Store, agenda: Agenda, program_id: str, given: Any, org: Row, now_us: int) -> Row:
    """Submit a program with parameters. Raises RevenueRefusal for one that is not offered or a parameter it lacks."""
    program = next((each for each in PROGRAMS if str(each.program_id) == program_id), None)
    if program is None or program.work is None:
        raise errors.not_submitted(errors.PROGRAM_UNSUPPORTED)
    values = _parameter_values(program, given)
    if program.name == COLLECTION:
        return submit_collection(store, agenda, values.get(230, RC_TEMPLATE), org, now_us)
    return _submit(store, agenda, program, org, now_us, None)


def start_job(store: Store, job_id: str, now_us: int) -> None:
    """The job runs, unless somebody has cancelled it."""
    if _required_job(store, job_id)["status"] != PENDING:
        return
    store.update("job", job_id, {"status": RUNNING, "actual_start_us": now_us})


def finish_job(store: Store, job_id: str, now_us: int) -> None:
    """The job has done its work, all at once at its end; one that was cancelled or terminated has done nothing."""
    job = _required_job(store, job_id)
    if job["status"] in (CANCELLED, TERMINATED):
        return
    program = _BY_NAME[job["program_name"]]
    org = store.one("org", {"org_id": job["org_id"]})
    # Submitting looked both up, and organisations are never deleted.
    assert org is not None, f"job {job_id} has no organisation"
    assert program.work is not None, f"job {job_id} is of a program that is not offered"
    store.creator = job["_creator"]
    done = program.work(store, org, job_id)
    values = {"status": COMPLETED, "actual_end_us": now_us, "message": f"{done} row(s) processed"}
    store.update("job", job_id, values)


def _submit(store: Store, agenda: Agenda, program: Program, org: Row, now_us: int, template_name: str | None) -> Row:
    period = open_period(store, org)
    if period is None:
        org_id = org["org_id"]
        raise errors.not_submitted(f"No Period Status Found for ORG_ID:{org_id},this job cannot be submitted")
    if period["status"] == PENDING_CLOSE:
        raise errors.not_submitted(f"Period {period['name']} of {org['code']} is {PENDING_CLOSE}: programs are locked")
    values = {
        "program_name": program.name,
        "template_name": template_name,
        "org_id": org["org_id"],
        "org_code": org["code"],
        "status": PENDING,
    }
    job = store.insert("job", values, label=f"{program.name} {org['code']} {now_us}")
    agenda.add(now_us + START_DELAY_S * SECOND_US, "start_job", job_id=job["id"])
    agenda.add(now_us + program.duration_s * SECOND_US, "finish_job", job_id=job["id"])
    return job


def stop_job(store: Store, job_id: str, now_us: int) -> Row:
    """Cancel a pending job or terminate a running one; what it was to do stays undone. Raises FormRefused."""
    job = store.get("job", job_id)
    if job is None:
        raise FormRefused(f"no job {job_id}", field="job_id", status=404)
    stopped = {PENDING: CANCELLED, RUNNING: TERMINATED}.get(job["status"])
    if stopped is None:
        raise FormRefused(f"job {job_id} is {job['status']}: only one under way can be stopped", field="job_id")
    return store.update("job", job_id, {"status": stopped, "actual_end_us": now_us})


def _parameter_values(program: Program, given: Any) -> dict[int, Any]:
    if not isinstance(given, list):
        raise errors.not_submitted(f"parameters: expected a list, got {given!r}")
    known = {each.parameter_id: each for each in program.parameters}
    values = {}
    for each in given:
        number = each.get("parameter_id") if isinstance(each, dict) else None
        if not isinstance(number, int) or number not in known:
            raise errors.not_submitted(f"{each!r} is not a parameter of {program.name}")
        values[number] = each.get("parameter_value")
    return values


def _required_job(store: Store, job_id: str) -> Row:
    job = store.get("job", job_id)
    if job is None:
        raise HarnessError(f"job {job_id} is on the agenda and not in the database")
    return job
