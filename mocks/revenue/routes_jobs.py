"""Jobs: collection by its own endpoint, programs by number, and how far each has come."""

from __future__ import annotations

from typing import Any

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue import errors, rules
from mocks.revenue.answers import done, json_object, org_of, stamp
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
BASE = "/api/integration/v1"


@ROUTES.add("POST", BASE + "/job/collection/template", "job.collect")
def collect(call: Call) -> Response:
    """Submit a collection job for an organisation."""
    body = json_object(call)
    org = org_of(call, body.get("org_id"))
    job = rules.submit_collection(call.store, call.mock.agenda, body.get("rc_template_name"), org, call.now_us)
    return done({"message": f"Job ID: {job['id']} submitted successfully"})


@ROUTES.add("GET", BASE + "/job/collection/template/<job_id>", "job.status")
def collection_status(call: Call, job_id: str) -> Response:
    """A collection job."""
    job = call.store.get("job", job_id)
    if job is None or job["program_name"] != rules.COLLECTION:
        raise errors.no_data()
    return done({"data": _job(call, job)})


@ROUTES.add("POST", BASE + "/<org_id>/programs/<program_id>/submit", "program.submit")
def submit(call: Call, org_id: str, program_id: str) -> Response:
    """Submit a program for an organisation."""
    org = org_of(call, org_id)
    parameters = json_object(call).get("parameters", [])
    job = rules.submit_program(call.store, call.mock.agenda, program_id, parameters, org, call.now_us)
    return done({"job_id": job["id"], "message": f"Request ID: {job['id']} submitted successfully"})


@ROUTES.add("GET", BASE + "/<org_id>/jobs/<job_id>", "program.job")
def program_status(call: Call, org_id: str, job_id: str) -> Response:
    """A job of an organisation."""
    org = org_of(call, org_id)
    job = call.store.get("job", job_id)
    if job is None or job["org_id"] != org["org_id"]:
        raise errors.no_data()
    return done({"data": _job(call, job)})


def _job(call: Call, job: Row) -> dict[str, Any]:
    return {
        "id": int(job["id"]),
        "program_name": job["program_name"],
        "status": job["status"],
        "message": job["message"],
        "error_message": job["error_message"],
        "sec_atr_val": job["org_code"],
        "actual_start_date": stamp(call, job["actual_start_us"]),
        "actual_end_date": stamp(call, job["actual_end_us"]),
        "crtd_by": job["_creator"],
        "crtd_dt": stamp(call, job["_created_us"]),
        "updt_dt": stamp(call, job["_modified_us"]),
    }
