"""The firm at work: deeds wait for their time and for each other, are blocked, retried, done or given up; on record."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US
from sandbox.core.errors import HarnessError, NoAnswer, UsageError
from sandbox.firm.acting import Firm
from sandbox.firm.deeds import VERBS
from sandbox.firm.desk import Blocked, Desk
from sandbox.hosting import watch
from sandbox.plan import Deed, Plan
from tests.firm.builders import planned, shipped
from tests.firm.stage import Stage

DUE = 10 * HOUR_US
TINY = planned(*shipped("tiny-thread"))


def deed(label: str, *, due_us: int = DUE, patience_us: int = 10 * DAY_US, after: tuple[str, ...] = ()) -> Deed:
    return Deed(
        label=label, person="W-0003", verb="sell", due_us=due_us, deadline_us=due_us + patience_us, after=after,
        args={"deed": label},
    )  # fmt: skip


class Play:
    """A firm whose people do nothing but what the test lets them: ``refusals`` says what each try of a deed meets."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *deeds: Deed,
        outcomes: dict[str, str] | None = None,
        start_us: int = 0,
    ) -> None:
        self.stage = Stage(TINY.model_copy(update={"deeds": deeds}), start_us)
        self.tries: list[tuple[str, int, int]] = []
        self.refusals: dict[str, list[str | Exception | None]] = {}
        monkeypatch.setitem(VERBS, "sell", self._sell)
        self.firm = Firm(self.stage.plan, self.stage.around, outcomes)
        self.firm.start(watch)

    async def _sell(self, desk: Desk, args: dict[str, Any]) -> None:
        label = args["deed"]
        self.tries.append((label, desk.ports.now_us(), desk.attempts))
        assert self.firm.acting == 1
        refusals = self.refusals.get(label, [])
        refusal = refusals[0] if len(refusals) == 1 else refusals.pop(0) if refusals else None
        if isinstance(refusal, str):
            raise Blocked(refusal)
        if refusal is not None:
            desk.asked = "crm GET /query"
            raise refusal

    def to(self, us: int) -> None:
        self.stage.kernel.run_to(us)

    @property
    def notes(self) -> list[tuple[int, str, dict[str, Any]]]:
        """When, kind, fields; everything is said by the person who acts."""
        assert {actor for _, actor, _, _ in self.stage.notes.lines} <= {"biz:W-0003"}
        return [(us, kind, fields) for us, _, kind, fields in self.stage.notes.lines]


def minutes(us: int) -> int:
    """Minutes since the deed was due."""
    whole, odd = divmod(us - DUE, MINUTE_US)
    assert odd == 0
    return whole


def done(label: str) -> dict[str, Any]:
    return {"deed": label, "verb": "sell", "outcome": "done"}


# -- doing -------------------------------------------------------------------------------------------------------------


def test_a_deed_is_done_at_its_time_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a"))
    play.to(DUE - 1)
    assert (play.tries, play.firm.outcomes, play.firm.open_deeds()) == ([], {}, ["a"])
    play.to(DUE)
    assert play.tries == [("a", DUE, 0)]
    assert play.notes == [(DUE, "deed", done("a"))]
    assert (play.firm.outcomes, play.firm.open_deeds(), play.firm.acting) == ({"a": "done"}, [], 0)


def test_a_person_knows_the_agreed_terms_and_acts_under_the_label_of_the_deed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    async def look(desk: Desk, args: dict[str, Any]) -> None:
        meta = desk.ports._meta
        seen.append(
            (desk.person.name, desk.terms("ENG-01").title, desk.client("CL-ENG-01").name, meta.actor, meta.deed)
        )

    play = Play(monkeypatch, deed("a"))
    monkeypatch.setitem(VERBS, "sell", look)
    play.to(DUE)
    assert seen == [("W-0003", "Health check", "Harbour Rail plc", "biz:W-0003", "a")]


def test_a_plan_with_an_unknown_verb_is_refused_by_deed_and_verb() -> None:
    wrong = deed("sell ENG-01").model_copy(update={"verb": "sel"})
    stage = Stage(TINY.model_copy(update={"deeds": (wrong,)}))
    with pytest.raises(UsageError, match="deed 'sell ENG-01': unknown verb 'sel'; did you mean 'sell'") as told:
        Firm(stage.plan, stage.around)
    assert told.value.code == "unknown_verb"


def test_every_verb_of_a_plan_is_one_the_firm_knows(busy_plan: Plan) -> None:
    # The story fx-and-intercompany is of a group: it charges an office for its people, and has several currencies.
    group = {"intercompany", "revalue", "eliminate", "translate"}
    assert {each.verb for each in busy_plan.deeds} | group == set(VERBS)
    Firm(busy_plan, Stage(busy_plan).around)


