"""The feed of subscribed events: late, unordered, kept for nine days, for administrators to pull."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

import orjson
import pytest

from mocks.psa.events import EVENT_TYPES
from mocks.psa.system import Psa
from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Commit, Delivery
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    EPOCH,
    LEAD,
    act,
    approved,
    get,
    ids,
    invoice,
    listed,
    log,
    make,
    ok,
    post,
    project,
    put,
    send,
    submit,
    user_id,
)


@pytest.fixture
def late(mock: Psa, clock: ManualClock, workspace_id: str) -> str:
    """The project, an hour later: what made it is long recorded."""
    clock.advance_to(HOUR_US)
    return workspace_id


def since(mock: Psa, clock: ManualClock, **params: Any) -> list[dict[str, Any]]:
    """Events done from one o'clock on, once all are recorded, in order of recording."""
    clock.advance_to(clock.now_us() + MINUTE_US)
    return listed(
        mock, "subscribed_events", created_after="2026-01-12T01:00:00Z", order="created_at:asc", per_page=200, **params
    )


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return sorted((each["event_type"], each["subject_id"]) for each in events)


def test_the_tenant_itself_is_no_news(mock: Psa, clock: ManualClock) -> None:
    clock.advance_to(HOUR_US)
    assert get(mock, "subscribed_events")["count"] == 0


def test_an_event_names_what_happened_to_what_by_whom_and_when(mock: Psa, clock: ManualClock, late: str) -> None:
    entry_id = log(mock, late)
    event = since(mock, clock)[0]
    recorded = datetime.fromisoformat(event["created_at"])
    lag_s = int((recorded - datetime.fromisoformat("2026-01-12T01:00:00+00:00")).total_seconds())
    assert 1 <= lag_s <= 40
    assert event == {
        "id": event["id"],
        "event_type": "time_entry:created",
        "account_id": event["account_id"],
        "user_id": int(user_id(mock, ANA)),
        "context_workspace_id": int(late),
        "subject_type": "TimeEntry",
        "subject_id": int(entry_id),
        "subject_changed_at": "2026-01-12T01:00:00+00:00",
        "created_at": recorded.isoformat(),
    }
    assert event["id"].isdigit()


def test_an_event_cannot_be_read_before_it_is_recorded(mock: Psa, clock: ManualClock, late: str) -> None:
    log(mock, late)
    assert get(mock, "subscribed_events", created_after="2026-01-12T01:00:00Z")["count"] == 0
    recorded = datetime.fromisoformat(since(mock, clock)[0]["created_at"])
    lag_us = int((recorded - EPOCH).total_seconds()) * SECOND_US

    again = make(second := ManualClock(EPOCH))
    workspace_id = project(again, ANA, BEN)
    second.advance_to(HOUR_US)
    log(again, workspace_id)
    for at_us, count in ((lag_us - 1, 0), (lag_us, 1)):
        second.advance_to(at_us)
        assert get(again, "subscribed_events", created_after="2026-01-12T01:00:00Z")["count"] == count


def test_lags_differ_so_that_later_deeds_may_be_recorded_earlier(mock: Psa, clock: ManualClock, late: str) -> None:
    for number in range(12):
        log(mock, late, time_in_minutes=60 + number, date_performed="2026-01-13")
        clock.advance_to(clock.now_us() + SECOND_US)
    events = since(mock, clock)
    assert len(events) == 12
    done = [each["subject_changed_at"] for each in events]
    assert done != sorted(done)
    assert [each["created_at"] for each in events] == sorted(each["created_at"] for each in events)


def test_an_event_left_out_moves_the_lag_of_no_other() -> None:
    recorded = []
    for minutes in ([10, 20, 30], [10, 30]):
        mock = make(clock := ManualClock(EPOCH))
        workspace_id = project(mock, ANA)
        made = {each: log(mock, workspace_id, time_in_minutes=each) for each in minutes}
        clock.advance_to(HOUR_US)
        events = listed(mock, "subscribed_events", event_types="time_entry:created", per_page=200)
        recorded.append({str(each["subject_id"]): (each["id"], each["created_at"]) for each in events})
        last = made[30]
    assert recorded[0][last] == recorded[1][last]


