"""Rooms to try the engine in, closed when the test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.core.clock import DAY_US, MINUTE_US, Clock
from sandbox.engine.engine import Engine
from sandbox.engine.policy import Policy
from tests.engine.builders import Room, Saved, book, work_off

Opened = Callable[..., Room]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens rooms."""
    rooms: list[Room] = []

    def one(policy: type[Policy] = Policy, clock: Clock | None = None, saved: Saved | None = None) -> Room:
        rooms.append(Room(policy, clock, saved))
        return rooms[-1]

    yield one
    for room in rooms:
        room.close()


@pytest.fixture(scope="session")
def sold_state() -> Saved:
    room = Room()
    for code in ("ENG-01", "ENG-02"):
        for verb in ("sell", "propose", "sign"):
            room.deed(f"{verb} {code}")
    room.close()
    return room.save()


@pytest.fixture(scope="session")
def won_state(sold_state: Saved) -> Saved:
    room = Room(saved=sold_state)
    engine = Engine(room.context)
    room.do(engine._sources["crm.changes"]())
    room.do(engine._sources["hris.workers"]())
    room.do(work_off(room))
    room.close()
    return room.save()


@pytest.fixture(scope="session")
def worked_state(won_state: Saved) -> Saved:
    room = Room(saved=won_state)
    for code, team in (("ENG-01", ["W-0003"]), ("ENG-02", ["W-0002"])):
        room.act("W-0001", "staff", engagement=code, team=team)
    room.wait_until(5 * DAY_US)
    book(room, "W-0003", "ENG-01", "analyst", ("2026-01-21", 400), ("2026-01-22", 400))
    book(room, "W-0002", "ENG-02", "consultant", ("2026-01-21", 480))
    room.wait(MINUTE_US)
    room.close()
    return room.save()


@pytest.fixture(scope="session")
def billed_state(worked_state: Saved) -> Saved:
    room = Room(saved=worked_state)
    engine = Engine(room.context)
    room.do(engine._sources["psa.events"]())
    room.do(work_off(room))
    room.act("finance-uk", "draft_time", engagement="ENG-01", bill="ENG-01 2026-01", through="2026-01-31")
    room.act("finance-uk", "draft_fixed", engagement="ENG-02", bill="ENG-02 instalment 1", amount="2700.00")
    for bill in ("ENG-01 2026-01", "ENG-02 instalment 1"):
        room.act("W-0001", "approve_bill", engagement=bill[:6], bill=bill, invoice_date="2026-01-26")
    room.wait(MINUTE_US)
    room.close()
    return room.save()


@pytest.fixture
def sold(opened: Opened, sold_state: Saved) -> Room:
    """Both deals won in the CRM on the first day; no engine has looked yet."""
    return opened(saved=sold_state)


@pytest.fixture
def won(opened: Opened, won_state: Saved) -> Room:
    """Both deals set up everywhere, everybody a user of the PSA."""
    return opened(saved=won_state)


@pytest.fixture
def worked(opened: Opened, worked_state: Saved) -> Room:
    """Saturday of the first week: three approved cards the engine has not seen."""
    return opened(saved=worked_state)


@pytest.fixture
def billed(opened: Opened, billed_state: Saved) -> Room:
    """All time posted, two pre-bills approved, 1,133.34 of hours and 2,700.00 fixed, that the engine has not seen."""
    return opened(saved=billed_state)


@pytest.fixture
def room(opened: Opened) -> Room:
    """One room, under the reference policy."""
    return opened()
