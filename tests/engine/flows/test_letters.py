"""Dead letters as work: filed once under their own key, replayed or waived by their owner's word, never in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US
from sandbox.engine.engine import Engine, about
from sandbox.engine.flows.letters import LettersFlow, case_key, case_work
from sandbox.engine.policy import NaivePolicy, Policy
from sandbox.engine.resilience import Refused
from sandbox.engine.store import OPEN, REPLAYED, RESOLVED, WAIVED, DeadLetter, NewWork, Work
from sandbox.engine.weakened import Forgetful, Silent
from tests.engine.builders import Room, answer_lost, answered
from tests.engine.conftest import Opened

FINANCE = "finance-uk"
LETTER = DeadLetter(
    letter_id="cash BL-17",
    flow="cash",
    key="BL-17",
    reason="erp PUT answered 400: no such item",
    owner="finance",
    amount="566.67 GBP",
    raised_us=0,
    due_us=2 * DAY_US,
    payload={"on": "2026-01-21"},
)
WORK = Work("cash", "BL-17", "BL-17", LETTER.payload, 0, 0, 0)


def flow(room: Room) -> LettersFlow:
    return LettersFlow(room.context, {}, about)


def look(room: Room) -> None:
    """Bring letter and case together."""
    room.do(flow(room).handle(Work("letters", LETTER.letter_id, LETTER.letter_id, None, 0, 0, 0)))


def bury(room: Room, letter: DeadLetter = LETTER) -> None:
    room.do(room.store.bury_work(WORK, letter))
    look(room)


def case(room: Room) -> dict[str, Any]:
    return room.row("crm", "Case")


def close(room: Room, word: str) -> None:
    """Finance closes the case with a word, an hour later."""
    room.wait(HOUR_US)
    path = f"/sobjects/Case/{case(room)['Id']}"
    room.at_desk(FINANCE, "crm", "PATCH", path, json={"Status": "Closed", "Resolution__c": word})


def state(room: Room) -> str:
    (letter,) = room.store.all_letters()
    return letter.state


def due(room: Room) -> list[str]:
    return [work.flow for work in room.do(room.store.due_work(room.kernel.now_us(), 10))]


def test_a_letter_is_a_case_with_owner_amount_and_day(won: Room) -> None:
    bury(won)
    row = case(won)
    assert (row["Dead_Letter_Key__c"], row["Owner_Team__c"], row["Flow__c"]) == ("cash:BL-17", "Finance", "cash")
    assert (row["Amount__c"], row["CurrencyIsoCode"], row["Due_Date__c"]) == (5_666_700, "GBP", 2 * DAY_US)
    assert (row["Record_Key__c"], row["Status"], row["Resolution__c"]) == ("payment:BL-17", "New", None)
    assert row["Subject"] == "cash BL-17, 566.67 GBP was refused"
    assert row["Description"] == LETTER.reason


@pytest.mark.parametrize(
    ("amount", "subject"), [("240 min", "cash BL-17, 240 min was refused"), ("", "cash BL-17 was refused")]
)
def test_what_is_no_money_is_no_amount(won: Room, amount: str, subject: str) -> None:
    bury(won, replace(LETTER, amount=amount))
    assert (case(won)["Amount__c"], case(won)["Subject"]) == (None, subject)


def test_however_often_it_is_looked_at_there_is_one_case_and_it_is_left_alone(won: Room) -> None:
    bury(won)
    before = case(won)
    for _ in range(3):
        look(won)
    assert case(won) == before


def test_a_lost_answer_makes_no_second_case(won: Room) -> None:
    won.wire.meets("crm", "PATCH", "/Case/", answer_lost, answer_lost)
    bury(won)
    assert len(won.rows("crm", "Case")) == 1


def test_an_engine_without_keys_files_twice(opened: Opened, won_state: Any) -> None:
    room = opened(NaivePolicy, saved=won_state)
    bury(room)
    look(room)
    assert len(room.rows("crm", "Case")) == 2


def test_a_corrected_letter_is_tried_again_under_its_own_key(won: Room) -> None:
    bury(won)
    close(won, "Corrected")
    look(won)
    assert state(won) == REPLAYED
    (work,) = won.do(won.store.due_work(won.kernel.now_us(), 10))
    assert (work.flow, work.key, work.payload) == ("cash", "BL-17", LETTER.payload)
    assert [note["dl"]["id"] for note in won.notes.events("letter replayed")] == ["cash BL-17"]


def test_a_word_is_acted_on_once_and_work_that_waits_already_is_enough(won: Room) -> None:
    bury(won)
    close(won, "Replayed")
    look(won)
    look(won)
    assert due(won) == ["cash"]
    assert len(won.notes.events("letter replayed")) == 1


def test_a_letter_refused_again_opens_its_case_again_and_keeps_its_age(won: Room) -> None:
    bury(won)
    close(won, "Corrected")
    look(won)
    bury(won, replace(LETTER, reason="still no such item", raised_us=HOUR_US, due_us=3 * DAY_US))
    (letter,) = won.store.all_letters()
    assert (letter.state, letter.raised_us, letter.reason) == (OPEN, 0, "still no such item")
    row = case(won)
    assert (row["Status"], row["Resolution__c"], row["Description"]) == ("New", None, "still no such item")
    # The next word is another one.
    close(won, "Corrected")
    look(won)
    assert state(won) == REPLAYED


def test_a_waived_letter_is_over_and_is_not_tried_again(won: Room) -> None:
    bury(won)
    close(won, "Waived")
    look(won)
    assert (state(won), due(won)) == (WAIVED, [])
    assert [letter.state for letter in won.store.letters()] == [WAIVED]


def test_a_letter_that_was_resolved_by_itself_closes_its_case(won: Room) -> None:
    bury(won)
    assert won.do(won.store.finish_work(WORK, won.kernel.now_us()))
    assert state(won) == RESOLVED
    look(won)
    assert (case(won)["Status"], case(won)["Resolution__c"]) == ("Closed", "Corrected")


def test_a_case_closed_without_a_word_is_opened_again(won: Room) -> None:
    bury(won)
    won.at_desk(FINANCE, "crm", "PATCH", f"/sobjects/Case/{case(won)['Id']}", json={"Status": "Closed"})
    look(won)
    assert (case(won)["Status"], state(won)) == ("New", OPEN)


def test_somebody_working_on_a_case_is_not_disturbed(won: Room) -> None:
    bury(won)
    won.at_desk(FINANCE, "crm", "PATCH", f"/sobjects/Case/{case(won)['Id']}", json={"Status": "Working"})
    look(won)
    assert case(won)["Status"] == "Working"


def test_an_engine_that_forgets_tries_nothing_again(opened: Opened, won_state: Any) -> None:
    room = opened(Forgetful, saved=won_state)
    bury(room)
    close(room, "Corrected")
    look(room)
    assert (state(room), due(room)) == (OPEN, [])


def test_an_engine_that_is_silent_has_nothing_to_file(opened: Opened, won_state: Any) -> None:
    room = opened(Silent, saved=won_state)
    assert case_work(room.context, LETTER.letter_id) is None


# -- in the engine -----------------------------------------------------------------------------------------------------


class Refusing:
    """A flow that refuses until its cause is mended."""

    name = "time"

    def __init__(self) -> None:
        self.mended = False
        self.keys: list[str] = []

    async def handle(self, work: Work) -> None:
        self.keys.append(work.key)
        if not self.mended:
            raise Refused("erp PUT answered 400: no such item", 400)


def running(room: Room) -> tuple[Engine, Refusing]:
    """An engine whose time is refused, with one card in its queue."""
    engine, refusing = Engine(room.context), Refusing()
    engine._flows["time"] = refusing
    engine._sources = {"crm.changes": engine._sources["crm.changes"]}
    engine.start(lambda task: None)
    payload = {"minutes": 400, "billable": True, "rate": "85.00", "currency": "GBP"}
    room.do(room.context.take("psa.events", (), [NewWork("time", "TE-1", "TE-1", payload)]))
    engine._rouse()
    room.wait(MINUTE_US)
    return engine, refusing


def test_what_is_refused_is_filed_heard_of_and_replayed(won: Room) -> None:
    _, refusing = running(won)
    assert case(won)["Amount__c"] == 5_666_700
    refusing.mended = True
    close(won, "Corrected")
    won.wait(5 * HOUR_US)
    assert (state(won), refusing.keys) == (RESOLVED, ["TE-1", "TE-1"])
    assert [event["dl"]["id"] for event in won.notes.events("letter resolved")] == ["time TE-1"]


def test_a_crm_that_is_down_holds_up_no_letter_and_the_case_comes_later(won: Room) -> None:
    won.wire.always("crm", "*", "", answered(503))
    running(won)
    won.wait(2 * HOUR_US)
    assert [letter.letter_id for letter in won.store.letters()] == ["time TE-1"]
    assert won.rows("crm", "Case") == []
    won.wire.heal()
    won.wait(2 * HOUR_US)
    assert len(won.rows("crm", "Case")) == 1


def test_a_case_the_crm_will_never_take_is_told_and_is_no_letter_about_a_letter(won: Room) -> None:
    won.wire.always("crm", "PATCH", "/Case/", answered(400, b"[]"))
    running(won)
    assert [letter.letter_id for letter in won.store.letters()] == ["time TE-1"]
    assert won.store.waiting() == 0
    assert [event["letter"] for event in won.notes.events("case not filed")] == ["time TE-1"]


def test_what_is_given_up_on_a_friday_is_due_on_tuesday(won: Room) -> None:
    # The room begins on a Monday.
    won.wait_until(4 * DAY_US + 12 * HOUR_US)
    running(won)
    (letter,) = won.store.letters()
    assert letter.due_us // DAY_US == 8
    assert Policy().letter_due_workdays("IT") == 1


# -- names -------------------------------------------------------------------------------------------------------------


def test_a_case_is_called_after_its_letter_and_never_too_long() -> None:
    assert case_key("time 5025892979") == "time:5025892979"
    long = case_key(f"event psa/{'x' * 100}1"), case_key(f"event psa/{'x' * 100}2")
    assert {len(key) for key in long} <= set(range(81))
    assert long[0] != long[1]