def test_each_subject_announces_its_creation_change_and_end(mock: Psa, clock: ManualClock) -> None:
    clock.advance_to(HOUR_US)
    group = post(mock, "workspace_groups", {"workspace_group": {"name": "Client"}})["id"]
    put(mock, f"workspace_groups/{group}", {"workspace_group": {"name": "Client Ltd"}})
    work = post(mock, "workspaces", {"workspace": {"title": "X"}})["id"]
    join = post(mock, "participations", {"participation": {"workspace_id": work, "user_id": user_id(mock, BEN)}})["id"]
    put(mock, f"participations/{join}", {"participation": {"role": "buyer"}})
    task = post(mock, "stories", {"story": {"workspace_id": work, "title": "T"}})["id"]
    put(mock, f"stories/{task}", {"story": {"percentage_complete": 5}})
    put(mock, f"workspaces/{work}", {"workspace": {"title": "Y"}})
    membership = listed(mock, "account_memberships", user_id=user_id(mock, BEN))[0]["id"]
    put(mock, f"account_memberships/{membership}/disable")
    own = listed(mock, "participations", workspace_id=work, by_user=user_id(mock, ADMIN))[0]["id"]
    send(mock, "DELETE", f"workspaces/{work}")
    assert kinds(since(mock, clock)) == sorted(
        [
            ("account_membership:updated", int(membership)),
            ("participation:created", int(join)),
            ("participation:created", int(own)),
            ("participation:deleted", int(join)),
            ("participation:deleted", int(own)),
            ("participation:updated", int(join)),
            ("story:created", int(task)),
            ("story:deleted", int(task)),
            ("story:updated", int(task)),
            ("workspace:created", int(work)),
            ("workspace:deleted", int(work)),
            ("workspace:updated", int(work)),
            ("workspace_group:created", int(group)),
            ("workspace_group:updated", int(group)),
        ]
    )


def test_handing_in_is_news_of_the_timesheet_and_not_of_its_time(mock: Psa, clock: ManualClock, late: str) -> None:
    entry_ids = [log(mock, late), log(mock, late)]
    sheet = int(submit(mock, late, entry_ids))
    events = [each for each in since(mock, clock) if each["event_type"] != "time_entry:created"]
    assert kinds(events) == [("timesheet:created", sheet), ("timesheet:time_entry_added", sheet)]
    assert {each["subject_type"] for each in events} == {"TimesheetSubmission"}


@pytest.mark.parametrize(
    ("verbs", "of_the_time"), [(["approve"], 2), (["reject"], 0), (["cancel"], 0), (["approve", "cancel"], 4)]
)
def test_a_decision_is_news_of_the_time_when_it_changes_its_approval(
    mock: Psa, clock: ManualClock, workspace_id: str, verbs: list[str], of_the_time: int
) -> None:
    entry_ids = [log(mock, workspace_id), log(mock, workspace_id)]
    sheet = submit(mock, workspace_id, entry_ids)
    clock.advance_to(HOUR_US)
    for verb in verbs:
        put(mock, f"timesheet_submissions/{sheet}/{verb}", token=LEAD)
    events = since(mock, clock)
    assert [each["event_type"] for each in events].count("timesheet:updated") == len(verbs)
    changed = [str(each["subject_id"]) for each in events if each["event_type"] == "time_entry:updated"]
    assert len(changed) == of_the_time
    assert set(changed) <= set(entry_ids)


