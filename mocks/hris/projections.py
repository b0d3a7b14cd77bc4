"""Workers as of a date, as known at a moment, and as the JSON a query runs over; remembered until something commits.

Query language, REST and SOAP all read these, so that no two of them can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from mocks.hris.reports import as_decimal
from mocks.hris.rules_state import counted_at, in_order, state_on
from sandbox.core.ids import wid
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from mocks.hris.system import Hris

_REMEMBERED = 8
_EVENTS = 'SELECT * FROM "event" WHERE "entered_us" <= ? ORDER BY "entered_us", "wid"'


@dataclass(frozen=True, slots=True)
class Standing:
    """A worker on a day, as known at a moment: the events that count, what they come to, and the log.

    ``log`` has every row of the worker entered by then, in order of entry, those rescinded or replaced later too.
    """

    worker: Row
    state: Row
    events: list[Row]
    log: list[Row]


class Projections:
    """The last few projections of one system, by what was committed until then."""

    def __init__(self, mock: Hris) -> None:
        self._mock = mock
        self._standing: dict[tuple[int, date, int | None], list[Standing]] = {}
        self._known: dict[tuple[int, date, int | None], str] = {}

    def forget(self) -> None:
        """The database is another one now."""
        self._standing.clear()
        self._known.clear()

    def standing(self, as_of: date, known_us: int | None, now_us: int) -> list[Standing]:
        """Everybody ever hired, by employee id; ``known_us`` None means now."""
        key = (self._mock.transactions, as_of, known_us)
        found = self._standing.get(key)
        if found is None:
            found = self._standings(as_of, now_us if known_us is None else known_us)
            _remember(self._standing, key, found)
        return found

    def workers(self, as_of: date, known_us: int | None, now_us: int) -> str:
        """A JSON array of workers; ``known_us`` None means now."""
        key = (self._mock.transactions, as_of, known_us)
        text = self._known.get(key)
        if text is None:
            found = self.standing(as_of, known_us, now_us)
            by_employee = {each.worker["employee_id"]: each.worker for each in found}
            rows = [
                self._row(each.worker, each.state, by_employee.get(each.state["manager_employee_id"])) for each in found
            ]
            text = orjson.dumps(rows).decode()
            _remember(self._known, key, text)
        return text

    def _standings(self, as_of: date, known_us: int) -> list[Standing]:
        store = self._mock.store
        logs: dict[str, list[Row]] = {}
        for row in store.select(_EVENTS, (known_us,)):
            logs.setdefault(row["worker_wid"], []).append(row)
        found = []
        for worker in store.find("worker", order='"employee_id"'):
            log = logs.get(worker["wid"], [])
            events = in_order(row for row in log if counted_at(row, known_us))
            state = state_on(events, as_of)
            if state["hire_date"] is not None:
                found.append(Standing(worker, state, events, log))
        return found

    def _row(self, worker: Row, state: Row, manager: Row | None) -> Row:
        return {
            "workdayID": worker["wid"],
            "worker": worker["wid"],
            "worker.descriptor": full_name(worker),
            "employeeID": worker["employee_id"],
            "fullName": full_name(worker),
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
            "manager.descriptor": None if manager is None else full_name(manager),
            "FTE": int(as_decimal(state["fte"]) * 100),
            "onLeave": int(state["on_leave"]),
            "leaveType": state["leave_type"],
            "isRehire": int(state["is_rehire"]),
            **self._mock.worker_fields.of_worker(worker["employee_id"]),
        }

    def _instance(self, kind: str, name: str | None) -> dict[str, str | None]:
        known = name is not None
        made = wid(self._mock.context.seed_label, "hris", kind, name or "") if known else None
        return {kind: made, f"{kind}.descriptor": name}


def _remember(known: dict[Any, Any], key: Any, value: Any) -> None:
    while len(known) >= _REMEMBERED:
        del known[next(iter(known))]
    known[key] = value


def full_name(worker: Row) -> str:
    """First and last name, as it is shown."""
    return f"{worker['first_name']} {worker['last_name']}"
