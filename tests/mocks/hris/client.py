"""Authenticated calls of the HRIS, for tests."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any

from mocks.hris.system import Hris
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.tenants import HrisTenant, HrisWorker
from sandbox.core.wire import Request, Response, dumps

CLIENT = {"authorization": "Basic " + b64encode(b"client:secret").decode()}
EPOCH = epoch_of(date(2026, 1, 12))
BASIC = {"authorization": "Basic " + b64encode(b"ISU_PSA:pw").decode()}
HR = {"x-sandbox-person": "hr@firm.example", "authorization": "Sandbox hr-token"}
BASE = "/ccx/service/customreport2/firm/ISU_PSA/"


def tenant(**settings: Any) -> HrisTenant:
    workers = tuple(
        HrisWorker(
            employee_id=f"W-000{n}",
            first_name=f"First{n}",
            last_name=f"Last{n}",
            email=f"w{n}@firm.example",
            hire_date=date(2024, 5, n),
            grade="consultant",
            company="US",
            location="New York",
            manager_employee_id=None,
        )
        for n in (1, 2)
    )
    return HrisTenant(
        tenant="firm",
        username="ISU_PSA",
        password="pw",
        people={"hr@firm.example": "hr-token"},
        workers=workers,
        **settings,
    )


def make(
    clock: Clock | None = None,
    observer: CommitObserver | None = None,
    faults: FaultPort | None = None,
    **settings: Any,
) -> Hris:
    context = Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults())
    return Hris(context, tenant(**settings))


def report(mock: Hris, name: str = "Workers_Full", **prompts: str) -> list[dict[str, str]]:
    query = "&".join(f"{key}={value}" for key, value in {**prompts, "format": "json"}.items())
    response = mock.handle(Request("GET", BASE + name, query, dict(BASIC)))
    assert response.status == 200, response.body
    entries: list[dict[str, str]] = response.json()["Report_Entry"]
    return entries


def act(mock: Hris, action: str, **form: Any) -> Response:
    return mock.handle(Request("POST", f"/_sandbox/ui/{action}", headers=dict(HR), body=dumps(form)))


def entry_of(mock: Hris, employee_id: str, name: str = "Workers_Full", **prompts: str) -> dict[str, str] | None:
    """The one entry of an employee in a report, None when there is none."""
    return next((each for each in report(mock, name, **prompts) if each["Employee_ID"] == employee_id), None)


def on(mock: Hris, employee_id: str, day: str, **prompts: str) -> dict[str, str]:
    """The entry of an employee as of a day."""
    found = entry_of(mock, employee_id, Effective_as_of_Date=day, **prompts)
    assert found is not None
    return found


def event_of(mock: Hris, action: str, **form: Any) -> str:
    """Do something at a screen; the WID of the event it completed."""
    response = act(mock, action, **form)
    assert response.status == 200, response.body
    wid: str = response.json()["event_wid"]
    return wid


def refused(mock: Hris, action: str, **form: Any) -> tuple[str | None, str]:
    """Field and message of a refusal that stored nothing."""
    before = mock.dump()
    response = act(mock, action, **form)
    assert response.status in (404, 422), response.body
    assert mock.dump() == before
    error = response.json()["errors"][0]
    return error.get("field"), error["message"]