def test_billing_is_news_of_the_invoice_and_of_its_time(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    first, second = approved(mock, workspace_id), approved(mock, workspace_id)
    clock.advance_to(HOUR_US)
    made = int(invoice(mock, workspace_id, [first, second], draft=True)["id"])
    act(mock, "write_off", time_entry_ids=[second], reason="x")
    put(mock, f"invoices/{made}", {"invoice": {"draft": False}})
    payment = {"invoice_id": made, "amount_in_cents": 100}
    post(mock, "external_payments", {"external_payment": payment})
    events = since(mock, clock)
    assert kinds(events) == sorted(
        [
            ("invoice:created", made),
            ("invoice:updated", made),
            ("invoice:updated", made),
            ("invoice:updated", made),
            ("time_entry:updated", int(first)),
            ("time_entry:updated", int(second)),
            ("time_entry:updated", int(second)),
        ]
    )
    # The person who wrote off is a user of the account, too.
    assert {each["user_id"] for each in events} == {int(user_id(mock, ADMIN)), int(user_id(mock, LEAD))}


def test_the_first_time_on_a_task_is_news_of_the_task(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    task = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "T"}})["id"]
    clock.advance_to(HOUR_US)
    day = {"workspace_id": workspace_id, "story_id": task, "date_performed": "2026-01-12"}
    bulk = {"time_entries": [{**day, "time_in_minutes": 30}, {**day, "time_in_minutes": 60}]}
    made = ids(ok(send(mock, "POST", "time_entries", bulk, ANA)))
    expected = [("story:updated", int(task)), *(("time_entry:created", int(each)) for each in made)]
    assert kinds(since(mock, clock)) == sorted(expected)


def test_what_changes_nothing_or_is_refused_is_no_news(mock: Psa, clock: ManualClock, late: str) -> None:
    put(mock, f"workspaces/{late}", {"workspace": {"title": "Rollout"}})
    assert send(mock, "PUT", f"workspaces/{late}", {"workspace": {"title": ""}}).status == 422
    bulk = [{"workspace_id": late, "title": "ok"}, {"workspace_id": late, "title": ""}]
    assert send(mock, "POST", "stories", {"stories": bulk}).status == 422
    assert since(mock, clock) == []


def test_events_are_picked_by_type_subject_and_time(mock: Psa, clock: ManualClock, late: str) -> None:
    entry_ids = [log(mock, late), log(mock, late)]
    sheet = submit(mock, late, entry_ids)

    def found(**params: str) -> list[tuple[str, int]]:
        return kinds(since(mock, clock, **params))

    assert found(event_types="time_entry:created") == [("time_entry:created", int(each)) for each in sorted(entry_ids)]
    assert found(event_types="timesheet:created,invoice:created") == [("timesheet:created", int(sheet))]
    assert found(event_types="nothing:happened") == []
    assert found(subject_type="TimeEntry", subject_id=entry_ids[0]) == [("time_entry:created", int(entry_ids[0]))]
    assert len(found(subject_type="TimesheetSubmission")) == 2
    assert found(subject_type="Planet") == []
    assert found(created_before="2026-01-12T01:00:00Z") == []
    assert len(found(created_before="2026-01-12T01:01:00Z")) == 4


def test_both_ends_of_the_window_are_open(mock: Psa, clock: ManualClock, late: str) -> None:
    log(mock, late)
    recorded = since(mock, clock)[0]["created_at"]
    assert get(mock, "subscribed_events", created_after=recorded)["count"] == 0
    assert get(mock, "subscribed_events", created_after="2026-01-12T01:00:00Z", created_before=recorded)["count"] == 0


def test_the_feed_is_paged_newest_first_unless_told_otherwise(mock: Psa, clock: ManualClock, late: str) -> None:
    for number in range(5):
        log(mock, late, time_in_minutes=10 + number)
    oldest_first = since(mock, clock)
    window = {"created_after": "2026-01-12T01:00:00Z"}
    newest_first = listed(mock, "subscribed_events", **window)
    assert [each["created_at"] for each in newest_first] == sorted(
        (each["created_at"] for each in oldest_first), reverse=True
    )
    content = get(mock, "subscribed_events", per_page=2, page=3, order="created_at:asc", **window)
    assert content["meta"] == {"count": 5, "page_count": 3, "page_number": 3, "page_size": 2}
    assert ids(content) == [oldest_first[4]["id"]]


