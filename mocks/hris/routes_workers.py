"""REST about workers: who they are, whom they lead, what was done about them, when they are off.

``common/v1`` and ``staffing/v6`` (hris-workday.md section 4), under both prefixes; see ``Hris.rewrite``. A worker is
shown as of today in the tenant's zone, as known now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from mocks.hris.organisations import Organisation
from mocks.hris.projections import Standing, full_name
from mocks.hris.records import CANCELED, CORRECTED, RESCINDED
from mocks.hris.rest import View, page_of
from mocks.hris.rules_absence import time_off_wid
from mocks.hris.rules_state import event_wid
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.ids import wid
from sandbox.core.money import round_half_away
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
_COMMON = "/ccx/api/common/v1/<tenant>"
_STAFFING = "/ccx/api/staffing/v6/<tenant>"
_MINUTES_OF_HOUR = 60


@ROUTES.add("GET", f"{_COMMON}/workers", "common.workers")
def workers(call: Call, tenant: str) -> Response:
    """Workers employed today, by employee id; ``search`` looks into their names."""
    view = View(call, tenant)
    leaders = {each.state["manager_employee_id"] for each in view.active()}
    return page_of(call, _searched(call, view.active()), lambda each: _common(view, each, leaders))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>", "common.worker")
def worker(call: Call, tenant: str, worker_wid: str) -> Response:
    """A worker, also one who has left."""
    view = View(call, tenant)
    found = view.one(worker_wid)
    leaders = {found.worker["employee_id"]} if view.reports_of(found) else set()
    return json_response(200, _common(view, found, leaders))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/directReports", "common.direct_reports")
def direct_reports(call: Call, tenant: str, worker_wid: str) -> Response:
    """Who reports to a worker today."""
    view = View(call, tenant)
    leaders = {each.state["manager_employee_id"] for each in view.active()}
    found = view.reports_of(view.one(worker_wid))
    return page_of(call, found, lambda each: _common(view, each, leaders))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/history", "common.history")
def history(call: Call, tenant: str, worker_wid: str) -> Response:
    """Business processes of a worker, oldest first: a corrected one as it stands now, a rescinded one as such."""
    view = View(call, tenant)
    found = view.one(worker_wid)
    rows = [row for row in found.log if row["status"] != CORRECTED]
    rows.sort(key=lambda row: (row["initiated_us"], row["wid"]))
    return page_of(call, rows, lambda row: _process(view, found, row))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/timeOffEntries", "common.time_off")
def time_off_entries(call: Call, tenant: str, worker_wid: str) -> Response:
    """Time off of a worker by day: a corrected entry as it stands now, a canceled one as such."""
    view = View(call, tenant)
    found = view.one(worker_wid)
    order = '"date", "initiated_us", "wid"'
    rows = call.store.find("time_off", {"worker_wid": worker_wid}, order=order)
    rows = [row for row in rows if row["status"] != CORRECTED]
    return page_of(call, rows, lambda row: _entry(view, found, row))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/organizations", "common.worker_organizations")
def worker_organizations(call: Call, tenant: str, worker_wid: str) -> Response:
    """The organisations a worker belongs to today."""
    view = View(call, tenant)
    return page_of(call, view.chart.of_worker(view.one(worker_wid).state), lambda each: _organisation(view, each))


@ROUTES.add("GET", f"{_COMMON}/organizations", "common.organizations")
def organizations(call: Call, tenant: str) -> Response:
    """The organisations that somebody employed today belongs to, by name."""
    view = View(call, tenant)
    return page_of(call, view.chart.all(), lambda each: _organisation(view, each))


@ROUTES.add("GET", f"{_STAFFING}/workers", "staffing.workers")
def staffing_workers(call: Call, tenant: str) -> Response:
    """Workers employed today with their primary job."""
    view = View(call, tenant)
    return page_of(call, _searched(call, view.active()), lambda each: _staffing(view, each))


@ROUTES.add("GET", f"{_STAFFING}/workers/<worker_wid>", "staffing.worker")
def staffing_worker(call: Call, tenant: str, worker_wid: str) -> Response:
    """A worker with the primary job, also one who has left."""
    view = View(call, tenant)
    return json_response(200, _staffing(view, view.one(worker_wid)))


@ROUTES.add("GET", f"{_STAFFING}/jobs", "staffing.jobs")
def jobs(call: Call, tenant: str) -> Response:
    """The jobs held today, one per worker."""
    view = View(call, tenant)
    return page_of(call, view.active(), lambda each: {**_job(view, each), "worker": view.worker(each.worker)})


@ROUTES.add("GET", f"{_STAFFING}/jobProfiles", "staffing.job_profiles")
def job_profiles(call: Call, tenant: str) -> Response:
    """The job profiles held today, by name."""
    view = View(call, tenant)
    names = sorted({each.state["grade"] for each in view.active()})
    return page_of(call, names, lambda name: {**(view.named("jobProfile", name) or {}), "inactive": False})


def _searched(call: Call, found: Iterable[Standing]) -> list[Standing]:
    wanted = call.request.params().get("search", "").casefold()
    return [each for each in found if wanted in full_name(each.worker).casefold()]


def _common(view: View, found: Standing, leaders: set[str | None]) -> dict[str, Any]:
    row, state = found.worker, found.state
    return {
        **view.worker(row),
        "businessTitle": state["grade"],
        "primaryWorkEmail": row["email"],
        "isManager": row["employee_id"] in leaders,
        "primarySupervisoryOrganization": view.organisation(view.chart.supervisory(state)),
        "location": view.named("location", state["location"]),
        "yearsOfService": _years(state["hire_date"], view.today),
    }


def _staffing(view: View, found: Standing) -> dict[str, Any]:
    row = found.worker
    return {
        **view.worker(row),
        "workerId": row["employee_id"],
        "workerType": {"id": wid("hris", "worker type", "employee"), "descriptor": "Employee"},
        "primaryJob": _job(view, found),
    }


def _job(view: View, found: Standing) -> dict[str, Any]:
    state = found.state
    return {
        "id": wid(view.call.mock.context.seed_label, "hris", "job", found.worker["wid"]),
        "descriptor": f"{state['grade']} - {full_name(found.worker)}",
        "businessTitle": state["grade"],
        "supervisoryOrganization": view.organisation(view.chart.supervisory(state)),
        "jobProfile": view.named("jobProfile", state["grade"]),
        "location": view.named("location", state["location"]),
    }


def _process(view: View, found: Standing, row: Row) -> dict[str, Any]:
    made, setup = event_wid(row), view.call.mock.setup
    mark = " (Rescinded)" if row["status"] == RESCINDED else " (Corrected)" if row["corrects_wid"] else ""
    initiator = wid(view.call.mock.context.seed_label, "hris", "initiator", row["initiator"])
    return {
        "id": made,
        "descriptor": f"{row['process']}: {full_name(found.worker)}{mark}",
        "href": view.href(f"workers/{found.worker['wid']}/history/{made}"),
        "subject": view.worker(found.worker),
        "initiator": {"id": initiator, "descriptor": row["initiator"]},
        "initiated": setup.stamp(row["initiated_us"]),
        "effective": row["effective_date"],
    }


def _entry(view: View, found: Standing, row: Row) -> dict[str, Any]:
    label, made = view.call.mock.context.seed_label, time_off_wid(row)
    hours = round_half_away(Decimal(row["minutes"]) / _MINUTES_OF_HOUR, 2)
    corrected = "Corrected" if row["corrects_wid"] else "Approved"
    return {
        "id": made,
        "descriptor": f"{row['type']} on {row['date']}",
        "date": row["date"],
        "units": hours,
        "unitOfTime": {"id": wid(label, "hris", "unit", "Hours"), "descriptor": "Hours"},
        "employee": view.worker(found.worker),
        "timeOff": {
            "descriptor": row["type"],
            "plan": {"id": wid(label, "hris", "plan", row["type"]), "descriptor": row["type"]},
        },
        "timeOffRequest": {"id": made, "status": CANCELED if row["status"] == CANCELED else corrected},
    }


def _organisation(view: View, each: Organisation) -> dict[str, Any]:
    return {
        **view.organisation(each),
        "code": each.code,
        "organizationType": {
            "id": wid("hris", "organisation type", each.kind),
            "descriptor": each.kind.capitalize(),
        },
    }


def _years(hire_date: str, today: date) -> int:
    hired = date.fromisoformat(hire_date)
    return max(today.year - hired.year - ((today.month, today.day) < (hired.month, hired.day)), 0)