def test_a_mistake_of_ours_ends_the_run_and_is_not_taken_for_a_closed_door(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a"))
    play.refusals["a"] = [ZeroDivisionError("a bug")]
    with pytest.raises(HarnessError, match="biz:W-0003/a failed: ZeroDivisionError"):
        play.to(DUE)
    assert play.firm.acting == 0
    assert play.firm.outcomes == {}


# -- blocked -----------------------------------------------------------------------------------------------------------


def test_a_blocked_deed_is_tried_again_at_doubling_waits_of_eight_hours_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = Play(monkeypatch, deed("a", patience_us=3 * DAY_US))
    play.refusals["a"] = ["the project is not there"]
    play.to(DUE + 4 * DAY_US)
    # Twenty minutes, doubled to 40, 80, 160, 320; then 480 each time. Three days are 4,320 minutes.
    assert [minutes(us) for _, us, _ in play.tries] == [
        0, 20, 60, 140, 300, 620, 1100, 1580, 2060, 2540, 3020, 3500, 3980,
    ]  # fmt: skip
    assert [attempts for _, _, attempts in play.tries] == list(range(13))


def test_a_deed_that_is_let_in_at_last_is_done_and_its_waiting_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a"))
    play.refusals["a"] = ["no project", "no task", None]
    play.to(DUE + DAY_US)
    end = DUE + 60 * MINUTE_US
    assert play.notes == [
        (DUE, "blocked", {"deed": "a", "need": "no project", "since_us": DUE, "until_us": None}),
        (end, "blocked", {"deed": "a", "need": "", "since_us": DUE, "until_us": end}),
        (end, "deed", done("a")),
    ]
    assert play.firm.outcomes == {"a": "done"}


def test_a_deed_still_blocked_at_its_deadline_is_abandoned_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a", patience_us=HOUR_US))
    play.refusals["a"] = ["no project"]
    play.to(DUE + DAY_US)
    # The third try is at the deadline itself; a fourth would be past it.
    end = DUE + HOUR_US
    assert [minutes(us) for _, us, _ in play.tries] == [0, 20, 60]
    assert play.notes[1:] == [
        (end, "blocked", {"deed": "a", "need": "", "since_us": DUE, "until_us": end}),
        (end, "deed", {"deed": "a", "verb": "sell", "outcome": "abandoned"}),
    ]
    assert (play.firm.outcomes, play.firm.open_deeds()) == ({"a": "abandoned"}, [])


def test_a_deed_is_given_up_when_the_next_try_would_come_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a", patience_us=HOUR_US - 1))
    play.refusals["a"] = ["no project"]
    play.to(DUE + DAY_US)
    assert [minutes(us) for _, us, _ in play.tries] == [0, 20]
    assert play.notes[-1] == (DUE + 20 * MINUTE_US, "deed", {**done("a"), "outcome": "abandoned"})


def test_no_answer_is_a_closed_door_and_says_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a"))
    play.refusals["a"] = [NoAnswer("no answer from crm"), None]
    play.to(DUE + DAY_US)
    assert play.notes[0][2]["need"] == "crm GET /query: no answer"
    assert [attempts for _, _, attempts in play.tries] == [0, 1]
    assert play.firm.outcomes == {"a": "done"}


def test_what_is_blocked_when_the_story_ends_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    late = TINY.end_us - 30 * MINUTE_US
    play = Play(monkeypatch, deed("a", due_us=late))
    play.refusals["a"] = ["no project"]
    play.to(TINY.end_us + DAY_US)
    # Twenty minutes later the story still goes on, an hour later it is over.
    assert [us - late for _, us, _ in play.tries] == [0, 20 * MINUTE_US]
    assert (play.firm.outcomes, play.firm.open_deeds()) == ({}, ["a"])
    assert [kind for _, kind, _ in play.notes] == ["blocked"]


# -- after each other --------------------------------------------------------------------------------------------------


def test_a_deed_waits_for_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("first"), deed("second", due_us=DUE + MINUTE_US, after=("first",)))
    play.refusals["first"] = ["closed", None]
    play.to(DUE + DAY_US)
    assert [(label, minutes(us), attempts) for label, us, attempts in play.tries] == [
        ("first", 0, 0), ("first", 20, 1), ("second", 20, 0),
    ]  # fmt: skip
    assert play.firm.outcomes == {"first": "done", "second": "done"}