def test_payloads_come_when_asked_for_and_show_the_subject_as_it_was_then(
    mock: Psa, clock: ManualClock, late: str
) -> None:
    entry_id = log(mock, late, notes="first")
    as_created = listed(mock, "time_entries", only=entry_id)[0]
    put(mock, f"time_entries/{entry_id}", {"time_entry": {"time_in_minutes": 60, "notes": None}}, ANA)
    as_changed = listed(mock, "time_entries", only=entry_id)[0]
    send(mock, "DELETE", f"time_entries/{entry_id}", token=ANA)
    fields = "current_payload,previous_payload,payload_changes"
    events = {each["event_type"]: each for each in since(mock, clock, optional_fields=fields)}

    def payload(kind: str, name: str) -> Any:
        text = events[f"time_entry:{kind}"][name]
        return None if text is None else orjson.loads(text)

    assert payload("created", "current_payload") == as_created
    assert payload("created", "previous_payload") is None
    assert payload("updated", "current_payload") == as_changed
    assert payload("updated", "previous_payload") == as_created
    assert payload("updated", "payload_changes") == {"time_in_minutes": [480, 60], "notes": ["first", None]}
    assert payload("deleted", "previous_payload") == as_changed
    assert payload("deleted", "current_payload") is None
    only_one = since(mock, clock, optional_fields="payload_changes")[0]
    assert "payload_changes" in only_one
    assert "current_payload" not in only_one


def test_subjects_are_side_loaded_and_named_null_once_deleted(mock: Psa, clock: ManualClock, late: str) -> None:
    kept, gone = log(mock, late), log(mock, late)
    sheet = submit(mock, late, [kept])
    send(mock, "DELETE", f"time_entries/{gone}", token=ANA)
    clock.advance_to(2 * HOUR_US)
    content = get(mock, "subscribed_events", include="subject", created_after="2026-01-12T01:00:00Z")
    references = {
        (each["event_type"], str(each["subject_id"])): each["subject_ref"]
        for each in content["subscribed_events"].values()
    }
    assert references["time_entry:created", kept] == {"key": "time_entries", "id": kept}
    assert references["time_entry:created", gone] is None
    assert references["timesheet:created", sheet] == {"key": "timesheet_submissions", "id": sheet}
    assert list(content["time_entries"]) == [kept]
    assert list(content["timesheet_submissions"]) == [sheet]


def test_events_are_kept_for_nine_days(mock: Psa, clock: ManualClock, late: str) -> None:
    first = log(mock, late)
    clock.advance_to(HOUR_US + MINUTE_US + 9 * DAY_US)
    assert get(mock, "subscribed_events")["count"] == 0
    second = log(mock, late)
    clock.advance_to(clock.now_us() + MINUTE_US)
    assert [each["subject_id"] for each in listed(mock, "subscribed_events")] == [int(second)]
    assert get(mock, f"time_entries/{first}")["count"] == 1
    assert len(mock.feeds["events"].after(0, now_us=clock.now_us())) == 1


def test_the_types_there_are_can_be_asked_for(mock: Psa) -> None:
    types = get(mock, "subscribed_events/event_types.json")["event_types"]
    assert types == sorted(EVENT_TYPES)
    assert "timesheet:time_entry_added" in types
    assert len(types) == len(set(types))


class Repeating(NoFaults):
    """Repeats the first row of a page and turns the page around."""

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        return [*rows, *rows[:1]][::-1]


