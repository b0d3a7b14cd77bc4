"""The engine's memory: work and its generations, lanes, tiers, watermarks, dead letters, and what a kill leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandbox.core.kernel import Killed
from sandbox.engine.store import DeadLetter, NewWork, Store, Timecard, Work

T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T]) -> T:
    """The result of a store method, which never waits for anything."""
    try:
        coro.send(None)
    except StopIteration as ended:
        value: T = ended.value
        return value
    raise AssertionError("a store method waits for something")


def due(store: Store, now_us: int, limit: int = 10) -> list[tuple[str, str]]:
    return [(work.flow, work.lane) for work in run(store.due_work(now_us, limit))]


def only(store: Store, now_us: int = 10**9) -> Work:
    (work,) = run(store.due_work(now_us, 10))
    return work


def letter(key: str = "TE-1", raised_us: int = 500, payload: Any = None) -> DeadLetter:
    return DeadLetter(f"time {key}", "time", key, "no item ROLE-ADVISOR", "finance", "240 min", raised_us, 900, payload)


@pytest.fixture
def store() -> Store:
    return Store()


# -- taking in ---------------------------------------------------------------------------------------------------------


def test_events_that_were_taken_are_not_unseen_again_and_come_once_in_order(store: Store) -> None:
    run(store.take("psa.events", ["e2"], [], None, 0))
    assert run(store.unseen("psa.events", ["e3", "e2", "e1", "e3"])) == ["e3", "e1"]


def test_an_event_id_belongs_to_its_source(store: Store) -> None:
    run(store.take("psa.events", ["e1"], [], None, 0))
    assert run(store.unseen("crm.changes", ["e1"])) == ["e1"]


def test_asking_what_is_unseen_does_not_take_it(store: Store) -> None:
    assert run(store.unseen("psa.events", ["e1"])) == ["e1"]
    assert run(store.unseen("psa.events", ["e1"])) == ["e1"]


def test_a_take_stores_events_work_and_watermark_together(store: Store) -> None:
    run(store.take("psa.events", ["e1"], [NewWork("time", "TE-1", "TE-1", {"minutes": 400})], "2026-01-19", 7))
    assert run(store.unseen("psa.events", ["e1"])) == []
    assert run(store.watermark("psa.events")) == "2026-01-19"
    assert only(store) == Work("time", "TE-1", "TE-1", {"minutes": 400}, 0, 0, 7)


def test_a_take_that_fails_half_way_leaves_nothing(store: Store) -> None:
    run(store.take("psa.events", ["e0"], [], "before", 0))
    # The second payload is no JSON: by then one event and one piece of work are written.
    work = [NewWork("time", "TE-1", "TE-1"), NewWork("time", "TE-2", "TE-2", object())]
    with pytest.raises(TypeError):
        run(store.take("psa.events", ["e1"], work, "after", 0))
    assert run(store.unseen("psa.events", ["e1"])) == ["e1"]
    assert run(store.due_work(10, 10)) == []
    assert run(store.watermark("psa.events")) == "before"


def test_a_take_of_nothing_moves_the_watermark_alone(store: Store) -> None:
    run(store.take("crm.changes", [], [], "41", 0))
    assert run(store.watermark("crm.changes")) == "41"
    run(store.take("crm.changes", [], [], None, 0))
    assert run(store.watermark("crm.changes")) == "41"


def test_a_take_without_a_watermark_leaves_it_where_it_was(store: Store) -> None:
    run(store.take("crm.changes", ["e1"], [], "41", 0))
    run(store.take("crm.changes", ["e2"], [NewWork("project", "006", "006")], None, 0))
    assert run(store.watermark("crm.changes")) == "41"


def test_a_source_nobody_read_has_no_watermark(store: Store) -> None:
    run(store.take("crm.changes", ["e1"], [], "41", 0))
    assert run(store.watermark("psa.events")) is None


# -- work --------------------------------------------------------------------------------------------------------------


def test_the_urgent_tier_goes_first_then_the_longest_waiting(store: Store) -> None:
    run(store.add_work(NewWork("cash", "old", "old", tier=1), 10))
    run(store.add_work(NewWork("time", "young", "young"), 30))
    run(store.add_work(NewWork("time", "older", "older"), 20))
    assert due(store, 30) == [("time", "older"), ("time", "young"), ("cash", "old")]
    assert due(store, 30, limit=2) == [("time", "older"), ("time", "young")]


def test_work_is_not_due_before_its_time(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1", due_us=100), 10))
    assert due(store, 99) == []
    assert due(store, 100) == [("time", "TE-1")]
    assert run(store.next_due_after(99)) == 100
    assert run(store.next_due_after(100)) is None
    assert (run(store.pending(99)), run(store.pending(100))) == (0, 1)
    assert store.waiting() == 1


def test_a_due_time_in_the_past_means_now(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1", due_us=5), 50))
    assert run(store.next_due_after(49)) == 50


def test_the_next_due_time_is_the_earliest_that_lies_ahead(store: Store) -> None:
    for due_us in (300, 100, 200):
        run(store.add_work(NewWork("time", str(due_us), "k", due_us=due_us), 0))
    assert run(store.next_due_after(100)) == 200


def test_news_about_a_lane_replaces_what_is_to_be_done_and_is_as_young_as_it_is(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"minutes": 400}), 10))
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"minutes": 300}), 20))
    assert only(store) == Work("time", "TE-1", "TE-1", {"minutes": 300}, 1, 0, 20)


def test_the_same_lane_of_another_flow_is_other_work(store: Store) -> None:
    run(store.add_work(NewWork("time", "1", "1"), 0))
    run(store.add_work(NewWork("billing", "1", "1"), 0))
    assert due(store, 0) == [("billing", "1"), ("time", "1")]


def test_done_work_is_gone(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1"), 0))
    run(store.finish_work(only(store)))
    assert store.waiting() == 0


def test_news_that_came_while_work_was_under_way_runs_it_again(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"minutes": 400}), 10))
    under_way = only(store)
    run(store.postpone_work(under_way, 5_000))
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"minutes": 300}, due_us=4_000), 20))
    run(store.finish_work(under_way))
    again = only(store, now_us=20)
    assert again.payload == {"minutes": 300}
    assert (again.generation, again.attempts) == (1, 0)
    run(store.finish_work(again))
    assert store.waiting() == 0


def test_what_only_repeats_known_work_does_not_run_it_again(store: Store) -> None:
    run(store.add_work(NewWork("revenue", "17", "17", is_news=False), 10))
    under_way = only(store)
    run(store.add_work(NewWork("revenue", "17", "17", is_news=False), 20))
    run(store.finish_work(under_way))
    assert store.waiting() == 0


def test_a_repeat_of_postponed_work_does_not_call_it_back(store: Store) -> None:
    run(store.add_work(NewWork("revenue", "17", "17", is_news=False), 10))
    run(store.postpone_work(only(store), 900))
    run(store.add_work(NewWork("revenue", "17", "17", is_news=False), 20))
    assert due(store, 899) == []


def test_news_calls_postponed_work_back(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1"), 10))
    run(store.postpone_work(only(store), 900))
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"role": "analyst"}), 20))
    assert only(store, now_us=20).payload == {"role": "analyst"}


def test_every_postponement_counts_as_an_attempt(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1"), 10))
    for attempt in range(3):
        assert only(store).attempts == attempt
        run(store.postpone_work(only(store), 100 + attempt))
    assert run(store.next_due_after(0)) == 102


# -- dead letters ------------------------------------------------------------------------------------------------------


def test_buried_work_becomes_a_letter_with_all_that_is_needed_to_try_again(store: Store) -> None:
    payload = {"minutes": 240, "role": "advisor", "on": "2026-01-22"}
    run(store.add_work(NewWork("time", "TE-1", "TE-1", payload), 10))
    run(store.bury_work(only(store), letter(payload=payload)))
    assert store.waiting() == 0
    assert run(store.dead_letters()) == store.letters() == [letter(payload=payload)]


def test_letters_come_oldest_first(store: Store) -> None:
    for key, raised_us in (("TE-2", 300), ("TE-3", 100), ("TE-1", 300)):
        run(store.bury_work(Work("time", key, key, None, 0, 0, 0), letter(key, raised_us)))
    assert [each.key for each in store.letters()] == ["TE-3", "TE-1", "TE-2"]


def test_the_same_work_buried_again_is_one_letter(store: Store) -> None:
    work = Work("time", "TE-1", "TE-1", None, 0, 0, 0)
    run(store.bury_work(work, letter(raised_us=1)))
    run(store.bury_work(work, replace(letter(raised_us=2), reason="closed period")))
    assert [each.reason for each in store.letters()] == ["closed period"]


def test_news_that_came_while_work_was_refused_is_still_to_be_done(store: Store) -> None:
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"role": "advisor"}), 10))
    refused = only(store)
    run(store.add_work(NewWork("time", "TE-1", "TE-1", {"role": "analyst"}), 20))
    run(store.bury_work(refused, letter()))
    assert only(store, now_us=20).payload == {"role": "analyst"}


def test_a_letter_that_was_resolved_is_gone(store: Store) -> None:
    for key in ("TE-1", "TE-2"):
        run(store.bury_work(Work("time", key, key, None, 0, 0, 0), letter(key)))
    run(store.finish_work(Work("time", "TE-1", "TE-1", None, 0, 0, 0)))
    assert [each.key for each in store.letters()] == ["TE-2"]


# -- who is who, effects, documents, time ------------------------------------------------------------------------------


def test_a_thing_has_one_native_id_per_system_and_is_found_by_it(store: Store) -> None:
    run(store.link("engagement", "ENG-01", "psa", "1929758"))
    run(store.link("engagement", "ENG-01", "erp", "360077902"))
    assert run(store.native("engagement", "ENG-01", "psa")) == "1929758"
    assert run(store.native("engagement", "ENG-01", "erp")) == "360077902"
    assert run(store.ref("psa", "engagement", "1929758")) == "ENG-01"
    assert run(store.ref("erp", "engagement", "1929758")) is None
    assert run(store.ref("psa", "line", "1929758")) is None
    assert run(store.native("engagement", "ENG-02", "psa")) is None


def test_a_link_made_again_replaces_the_native_id(store: Store) -> None:
    run(store.link("worker", "W-0001", "psa", "1"))
    run(store.link("worker", "W-0001", "psa", "2"))
    assert run(store.native("worker", "W-0001", "psa")) == "2"
    assert run(store.ref("psa", "worker", "1")) is None


def test_an_effect_is_new_then_begun_then_done(store: Store) -> None:
    assert run(store.begin_effect("psa client CL-001")) == (False, None)
    assert run(store.begin_effect("psa client CL-001")) == (True, None)
    run(store.end_effect("psa client CL-001", "2310342"))
    assert run(store.begin_effect("psa client CL-001")) == (True, "2310342")
    assert run(store.begin_effect("psa client CL-002")) == (False, None)


def test_what_was_sent_last_is_remembered(store: Store) -> None:
    assert run(store.sent("worker W-0001")) is None
    run(store.mark_sent({"worker W-0001": "a", "worker W-0002": "b"}))
    run(store.mark_sent({"worker W-0001": "c"}))
    assert (run(store.sent("worker W-0001")), run(store.sent("worker W-0002"))) == ("c", "b")
    many = [f"worker W-{number:04}" for number in range(2500)]
    assert run(store.all_sent(many)) == {"worker W-0001": "c", "worker W-0002": "b"}
    assert run(store.all_sent([])) == {}


def test_documents_are_kept_by_kind_and_read_back_as_written(store: Store) -> None:
    run(store.put_document("deal", "ENG-02", {"lines": {"ENG-02-L1": {"price": "9000.00"}}}))
    run(store.put_document("deal", "ENG-01", {"lines": {}}))
    run(store.put_document("invoice", "ENG-01", {"net": "1.00"}))
    run(store.put_document("deal", "ENG-01", {"lines": {"ENG-01-L1": {}}}))
    assert run(store.document("deal", "ENG-02")) == {"lines": {"ENG-02-L1": {"price": "9000.00"}}}
    assert run(store.document("deal", "ENG-03")) is None
    assert list(run(store.documents("deal"))) == ["ENG-01", "ENG-02"]
    assert run(store.documents("deal"))["ENG-01"] == {"lines": {"ENG-01-L1": {}}}


def card(entry_id: str, line: str = "ENG-01-L1", period: str = "2026-01", **changed: Any) -> Timecard:
    whole = {
        "entry_id": entry_id, "engagement": "ENG-01", "line": line, "period": period, "minutes": 400,
        "value": 5_666_700, "billable": True, "posted": False, **changed,
    }  # fmt: skip
    return Timecard(**whole)


def test_a_timecard_is_read_back_as_it_was_put_and_marked_posted_alone(store: Store) -> None:
    run(store.put_timecard(card("TE-1")))
    run(store.put_timecard(card("TE-2", billable=False, value=0)))
    run(store.mark_posted("TE-1"))
    assert run(store.timecard("TE-1")) == card("TE-1", posted=True)
    assert run(store.timecard("TE-2")) == card("TE-2", billable=False, value=0)
    assert run(store.timecard("TE-3")) is None


def test_time_is_totalled_per_line_and_posting_period_in_order(store: Store) -> None:
    run(store.put_timecard(card("TE-1", minutes=400, value=5_666_700)))
    run(store.put_timecard(card("TE-2", minutes=60, value=850_000)))
    run(store.put_timecard(card("TE-3", period="2026-02", minutes=30, value=425_000)))
    run(store.put_timecard(card("TE-4", line="ENG-02-L1", period="2026-02", minutes=480, value=0)))
    run(store.put_timecard(card("TE-2", minutes=90, value=1_275_000)))
    assert run(store.time_totals()) == [
        ("ENG-01-L1", "2026-01", 490, 6_941_700),
        ("ENG-01-L1", "2026-02", 30, 425_000),
        ("ENG-02-L1", "2026-02", 480, 0),
    ]


# -- kills -------------------------------------------------------------------------------------------------------------


def test_a_killed_engines_store_refuses_every_further_call() -> None:
    store = Store()
    run(store.add_work(NewWork("time", "TE-1", "TE-1"), 0))
    work = only(store)
    store.close()
    calls: list[Coroutine[Any, Any, Any]] = [
        store.unseen("s", ["e"]), store.take("s", ["e"], [], None, 0), store.take("s", [], [], "w", 0),
        store.watermark("s"), store.add_work(NewWork("f", "l", "k"), 0), store.due_work(0, 1),
        store.next_due_after(0), store.pending(0), store.finish_work(work), store.postpone_work(work, 1),
        store.bury_work(work, letter()), store.forget_timecard("x"),
        store.native("k", "r", "s"), store.ref("s", "k", "n"),
        store.link("k", "r", "s", "n"), store.begin_effect("e"), store.end_effect("e", "n"), store.sent("k"),
        store.mark_sent({"k": "d"}), store.all_sent(["k"]),
        store.document("k", "r"), store.documents("k"), store.put_document("k", "r", 1),
        store.timecard("e"), store.put_timecard(card("e")), store.mark_posted("e"), store.time_totals(),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Killed):
            run(call)
    # Whoever judges the run still reads what there was.
    assert (store.waiting(), store.letters()) == (1, [])


def test_a_serialized_store_goes_on_elsewhere_and_parts_from_its_origin() -> None:
    store = Store()
    run(store.take("psa.events", ["e1"], [NewWork("time", "TE-1", "TE-1", {"minutes": 400})], "w", 3))
    run(store.begin_effect("psa client CL-001"))
    copy = Store(store.serialize())
    run(store.finish_work(only(store)))
    assert only(copy) == Work("time", "TE-1", "TE-1", {"minutes": 400}, 0, 0, 3)
    assert run(copy.begin_effect("psa client CL-001")) == (True, None)
    assert run(copy.watermark("psa.events")) == "w"
    run(copy.add_work(NewWork("time", "TE-2", "TE-2"), 3))
    assert store.waiting() == 0


def test_a_database_that_is_none_is_refused() -> None:
    with pytest.raises(sqlite3.DatabaseError):
        run(Store(b"not a database" * 400).watermark("s"))


# -- the life of work, against a model ---------------------------------------------------------------------------------


class WorkModel(RuleBasedStateMachine):
    """One lane against two facts: is there news nobody has done yet, and is somebody at it."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.now_us = 0
        self.news = 0
        # What is to be done, None when nothing is.
        self.wanted: int | None = None
        self.under_way: Work | None = None

    @rule()
    def time_passes(self) -> None:
        self.now_us += 1

    @rule(said_before=st.booleans())
    def something_comes_in(self, said_before: bool) -> None:
        self.news += 1
        run(self.store.add_work(NewWork("time", "L", "K", self.news, is_news=not said_before), self.now_us))
        if self.wanted is None or not said_before:
            self.wanted = self.news

    @precondition(lambda self: self.under_way is None)
    @rule()
    def begin(self) -> None:
        found = run(self.store.due_work(self.now_us + 10**6, 5))
        assert [work.payload for work in found] == ([] if self.wanted is None else [self.wanted])
        self.under_way = found[0] if found else None

    @precondition(lambda self: self.under_way is not None)
    @rule(how=st.sampled_from(["finish", "bury"]))
    def end(self, how: str) -> None:
        work, self.under_way = self.under_way, None
        assert work is not None
        if how == "finish":
            run(self.store.finish_work(work))
        else:
            run(self.store.bury_work(work, letter("K")))
        if work.payload == self.wanted:
            self.wanted = None

    @precondition(lambda self: self.under_way is not None)
    @rule(later=st.integers(1, 5))
    def postpone(self, later: int) -> None:
        assert self.under_way is not None
        run(self.store.postpone_work(self.under_way, self.now_us + later))
        self.under_way = None

    @invariant()
    def nothing_is_lost_and_nothing_is_left(self) -> None:
        assert self.store.waiting() == (self.wanted is not None)


WorkModel.TestCase.settings = bounded(max_examples=60, stateful_step_count=25, deadline=None)
TestWorkModel = WorkModel.TestCase


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=12))
@bounded(max_examples=50, deadline=None)
def test_each_event_is_taken_once_however_pages_overlap(pages: list[tuple[str, bool]]) -> None:
    store, taken = Store(), []
    for event_id, twice in pages:
        page = [event_id, event_id] if twice else [event_id]
        fresh = run(store.unseen("s", page))
        run(store.take("s", fresh, [], None, 0))
        taken += fresh
    assert taken == list(dict.fromkeys(event_id for event_id, _ in pages))
