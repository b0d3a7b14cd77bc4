"""HRIS connector: Workday's custom report of workers, by entry window."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sandbox.core.client import BasicAuth
from sandbox.core.ports import Ports
from sandbox.engine.canonical import Worker
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller
from sandbox.engine.settings import Settings


class HrisConnector:
    """The HRIS as the engine sees it."""

    def __init__(self, ports: Ports, settings: Settings, policy: Policy, capability: str) -> None:
        auth = BasicAuth(settings.hris_username, settings.hris_password)
        self._caller = Caller(ports, "hris", auth, policy, capability)
        self._base = f"/ccx/service/customreport2/{settings.hris_tenant}/{settings.hris_owner}"

    async def workers(self, as_of: date, updated_from: str | None = None) -> list[Worker]:
        """Workers as of a day; only those entered or changed since an instant when one is given."""
        query = {"Effective_as_of_Date": as_of.isoformat(), "format": "json"}
        report = "Workers_Full"
        if updated_from is not None:
            query["Updated_From"] = updated_from
            report = "Workers_Delta"
        response = await self._caller.send("GET", f"{self._base}/{report}", query=query)
        return [_worker(entry) for entry in response.json()["Report_Entry"]]

    async def absences(self, first: date, last: date) -> dict[tuple[str, str], int]:
        """Minutes of absence by (employee, day), leaves and time off together, from day to day, both included."""
        query = {"From_Date": first.isoformat(), "Through_Date": last.isoformat(), "format": "json"}
        response = await self._caller.send("GET", f"{self._base}/Absence_Days", query=query)
        found: dict[tuple[str, str], int] = {}
        for entry in response.json()["Report_Entry"]:
            at = (entry["Employee_ID"], entry["Date"])
            found[at] = found.get(at, 0) + int(Decimal(entry["Hours"]) * 60)
        return found


def _worker(entry: dict[str, str]) -> Worker:
    last_day = entry.get("Termination_Date")
    return Worker(
        employee_id=entry["Employee_ID"],
        first_name=entry["Legal_First_Name"],
        last_name=entry["Legal_Last_Name"],
        email=entry["Work_Email"],
        grade=entry["Job_Profile"],
        entity=entry["Company"],
        hire_date=date.fromisoformat(entry["Hire_Date"]),
        last_day=date.fromisoformat(last_day) if last_day else None,
        first_hired=date.fromisoformat(entry["Original_Hire_Date"]),
        manager=entry.get("Manager_Employee_ID"),
    )
