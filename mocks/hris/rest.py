"""What REST shows of today: workers as of today in the tenant's zone as known now, and how things are written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from mocks.hris.answers import bounds, check_tenant, collection
from mocks.hris.errors import HrisRefusal
from mocks.hris.organisations import Chart, Organisation
from mocks.hris.projections import Standing, full_name
from mocks.hris.prompts import TENANT_ZONE
from mocks.kit.answers import external_url
from mocks.kit.app import Call
from sandbox.core.clock import local_date
from sandbox.core.ids import wid
from sandbox.core.observe import Row
from sandbox.core.wire import Response

_T = TypeVar("_T")


class View:
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


def page_of(call: Call, found: Sequence[_T], shown: Callable[[_T], dict[str, Any]]) -> Response:
    """The page of what was found that the client asks for."""
    return collection(len(found), [shown(each) for each in found[bounds(call)]])
