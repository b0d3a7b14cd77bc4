"""Time is logged by people on open projects, at a rate, and stays theirs to change until they hand it in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.psa.rules_rates import RateBook
from mocks.psa.system import Psa
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
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
    rate_card,
    refused,
    rows,
    send,
    submit,
    user_id,
)


def entry(mock: Psa, entry_id: str) -> dict[str, Any]:
    return listed(mock, "time_entries", only=entry_id)[0]


def change(mock: Psa, entry_id: str, token: str = ANA, **given: Any) -> dict[str, Any]:
    return put(mock, f"time_entries/{entry_id}", {"time_entry": given}, token)


def refuse_log(mock: Psa, project_id: str, field: str, token: str = ANA, **given: Any) -> None:
    before = mock.dump()
    body = {"workspace_id": project_id, "date_performed": "2026-01-12", "time_in_minutes": 60, **given}
    refused(send(mock, "POST", "time_entries", {"time_entry": body}, token), 422, field)
    assert mock.dump() == before


def test_an_entry_shows_what_was_logged_and_what_follows_from_it(mock: Psa, workspace_id: str) -> None:
    made = entry(mock, log(mock, workspace_id, notes="design", location="London", taxable=True))
    role = next(each["id"] for each in listed(mock, "roles") if each["name"] == "analyst")
    expected = {
        "workspace_id": workspace_id,
        "story_id": None,
        "user_id": user_id(mock, ANA),
        "role_id": role,
        "date_performed": "2026-01-12",
        "time_in_minutes": 480,
        "billable": True,
        "notes": "design",
        "rate_in_cents": 15000,
        "currency": "EUR",
        "currency_base_unit": 100,
        "currency_symbol": "€",
        "approved": False,
        "is_invoiced": False,
        "taxable": True,
        "location": "London",
        "active_submission_id": None,
        "recent_submission_id": None,
        "invoice_id": None,
        "written_off": False,
    }
    assert {name: made[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"time_in_minutes": 0}, "time_in_minutes"),
        ({"time_in_minutes": -5}, "time_in_minutes"),
        ({"time_in_minutes": 1441}, "time_in_minutes"),
        ({"time_in_minutes": "60"}, "time_in_minutes"),
        ({"time_in_minutes": None}, "time_in_minutes"),
        ({"date_performed": None}, "date_performed"),
        ({"date_performed": "12.01.2026"}, "date_performed"),
        ({"date_performed": "2026-01-04"}, "date_performed"),
        ({"workspace_id": 1}, "workspace_id"),
        ({"workspace_id": None}, "workspace_id"),
        ({"story_id": 1}, "story_id"),
        ({"role_id": 1}, "role_id"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(mock: Psa, given_: dict[str, Any], field: str) -> None:
    workspace_id = project(mock, ANA, start_date="2026-01-05", due_date="2026-01-09")
    refuse_log(mock, workspace_id, field, **given_)


def test_time_from_the_first_day_on_and_after_the_due_date_is_taken(mock: Psa) -> None:
    workspace_id = project(mock, ANA, start_date="2026-01-05", due_date="2026-01-09")
    assert entry(mock, log(mock, workspace_id, date_performed="2026-01-05"))["date_performed"] == "2026-01-05"
    assert entry(mock, log(mock, workspace_id, date_performed="2026-02-27"))["date_performed"] == "2026-02-27"


def test_an_estimate_a_closed_and_an_archived_project_take_no_time(mock: Psa, workspace_id: str) -> None:
    refuse_log(mock, project(mock, ANA, stage="estimate"), "workspace_id")
    refuse_log(mock, project(mock, ANA, time_trackable=False), "workspace_id")
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"archived": True}})
    refuse_log(mock, workspace_id, "workspace_id")
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"archived": False}})
    assert log(mock, workspace_id)


def test_who_is_not_on_the_project_or_disabled_logs_nothing(mock: Psa) -> None:
    workspace_id = project(mock, BEN)
    refuse_log(mock, workspace_id, "user_id")
    refuse_log(mock, workspace_id, "user_id", ADMIN, user_id=1)
    membership = listed(mock, "account_memberships", user_id=user_id(mock, BEN))[0]
    body = {"user_id": user_id(mock, BEN)}
    assert log(mock, workspace_id, ADMIN, **body)
    put(mock, f"account_memberships/{membership['id']}/disable")
    refuse_log(mock, workspace_id, "user_id", ADMIN, **body)


def test_time_of_somebody_else_lands_on_the_caller_unless_the_caller_has_financial_rights(
    mock: Psa, workspace_id: str
) -> None:
    ben_id = user_id(mock, BEN)
    assert entry(mock, log(mock, workspace_id, ANA, user_id=ben_id))["user_id"] == user_id(mock, ANA)
    assert entry(mock, log(mock, workspace_id, LEAD, user_id=ben_id))["user_id"] == ben_id


def test_a_day_holds_1440_minutes_of_a_person_over_all_projects(mock: Psa, workspace_id: str) -> None:
    other = project(mock, ANA, title="Other")
    log(mock, workspace_id, time_in_minutes=1000)
    log(mock, other, time_in_minutes=440)
    refuse_log(mock, workspace_id, "time_in_minutes", time_in_minutes=1)
    log(mock, workspace_id, BEN, time_in_minutes=1440)
    log(mock, workspace_id, date_performed="2026-01-13", time_in_minutes=1440)


def test_a_bulk_counts_its_own_minutes_and_lands_whole_or_not_at_all(mock: Psa, workspace_id: str) -> None:
    items = [{"workspace_id": workspace_id, "date_performed": "2026-01-12", "time_in_minutes": 480}] * 3
    assert ok(send(mock, "POST", "time_entries", {"time_entries": items}, ANA))["count"] == 3
    before = mock.dump()
    refused(send(mock, "POST", "time_entries", {"time_entries": items[:1]}, ANA), 422, "time_in_minutes")
    days = [{**items[0], "date_performed": "2026-01-13"}] * 4
    refused(send(mock, "POST", "time_entries", {"time_entries": days}, ANA), 422, "time_in_minutes")
    assert mock.dump() == before


def test_two_equal_entries_on_a_day_are_two_entries(mock: Psa, workspace_id: str) -> None:
    assert log(mock, workspace_id) != log(mock, workspace_id)
    assert get(mock, "time_entries")["count"] == 2


def test_time_takes_the_billable_flag_of_its_task(mock: Psa, workspace_id: str) -> None:
    free = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Internal", "billable": False}})
    assert entry(mock, log(mock, workspace_id, story_id=free["id"]))["billable"] is False
    assert entry(mock, log(mock, workspace_id, story_id=free["id"], billable=True))["billable"] is True
    assert entry(mock, log(mock, workspace_id))["billable"] is True
    elsewhere = post(mock, "stories", {"story": {"workspace_id": project(mock, ANA), "title": "Other"}})
    refuse_log(mock, workspace_id, "story_id", story_id=elsewhere["id"])


# -- rates ----------------------------------------------------------------------------------------------------------


def test_the_rate_is_that_of_the_day_and_the_role(mock: Psa, workspace_id: str) -> None:
    manager = next(each["id"] for each in listed(mock, "roles") if each["name"] == "manager")
    assert entry(mock, log(mock, workspace_id, date_performed="2026-01-31"))["rate_in_cents"] == 15000
    assert entry(mock, log(mock, workspace_id, date_performed="2026-02-01"))["rate_in_cents"] == 16255
    later = log(mock, workspace_id, date_performed="2026-02-02", role_id=manager)
    assert (entry(mock, later)["rate_in_cents"], entry(mock, later)["role_id"]) == (27000, manager)


def test_yen_rates_are_whole(mock: Psa) -> None:
    workspace_id = project(mock, ANA, currency="JPY")
    made = entry(mock, log(mock, workspace_id))
    assert (made["rate_in_cents"], made["currency"], made["currency_base_unit"]) == (20000, "JPY", 1)


def test_an_explicit_rate_counts_for_financial_callers_only(mock: Psa, workspace_id: str) -> None:
    assert entry(mock, log(mock, workspace_id, ANA, rate_in_cents=1))["rate_in_cents"] == 15000
    mine = {"user_id": user_id(mock, ANA), "rate_in_cents": 9999}
    assert entry(mock, log(mock, workspace_id, LEAD, **mine))["rate_in_cents"] == 9999
    refuse_log(mock, workspace_id, "rate_in_cents", LEAD, user_id=user_id(mock, ANA), rate_in_cents=-1)


def test_billable_time_without_a_rate_is_refused_and_other_time_is_free(mock: Psa, workspace_id: str) -> None:
    partner = next(each["id"] for each in listed(mock, "roles") if each["name"] == "partner")
    refuse_log(mock, workspace_id, "rate_in_cents", role_id=partner)
    refuse_log(mock, workspace_id, "rate_in_cents", date_performed="2024-12-31")
    refuse_log(mock, project(mock, ANA, rate_card_id=None), "rate_in_cents")
    assert entry(mock, log(mock, workspace_id, role_id=partner, billable=False))["rate_in_cents"] == 0


def test_a_change_of_day_or_role_prices_the_entry_anew(mock: Psa, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id)
    assert change(mock, entry_id, date_performed="2026-02-03")["rate_in_cents"] == 16255
    assert change(mock, entry_id, LEAD, rate_in_cents=100)["rate_in_cents"] == 100
    assert change(mock, entry_id, notes="same day")["rate_in_cents"] == 100
    assert change(mock, entry_id, date_performed="2026-01-13")["rate_in_cents"] == 15000


class OneCard:
    """A store with one rate card, for the rate book."""

    def __init__(self, versions: list[tuple[str, int]]) -> None:
        self._versions = versions

    def find(self, kind: str, order: str = "") -> list[dict[str, Any]]:
        if kind == "rate_card_role":
            return [{"rate_card_version_id": day, "role_id": "r", "rate": rate} for day, rate in self._versions]
        days = sorted(day for day, _ in self._versions)
        return [{"id": day, "rate_card_id": "c", "effective_date": day} for day in days]


DAYS = st.integers(0, 60).map(lambda n: (date(2026, 1, 1) + timedelta(days=n)).isoformat())


@given(st.dictionaries(DAYS, st.integers(1, 10**7), max_size=6), DAYS)
def test_the_version_in_force_is_the_latest_one_begun(versions: dict[str, int], day: str) -> None:
    book = RateBook(OneCard(list(versions.items())))  # type: ignore[arg-type]  # the three lines of a store it needs
    begun = [each for each in versions if each <= day]
    assert book.rate("c", "r", day) == (versions[max(begun)] if begun else None)
    assert book.rate("c", "unknown", day) is None
    assert book.rate(None, "r", day) is None


# -- change and delete ----------------------------------------------------------------------------------------------


def test_an_open_entry_changes_and_the_same_again_changes_nothing(mock: Psa, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id)
    changed = change(mock, entry_id, time_in_minutes=300, notes="shorter", billable=False)
    assert (changed["time_in_minutes"], changed["notes"], changed["billable"]) == (300, "shorter", False)
    before = mock.transactions
    assert change(mock, entry_id, time_in_minutes=300, notes="shorter", billable=False) == changed
    assert mock.transactions == before


def test_a_changed_entry_must_fit_like_a_new_one(mock: Psa, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id, time_in_minutes=700)
    log(mock, workspace_id, time_in_minutes=700)
    assert change(mock, entry_id, time_in_minutes=740)["time_in_minutes"] == 740
    path = f"time_entries/{entry_id}"
    for given_, field in (
        ({"time_in_minutes": 741}, "time_in_minutes"),
        ({"time_in_minutes": 0}, "time_in_minutes"),
        ({"time_in_minutes": None}, "time_in_minutes"),
        ({"date_performed": ""}, "date_performed"),
        ({"story_id": 5}, "story_id"),
        ({"role_id": 5}, "role_id"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"user_id": 5}, "user_id"),
    ):
        refused(send(mock, "PUT", path, {"time_entry": given_}, ANA), 422, field)
    assert change(mock, entry_id, date_performed="2026-01-13", time_in_minutes=1440)["time_in_minutes"] == 1440


def test_nobody_without_financial_rights_changes_the_time_of_others(mock: Psa, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id, ANA)
    refused(send(mock, "PUT", f"time_entries/{entry_id}", {"time_entry": {"notes": "x"}}, BEN), 403)
    refused(send(mock, "DELETE", f"time_entries/{entry_id}", token=BEN), 403)
    assert change(mock, entry_id, LEAD, notes="by the lead")["notes"] == "by the lead"
    assert send(mock, "DELETE", f"time_entries/{entry_id}", token=LEAD).status == 204


def test_submitted_approved_invoiced_and_written_off_time_stays_as_it_is(mock: Psa, workspace_id: str) -> None:
    submitted = log(mock, workspace_id)
    submit(mock, workspace_id, [submitted])
    accepted = approved(mock, workspace_id, date_performed="2026-01-13")
    billed = approved(mock, workspace_id, date_performed="2026-01-14")
    invoice(mock, workspace_id, [billed])
    forgone = approved(mock, workspace_id, date_performed="2026-01-15")
    assert act(mock, "write_off", time_entry_ids=[forgone], reason="goodwill").status == 200
    before = mock.dump()
    for entry_id in (submitted, accepted, billed, forgone):
        refused(send(mock, "PUT", f"time_entries/{entry_id}", {"time_entry": {"notes": "x"}}), 422, "base")
        refused(send(mock, "DELETE", f"time_entries/{entry_id}"), 422, "base")
    assert mock.dump() == before


def test_a_bulk_delete_takes_all_or_none(mock: Psa, workspace_id: str) -> None:
    entry_ids = [log(mock, workspace_id, date_performed=f"2026-01-1{n}") for n in range(2, 6)]
    refused(send(mock, "DELETE", "time_entries", token=ANA, ids=f"{entry_ids[0]},1"), 404)
    submit(mock, workspace_id, entry_ids[3:])
    refused(send(mock, "DELETE", "time_entries", token=ANA, ids=",".join(entry_ids)), 422, "base")
    refused(send(mock, "DELETE", "time_entries", token=ANA), 400)
    refused(send(mock, "DELETE", "time_entries", token=ANA, ids=",".join(str(n) for n in range(101))), 400)
    assert get(mock, "time_entries")["count"] == 4
    assert send(mock, "DELETE", "time_entries", token=ANA, ids=",".join(entry_ids[:3])).status == 204
    assert ids(get(mock, "time_entries")) == entry_ids[3:]


def test_time_of_a_project_without_approvals_is_approved_at_once_and_can_be_changed(mock: Psa) -> None:
    workspace_id = project(mock, ANA, require_time_approvals=False)
    entry_id = log(mock, workspace_id)
    assert entry(mock, entry_id)["approved"] is True
    assert change(mock, entry_id, time_in_minutes=60)["time_in_minutes"] == 60
    body = {"workspace_id": workspace_id, "title": "Week", "line_item_ids": [entry_id]}
    response = send(mock, "POST", "timesheet_submissions", {"timesheet_submission": body}, ANA)
    refused(response, 422, "workspace_id")
    assert invoice(mock, workspace_id, [entry_id])["subtotal_in_cents"] == 15000
    forgone = log(mock, workspace_id, date_performed="2026-01-13")
    assert act(mock, "write_off", time_entry_ids=[forgone], reason="goodwill").status == 200
    refused(send(mock, "PUT", f"time_entries/{forgone}", {"time_entry": {"billable": True}}, ANA), 422, "base")


# -- lists ----------------------------------------------------------------------------------------------------------


def test_the_latest_day_comes_first(mock: Psa, workspace_id: str) -> None:
    days = ["2026-01-14", "2026-01-12", "2026-01-13"]
    for day in days:
        log(mock, workspace_id, date_performed=day)
    shown = [each["date_performed"] for each in listed(mock, "time_entries")]
    assert shown == sorted(days, reverse=True)
    shown = [each["date_performed"] for each in listed(mock, "time_entries", order="date_performed:asc")]
    assert shown == sorted(days)


def test_entries_of_archived_projects_hide_from_lists_and_pages(mock: Psa, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id)
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"archived": True}})
    assert get(mock, "time_entries")["count"] == 0
    refused(send(mock, "GET", f"time_entries/{entry_id}"), 404)
    assert ids(get(mock, "time_entries", from_archived_workspaces="true")) == [entry_id]
    assert get(mock, f"time_entries/{entry_id}", from_archived_workspaces="true")["count"] == 1


def test_some_filters_are_true_whatever_they_say(mock: Psa, workspace_id: str) -> None:
    opened = log(mock, workspace_id)
    accepted = approved(mock, workspace_id, date_performed="2026-01-13")
    billed = approved(mock, workspace_id, date_performed="2026-01-14")
    invoice_id = invoice(mock, workspace_id, [billed])["id"]
    for value in ("true", "false", ""):
        assert ids(get(mock, "time_entries", approved=value)) == [billed, accepted]
        assert ids(get(mock, "time_entries", invoiced=value)) == [billed]
        assert ids(get(mock, "time_entries", uninvoiced=value)) == [accepted, opened]
    assert ids(get(mock, "time_entries", in_active_invoice_id=invoice_id)) == [billed]
    assert ids(get(mock, "time_entries", in_active_submission="true")) == [billed, accepted]
    assert ids(get(mock, "time_entries", in_active_submission="false")) == [opened]


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.integers(0, 9),
            "minutes": st.integers(1, 140),
            "billable": st.booleans(),
            "ana": st.booleans(),
            "second": st.booleans(),
        }
    ),
    max_size=10,
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "days": st.tuples(st.integers(0, 9), st.integers(0, 9)),
        "billable": st.booleans(),
        "ana": st.booleans(),
        "second": st.booleans(),
    },
)


def iso(offset: int) -> str:
    return (date(2026, 1, 12) + timedelta(days=offset)).isoformat()


@settings(max_examples=40, deadline=None)
@given(ENTRIES, st.lists(FILTERS, min_size=1, max_size=4))
def test_filters_find_what_a_plain_loop_finds(entries: list[dict[str, Any]], filters: list[dict[str, Any]]) -> None:
    mock = make()
    projects = [project(mock, ANA, BEN, title=title) for title in ("First", "Second")]
    people = {True: ANA, False: BEN}
    made = {
        log(
            mock,
            projects[each["second"]],
            people[each["ana"]],
            date_performed=iso(each["day"]),
            time_in_minutes=each["minutes"],
            billable=each["billable"],
        ): each
        for each in entries
    }
    for wanted in filters:
        params: dict[str, str] = {}
        if "days" in wanted:
            params["date_performed_between"] = ":".join(iso(each) for each in wanted["days"])
        if "billable" in wanted:
            params["billable"] = str(wanted["billable"]).lower()
        if "ana" in wanted:
            params["with_user_ids"] = user_id(mock, people[wanted["ana"]])
        if "second" in wanted:
            params["workspace_id"] = projects[wanted["second"]]
        expected = [
            entry_id
            for entry_id, each in made.items()
            if ("days" not in wanted or wanted["days"][0] <= each["day"] <= wanted["days"][1])
            and all(wanted.get(name, each[name]) == each[name] for name in ("billable", "ana", "second"))
        ]
        content = get(mock, "time_entries", **params)
        assert sorted(ids(content)) == sorted(expected)
        assert content["count"] == len(expected)
        days = [each["date_performed"] for each in rows(content)]
        assert days == sorted(days, reverse=True)


def test_200_entries_are_fetched_by_their_ids_in_one_page(mock: Psa, workspace_id: str) -> None:
    items = [{"workspace_id": workspace_id, "date_performed": iso(n), "time_in_minutes": 60} for n in range(100)]
    made = [
        each
        for token in (ANA, BEN)
        for each in ids(ok(send(mock, "POST", "time_entries", {"time_entries": items}, token)))
    ]
    content = get(mock, "time_entries", only=",".join(made), per_page=200)
    assert sorted(ids(content)) == sorted(made)
    assert content["meta"] == {"count": 200, "page_count": 1, "page_number": 1, "page_size": 200}


def test_the_requests_of_kantata_assist_are_understood(mock: Psa, workspace_id: str) -> None:
    me = rows(get(mock, "users/me.json", ANA))[0]
    there = get(mock, "participations.json", ANA, workspace_id=workspace_id, user_id=me["id"], page=1, per_page=100)
    assert me["id"] in [each["user_id"] for each in rows(there)]
    mine = get(mock, "workspaces.json", ANA, only=workspace_id, include="participants")
    assert me["id"] in mine["workspaces"][workspace_id]["participant_ids"]
    body = {"time_entries": [{"date_performed": "2026-01-12", "time_in_minutes": 60}]}
    refused(send(mock, "POST", "time_entries.json", body, ANA), 422, "workspace_id")
    body["time_entries"][0]["workspace_id"] = workspace_id
    assert post(mock, "time_entries.json", body, ANA)["billable"] is True
    between = listed(mock, "time_entries.json", ANA, date_performed_between="2026-01-12:2026-01-12")
    assert [each["time_in_minutes"] for each in between] == [60]
    week = {"workspace_id": workspace_id, "start_date": "2026-01-11", "end_date": "2026-01-17"}
    response = send(mock, "POST", "timesheet_submissions.json", {"timesheet_submissions": [week]}, ANA)
    refused(response, 422, "title")
    assert send(mock, "DELETE", f"time_entries/{between[0]['id']}.json", token=ANA).status == 204


def test_a_project_names_its_rate_card_in_the_currency_of_the_time(mock: Psa, workspace_id: str) -> None:
    workspace = listed(mock, "workspaces", only=workspace_id)[0]
    assert workspace["rate_card_id"] == int(rate_card(mock))