def test_a_deed_does_not_come_before_its_time_because_the_one_before_it_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = Play(monkeypatch, deed("first"), deed("second", due_us=DUE + HOUR_US, after=("first",)))
    play.to(DUE + DAY_US)
    assert [(label, minutes(us)) for label, us, _ in play.tries] == [("first", 0), ("second", 60)]


def test_everybody_who_waits_for_a_deed_goes_on_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [deed(label, after=("first",)) for label in ("b", "c", "d")]
    play = Play(monkeypatch, *others, deed("first", due_us=DUE + HOUR_US))
    play.to(DUE + DAY_US)
    assert [label for label, _, _ in play.tries] == ["first", "b", "c", "d"]
    assert {minutes(us) for _, us, _ in play.tries} == {60}


def test_a_deed_after_two_others_waits_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    both = deed("both", after=("early", "late"))
    play = Play(monkeypatch, deed("early"), deed("late", due_us=DUE + HOUR_US), both)
    play.to(DUE + DAY_US)
    assert [(label, minutes(us)) for label, us, _ in play.tries] == [("early", 0), ("late", 60), ("both", 60)]


def test_what_comes_after_an_abandoned_deed_is_abandoned_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = (
        deed("first", patience_us=0),
        deed("second", due_us=DUE + MINUTE_US, after=("first",)),
        deed("third", due_us=DUE + 2 * MINUTE_US, after=("second",)),
        deed("other", due_us=DUE + 3 * MINUTE_US),
    )
    play = Play(monkeypatch, *chain)
    play.refusals["first"] = ["closed"]
    play.to(DUE + DAY_US)
    assert [label for label, _, _ in play.tries] == ["first", "other"]
    assert play.firm.outcomes == {"first": "abandoned", "second": "abandoned", "third": "abandoned", "other": "done"}
    ends = [(minutes(us), fields["deed"], fields["outcome"]) for us, kind, fields in play.notes if kind == "deed"]
    assert ends == [
        (0, "first", "abandoned"), (1, "second", "abandoned"), (2, "third", "abandoned"), (3, "other", "done"),
    ]  # fmt: skip


def test_one_abandoned_deed_of_two_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    both = deed("both", after=("well", "badly"))
    play = Play(monkeypatch, deed("well"), deed("badly", patience_us=0), both)
    play.refusals["badly"] = ["closed"]
    play.to(DUE + DAY_US)
    assert play.firm.outcomes == {"well": "done", "badly": "abandoned", "both": "abandoned"}


# -- going on from a saved world ---------------------------------------------------------------------------------------


def test_a_deed_that_is_over_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"over": "done", "given up": "abandoned"}
    play = Play(monkeypatch, deed("over"), deed("given up"), deed("open"), outcomes=saved, start_us=DUE + HOUR_US)
    assert play.firm.open_deeds() == ["open"]
    play.to(DUE + DAY_US)
    assert [label for label, _, _ in play.tries] == ["open"]
    assert saved == {"over": "done", "given up": "abandoned"}
    assert play.firm.outcomes == {**saved, "open": "done"}


def test_a_deed_that_was_due_looks_before_it_acts_and_one_still_to_come_need_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = DUE + HOUR_US
    deeds = (deed("due"), deed("due now", due_us=now), deed("to come", due_us=now + 1))
    play = Play(monkeypatch, *deeds, outcomes={}, start_us=now)
    play.to(now + DAY_US)
    assert play.tries == [("due", now, 1), ("due now", now, 1), ("to come", now + 1, 0)]


def test_in_a_fresh_world_even_a_deed_due_at_once_is_a_first_try(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, deed("a", due_us=0))
    play.to(DAY_US)
    assert play.tries == [("a", 0, 0)]


def test_what_was_saved_of_a_deed_decides_about_those_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    deeds = (deed("well"), deed("badly"), deed("after well", after=("well",)), deed("after badly", after=("badly",)))
    play = Play(monkeypatch, *deeds, outcomes={"well": "done", "badly": "abandoned"}, start_us=DUE + HOUR_US)
    play.to(DUE + DAY_US)
    assert [label for label, _, _ in play.tries] == ["after well"]
    assert play.firm.outcomes["after badly"] == "abandoned"


def test_without_the_deed_it_waits_for_a_deed_is_never_tried_and_all_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Deeds can be taken out of a plan one by one.
    play = Play(monkeypatch, deed("orphan", after=("taken out",)), deed("other"))
    play.to(TINY.end_us + DAY_US)
    assert [label for label, _, _ in play.tries] == ["other"]
    assert play.firm.outcomes == {"other": "done"}
