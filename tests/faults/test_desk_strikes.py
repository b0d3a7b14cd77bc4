"""What each kind of fault does where it strikes: on the wire, in a feed, to an event, to part of a batch."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import SECOND_US, instant
from sandbox.core.damage import Damage
from tests.faults.builders import ENGINE, EPOCH, PERSON, Rehearsal, fault, request

# -- what: the wire ----------------------------------------------------------------------------------------------------


def test_w02_says_how_much_longer_a_request_travels() -> None:
    rehearsal = Rehearsal([fault("W02", delay_us=7_000_000)])
    assert [rehearsal.desk.delay_us("psa", request()) for _ in range(2)] == [7_000_000, 0]
    assert rehearsal.struck == [("W02#1", "psa", {"delay_us": 7_000_000})]


def test_w04_loses_the_answer_to_a_write_that_was_executed_and_to_no_other() -> None:
    rehearsal = Rehearsal([fault("W04", nth=1)])
    lose = rehearsal.desk.loses_answer
    assert not lose("erp", request(), committed=False, created=False)
    assert not lose("erp", request(), committed=True, created=False)
    assert not lose("erp", request(), committed=False, created=False)
    assert lose("erp", request(), committed=True, created=False)
    assert rehearsal.struck == [("W04#1", "erp", {"created": False})]


def test_w04_for_creates_waits_for_a_create() -> None:
    rehearsal = Rehearsal([fault("W04", created=True)])
    lose = rehearsal.desk.loses_answer
    assert not lose("erp", request(), committed=True, created=False)
    assert lose("erp", request(), committed=True, created=True)
    assert not lose("erp", request(), committed=True, created=True)
    assert rehearsal.struck == [("W04#1", "erp", {"created": True})]


def test_w04_for_any_write_may_take_a_create() -> None:
    assert Rehearsal([fault("W04")]).desk.loses_answer("erp", request(), committed=True, created=True)


def test_an_update_goes_to_the_fault_for_any_write_when_the_first_waits_for_a_create() -> None:
    rehearsal = Rehearsal([fault("W04", 1, created=True), fault("W04", 2, after_us=1)], now_us=1)
    assert rehearsal.strikes("W04", created=False)
    assert rehearsal.strikes("W04", created=True)
    assert rehearsal.fids == ["W04#2", "W04#1"]


# -- what: refusals ----------------------------------------------------------------------------------------------------


def retry_after(damage: Damage | None) -> str:
    """What a 429 asks for."""
    assert damage is not None
    assert (damage.kind, damage.status) == ("M01", 429)
    return str(damage.params["retry_after"])


def test_m01_refuses_for_its_window_and_says_how_long_it_still_is() -> None:
    rehearsal = Rehearsal([fault("M01", window_us=20 * SECOND_US)])
    said: list[str] = []
    for second in (0, 5, 19):
        rehearsal.clock.advance_to(second * SECOND_US)
        said.append(retry_after(rehearsal.desk.before("erp", "x", request())))
    assert said == ["20", "15", "1"]
    rehearsal.clock.advance_to(20 * SECOND_US - 1)
    assert retry_after(rehearsal.desk.before("erp", "x", request())) == "1"
    rehearsal.clock.advance_to(20 * SECOND_US)
    assert rehearsal.desk.before("erp", "x", request()) is None


def test_m01_as_a_date_is_the_end_of_the_window_in_gmt() -> None:
    rehearsal = Rehearsal([fault("M01", window_us=20 * SECOND_US, form="date")], now_us=10 * SECOND_US)
    first = retry_after(rehearsal.desk.before("erp", "x", request()))
    assert first == "Mon, 12 Jan 2026 00:00:30 GMT"
    rehearsal.clock.advance_to(29 * SECOND_US)
    assert retry_after(rehearsal.desk.before("erp", "x", request())) == first


@settings(max_examples=60, deadline=None)
@given(began_us=st.integers(0, 3 * SECOND_US), waited_us=st.integers(0, 20 * SECOND_US - 1))
def test_whoever_waits_the_seconds_m01_asks_for_is_let_through(began_us: int, waited_us: int) -> None:
    rehearsal = Rehearsal([fault("M01")], now_us=began_us)
    rehearsal.desk.before("erp", "x", request())
    rehearsal.clock.advance_to(began_us + waited_us)
    seconds = int(retry_after(rehearsal.desk.before("erp", "x", request())))
    # Not a second more than needed, either.
    assert 0 <= seconds * SECOND_US - (20 * SECOND_US - waited_us) < SECOND_US
    rehearsal.clock.advance_to(began_us + waited_us + seconds * SECOND_US)
    assert rehearsal.desk.before("erp", "x", request()) is None


@pytest.mark.parametrize("began_us", [0, 3 * SECOND_US])
def test_both_forms_name_the_same_instant_on_a_whole_second(began_us: int) -> None:
    said = []
    for form in ("seconds", "date"):
        rehearsal = Rehearsal([fault("M01", form=form)], now_us=began_us)
        said.append(retry_after(rehearsal.desk.before("erp", "x", request())))
    seconds, moment = said
    until_us = instant(EPOCH, parsedate_to_datetime(moment).astimezone(UTC))
    assert until_us == began_us + int(seconds) * SECOND_US == began_us + 20 * SECOND_US


@pytest.mark.parametrize("began_us", [1, 40_000, SECOND_US - 1])
def test_whoever_waits_until_the_date_m01_names_is_let_through(began_us: int) -> None:
    rehearsal = Rehearsal([fault("M01", form="date")], now_us=began_us)
    moment = parsedate_to_datetime(retry_after(rehearsal.desk.before("erp", "x", request())))
    until_us = instant(EPOCH, moment.astimezone(UTC))
    assert until_us < began_us + 21 * SECOND_US
    rehearsal.clock.advance_to(until_us)
    assert rehearsal.desk.before("erp", "x", request()) is None


def test_m01_for_engines_lets_people_through_its_window() -> None:
    rehearsal = Rehearsal([fault("M01")])
    assert rehearsal.desk.before("erp", "x", request(ENGINE)) is not None
    assert rehearsal.desk.before("erp", "x", request(PERSON)) is None
    assert rehearsal.desk.before("erp", "x", request(ENGINE)) is not None
    anybody = Rehearsal([fault("M01", actors="any")])
    assert anybody.desk.before("erp", "x", request(ENGINE)) is not None
    assert anybody.desk.before("erp", "x", request(PERSON)) is not None


def test_m01_throttles_the_system_it_struck_and_no_other() -> None:
    rehearsal = Rehearsal([fault("M01")])
    assert rehearsal.desk.before("psa", "x", request()) is not None
    assert rehearsal.desk.before("erp", "x", request()) is None
    assert rehearsal.desk.before("psa", "x", request()) is not None


def test_a_window_that_is_over_leaves_room_for_the_next_m01() -> None:
    rehearsal = Rehearsal([fault("M01", 1), fault("M01", 2, nth=1, window_us=3 * SECOND_US)])
    for _ in range(3):
        assert rehearsal.strikes("M01")
    rehearsal.clock.advance_to(20 * SECOND_US)
    # Requests refused by the first are no opportunities of the second.
    assert not rehearsal.strikes("M01")
    assert retry_after(rehearsal.desk.before("erp", "x", request())) == "3"
    assert rehearsal.fids == ["M01#1", "M01#1", "M01#1", "M01#2"]


def test_every_refusal_of_a_window_is_told_with_what_it_asked_for() -> None:
    rehearsal = Rehearsal([fault("M01")])
    rehearsal.strikes("M01")
    rehearsal.clock.advance_to(5 * SECOND_US)
    rehearsal.strikes("M01")
    assert rehearsal.struck == [("M01#1", "erp", {"retry_after": "20"}), ("M01#1", "erp", {"retry_after": "15"})]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_m05_denies_a_write_that_was_executed(method: str) -> None:
    rehearsal = Rehearsal([fault("M05")])
    assert rehearsal.desk.after("erp", "x", request(method=method), True) == Damage("M05", 500)
    assert rehearsal.struck == [("M05#1", "erp", {})]


def test_m05_waits_for_a_write_that_committed() -> None:
    rehearsal = Rehearsal([fault("M05", nth=1)])
    for _ in range(3):
        assert rehearsal.desk.after("erp", "x", request(method="POST"), False) is None
        assert rehearsal.desk.after("erp", "x", request(method="GET"), True) is None
    assert rehearsal.desk.after("erp", "x", request(), True) is None
    assert rehearsal.desk.after("erp", "x", request(), True) is not None


# -- what: feeds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("copies", "page"), [(1, ["a", "b", "c", "a"]), (2, ["a", "b", "c", "a", "b"]), (9, ["a", "b", "c", "a", "b", "c"])]
)
def test_e01_repeats_rows_of_a_page_behind_it(copies: int, page: list[str]) -> None:
    rehearsal = Rehearsal([fault("E01", copies=copies)])
    rows = ["a", "b", "c"]
    assert rehearsal.desk.feed("psa", "events", rows) == page
    assert rows == ["a", "b", "c"], "the page that was handed in is the caller's"
    assert rehearsal.struck == [("E01#1", "psa", {"stream": "events", "copies": min(copies, 3)})]


@settings(max_examples=80, deadline=None)
@given(draw=st.integers(0, 2**63 - 1), size=st.integers(2, 6))
def test_e02_brings_the_rows_of_a_page_into_another_order(draw: int, size: int) -> None:
    rehearsal = Rehearsal([fault("E02", draw=draw)])
    rows = list(range(size))
    handed = rehearsal.desk.feed("psa", "events", rows)
    assert handed != rows
    assert sorted(handed) == rows
    assert rehearsal.struck == [("E02#1", "psa", {"stream": "events", "rows": size})]
    assert Rehearsal([fault("E02", draw=draw)]).desk.feed("psa", "events", rows) == handed


def test_the_order_of_e02_is_its_draws() -> None:
    orders = {
        tuple(Rehearsal([fault("E02", draw=draw)]).desk.feed("psa", "events", [1, 2, 3, 4])) for draw in range(20)
    }
    assert len(orders) > 5


def test_an_empty_page_is_no_opportunity_and_one_row_cannot_be_reordered() -> None:
    rehearsal = Rehearsal([fault("E01", nth=1), fault("E02", nth=1)])
    assert rehearsal.desk.feed("psa", "events", []) == []
    assert rehearsal.desk.feed("psa", "events", ["a"]) == ["a"]
    assert rehearsal.struck == []
    # The second page with a row is repeated, and is then long enough for one opportunity to be reordered.
    assert rehearsal.desk.feed("psa", "events", ["b"]) == ["b", "b"]
    assert rehearsal.fids == ["E01#1"]
    rehearsal.desk.feed("psa", "events", ["c", "d"])
    assert rehearsal.fids == ["E01#1", "E02#1"]


def test_a_page_may_be_repeated_and_reordered_at_once() -> None:
    rehearsal = Rehearsal([fault("E01"), fault("E02")])
    handed = rehearsal.desk.feed("psa", "events", ["a", "b", "c"])
    assert sorted(handed) == ["a", "a", "b", "c"]
    assert handed != ["a", "b", "c", "a"]
    assert rehearsal.struck[1] == ("E02#1", "psa", {"stream": "events", "rows": 4})


# -- what: requests that are lost, late or refused in part ------------------------------------------------------------


def test_w01_leaves_a_system_unreachable_for_its_window_and_no_other() -> None:
    rehearsal = Rehearsal([fault("W01", system="erp", after_us=SECOND_US)], now_us=5 * SECOND_US)
    lost = rehearsal.desk.loses_request
    # The window began when it was planned to, not with the first request.
    assert [lost("erp", request(method="GET")), lost("psa", request()), lost("erp", request())] == [True, False, True]
    assert not lost("erp", request(PERSON))
    rehearsal.clock.advance_to(21 * SECOND_US - 1)
    assert lost("erp", request())
    rehearsal.clock.advance_to(21 * SECOND_US)
    assert not lost("erp", request())
    assert rehearsal.struck == [("W01#1", "erp", {"since_us": SECOND_US, "until_us": 21 * SECOND_US})] * 3


def test_an_outage_that_passed_while_nobody_asked_strikes_nobody() -> None:
    rehearsal = Rehearsal([fault("W01", system="erp")], now_us=20 * SECOND_US)
    assert not rehearsal.strikes("W01")
    assert rehearsal.struck == []


def test_w03_loses_one_request_whatever_it_is() -> None:
    rehearsal = Rehearsal([fault("W03")])
    assert [rehearsal.desk.loses_request("crm", request(method="GET")) for _ in range(2)] == [True, False]
    assert rehearsal.struck == [("W03#1", "crm", {})]


def test_w06_says_how_long_after_the_time_out_a_write_is_executed() -> None:
    rehearsal = Rehearsal([fault("W06", delay_us=7 * SECOND_US)])
    after = rehearsal.desk.executes_after_us
    assert after("erp", request(method="GET"), creates=False) == 0
    assert [after("erp", request(method="PUT"), creates=False) for _ in range(2)] == [7 * SECOND_US, 0]
    assert rehearsal.struck == [("W06#1", "erp", {"delay_us": 7 * SECOND_US})]


def test_w06_for_creates_waits_for_an_operation_that_is_known_to_create() -> None:
    rehearsal = Rehearsal([fault("W06", created=True, nth=1)])
    after = rehearsal.desk.executes_after_us
    assert [after("erp", request(), creates=creates) for creates in (False, True, False, True)] == [0, 0, 0, 90_000_000]


def test_m04_answers_500_before_anything_is_executed() -> None:
    rehearsal = Rehearsal([fault("M04")])
    assert rehearsal.desk.before("psa", "x", request(method="GET")) == Damage("M04", 500)
    assert rehearsal.desk.before("psa", "x", request()) is None
    assert rehearsal.struck == [("M04#1", "psa", {})]


def test_a_request_that_is_throttled_is_no_opportunity_of_m04() -> None:
    rehearsal = Rehearsal([fault("M01"), fault("M04", nth=1)])
    for _ in range(3):
        assert retry_after(rehearsal.desk.before("erp", "x", request())) == "20"
    rehearsal.clock.advance_to(20 * SECOND_US)
    assert rehearsal.desk.before("erp", "x", request()) is None
    assert rehearsal.desk.before("erp", "x", request()) == Damage("M04", 500)


@settings(max_examples=60, deadline=None)
@given(draw=st.integers(0, 2**63 - 1), items=st.integers(1, 4), count=st.integers(1, 6))
def test_m08_refuses_some_items_of_one_batch(draw: int, items: int, count: int) -> None:
    rehearsal = Rehearsal([fault("M08", draw=draw, items=items)])
    refused = rehearsal.desk.items("revenue", "x", request(), count)
    assert len(refused) == min(items, count)
    assert refused <= set(range(count))
    assert rehearsal.struck == [("M08#1", "revenue", {"items": sorted(refused), "of": count})]
    assert rehearsal.desk.items("revenue", "x", request(), count) == set()


def test_an_empty_batch_is_no_opportunity_of_m08() -> None:
    rehearsal = Rehearsal([fault("M08")])
    assert rehearsal.desk.items("revenue", "x", request(), 0) == set()
    assert rehearsal.desk.items("revenue", "x", request(), 1) == {0}


# -- what: events ------------------------------------------------------------------------------------------------------


def test_e03_makes_one_event_late() -> None:
    rehearsal = Rehearsal([fault("E03", delay_us=9 * SECOND_US)])
    assert [rehearsal.event() for _ in range(2)] == [9 * SECOND_US, 0]
    assert rehearsal.struck == [("E03#1", "psa", {"stream": "events", "evid": "e-1", "delay_us": 9 * SECOND_US})]


@pytest.mark.parametrize("kind", ["E03", "E16"])
def test_an_event_is_never_so_late_that_the_run_is_over(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind, 1, latest_us=100), fault(kind, 2, latest_us=30)], now_us=40)
    assert rehearsal.event("psa") == 60
    again = Rehearsal([fault(kind, latest_us=30)], now_us=40)
    assert again.event("psa") == 0


def test_e16_makes_all_events_of_a_system_late_for_its_window_and_tells_each() -> None:
    rehearsal = Rehearsal([fault("E16")])
    lags = []
    for second in (0, 19, 20):
        rehearsal.clock.advance_to(second * SECOND_US)
        lags.append(rehearsal.event())
        assert rehearsal.event("crm") == 0
    assert lags == [300 * SECOND_US, 300 * SECOND_US, 0]
    assert [effect["evid"] for _, _, effect in rehearsal.struck] == ["e-1", "e-3"]


def test_an_event_may_be_late_by_itself_and_with_its_stream() -> None:
    rehearsal = Rehearsal([fault("E03"), fault("E16")])
    assert rehearsal.event() == 900 * SECOND_US
    assert rehearsal.fids == ["E03#1", "E16#1"]


def test_e13_tears_an_event_of_its_kind_wherever_it_goes_out() -> None:
    rehearsal = Rehearsal([fault("E13")])
    assert [rehearsal.event(kind=kind) for kind in ("thing:created", "thing:updated", "thing:updated")] == [0, 0, 0]
    assert rehearsal.struck == [("E13#1", "psa", {"stream": "events", "evid": "e-2"})]
    unreadable = rehearsal.desk.unreadable
    for _ in range(2):
        assert unreadable("psa", "events", ["e-1", "e-2", "e-3"]) == {"e-2"}
    assert unreadable("psa", "others", ["e-2"]) == unreadable("crm", "events", ["e-2"]) == set()
