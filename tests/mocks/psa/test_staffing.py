"""Staffing: resources named and unnamed, allocations over days, skills, time off, rates and managers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.psa.present_staffing import workdays
from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    LEAD,
    events_since,
    get,
    ids,
    listed,
    make,
    ok,
    post,
    project,
    put,
    refuse,
    refused,
    rows,
    send,
    user_id,
)


def resource(mock: Psa, workspace_id: str, **attributes: Any) -> dict[str, Any]:
    return post(mock, "workspace_resources", {"workspace_resource": {"workspace_id": workspace_id, **attributes}}, LEAD)


def named(mock: Psa, workspace_id: str, token: str = ANA) -> str:
    return str(resource(mock, workspace_id, user_id=user_id(mock, token))["id"])


def role(mock: Psa, name: str) -> str:
    return next(str(each["id"]) for each in listed(mock, "roles") if each["name"] == name)


def book(mock: Psa, resource_id: str, **attributes: Any) -> dict[str, Any]:
    """Two weeks, full time."""
    days = {"resource_id": resource_id, "start_date": "2026-01-12", "end_date": "2026-01-25", "minutes": 4800}
    return post(mock, "workspace_allocations", {"workspace_allocation": {**days, **attributes}}, LEAD)


def membership(mock: Psa, token: str) -> str:
    return str(listed(mock, "account_memberships", user_id=user_id(mock, token))[0]["id"])


# -- resources and allocations --------------------------------------------------------------------------------------


def test_a_named_resource_may_be_given_another_role_than_the_persons_own(mock: Psa, workspace_id: str) -> None:
    other = role(mock, "partner")
    made = resource(mock, workspace_id, user_id=user_id(mock, ANA), role_id=other)
    assert made["role_id"] == other


def test_a_resource_is_somebody_or_a_role_without_a_name(mock: Psa, workspace_id: str) -> None:
    ana = resource(mock, workspace_id, user_id=user_id(mock, ANA))
    assert (ana["full_name"], ana["role_name"], ana["display_label"]) == ("Ana Analyst", "analyst", "Ana Analyst")
    open_ = resource(mock, workspace_id, role_id=role(mock, "manager"), label="PMO")
    assert (open_["user_id"], open_["full_name"], open_["display_label"]) == (None, None, "PMO")
    assert (open_["total_allocated_minutes"], open_["allocations_count"]) == (0, 0)
    assert ids(get(mock, "workspace_resources", workspace_id=workspace_id, unnamed="1")) == [open_["id"]]
    content = get(mock, f"workspaces/{workspace_id}", include="workspace_resources")
    assert content["workspaces"][workspace_id]["workspace_resource_ids"] == [ana["id"]]
    content = get(mock, f"workspaces/{workspace_id}", include="workspace_resources_with_unnamed")
    assert len(content["workspaces"][workspace_id]["workspace_resource_ids"]) == 2


def test_naming_a_resource_takes_its_allocations_along(mock: Psa, workspace_id: str) -> None:
    open_ = resource(mock, workspace_id, role_id=role(mock, "analyst"))
    booked = book(mock, open_["id"])
    assert ids(get(mock, "workspace_allocations", unnamed_resources_only="1")) == [booked["id"]]
    path = f"workspace_resources/{open_['id']}"
    after = put(mock, path, {"workspace_resource": {"user_id": user_id(mock, BEN)}}, LEAD)
    assert (after["full_name"], after["role_name"]) == ("Ben Builder", "analyst")
    assert ids(get(mock, "workspace_allocations", user_ids=user_id(mock, BEN))) == [booked["id"]]
    refuse(mock, "PUT", path, {"workspace_resource": {"user_id": None}}, "user_id")
    refuse(mock, "PUT", path, {"workspace_resource": {"workspace_id": 5}}, "workspace_id")


def test_what_is_no_resource_is_refused(mock: Psa, workspace_id: str) -> None:
    named(mock, workspace_id)
    for change, field in (
        ({}, "user_id"),
        ({"user_id": user_id(mock, ANA)}, "user_id"),
        ({"user_id": 5}, "user_id"),
        ({"role_id": 5}, "role_id"),
        ({"workspace_id": 5, "role_id": role(mock, "analyst")}, "workspace_id"),
    ):
        body = {"workspace_resource": {"workspace_id": workspace_id, **change}}
        refuse(mock, "POST", "workspace_resources", body, field, LEAD)
    refused(send(mock, "POST", "workspace_resources", {"workspace_resource": {"workspace_id": 1}}, ANA), 403)


def test_an_allocation_is_minutes_over_days_soft_until_it_is_hard(mock: Psa, workspace_id: str) -> None:
    ana = named(mock, workspace_id)
    made = book(mock, ana, notes="Kick-off")
    expected = {
        "workspace_resource_id": ana,
        "workspace_id": workspace_id,
        "start_date": "2026-01-12",
        "end_date": "2026-01-25",
        "minutes": 4800,
        "hard": False,
        "notes": "Kick-off",
        "creator_id": user_id(mock, LEAD),
        # Ten working days of 480 minutes.
        "percentage": 100,
    }
    assert {name: made[name] for name in expected} == expected
    path = f"workspace_allocations/{made['id']}"
    after = put(mock, path, {"workspace_allocation": {"hard": True, "minutes": 1600}}, ADMIN)
    assert (after["hard"], after["percentage"], after["updater_id"]) == (True, Decimal("33.33"), user_id(mock, ADMIN))
    assert listed(mock, "workspace_resources", only=ana)[0]["total_allocated_minutes"] == 1600
    assert get(mock, "workspace_allocations", type="soft")["count"] == 0
    assert get(mock, "workspace_allocations", type="hard", named_resources_only="1")["count"] == 1
    refused(send(mock, "GET", "workspace_allocations", type="liquid"), 400)
    for span, count in (("2026-01-25:2026-02-01", 1), ("2026-01-01:2026-01-12", 1), ("2026-01-26:2026-02-01", 0)):
        assert get(mock, "workspace_allocations", overlaps_with_date_range=span)["count"] == count
    assert send(mock, "DELETE", path, token=LEAD).status == 204
    shown = listed(mock, "workspace_resources", only=ana)[0]
    assert (shown["total_allocated_minutes"], shown["allocations_count"]) == (0, 0)


def test_nobody_is_kept_from_being_booked_twice(mock: Psa, workspace_id: str) -> None:
    other = project(mock, title="Other")
    book(mock, named(mock, workspace_id), hard=True)
    book(mock, named(mock, other), hard=True)
    ana = user_id(mock, ANA)
    found = listed(mock, "workspace_allocations", user_ids=ana, overlaps_with_date_range="2026-01-12:2026-01-12")
    assert sum(each["percentage"] for each in found) == 200


def test_what_is_no_allocation_is_refused(mock: Psa, workspace_id: str) -> None:
    ana = named(mock, workspace_id)
    days = {"resource_id": ana, "start_date": "2026-01-12", "end_date": "2026-01-25", "minutes": 4800}
    for change, field in (
        ({"resource_id": 5}, "resource_id"),
        ({"resource_id": None}, "resource_id"),
        ({"start_date": "2026-01-26"}, "end_date"),
        ({"end_date": "2199-01-01"}, "end_date"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": 10**7}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"hard": "yes"}, "hard"),
    ):
        refuse(mock, "POST", "workspace_allocations", {"workspace_allocation": {**days, **change}}, field, LEAD)
    made = book(mock, ana)
    path = f"workspace_allocations/{made['id']}"
    other = named(mock, workspace_id, BEN)
    refuse(mock, "PUT", path, {"workspace_allocation": {"resource_id": other}}, "resource_id")
    for params, field in (
        ({"workspace_allocation_id": "5", "split_date": "2026-01-19"}, "workspace_allocation_id"),
        ({"workspace_allocation_id": made["id"], "split_date": "2026-01-12"}, "split_date"),
        ({"workspace_allocation_id": made["id"], "split_date": "2026-01-26"}, "split_date"),
        ({"workspace_allocation_id": made["id"], "split_date": "soon"}, "split_date"),
        ({"workspace_allocation_id": made["id"]}, "split_date"),
    ):
        before = mock.dump()
        refused(send(mock, "PUT", "workspace_allocations/split", **params), 422, field)
        assert mock.dump() == before


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@given(DAYS, st.integers(0, 60))
def test_workdays_are_those_a_plain_loop_counts(first: date, length: int) -> None:
    days = [first + timedelta(days=each) for each in range(length + 1)]
    assert workdays(days[0].isoformat(), days[-1].isoformat()) == sum(day.weekday() < 5 for day in days)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(DAYS, st.integers(0, 40), st.integers(0, 9999)), min_size=1, max_size=3), st.data())
def test_splitting_loses_no_minute_and_no_day(spans: list[tuple[date, int, int]], data: st.DataObject) -> None:
    mock = make()
    ana = named(mock, project(mock))
    for first, length, minutes in spans:
        last = first + timedelta(days=length)
        made = book(mock, ana, start_date=first.isoformat(), end_date=last.isoformat(), minutes=minutes)
        if length:
            day = first + timedelta(days=data.draw(st.integers(1, length)))
            params = {"workspace_allocation_id": made["id"], "split_date": day.isoformat()}
            one, two = rows(ok(send(mock, "PUT", "workspace_allocations/split", token=LEAD, **params)))
            assert one["minutes"] + two["minutes"] == minutes
            assert (one["start_date"], two["end_date"]) == (first.isoformat(), last.isoformat())
            assert (
                date.fromisoformat(one["end_date"]) + timedelta(days=1) == day == date.fromisoformat(two["start_date"])
            )
    shown = listed(mock, "workspace_resources", only=ana)[0]
    assert shown["total_allocated_minutes"] == sum(minutes for _, _, minutes in spans)
    assert shown["allocations_count"] == get(mock, "workspace_allocations")["count"]


def test_staffing_is_news_and_its_totals_are_not(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    clock.advance_to(HOUR_US)
    ana = named(mock, workspace_id)
    made = book(mock, ana)
    put(mock, f"workspace_allocations/{made['id']}", {"workspace_allocation": {"hard": True}})
    put(mock, f"workspace_allocations/{made['id']}", {"workspace_allocation": {"hard": True}})
    put(mock, f"workspace_resources/{ana}", {"workspace_resource": {"label": "Lead"}})
    send(mock, "DELETE", f"workspace_resources/{ana}")
    assert events_since(mock, clock) == sorted(
        [
            *((f"workspace_resource:{done}", int(ana)) for done in ("created", "updated", "deleted")),
            *((f"workspace_allocation:{done}", int(made["id"])) for done in ("created", "updated", "deleted")),
        ]
    )


# -- people ---------------------------------------------------------------------------------------------------------


def test_a_membership_has_a_manager_rates_and_a_target(mock: Psa, clock: ManualClock) -> None:
    clock.advance_to(HOUR_US)
    ana = membership(mock, ANA)
    given_ = {
        "manager_id": user_id(mock, LEAD),
        "bill_rate_in_cents": 15000,
        "cost_rate_in_cents": 9000,
        "billability_target": 80,
    }
    path = f"account_memberships/{ana}"
    after = put(mock, path, {"account_membership": given_})
    assert {name: after[name] for name in given_} == given_
    assert ids(get(mock, "account_memberships", manager_id=user_id(mock, LEAD))) == [ana]
    assert put(mock, path, {"account_membership": {"manager_id": None}})["manager_id"] is None
    assert events_since(mock, clock) == [("account_membership:updated", int(ana))] * 2
    for change, field in (
        ({"manager_id": user_id(mock, ANA)}, "manager_id"),
        ({"manager_id": 5}, "manager_id"),
        ({"billability_target": 101}, "billability_target"),
        ({"cost_rate_in_cents": -1}, "cost_rate_in_cents"),
        ({"bill_rate_in_cents": 10**9}, "bill_rate_in_cents"),
    ):
        refuse(mock, "PUT", path, {"account_membership": change}, field)


def test_a_cost_rate_is_one_per_membership_and_currency(mock: Psa, clock: ManualClock) -> None:
    clock.advance_to(HOUR_US)
    ana = membership(mock, ANA)
    rate = {"account_membership_id": ana, "currency": "EUR", "amount_in_subunits": 9050}
    made = post(mock, "cost_rates", {"cost_rate": rate})
    assert (made["amount_in_subunits"], made["currency"], made["account_membership_id"]) == (9050, "EUR", ana)
    again = post(mock, "cost_rates", {"cost_rates": [{**rate, "amount_in_subunits": 9100}]})
    assert (again["id"], again["amount_in_subunits"]) == (made["id"], 9100)
    assert put(mock, f"cost_rates/{made['id']}", {"cost_rate": {"amount_in_subunits": 1}})["amount_in_subunits"] == 1
    assert post(mock, "cost_rates", {"cost_rate": {**rate, "currency": "JPY"}})["id"] != made["id"]
    content = get(mock, f"account_memberships/{ana}", include="cost_rates")
    assert len(content["cost_rates"]) == 2
    kinds = [kind for kind, _ in events_since(mock, clock)]
    assert kinds == ["cost_rate:created"] * 2 + ["cost_rate:updated"] * 2
    refused(send(mock, "GET", "cost_rates", token=LEAD), 403)
    refused(send(mock, "POST", "cost_rates", {"cost_rate": rate}, LEAD), 403)
    for change, field in (
        ({"account_membership_id": 5}, "account_membership_id"),
        ({"currency": "euro"}, "currency"),
        ({"amount_in_subunits": -1}, "amount_in_subunits"),
    ):
        refuse(mock, "POST", "cost_rates", {"cost_rate": {**rate, **change}}, field)
    refuse(mock, "PUT", f"cost_rates/{made['id']}", {"cost_rate": {"currency": "USD"}}, "currency")


def test_people_have_skills_at_a_level(mock: Psa) -> None:
    sql = post(mock, "skills", {"skill": {"name": "SQL"}})
    refuse(mock, "POST", "skills", {"skill": {"name": "SQL"}}, "name")
    refused(send(mock, "POST", "skills", {"skill": {"name": "Go"}}, LEAD), 403)
    ana = user_id(mock, ANA)
    made = post(mock, "skill_memberships", {"skill_membership": {"skill_id": sql["id"], "user_id": ana, "level": 4}})
    assert (made["level"], made["max_level"]) == (4, 5)
    path = f"skill_memberships/{made['id']}"
    assert put(mock, path, {"skill_membership": {"level": 5}}, LEAD)["level"] == 5
    refuse(mock, "PUT", path, {"skill_membership": {"level": 6}}, "level")
    refuse(mock, "PUT", path, {"skill_membership": {"user_id": 5}}, "user_id")
    body = {"skill_membership": {"skill_id": sql["id"], "user_id": ana}}
    refuse(mock, "POST", "skill_memberships", body, "skill_id")
    content = get(mock, f"users/{ana}", include="skill_memberships")
    assert content["users"][ana]["skill_membership_ids"] == [made["id"]]
    assert send(mock, "DELETE", path, token=LEAD).status == 204
    assert get(mock, "skill_memberships", user_id=ana)["count"] == 0


def away(mock: Psa, day: str, hours: Any, token: str = ANA) -> dict[str, Any]:
    entry = {"user_id": user_id(mock, token), "requested_date": day, "hours": hours}
    return post(mock, "time_off_entries", {"time_off_entry": entry}, LEAD)


def test_hours_off_of_a_day_add_up_to_a_working_day_at_most(mock: Psa, workspace_id: str) -> None:
    first = away(mock, "2026-01-14", 4)
    second = away(mock, "2026-01-14", Decimal("3.25"))
    assert (second["id"], second["hours"]) == (first["id"], Decimal("7.25"))
    entry = {"user_id": user_id(mock, ANA), "requested_date": "2026-01-14", "hours": 1}
    refuse(mock, "POST", "time_off_entries", {"time_off_entry": entry}, "hours", LEAD)
    refuse(mock, "POST", "time_off_entries", {"time_off_entry": {**entry, "hours": 0}}, "hours", LEAD)
    refuse(mock, "POST", "time_off_entries", {"time_off_entry": {**entry, "user_id": 5}}, "user_id", LEAD)
    path = f"time_off_entries/{first['id']}"
    assert put(mock, path, {"time_off_entry": {"hours": 8}}, LEAD)["hours"] == 8
    refuse(mock, "PUT", path, {"time_off_entry": {"requested_date": "2026-01-15"}}, "requested_date", LEAD)
    away(mock, "2026-01-20", 8, BEN)
    for params, count in (
        ({"user_ids": user_id(mock, ANA)}, 1),
        ({"start_date": "2026-01-14", "end_date": "2026-01-20"}, 2),
        ({"start_date": "2026-01-15"}, 1),
        ({"workspace_id": workspace_id}, 2),
        ({"workspace_id": project(mock, title="Other")}, 0),
    ):
        assert get(mock, "time_off_entries", **params)["count"] == count
    refused(send(mock, "GET", "time_off_entries", start_date="soon"), 400)
    assert send(mock, "DELETE", path, token=LEAD).status == 204
    refused(send(mock, "POST", "time_off_entries", {"time_off_entry": entry}, ANA), 403)
