"""Time: approved cards become actuals once, in the month of their approval; a sweep finds what a feed lost."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.errors import SandboxError
from sandbox.engine.canonical import TimeEntry
from sandbox.engine.flows.time import TimeFlow, _entry, _payload
from sandbox.engine.policy import NaivePolicy
from sandbox.engine.resilience import Missing, Refused, Unavailable
from sandbox.engine.store import Work
from tests.engine.builders import Room, Saved, answer_lost, book
from tests.engine.conftest import Opened
from tests.engine.flows.cards import entry_on, look, period_of, posted, sync

# Monday 2 February 2026, noon in London: the time cut-off of January.
CUTOFF_US = 14 * DAY_US + 12 * HOUR_US

# -- learning ----------------------------------------------------------------------------------------------------------


def test_approved_cards_are_queued_as_they_are_now_one_lane_each(worked: Room) -> None:
    queued = {each.lane: each for each in look(worked)}
    assert set(queued) == {row["id"] for row in worked.rows("psa", "time_entry")}
    payload = queued[entry_on(worked, "2026-01-22")["id"]].payload
    assert (payload["minutes"], payload["on"], payload["rate"]) == (400, "2026-01-22", "85")
    assert {each.flow for each in queued.values()} == {"time"}


def test_cards_that_wait_for_approval_are_left_until_they_are_approved(won: Room) -> None:
    won.act("W-0001", "staff", engagement="ENG-01", team=["W-0003"])
    won.wait_until(4 * DAY_US)
    book(won, "W-0003", "ENG-01", "analyst", ("2026-01-21", 400), approve=False)
    won.wait(MINUTE_US)
    assert look(won) == []
    won.act("W-0001", "approve", engagement="ENG-01", person="W-0003", title="ENG-01 W-0003 2026-01-21")
    won.wait(MINUTE_US)
    assert [each.key for each in look(won)] == [entry_on(won, "2026-01-21")["id"]]


def test_a_card_that_is_changed_before_it_is_submitted_is_news_and_no_work(worked: Room) -> None:
    sync(worked)
    known = entry_on(worked, "2026-01-22")
    entry = {
        "workspace_id": known["workspace_id"],
        "story_id": known["story_id"],
        "date_performed": "2026-01-23",
        "time_in_minutes": 60,
    }
    made = worked.at_desk("W-0003", "psa", "POST", "/time_entries.json", {"time_entry": entry})
    entry_id = made["results"][0]["id"]
    change = {"time_entry": {"time_in_minutes": 90}}
    worked.at_desk("W-0003", "psa", "PUT", f"/time_entries/{entry_id}.json", change)
    worked.wait(MINUTE_US)
    events = worked.do(worked.context.psa.changes("2026-01-24T00:01:00Z"))
    assert [each.subject_id for each in events] == [entry_id]
    assert look(worked) == []


def test_an_event_that_is_read_twice_is_taken_once(worked: Room) -> None:
    sync(worked)
    # Looks overlap by ten minutes: feeds are late.
    assert look(worked) == []
    worked.crash()
    assert look(worked) == []


def test_an_event_recorded_late_is_read_by_the_next_look(worked: Room) -> None:
    sync(worked)
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60))
    # Not recorded yet: the watermark moves past the instant it happened.
    assert look(worked) == []
    worked.wait(MINUTE_US)
    assert [each.key for each in look(worked)] == [entry_on(worked, "2026-01-23")["id"]]


def test_an_event_that_surfaces_behind_the_watermark_is_still_found(worked: Room) -> None:
    sync(worked)
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60))
    # Something newer was read meanwhile, and the watermark is eight minutes past the late one.
    worked.wait(8 * MINUTE_US)
    worked.do(worked.context.take("psa.events", ["something newer"], [], worked.ports().now_iso()))
    assert [each.key for each in look(worked)] == [entry_on(worked, "2026-01-23")["id"]]


def test_a_restarted_engine_reads_from_its_watermark_and_not_all_over(worked: Room) -> None:
    sync(worked)
    worked.wait(DAY_US)
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60))
    worked.wait(MINUTE_US)
    worked.crash()
    worked.wire.log.clear()
    assert len(look(worked)) == 1
    # Ten minutes before the last look, which was on the sixth day.
    assert "created_after=2026-01-23T23%3A51%3A00Z" in worked.wire.log[0].request.query


def test_pre_bills_in_the_feed_are_billings_business(worked: Room) -> None:
    sync(worked)
    worked.act("finance-uk", "draft_time", engagement="ENG-01", bill="ENG-01 2026-01", through="2026-01-31")
    worked.wait(MINUTE_US)
    bills = [each for each in look(worked) if each.flow == "billing"]
    assert [(each.lane, each.key) for each in bills] == [(worked.row("psa", "invoice")["id"],) * 2]


def test_every_event_is_a_lane_of_its_own_for_the_naive_engine(opened: Opened, worked_state: Saved) -> None:
    room = opened(NaivePolicy, saved=worked_state)
    assert all(each.lane.startswith(f"{each.key} ") for each in look(room))


@given(
    st.builds(
        TimeEntry,
        minutes=st.integers(1, 1440),
        rate=st.decimals(0, 10_000, places=4),
        on=st.dates(),
        submission_id=st.none() | st.text(),
        approved_us=st.none() | st.integers(0, 10**15),
    )
)
def test_a_card_is_the_same_after_it_waited_in_the_store(entry: TimeEntry) -> None:
    assert _entry(orjson.loads(orjson.dumps(_payload(entry)))) == entry


# -- accounting --------------------------------------------------------------------------------------------------------


def test_a_card_becomes_one_actual_and_what_revenue_counts_on(worked: Room) -> None:
    sync(worked)
    entry = entry_on(worked, "2026-01-22")
    row = posted(worked)[f"PSA-T-{entry['id']}"]
    assert (row["hours"], row["rate"], row["isBillable"], row["tranDate"]) == (400, 850_000, 1, "2026-01-22")
    assert row["custcol_contract_line"] == "ENG-01-L1"
    card = worked.do(worked.store.timecard(entry["id"]))
    assert card is not None
    # 400 minutes at 85.00: 566.666 -> 566.67, at 1e-4.
    assert (card.engagement, card.line, card.period) == ("ENG-01", "ENG-01-L1", "2026-01")
    assert (card.minutes, card.value, card.billable, card.posted) == (400, 5_666_700, True, True)
    assert worked.do(worked.store.time_totals()) == [
        ("ENG-01-L1", "2026-01", 800, 11_333_400),
        ("ENG-02-L1", "2026-01", 480, 8_400_000),
    ]


def test_a_card_is_posted_with_the_item_of_its_role(worked: Room) -> None:
    sync(worked)
    items = {row["id"]: row["itemId"] for row in worked.rows("erp", "serviceSaleItem")}
    by_role = {on: items[posted(worked)[f"PSA-T-{entry_on(worked, on, who)['id']}"]["item"]] for on, who in (
        ("2026-01-22", "W-0003"), ("2026-01-21", "W-0002"),
    )}  # fmt: skip
    assert by_role == {"2026-01-22": "ROLE-ANALYST", "2026-01-21": "ROLE-CONSULTANT"}


def test_doing_the_same_card_again_changes_nothing(worked: Room) -> None:
    look(worked)
    works = worked.do(worked.store.due_work(worked.kernel.now_us(), 10))
    flow = TimeFlow(worked.context)
    for each in works:
        worked.do(flow.handle(each))
    worked.wait(HOUR_US)
    before = worked.dump("erp")
    worked.wire.log.clear()
    for each in reversed(works):
        worked.do(flow.handle(each))
    assert worked.dump("erp") == before
    assert worked.wire.sent("erp", "PUT", "/timeBill/") == []
    assert worked.do(worked.store.time_totals())[0] == ("ENG-01-L1", "2026-01", 800, 11_333_400)


def test_what_was_told_before_a_change_of_unknown_outcome_is_told_again(worked: Room) -> None:
    sync(worked)
    flow, entry = TimeFlow(worked.context), entry_on(worked, "2026-01-22")
    (now,) = worked.do(worked.context.psa.time_entries([entry["id"]]))
    was, changed = (
        Work("time", "", entry["id"], _payload(each), 0, 0, 0) for each in (now, replace(now, billable=False))
    )
    # Every answer is lost, and every attempt was executed.
    worked.wire.always("erp", "PUT", "/timeBill/", answer_lost)
    assert isinstance(worked.fails(flow.handle(changed)), Unavailable)
    worked.wire.heal()
    assert posted(worked)[f"PSA-T-{entry['id']}"]["isBillable"] == 0
    worked.do(flow.handle(was))
    assert posted(worked)[f"PSA-T-{entry['id']}"]["isBillable"] == 1


def test_time_that_is_not_billable_costs_and_earns_nothing(worked: Room) -> None:
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60), billable=False)
    worked.wait(MINUTE_US)
    sync(worked)
    entry = entry_on(worked, "2026-01-23")
    card = worked.do(worked.store.timecard(entry["id"]))
    assert card is not None
    assert (card.minutes, card.value, card.billable) == (60, 0, False)
    assert posted(worked)[f"PSA-T-{entry['id']}"]["isBillable"] == 0


def test_time_written_off_is_taken_out_of_the_value_and_stays_in_the_hours(worked: Room) -> None:
    sync(worked)
    worked.screen(
        "W-0001", "psa", "write_off", time_entry_ids=[entry_on(worked, "2026-01-22")["id"]], reason="not chargeable"
    )
    worked.wait(MINUTE_US)
    sync(worked)
    assert worked.do(worked.store.time_totals())[0] == ("ENG-01-L1", "2026-01", 800, 5_666_700)
    assert posted(worked)[f"PSA-T-{entry_on(worked, '2026-01-22')['id']}"]["isBillable"] == 0


# -- the cut-off -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approved_us", "month"),
    [
        (CUTOFF_US - SECOND_US, "2026-01"),
        (CUTOFF_US, "2026-01"),
        (CUTOFF_US + SECOND_US, "2026-02"),
    ],
)
def test_the_second_of_the_cut_off_is_still_in_time(worked: Room, approved_us: int, month: str) -> None:
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-30", 60), approve=False)
    worked.wait_until(approved_us)
    worked.act("W-0001", "approve", engagement="ENG-01", person="W-0003", title="ENG-01 W-0003 2026-01-30")
    worked.wait(MINUTE_US)
    sync(worked)
    assert period_of(worked, "2026-01-30") == month
    periods = {row["id"]: row["startDate"] for row in worked.rows("erp", "accountingPeriod")}
    row = posted(worked)[f"PSA-T-{entry_on(worked, '2026-01-30')['id']}"]
    assert (periods[row["custcol_posting_period"]], row["tranDate"]) == (f"{month}-01", "2026-01-30")


def test_it_is_the_approval_that_counts_not_when_the_engine_learns_of_it(worked: Room) -> None:
    worked.wait_until(CUTOFF_US - DAY_US)
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-30", 60))
    worked.wait_until(CUTOFF_US + 5 * DAY_US)
    sync(worked)
    assert period_of(worked, "2026-01-30") == "2026-01"


def test_a_card_stays_in_the_month_it_was_accounted_in(worked: Room) -> None:
    sync(worked)
    assert period_of(worked, "2026-01-22") == "2026-01"
    # Written off after the cut-off: January's time, less worth.
    worked.wait_until(CUTOFF_US + DAY_US)
    worked.screen("W-0001", "psa", "write_off", time_entry_ids=[entry_on(worked, "2026-01-22")["id"]], reason="x")
    worked.wait(MINUTE_US)
    sync(worked)
    assert period_of(worked, "2026-01-22") == "2026-01"


# -- what has to be there first ----------------------------------------------------------------------------------------


def missing(room: Room, on: str = "2026-01-22") -> str:
    (work,) = [each for each in look(room) if each.key == entry_on(room, on)["id"]]
    failed = room.fails(TimeFlow(room.context).handle(work))
    assert isinstance(failed, Missing), repr(failed)
    return failed.message


def test_time_waits_for_its_project_its_task_and_its_worker(worked: Room) -> None:
    entry = entry_on(worked, "2026-01-22")
    store = worked.store
    for kind, native, said in (
        ("worker", entry["user_id"], f"worker {entry['user_id']} of the psa is not known yet"),
        ("line", entry["story_id"], f"line {entry['story_id']} of the psa is not known yet"),
        ("engagement", entry["workspace_id"], f"engagement {entry['workspace_id']} of the psa is not known yet"),
    ):
        store._write("DELETE FROM xref WHERE system = 'psa' AND kind = ? AND native = ?", (kind, native))
        store._write("DELETE FROM seen", ())
        assert missing(worked) == said
    assert worked.rows("erp", "timeBill") == []


def test_time_waits_for_the_setup_to_end_and_for_the_erp_to_know_the_worker(worked: Room) -> None:
    worked.store._write("DELETE FROM xref WHERE system = 'erp' AND kind = 'worker'", ())
    assert missing(worked) == "worker W-0003 is not in the erp yet"
    worked.store._write("DELETE FROM document WHERE kind = 'deal'", ())
    worked.store._write("DELETE FROM seen", ())
    assert missing(worked) == "engagement ENG-01 is not set up yet"


def test_time_with_a_role_the_erp_has_no_item_for_is_refused(worked: Room) -> None:
    look(worked)
    # As if the item had never been there: the engine is told of another naming.
    worked.context.erp._settings = replace(worked.context.settings, role_item="SKILL-{role}")
    (work,) = [each for each in worked.do(worked.store.due_work(worked.kernel.now_us(), 9)) if
               each.key == entry_on(worked, "2026-01-22")["id"]]  # fmt: skip
    failed = worked.fails(TimeFlow(worked.context).handle(work))
    assert isinstance(failed, Refused)
    assert "SKILL-ANALYST" in failed.message
    card = worked.do(worked.store.timecard(work.key))
    assert card is not None
    assert not card.posted


def test_time_without_a_role_is_refused_and_ends_no_engine(worked: Room) -> None:
    # Somebody of finance has no grade: the PSA takes such time as long as it is not billable.
    worked.act("W-0001", "staff", engagement="ENG-01", team=["finance-uk"])
    entry = {
        "workspace_id": entry_on(worked, "2026-01-22")["workspace_id"],
        "story_id": entry_on(worked, "2026-01-22")["story_id"],
        "date_performed": "2026-01-23",
        "time_in_minutes": 30,
        "billable": False,
    }
    made = worked.at_desk("finance-uk", "psa", "POST", "/time_entries.json", {"time_entry": entry})
    entry_id = made["results"][0]["id"]
    sheet = {"workspace_id": entry["workspace_id"], "title": "finance", "line_item_ids": [entry_id]}
    worked.at_desk("finance-uk", "psa", "POST", "/timesheet_submissions.json", {"timesheet_submission": sheet})
    worked.act("W-0001", "approve", engagement="ENG-01", person="finance-uk", title="finance")
    worked.do(worked.store.link("worker", "W-0099", "psa", entry_on(worked, "2026-01-23", "finance-uk")["user_id"]))
    worked.do(worked.store.link("worker", "W-0099", "erp", worked.rows("erp", "employee")[0]["id"]))
    worked.wait(MINUTE_US)
    (work,) = [each for each in look(worked) if each.key == entry_id]

    async def handled() -> str:
        try:
            await TimeFlow(worked.context).handle(work)
        except SandboxError as said:
            return said.message
        return "posted"

    assert worked.do(handled())


def test_time_whose_approval_was_taken_back_does_not_count(worked: Room) -> None:
    sync(worked)
    worked.act("W-0001", "reject", engagement="ENG-01", person="W-0003", title="ENG-01 W-0003 2026-01-21")
    worked.wait(MINUTE_US)
    assert entry_on(worked, "2026-01-22")["approved"] == 0
    sync(worked)
    totals = {line: minutes for line, _, minutes, _ in worked.do(worked.store.time_totals())}
    assert totals.get("ENG-01-L1", 0) == 0


def test_time_approved_again_after_its_approval_was_taken_back_is_posted_again(worked: Room) -> None:
    sync(worked)
    title = "ENG-01 W-0003 2026-01-21"
    key = f"PSA-T-{entry_on(worked, '2026-01-22')['id']}"
    worked.act("W-0001", "reject", engagement="ENG-01", person="W-0003", title=title)
    worked.wait(MINUTE_US)
    sync(worked)
    assert key not in posted(worked)
    bookings = [{"on": on, "minutes": 400, "role": "analyst", "billable": True} for on in ("2026-01-21", "2026-01-22")]
    sheet = {"engagement": "ENG-01", "title": title, "bookings": bookings}
    worked.act("W-0003", "resubmit", sheet=sheet, correction=bookings[0])
    worked.act("W-0001", "approve", engagement="ENG-01", person="W-0003", title=f"{title} (2)")
    worked.wait(MINUTE_US)
    sync(worked)
    assert key in posted(worked)
