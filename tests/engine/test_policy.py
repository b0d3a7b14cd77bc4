"""Every decision of the engine, by itself: order, doubt, patience, and who gets a dead letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import HOUR_US, MINUTE_US, SECOND_US
from sandbox.engine.policy import FINANCE, IT, PMO, POLICIES, NaivePolicy, NoPolicy, Policy
from sandbox.hosting import EngineHost
from tests.engine.builders import interface, plan
from tests.engine.conftest import Opened


def stream(label: str = "retry") -> Stream:
    return Chance(1).stream("engine:1", label)


# -- order and repetition ----------------------------------------------------------------------------------------------


def test_all_news_about_one_key_shares_a_lane() -> None:
    assert Policy().lane("ENG-01", "event 1") == Policy().lane("ENG-01", "event 2") == "ENG-01"


def test_the_naive_engine_has_a_lane_for_every_event() -> None:
    assert NaivePolicy().lane("ENG-01", "event 1") == "ENG-01 event 1"
    assert NaivePolicy().lane("ENG-01", "event 2") == "ENG-01 event 2"


def test_the_reference_remembers_events_reads_back_ten_minutes_and_sweeps() -> None:
    policy = Policy()
    assert not policy.forgets_events()
    assert policy.reads_back_us() == 10 * MINUTE_US
    assert policy.sweeps()
    assert policy.one_create_at_a_time()
    # The ERP's smallest tier takes five requests at once; one is left for looks.
    assert policy.concurrency() == 4


def test_the_reference_passes_over_no_news_and_takes_nothing_for_done_that_failed() -> None:
    policy = Policy()
    assert policy.old_news_after_us() is None
    assert not policy.skips_unreadable()
    assert policy.reads_row_results()
    assert not any(policy.is_done(status) for status in (None, 429, 500, 503))


# -- doubt about a write -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capability", "looks"), [("strong_read", True), ("extid", True), ("key", False), ("none", False)]
)
def test_a_doubtful_create_is_looked_up_where_a_look_up_can_tell(capability: str, looks: bool) -> None:
    assert Policy().looks_up_before_retry(capability) is looks


def test_the_naive_engine_has_no_keys_no_look_up_and_no_order_between_creates() -> None:
    policy = NaivePolicy()
    assert Policy().create_key("CRM-ENG-01") == "CRM-ENG-01"
    assert policy.create_key("CRM-ENG-01") is None
    assert not any(policy.looks_up_before_retry(capability) for capability in ("strong_read", "extid", "key"))
    assert not policy.one_create_at_a_time()


# -- patience ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_these_answers_mean_not_now(status: int) -> None:
    assert Policy().is_transient(status)


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 405, 409, 412, 422])
def test_these_answers_are_final(status: int) -> None:
    assert not Policy().is_transient(status)


@pytest.mark.parametrize(("attempt", "least_s"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32)])
def test_the_wait_doubles_and_jitter_adds_up_to_a_quarter(attempt: int, least_s: int) -> None:
    draws = stream()
    waits = [Policy().retry_delay_us(attempt, None, draws) for _ in range(200)]
    least = least_s * SECOND_US
    assert all(wait is not None and least <= wait < least + least // 4 for wait in waits)
    # It is jitter: nearly no two are the same, and both ends are reached.
    assert len(set(waits)) > 190
    assert min(wait or 0 for wait in waits) < least + least // 40
    assert max(wait or 0 for wait in waits) > least + least // 4 - least // 40


def test_the_sixth_failure_goes_back_to_the_queue() -> None:
    assert Policy().retry_delay_us(5, None, stream()) is not None
    assert Policy().retry_delay_us(6, None, stream()) is None


def test_jitter_is_drawn_from_the_given_stream_alone() -> None:
    one, other, same = stream("retry"), stream("other"), stream("retry")
    waits = [Policy().retry_delay_us(3, None, one) for _ in range(5)]
    # Draws of another stream in between change nothing.
    again = []
    for _ in range(5):
        Policy().retry_delay_us(3, None, other)
        again.append(Policy().retry_delay_us(3, None, same))
    assert again == waits
    assert (one.draws, same.draws, other.draws) == (5, 5, 5)


@given(wish_us=st.integers(0, 10 * HOUR_US), attempt=st.integers(1, 5))
def test_the_servers_wish_is_waited_for_in_full_and_never_a_second_longer(wish_us: int, attempt: int) -> None:
    wait = Policy().retry_delay_us(attempt, wish_us, stream())
    assert wait is not None
    assert wish_us <= wait < wish_us + SECOND_US


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60), (500, 60)]
)
def test_postponed_work_rests_a_minute_doubling_up_to_an_hour(attempts: int, minutes: int) -> None:
    assert Policy().requeue_delay_us(attempts) == minutes * MINUTE_US


def test_work_is_given_up_after_three_days_not_after_a_number_of_tries() -> None:
    assert Policy().gives_up_after_us() == 72 * HOUR_US


# -- people ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow", "status", "owner"),
    [
        # Rights and silence are for IT, whatever the flow.
        ("billing", 401, IT),
        ("project", 403, IT),
        ("time", None, IT),
        ("project", 422, PMO),
        ("workforce", 400, PMO),
        ("time", 400, FINANCE),
        ("billing", 400, FINANCE),
        ("cash", 400, FINANCE),
        ("revenue", 400, FINANCE),
    ],
)
def test_a_dead_letter_goes_to_whoever_can_mend_the_cause(flow: str, status: int | None, owner: str) -> None:
    assert Policy().owner(flow, status) == owner


# -- engines that ship -------------------------------------------------------------------------------------------------


def test_three_engines_ship_by_name() -> None:
    assert {"reference": Policy, "naive": NaivePolicy, "none": NoPolicy} == POLICIES
    assert (NoPolicy.runs, NaivePolicy.runs, Policy.runs) == (False, True, True)


def test_the_naive_policy_decides_four_things_differently_and_nothing_else() -> None:
    assert {name for name in vars(NaivePolicy) if not name.startswith("__")} == {
        "name",
        "lane",
        "one_create_at_a_time",
        "create_key",
        "looks_up_before_retry",
    }
    assert {name for name in vars(NoPolicy) if not name.startswith("__")} == {"name", "runs"}


def test_engines_differ_by_their_policy_class_alone(opened: Opened) -> None:
    room = opened()
    engines = {}
    for name, policy in POLICIES.items():
        host = EngineHost(plan(), room.kernel, room.around, interface(), policy)
        host.start()
        assert host.engine is not None
        engines[name] = host.engine
    assert len({type(engine) for engine in engines.values()}) == 1
    assert {name: type(engine._c.policy) for name, engine in engines.items()} == POLICIES
    looking = {name: sorted(engine._sources) for name, engine in engines.items()}
    assert looking["naive"] == looking["none"] == looking["reference"]


def test_none_starts_says_so_and_does_nothing(opened: Opened) -> None:
    room = opened(NoPolicy)
    room.start()
    room.wait(48 * HOUR_US)
    assert room.notes.lines == [("engine", {"event": "start", "policy": "none"})]
    assert room.wire.log == []
