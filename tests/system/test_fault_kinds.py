"""Each kind of fault: the reference lives through it, an engine with one decision made badly does not.

And exhaustively on the smallest story: a request lost, executed late or failed before it was executed, at every write
of the engine, one per run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pytest

from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import HOUR_US, MINUTE_US
from sandbox.engine.policy import Policy
from sandbox.faults.planning import plan_faults
from sandbox.faults.shapes import FaultProfile, FaultRule
from sandbox.history.recorder import Record
from sandbox.interface import Interface, load_interface
from sandbox.plan import Plan, PlannedFault
from sandbox.world import World
from tests.system.test_crashes import story
from tests.system.worlds import Judged, ended, made, problems

# -- engines with one decision made badly ------------------------------------------------------------------------------


class TakesFailureForDone(Policy):
    """Neither silence nor a 500 makes it try again."""

    def retry_delay_us(self, attempt: int, retry_after_us: int | None, stream: Stream) -> int | None:
        return None

    def is_done(self, status: int | None) -> bool:
        return status is None or status == 500


class RetriesBlindly(Policy):
    """Creates without a key and, when no answer comes, creates again."""

    def create_key(self, agreed: str) -> str | None:
        return None

    def looks_up_before_retry(self, capability: str) -> bool:
        return False


class ReadsNoRows(Policy):
    """An upload that is staged is taken for rows that are staged (Z44)."""

    def reads_row_results(self) -> bool:
        return False


class SkipsTheUnreadable(Policy):
    """What cannot be parsed is passed over (Z19)."""

    def skips_unreadable(self) -> bool:
        return True


class PassesOverOldNews(Policy):
    """What changed more than an hour ago is no news (Z07's sister)."""

    def old_news_after_us(self) -> int | None:
        return HOUR_US


# -- worlds ------------------------------------------------------------------------------------------------------------


def _lagging(system: str, count: int, until: int) -> dict[str, object]:
    lag = {"delay_s": (1800, 7200), "window_s": (3600, 86400)}
    return {"kind": "E16", "count": count, "system": system, "between": (0, until), **lag}


KINDS: dict[str, list[dict[str, object]]] = {
    "W03": [{"kind": "W03", "count": 12, "between": (0, 80)}],
    "W06": [{"kind": "W06", "count": 6, "system": "erp", "created": True, "between": (5, 80), "delay_s": (1, 1800)}],
    "M04": [{"kind": "M04", "count": 12, "between": (0, 80)}],
    "M08": [{"kind": "M08", "count": 4, "system": "revenue", "between": (2, 80), "items": (1, 3)}],
    "E03": [{"kind": "E03", "count": 12, "system": "psa", "between": (2, 70), "delay_s": (1800, 14400)}],
    "E13": [{"kind": "E13", "count": 3, "system": "psa", "about": "time_entry:updated", "between": (5, 70)}],
    "E16": [
        _lagging("psa", 3, 70),
        _lagging("crm", 1, 3),
    ],
}  # fmt: skip


def planned(kind: str, seed: int = 1) -> Plan:
    """A small story with faults of one kind."""
    plan = made("tiny-thread", seed=seed, faults="none")[0]
    rules = tuple(FaultRule.model_validate(rule) for rule in KINDS[kind])
    profile = FaultProfile(name=kind, title=kind, requires=(), faults=rules)
    return with_faults(plan, plan_faults(profile, Chance(seed).under("plan"), 0, plan.end_us))


def with_faults(plan: Plan, faults: Iterable[PlannedFault]) -> Plan:
    """The same plan with these faults."""
    return plan.model_copy(update={"faults": tuple(faults)})


def accused(world: World) -> set[str]:
    """The checks that have findings at the end of a world."""
    return {each.check for each in ended(world).verdict.checks if each.findings}


@cache
def survived(kind: str) -> Judged:
    """The reference engine under one kind of fault."""
    return ended(World(planned(kind), load_interface()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_lives_through_every_kind_by_itself(kind: str) -> None:
    judged = survived(kind)
    assert problems(judged.verdict) == []
    assert set(judged.verdict.fired) == {kind}
    assert judged.verdict.fired[kind] >= 3 or kind == "M08"


# A plan, and the contract it is carried out under.
Told = tuple[Plan, Interface]


def at_a_write(kind: str) -> Iterator[Told]:
    """The story with one strike at a write to the ERP, the last write first."""
    for system, nth in reversed(positions(kind)):
        if system == "erp":
            plan, interface, _ = story()
            yield with_faults(plan, [strike(kind, system, nth)]), interface


def seeded(kind: str) -> Iterator[Told]:
    """The small story with faults of a kind as some seeds plan them."""
    for seed in range(1, 5):
        yield planned(kind, seed), load_interface()


def around_the_bill(kind: str) -> Iterator[Told]:
    """The small story whose pre-bill is approved while events are three hours late."""
    plan = made("tiny-thread", faults="none")[0]
    (due_us,) = [deed.due_us for deed in plan.deeds if deed.verb == "approve_bill"]
    late: dict[str, str | int | bool] = {"actors": "engine", "delay_us": 3 * HOUR_US, "latest_us": plan.end_us}
    for nth in range(3):
        params = late | ({"window_us": HOUR_US} if kind == "E16" else {})
        fault = PlannedFault(fid=f"{kind}#1", kind=kind, system="psa", after_us=due_us, nth=nth, params=params)
        yield with_faults(plan, [fault]), load_interface()


@pytest.mark.parametrize(
    ("kind", "policy", "check", "stories"),
    [
        ("W03", TakesFailureForDone, "LOST.update", at_a_write),
        ("M04", TakesFailureForDone, "LOST.update", at_a_write),
        ("W06", RetriesBlindly, "ONCE.dup", seeded),
        ("M08", ReadsNoRows, "LOST.update", seeded),
        ("E13", SkipsTheUnreadable, "DLQ.account", seeded),
        ("E03", PassesOverOldNews, "LOST.update", around_the_bill),
        ("E16", PassesOverOldNews, "LOST.update", around_the_bill),
    ],
)
def test_an_engine_with_one_decision_made_badly_is_found_by_name(
    kind: str, policy: type[Policy], check: str, stories: Callable[[str], Iterator[Told]]
) -> None:
    told = (accused(World(plan, interface, policy)) for plan, interface in stories(kind))
    assert any(check in each for each in told)


@pytest.mark.parametrize(
    "policy", [TakesFailureForDone, RetriesBlindly, ReadsNoRows, SkipsTheUnreadable, PassesOverOldNews]
)
def test_it_takes_a_fault_to_show_the_mistake(policy: type[Policy]) -> None:
    plan, interface, _ = story()
    assert accused(World(plan, interface, policy)) == set()


# -- how a strike shows in the history ---------------------------------------------------------------------------------


def of(judged: Judged, kind: str) -> list[Record]:
    """Records of one kind."""
    return [record for record in judged.case.history if record["kind"] == kind]


def test_a_request_that_never_arrived_was_not_executed_and_not_answered() -> None:
    judged = survived("W03")
    ends = [judged.case.completes[fault["rq"]] for fault in judged.case.fired]
    assert {(end["status"], end["executed"], end["resp"]) for end in ends} == {(0, "no", "lost")}
    assert all(not judged.case.effects_of.get(fault["rq"]) for fault in judged.case.fired)


def test_a_late_request_has_its_effects_after_its_client_gave_up() -> None:
    judged = survived("W06")
    asked = {record["rq"]: record["t_us"] for record in of(judged, "invoke")}
    late = [judged.case.completes[fault["rq"]] for fault in judged.case.fired]
    assert {end["resp"] for end in late} == {"lost"}
    assert "later" in {end["executed"] for end in late}
    for fault, end in zip(judged.case.fired, late, strict=True):
        waited_us = end["t_us"] - asked[fault["rq"]]
        assert waited_us == MINUTE_US + fault["effect"]["delay_us"]
        for effect in judged.case.effects_of.get(fault["rq"], ()):
            assert effect["t_us"] == end["t_us"]


def test_an_event_says_which_fault_made_it_late_or_tore_it() -> None:
    for kind in ("E03", "E13", "E16"):
        judged = survived(kind)
        struck = sorted((fault["sys"], fault["effect"]["evid"], fault["fid"]) for fault in judged.case.fired)
        told = sorted(
            (record["sys"], record["evid"], fid) for record in of(judged, "emit") for fid in record.get("faults", ())
        )
        assert struck == told
        assert {fault["rq"] for fault in judged.case.fired} == {None}


def test_a_torn_event_is_given_up_by_name_and_what_it_was_about_arrives_all_the_same() -> None:
    judged = survived("E13")
    letters = [each for each in judged.case.truth["dead_letters"] if each["flow"] == "event"]
    torn = {f"event:psa/{fault['effect']['evid']}" for fault in judged.case.fired}
    assert {letter["about"] for letter in letters} == torn
    assert {letter["owner"] for letter in letters} == {"IT"}
    assert all("time_entry:updated of TimeEntry no id" in letter["reason"] for letter in letters)


def test_rows_that_were_refused_for_now_are_sent_in_a_second_file() -> None:
    judged = survived("M08")
    assert judged.case.fired
    for fault in judged.case.fired:
        assert judged.case.completes[fault["rq"]]["status"] == 200
    names = {row["filename"] for row in judged.case.rows("revenue.upload").values()}
    assert any(name.endswith("-2.csv") for name in names)


# -- state -------------------------------------------------------------------------------------------------------------


def test_a_world_restored_amid_late_and_torn_events_ends_without_a_finding() -> None:
    plan, interface, policy = made("tiny-thread", faults="rough", seed=2)
    first = World(plan, interface, policy)
    first.run_to(plan.end_us // 3 + 5 * HOUR_US)
    restored = World(plan, interface, policy, snapshot=first.snapshot())
    left, went_on = first.desk.state(), restored.desk.state()
    assert sorted(went_on.pop("waiting")) == sorted(left.pop("waiting"))
    assert went_on == left
    assert problems(ended(restored).verdict) == []


# -- every write, once -------------------------------------------------------------------------------------------------

LATE_US = 10 * MINUTE_US
# Where a late write may strike: the PSA's creates have neither key nor external id.
WRITTEN = ("crm", "erp", "revenue")


@cache
def requests() -> tuple[tuple[str, str, bool], ...]:
    """(system, verb, whether it committed something) of every request of the engine when nothing goes wrong."""
    world = World(*story())
    world.run()
    ends = {
        record["rq"]: record["executed"] == "yes" for record in world.recorder.records if record["kind"] == "complete"
    }
    return tuple(
        (record["sys"], record["verb"], ends[record["rq"]])
        for record in world.recorder.records
        if record["kind"] == "invoke" and record["actor"].startswith("engine:")
    )


def positions(kind: str) -> list[tuple[str, int]]:
    """(system, nth opportunity there) of every write that committed; for W06 only where it may strike."""
    counts: dict[str, int] = {}
    found = []
    for system, verb, committed in requests():
        if kind == "W06" and (verb == "GET" or system not in WRITTEN):
            continue
        nth = counts.get(system, 0)
        counts[system] = nth + 1
        if committed:
            found.append((system, nth))
    return found


def strike(kind: str, system: str, nth: int) -> PlannedFault:
    """A strike at the nth opportunity in a system."""
    params: dict[str, str | int | bool] = {"actors": "engine"}
    if kind == "W06":
        params |= {"created": False, "delay_us": LATE_US}
    return PlannedFault(fid=f"{kind}#1", kind=kind, system=system, after_us=0, nth=nth, params=params)


def complaints(kind: str, system: str, nth: int) -> list[str]:
    """What the verdict complains of when the nth request to a system is struck."""
    plan, interface, policy = story()
    judged = ended(World(with_faults(plan, [strike(kind, system, nth)]), interface, policy))
    assert judged.verdict.fired == {kind: 1}
    return problems(judged.verdict)


@pytest.mark.parametrize("kind", ["W03", "M04", "W06"])
def test_the_story_has_writes_to_strike_in_every_system_that_is_written(kind: str) -> None:
    systems = {system for system, _ in positions(kind)}
    assert systems == {*WRITTEN, *(() if kind == "W06" else ("psa",))}
    assert len(positions(kind)) >= 20


@pytest.mark.parametrize("kind", ["W03", "M04", "W06"])
def test_a_strike_at_a_write_of_every_system_leaves_no_finding(kind: str) -> None:
    by_system: dict[str, list[int]] = {}
    for system, nth in positions(kind):
        by_system.setdefault(system, []).append(nth)
    some = [(system, writes[len(writes) // 2]) for system, writes in by_system.items()]
    assert {place: told for place in some if (told := complaints(kind, *place))} == {}


@pytest.mark.seeds
@pytest.mark.parametrize("kind", ["W03", "M04", "W06"])
def test_a_strike_at_any_write_leaves_no_finding(kind: str) -> None:
    assert {place: told for place in positions(kind) if (told := complaints(kind, *place))} == {}
