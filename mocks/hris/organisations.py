"""The organisations a worker belongs to: the company, and the supervisory organisation of the manager.

Nobody keeps organisations in this tenant; each derives from what workers say of themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mocks.hris.projections import Standing, full_name
from sandbox.core.ids import wid
from sandbox.core.observe import Row

SUPERVISORY, COMPANY = "SUPERVISORY", "COMPANY"
_NOBODYS = "Supervisory Organization of the Board"


@dataclass(frozen=True, slots=True)
class Organisation:
    """``wid``, type by its reference id, the code an integration keys on, the name a person reads.

    ``manager`` is the employee id of who leads it.
    """

    wid: str
    kind: str
    code: str
    name: str
    manager: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Who belongs where among these workers."""

    seed_label: str
    workers: Mapping[str, Row]
    states: Mapping[str, Row]

    @classmethod
    def of(cls, seed_label: str, standing: Iterable[Standing]) -> Chart:
        """The chart of some workers; managers are looked up among them."""
        known = {each.worker["employee_id"]: each for each in standing}
        workers = {employee_id: each.worker for employee_id, each in known.items()}
        return cls(seed_label, workers, {employee_id: each.state for employee_id, each in known.items()})

    def manager(self, state: Row) -> Row | None:
        """The worker's manager, None for whoever reports to nobody known."""
        return self.workers.get(state["manager_employee_id"])

    def company(self, state: Row) -> Organisation | None:
        """The company a worker is employed by."""
        code = state["company"]
        if code is None:
            return None
        # The same WID as in the query language.
        return Organisation(wid(self.seed_label, "hris", "company", code), COMPANY, code, code)

    def supervisory(self, state: Row) -> Organisation:
        """The organisation of the worker's manager, or the one at the top."""
        manager = self.manager(state)
        code = "TOP" if manager is None else manager["employee_id"]
        name = _NOBODYS if manager is None else f"Supervisory Organization of {full_name(manager)}"
        made = wid(self.seed_label, "hris", "supervisory", code)
        led_by = None if manager is None else manager["employee_id"]
        return Organisation(made, SUPERVISORY, f"SUP_{code}", name, led_by)

    def all(self) -> list[Organisation]:
        """Those that somebody employed on the day belongs to, by type and name."""
        found = {each for state in self.states.values() if state["active"] for each in self.of_worker(state)}
        return sorted(found, key=lambda each: (each.kind, each.name, each.wid))

    def of_worker(self, state: Row) -> list[Organisation]:
        """Both, the supervisory one first."""
        company = self.company(state)
        return [self.supervisory(state), *([company] if company is not None else [])]