class Listening:
    """An observer that keeps what is announced and delivered."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.deliveries: list[Delivery] = []

    def committed(self, commit: Commit) -> int:
        self.commits.append(commit)
        return len(self.commits)

    def aborted(self, system: str, tx: int) -> None:
        raise AssertionError("nothing is undone here")

    def delivered(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)


def test_faults_may_repeat_and_reorder_a_page_and_the_observer_is_told_what_went_out(clock: ManualClock) -> None:
    listening = Listening()
    mock = make(clock, listening, Repeating())
    workspace_id = project(mock, ANA)
    clock.advance_to(HOUR_US)
    log(mock, workspace_id, time_in_minutes=1)
    log(mock, workspace_id, time_in_minutes=2)
    clock.advance_to(HOUR_US + MINUTE_US)
    params = {"created_after": "2026-01-12T01:00:00Z", "order": "created_at:asc"}
    content = get(mock, "subscribed_events", **params)
    shown = ids(content)
    assert len(shown) == 3
    assert shown[0] == shown[2]
    assert len(content["subscribed_events"]) == content["count"] == 2
    delivery = listening.deliveries[-1]
    assert (delivery.system, delivery.stream, list(delivery.event_ids)) == ("psa", "events", shown)
    assert delivery.cursor_in == "2026-01-12T01:00:00Z"
    assert delivery.cursor_out == max(each["created_at"] for each in content["subscribed_events"].values())


class Delaying(NoFaults):
    """Everything about time is two hours late, and what a page shows of it is torn."""

    def event(self, system: str, stream: str, event_id: str, kind: str) -> int:
        return 2 * HOUR_US if kind.startswith("time_entry:") else 0

    def unreadable(self, system: str, stream: str, event_ids: Sequence[str]) -> Set[str]:
        return set(event_ids[-1:])


def test_a_late_event_is_recorded_when_it_can_be_read_and_not_overlooked_meanwhile(clock: ManualClock) -> None:
    mock = make(clock, faults=Delaying())
    workspace_id = project(mock, ANA)
    clock.advance_to(HOUR_US)
    entry_id = log(mock, workspace_id)
    clock.advance_to(HOUR_US + 10 * MINUTE_US)
    assert listed(mock, "subscribed_events", created_after="2026-01-12T01:05:00Z") == []
    clock.advance_to(3 * HOUR_US + MINUTE_US)
    (event,) = listed(mock, "subscribed_events", created_after="2026-01-12T02:59:59Z")
    assert event["subject_changed_at"][:19] == "2026-01-12T01:00:00"
    assert "2026-01-12T03:00:00" < event["created_at"][:19] <= "2026-01-12T03:00:40"
    # And torn: it has lost what it is about.
    assert (event["event_type"], event["subject_type"], event["subject_id"]) == (
        "time_entry:created", "TimeEntry", None
    )  # fmt: skip
    content = get(mock, "subscribed_events", created_after="2026-01-12T02:59:59Z", include="subject")
    assert content["subscribed_events"][event["id"]]["subject_ref"] is None
    assert get(mock, f"time_entries/{entry_id}")["count"] == 1


def test_every_announcement_says_which_records_it_covers(clock: ManualClock) -> None:
    listening = Listening()
    mock = make(clock, listening)
    workspace_id = project(mock, ANA)
    entry_ids = [log(mock, workspace_id, time_in_minutes=each) for each in (1, 2)]
    sheet = submit(mock, workspace_id, entry_ids)
    created, added = listening.commits[-1].announcements
    assert created.covers == (("timesheet_submission", sheet),)
    assert added.covers[0] == ("timesheet_submission", sheet)
    assert sorted(added.covers[1:]) == sorted(("time_entry", each) for each in entry_ids)
    assert {each.stream for each in (created, added)} == {"events"}
    clock.advance_to(MINUTE_US)
    assert {created.event_id, added.event_id} <= set(ids(get(mock, "subscribed_events", per_page=200)))


def test_a_restored_system_reads_the_same_feed(mock: Psa, clock: ManualClock, late: str) -> None:
    log(mock, late)
    clock.advance_to(HOUR_US + MINUTE_US)
    other = make(clock)
    other.deserialize(mock.serialize())
    assert get(other, "subscribed_events", per_page=200) == get(mock, "subscribed_events", per_page=200)
    assert ok(send(other, "GET", "subscribed_events", created_after="2026-01-12T01:00:00Z"))["count"] == 1
