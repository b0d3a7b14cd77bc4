"""REST about workers: who they are, whom they lead, what was done about them, when they are off.

``common/v1`` and ``staffing/v6`` (hris-workday.md section 4), under both prefixes; see ``Hris.rewrite``. A worker is
shown as of today in the tenant's zone, as known now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from mocks.hris.answers import bounds, check_tenant, collection
from mocks.hris.errors import HrisRefusal
from mocks.hris.organisations import Chart, Organisation
from mocks.hris.projections import Standing, full_name
from mocks.hris.prompts import TENANT_ZONE
from mocks.hris.records import CANCELED, CORRECTED, RESCINDED
from mocks.hris.rules_absence import time_off_wid
from mocks.hris.rules_state import event_wid
from mocks.kit.answers import external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.clock import local_date
from sandbox.core.ids import wid
from sandbox.core.money import round_half_away
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
_COMMON = "/ccx/api/common/v1/<tenant>"
_STAFFING = "/ccx/api/staffing/v6/<tenant>"
_MINUTES_OF_HOUR = 60


class _View:
    """The workers of today, and how they are shown to this client."""

    def __init__(self, call: Call, tenant: str) -> None:
        check_tenant(call, tenant)
        self.call = call
        self.today = local_date(call.mock.context.clock.epoch, call.now_us, TENANT_ZONE)
        self.all: list[Standing] = call.mock.projections.standing(self.today, None, call.now_us)
        self.chart = Chart.of(call.mock.context.seed_label, self.all)

    def one(self, worker_wid: str) -> Standing:
        """A worker by WID, also one who has left; raises HrisRefusal, also for a hire that was rescinded."""
        found = next((each for each in self.all if each.worker["wid"] == worker_wid), None)
        if found is None:
            raise HrisRefusal(404, "The worker was not found.")
        return found

    def active(self) -> list[Standing]:
        """Those employed today."""
        return [each for each in self.all if each.state["active"]]

    def reports_of(self, manager: Standing) -> list[Standing]:
        """Those employed today who report to a worker."""
        employee_id = manager.worker["employee_id"]
        return [each for each in self.active() if each.state["manager_employee_id"] == employee_id]

    def href(self, path: str) -> str:
        """The address of something of the common service."""
        return external_url(self.call.request, f"/ccx/api/common/v1/{self.call.mock.tenant_name}/{path}")

    def instance(self, kind: str, made: str, descriptor: str) -> dict[str, str]:
        """An instance as it stands everywhere: id, descriptor, href."""
        return {"id": made, "descriptor": descriptor, "href": self.href(f"{kind}/{made}")}

    def worker(self, row: Row) -> dict[str, str]:
        """A worker as an instance."""
        return self.instance("workers", row["wid"], full_name(row))

    def organisation(self, each: Organisation) -> dict[str, str]:
        """An organisation as an instance."""
        return self.instance("organizations", each.wid, each.name)

    def named(self, kind: str, name: str | None) -> dict[str, str] | None:
        """Something that has a name alone: a location, a job profile."""
        made = wid(self.call.mock.context.seed_label, "hris", kind, name or "")
        return None if name is None else {"id": made, "descriptor": name}


@ROUTES.add("GET", f"{_COMMON}/workers", "common.workers")
def workers(call: Call, tenant: str) -> Response:
    """Workers employed today, by employee id; ``search`` looks into their names."""
    view = _View(call, tenant)
    leaders = {each.state["manager_employee_id"] for each in view.active()}
    return _page(call, _searched(call, view.active()), lambda each: _common(view, each, leaders))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>", "common.worker")
def worker(call: Call, tenant: str, worker_wid: str) -> Response:
    """A worker, also one who has left."""
    view = _View(call, tenant)
    found = view.one(worker_wid)
    leaders = {found.worker["employee_id"]} if view.reports_of(found) else set()
    return json_response(200, _common(view, found, leaders))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/directReports", "common.direct_reports")
def direct_reports(call: Call, tenant: str, worker_wid: str) -> Response:
    """Who reports to a worker today."""
    view = _View(call, tenant)
    leaders = {each.state["manager_employee_id"] for each in view.active()}
    found = view.reports_of(view.one(worker_wid))
    return _page(call, found, lambda each: _common(view, each, leaders))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/history", "common.history")
def history(call: Call, tenant: str, worker_wid: str) -> Response:
    """Business processes of a worker, oldest first: a corrected one as it stands now, a rescinded one as such."""
    view = _View(call, tenant)
    found = view.one(worker_wid)
    rows = [row for row in found.log if row["status"] != CORRECTED]
    rows.sort(key=lambda row: (row["initiated_us"], row["wid"]))
    return _page(call, rows, lambda row: _process(view, found, row))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/timeOffEntries", "common.time_off")
def time_off_entries(call: Call, tenant: str, worker_wid: str) -> Response:
    """Time off of a worker by day: a corrected entry as it stands now, a canceled one as such."""
    view = _View(call, tenant)
    found = view.one(worker_wid)
    order = '"date", "initiated_us", "wid"'
    rows = call.store.find("time_off", {"worker_wid": worker_wid}, order=order)
    rows = [row for row in rows if row["status"] != CORRECTED]
    return _page(call, rows, lambda row: _entry(view, found, row))


@ROUTES.add("GET", f"{_COMMON}/workers/<worker_wid>/organizations", "common.worker_organizations")
def worker_organizations(call: Call, tenant: str, worker_wid: str) -> Response:
    """The organisations a worker belongs to today."""
    view = _View(call, tenant)
    return _page(call, view.chart.of_worker(view.one(worker_wid).state), lambda each: _organisation(view, each))


@ROUTES.add("GET", f"{_COMMON}/organizations", "common.organizations")
def organizations(call: Call, tenant: str) -> Response:
    """The organisations that somebody employed today belongs to, by name."""
    view = _View(call, tenant)
    found = {each for standing in view.active() for each in view.chart.of_worker(standing.state)}
    ordered = sorted(found, key=lambda each: (each.kind, each.name, each.wid))
    return _page(call, ordered, lambda each: _organisation(view, each))


@ROUTES.add("GET", f"{_STAFFING}/workers", "staffing.workers")
def staffing_workers(call: Call, tenant: str) -> Response:
    """Workers employed today with their primary job."""
    view = _View(call, tenant)
    return _page(call, _searched(call, view.active()), lambda each: _staffing(view, each))


@ROUTES.add("GET", f"{_STAFFING}/workers/<worker_wid>", "staffing.worker")
def staffing_worker(call: Call, tenant: str, worker_wid: str) -> Response:
    """A worker with the primary job, also one who has left."""
    view = _View(call, tenant)
    return json_response(200, _staffing(view, view.one(worker_wid)))


def _page(call: Call, found: Sequence[Any], shown: Any) -> Response:
    return collection(len(found), [shown(each) for each in found[bounds(call)]])


def _searched(call: Call, found: Iterable[Standing]) -> list[Standing]:
    wanted = call.request.params().get("search", "").casefold()
    return [each for each in found if wanted in full_name(each.worker).casefold()]


def _common(view: _View, found: Standing, leaders: set[str | None]) -> dict[str, Any]:
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


def _staffing(view: _View, found: Standing) -> dict[str, Any]:
    row, state = found.worker, found.state
    job = wid(view.call.mock.context.seed_label, "hris", "job", row["wid"])
    return {
        **view.worker(row),
        "workerId": row["employee_id"],
        "workerType": {"id": wid("hris", "worker type", "employee"), "descriptor": "Employee"},
        "primaryJob": {
            "id": job,
            "descriptor": f"{state['grade']} - {full_name(row)}",
            "businessTitle": state["grade"],
            "supervisoryOrganization": view.organisation(view.chart.supervisory(state)),
            "jobProfile": view.named("jobProfile", state["grade"]),
            "location": view.named("location", state["location"]),
        },
    }


def _process(view: _View, found: Standing, row: Row) -> dict[str, Any]:
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


def _entry(view: _View, found: Standing, row: Row) -> dict[str, Any]:
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


def _organisation(view: _View, each: Organisation) -> dict[str, Any]:
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
