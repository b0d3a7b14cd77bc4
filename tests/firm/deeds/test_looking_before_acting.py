"""Every verb looks before it acts: done again by somebody who does not know of the first time, it changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.firm.deeds import VERBS
from tests.firm.played import Again, Played

Key = tuple[str, str, str]
# The busy desk is one office; the story fx-and-intercompany is of a group with several currencies.
DONE = sorted(set(VERBS) - {"intercompany", "revalue", "eliminate", "translate"})
# What of the money and the time there is must be the same, however often somebody tried.
MONEY = {
    "psa": {"time_entry", "timesheet_submission", "resolution", "invoice", "fixed_fee_item", "participation"},
    "erp": {"timeBill", "invoice", "invoiceLine", "customerPayment", "bankStatementLine", "transactionLine"},
    "revenue": {"rc_line", "rc_bill", "schedule", "netting", "gl_line", "batch"},
    "crm": {"Account", "Opportunity", "OpportunityLineItem"},
}


def money(played: Played) -> dict[Key, dict[str, Any]]:
    return {key: row for key, row in played.content().items() if key[1] in MONEY.get(key[0], ())}


@pytest.fixture
def again(doubled: Again) -> Played:
    assert doubled.played is not None
    return doubled.played


@pytest.mark.parametrize("verb", DONE)
def test_a_verb_done_twice_changes_nothing_the_second_time(doubled: Again, again: Played, verb: str) -> None:
    assert doubled.refusals[verb], "the verb was never done"
    for label in doubled.refusals[verb]:
        assert again.changes(label) or verb in ("approve_bill", "draft_time"), f"{label} changed nothing at first"
        assert again.changes(f"again: {label}") == []


@pytest.mark.parametrize("verb", DONE)
def test_a_verb_done_twice_is_known_to_be_done_the_second_time(doubled: Again, verb: str) -> None:
    assert set(doubled.refusals[verb].values()) == {None}


def test_when_everything_is_done_twice_the_five_systems_hold_the_same(busy: Played, again: Played) -> None:
    assert again.content() == busy.content()
    assert len(busy.content()) > 300


def test_when_the_first_answer_to_every_write_is_lost_time_and_money_are_the_same(
    busy: Played, unanswered: Played
) -> None:
    lost = [record for record in unanswered.history if record["kind"] == "complete" and record["resp"] == "lost"]
    assert len(lost) > 50
    assert money(unanswered) == money(busy)
    assert len(money(busy)) > 150


@pytest.mark.parametrize("verb", DONE)
def test_a_deed_whose_answers_were_lost_is_tried_again_and_done(busy: Played, unanswered: Played, verb: str) -> None:
    for deed in busy.world.plan.deeds:
        if deed.verb == verb:
            assert unanswered.outcomes.get(deed.label) == "done", deed.label


def test_a_lost_answer_puts_no_second_event_into_the_hris(busy: Played, unanswered: Played) -> None:
    assert len(unanswered.rows("hris", "event")) == len(busy.rows("hris", "event")) == 11


def test_a_lost_answer_is_recorded_as_a_door_that_stayed_closed_a_while(unanswered: Played) -> None:
    first, last = unanswered.notes("blocked", "sell ENG-01")
    assert first["need"] == "crm POST /services/data/v62.0/sobjects/Account: no answer"
    assert (first["until_us"], last["need"]) == (None, "")
    # Account, opportunity and line get through one try after the other: waits of 20, 40 and 80 minutes between them.
    waited = (last["until_us"] - first["since_us"]) // 60_000_000
    assert 140 <= waited <= 145
