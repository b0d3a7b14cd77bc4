"""Names in what happens to people: who moves, who manages, and what is taken back or corrected."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from sandbox.firm.mistakes import Mistake, Path, unknown
from sandbox.plan import Correction, Rescission, Workforce


def in_changes(workforce: Workforce, entities: Collection[str], workers: Collection[str]) -> Iterator[Mistake]:
    """Transfers, rehires, leaves, time off, rescissions and corrections."""
    named = {
        "transfers": [each.employee_id for each in workforce.transfers],
        "rehires": [each.employee_id for each in workforce.rehires],
        "leaves": [each.employee_id for each in workforce.leaves],
        "time_off": [each.employee_id for each in workforce.time_off],
    }
    for kind, people in named.items():
        for index, person in enumerate(people):
            yield from unknown(("workforce", kind, index, "employee_id"), "employee", person, workers)
    yield from _in_transfers(workforce, entities)
    yield from _in_managers(workforce, workers)
    yield from _in_rehires(workforce)
    yield from _in_amendments(workforce)


def _in_transfers(workforce: Workforce, entities: Collection[str]) -> Iterator[Mistake]:
    for index, transfer in enumerate(workforce.transfers):
        path: Path = ("workforce", "transfers", index)
        if transfer.entity is not None:
            yield from unknown((*path, "entity"), "entity", transfer.entity, entities)
        elif transfer.location is None and transfer.manager is None:
            message = f"{transfer.employee_id} moves nowhere: name an entity, a location or a manager"
            yield Mistake((*path, "employee_id"), message, transfer.employee_id)


def _in_managers(workforce: Workforce, workers: Collection[str]) -> Iterator[Mistake]:
    managed = {
        "hires": [each.manager for each in workforce.hires],
        "transfers": [each.manager for each in workforce.transfers],
        "rehires": [each.manager for each in workforce.rehires],
    }
    for kind, managers in managed.items():
        for index, manager in enumerate(managers):
            if manager is not None:
                yield from unknown(("workforce", kind, index, "manager"), "employee", manager, workers)


def _in_rehires(workforce: Workforce) -> Iterator[Mistake]:
    ends = [(leave.employee_id, leave.last_day) for leave in workforce.leavers]
    for index, again in enumerate(workforce.rehires):
        if not any(who == again.employee_id and last < again.effective for who, last in ends):
            message = f"{again.employee_id} has not left before {again.effective}"
            yield Mistake(("workforce", "rehires", index, "effective"), message, again.employee_id)


def _in_amendments(workforce: Workforce) -> Iterator[Mistake]:
    """What is taken back or corrected was entered before."""
    entered: dict[str, dict[tuple[str, date], date]] = {
        "hire": {(each.employee_id, each.effective): each.entered for each in workforce.hires},
        "promotion": {(each.employee_id, each.effective): each.entered for each in workforce.promotions},
        "transfer": {(each.employee_id, each.effective): each.entered for each in workforce.transfers},
        "leaver": {(each.employee_id, each.last_day): each.entered for each in workforce.leavers},
        "leave": {(each.employee_id, each.first_day): each.entered for each in workforce.leaves},
    }
    amendments: list[tuple[str, int, Rescission | Correction]] = [
        *(("rescissions", index, each) for index, each in enumerate(workforce.rescissions)),
        *(("corrections", index, each) for index, each in enumerate(workforce.corrections)),
    ]
    for kind, index, each in amendments:
        since = entered[each.event].get((each.employee_id, each.effective))
        path: Path = ("workforce", kind, index)
        if since is None:
            message = f"there is no {each.event} of {each.employee_id} on {each.effective}"
            yield Mistake((*path, "effective"), message, each.employee_id)
        elif each.entered < since:
            message = f"the {each.event} of {each.employee_id} is entered on {since}, after that"
            yield Mistake((*path, "entered"), message, each.employee_id)
