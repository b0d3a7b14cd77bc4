"""The sweep that finds what the feed lost, and events that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.damage import NoFaults
from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.flows.unreadable import UnreadableFlow
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Refused, Unavailable
from sandbox.engine.store import Work
from tests.engine.builders import Room, Saved, answered, book, work_off
from tests.engine.conftest import Opened
from tests.engine.flows.cards import entry_on, look, posted, sync

# -- the sweep ---------------------------------------------------------------------------------------------------------


def sweep(room: Room) -> list[Work]:
    room.do(TimeFlow(room.context).sweep())
    return room.do(room.store.due_work(room.kernel.now_us(), 100))


def test_the_sweep_queues_what_the_feed_lost_and_notes_the_totals(worked: Room) -> None:
    lost = entry_on(worked, "2026-01-22")["id"]
    for each in look(worked):
        if each.key != lost:
            worked.do(TimeFlow(worked.context).handle(each))
        worked.do(worked.store.finish_work(each))
    assert [each.key for each in sweep(worked)] == [lost]
    worked.do(work_off(worked))
    assert f"PSA-T-{lost}" in posted(worked)
    assert worked.notes.events("sweep") == [{"event": "sweep", "count": 3, "minutes": 1280, "missing": 1}]
    assert sweep(worked) == []


def test_the_first_sweep_reaches_back_three_days(worked: Room) -> None:
    # Approved on the fifth day at midnight; a look reads back ten minutes more.
    worked.wait_until(8 * DAY_US + 10 * MINUTE_US - SECOND_US)
    assert len(sweep(worked)) == 3


def test_a_first_sweep_later_than_that_finds_nothing(worked: Room) -> None:
    worked.wait_until(8 * DAY_US + 10 * MINUTE_US)
    assert sweep(worked) == []


def test_a_sweep_reaches_back_to_the_last_that_came_through(worked: Room) -> None:
    worked.wait_until(8 * DAY_US)
    assert len(sweep(worked)) == 3
    worked.do(work_off(worked))
    worked.wait(HOUR_US)
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-26", 60))
    worked.wait(4 * DAY_US)
    worked.wire.always("psa", "GET", "/time_entries", answered(503))
    assert isinstance(worked.fails(TimeFlow(worked.context).sweep()), Unavailable)
    worked.wait(DAY_US)
    worked.wire.heal()
    assert [each.key for each in sweep(worked)] == [entry_on(worked, "2026-01-26")["id"]]
    worked.do(work_off(worked))
    assert worked.notes.events("sweep")[-1] == {"event": "sweep", "count": 1, "minutes": 60, "missing": 1}


def test_the_sweep_finds_what_changed_and_what_was_taken_back_without_an_event(worked: Room) -> None:
    sync(worked)
    changed = entry_on(worked, "2026-01-22")
    card = worked.do(worked.store.timecard(changed["id"]))
    assert card is not None
    worked.do(worked.store.put_timecard(replace(card, minutes=1)))
    assert [each.key for each in sweep(worked)] == [changed["id"]]
    worked.do(work_off(worked))
    assert sweep(worked) == []
    worked.act("W-0001", "reject", engagement="ENG-01", person="W-0003", title="ENG-01 W-0003 2026-01-21")
    # No look at the feed: the sweep alone has to find it.
    assert {each.key for each in sweep(worked)} >= {changed["id"]}
    worked.do(work_off(worked))
    assert worked.do(worked.store.timecard(changed["id"])) is None
    assert sweep(worked) == []


# -- torn events -------------------------------------------------------------------------------------------------------


class Torn(NoFaults):
    """Everything about time goes out torn."""

    def unreadable(self, system: str, stream: str, event_ids: Sequence[str]) -> Set[str]:
        return set(event_ids)


def test_a_torn_event_is_given_up_by_name_and_the_sweep_finds_what_it_was_about(worked: Room) -> None:
    worked.systems["psa"].context.faults = Torn()
    queued = look(worked)
    entries = {row["id"] for row in worked.rows("psa", "time_entry")}
    assert {each.key for each in queued if each.flow == "time"} == entries
    torn = [each for each in queued if each.flow == "event"]
    assert torn
    assert all(each.key.startswith("psa/") and "no id" in each.payload["problem"] for each in torn)
    failed = worked.fails(UnreadableFlow().handle(torn[0]))
    assert isinstance(failed, Refused)
    assert failed.message == f"cannot be read: {torn[0].payload['problem']}"
    # Taken once, however often it goes out.
    for each in queued:
        worked.do(worked.store.finish_work(each))
    assert [each for each in look(worked) if each.flow == "event"] == []


def test_an_engine_that_skips_what_it_cannot_read_tells_nobody(opened: Opened, worked_state: Saved) -> None:
    class Careless(Policy):
        def skips_unreadable(self) -> bool:
            return True

    room = opened(Careless, saved=worked_state)
    room.systems["psa"].context.faults = Torn()
    assert [each for each in look(room) if each.flow == "event"] == []


def test_an_engine_for_which_old_news_is_none_passes_over_a_late_event(opened: Opened, worked_state: Saved) -> None:
    class Hurried(Policy):
        def old_news_after_us(self) -> int | None:
            return HOUR_US

    patient, hurried = opened(saved=worked_state), opened(Hurried, saved=worked_state)
    (changed_us,) = {each.changed_us for each in patient.do(patient.context.psa.changes("2026-01-24T00:00:00Z"))}
    patient.wait_until(changed_us + HOUR_US + 1)
    hurried.wait_until(changed_us + HOUR_US)
    assert len(look(patient)) == len(look(hurried)) == 3
    late = opened(Hurried, saved=worked_state)
    late.wait_until(changed_us + HOUR_US + 1)
    assert look(late) == []


def test_an_engine_that_does_not_sweep_asks_nothing(opened: Opened, worked_state: Saved) -> None:
    class Careless(Policy):
        def sweeps(self) -> bool:
            return False

    room = opened(Careless, saved=worked_state)
    assert sweep(room) == []
    assert room.wire.log == []


def test_an_engine_that_forgets_events_takes_them_again(opened: Opened, worked_state: Saved) -> None:
    class Forgetful(Policy):
        def forgets_events(self) -> bool:
            return True

    room = opened(Forgetful, saved=worked_state)
    sync(room)
    assert len(look(room)) == 3
