"""Workers as of a date, as known at a moment, as the JSON a query runs over; remembered until something commits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import orjson

from mocks.hris.prompts import Prompts
from mocks.hris.reports import Run, as_decimal, touched
from mocks.hris.rules_state import state_on
from sandbox.core.ids import wid
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from mocks.hris.system import Hris

_REMEMBERED = 8


class Projections:
    """The last few projections of one system, by what was committed until then."""

    def __init__(self, mock: Hris) -> None:
        self._mock = mock
        self._known: dict[tuple[int, date, int | None], str] = {}

    def forget(self) -> None:
        """The database is another one now."""
        self._known.clear()

    def workers(self, as_of: date, known_us: int | None, now_us: int) -> str:
        """A JSON array of workers; ``known_us`` None means now."""
        key = (self._mock.transactions, as_of, known_us)
        text = self._known.get(key)
        if text is None:
            text = self._project(as_of, now_us if known_us is None else known_us)
            while len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = text
        return text

    def _project(self, as_of: date, known_us: int) -> str:
        run = Run(self._mock.store, self._mock.setup, Prompts(as_of, known_us, None, None), {})
        found = [(worker, state_on(events, as_of)) for worker, events, _ in touched(run)]
        by_employee = {worker["employee_id"]: worker for worker, _ in found}
        rows = [
            self._row(worker, state, by_employee.get(state["manager_employee_id"]))
            for worker, state in found
            if state["hire_date"] is not None
        ]
        return orjson.dumps(rows).decode()

    def _row(self, worker: Row, state: Row, manager: Row | None) -> Row:
        return {
            "workdayID": worker["wid"],
            "worker": worker["wid"],
            "worker.descriptor": _full_name(worker),
            "employeeID": worker["employee_id"],
            "fullName": _full_name(worker),
            "firstName": worker["first_name"],
            "lastName": worker["last_name"],
            "email_Work": worker["email"],
            "employeeType": "Regular",
            "workerActive": int(state["active"]),
            "hireDate": state["hire_date"],
            "originalHireDate": state["original_hire_date"],
            "terminationDate": state["termination_date"],
            "jobTitle": state["grade"],
            **self._instance("company", state["company"]),
            **self._instance("location", state["location"]),
            "manager": None if manager is None else manager["wid"],
            "manager.descriptor": None if manager is None else _full_name(manager),
            "FTE": int(as_decimal(state["fte"]) * 100),
            "onLeave": int(state["on_leave"]),
            "leaveType": state["leave_type"],
            "isRehire": int(state["is_rehire"]),
        }

    def _instance(self, kind: str, name: str | None) -> dict[str, str | None]:
        known = name is not None
        made = wid(self._mock.context.seed_label, "hris", kind, name or "") if known else None
        return {kind: made, f"{kind}.descriptor": name}


def _full_name(worker: Row) -> str:
    return f"{worker['first_name']} {worker['last_name']}"
