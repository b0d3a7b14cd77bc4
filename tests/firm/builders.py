"""Small firms and stories for these tests: shipped ones changed in one place, and one that uses every verb."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_firm, load_scenario
from sandbox.plan import Deed, FirmProfile, Plan, Scenario

# Thursday 29 January 2026 stands in a week whose Friday is booked too.
UNPOSTABLE = {"engagement": "ENG-03", "person": "W-0002", "on": "2026-01-29", "minutes": 60, "role": "advisor"}


@lru_cache
def shipped(name: str) -> tuple[Scenario, FirmProfile]:
    """A scenario that ships, with its firm."""
    return load_scenario(name)


def changed(scenario: Scenario, **fields: Any) -> Scenario:
    """The scenario with other fields, validated again."""
    return Scenario.model_validate({**scenario.model_dump(by_alias=True), **fields})


def firm_with(firm: FirmProfile, **fields: Any) -> FirmProfile:
    """The firm with other fields, validated again."""
    return FirmProfile.model_validate({**firm.model_dump(), **fields})


def planned(scenario: Scenario, firm: FirmProfile, seed: int = 1) -> Plan:
    """The plan without faults."""
    return make_plan(scenario, firm, seed, profile="none")


def labels(deeds: Iterable[Deed]) -> list[str]:
    """Labels in the order given."""
    return [deed.label for deed in deeds]


def by_label(plan: Plan) -> dict[str, Deed]:
    """Deeds by label."""
    return {deed.label: deed for deed in plan.deeds}


@lru_cache
def busy_desk() -> tuple[Scenario, FirmProfile]:
    """Three people in London who do everything people do here: every verb occurs in four weeks.

    ENG-01 is time and materials with a late card and a write-off, ENG-02 a fixed fee in two instalments that is changed
    once, ENG-03 is generated and every sheet of it is rejected once, ENG-04 a milestone that is sent back once, ENG-05
    a fixed fee earned by cost that begins at risk and loses, ENG-06 has every edit, and time that moves to ENG-07. A
    card of ENG-04 has a role the ERP lacks until finance adds it. W-0004 joins and leaves, W-0003 is promoted, W-0002
    would move and be promoted later. Rates rise on 1 February, as in two-offices.
    """
    tiny, one_desk = shipped("tiny-thread")
    (first,) = tiny.model_dump()["scripted"]
    first |= {
        "late": [
            {
                "person": "W-0003",
                "on": "2026-01-30",
                "minutes": 400,
                "booked_on": "2026-02-03",
                "approved_on": "2026-02-03",
            }
        ],
        "write_offs": [{"person": "W-0003", "on": "2026-01-26", "reason": "kick-off"}],
    }
    # Firm in the project, and a wish nobody is named for.
    planned_on = [
        {"person": "W-0003", "first": "2026-01-26", "last": "2026-01-30", "hard": True},
        {"grade": "analyst", "skill": "Ledgers", "first": "2026-02-02", "last": "2026-02-06"},
    ]
    first["allocations"] = planned_on
    second = {
        **first,
        "allocations": [],
        "code": "ENG-02",
        "title": "Pricing study",
        "client": "Mersey Ferries plc",
        "kind": "fixed_fee",
        "price": "9000.00",
        "instalments": [{"on": "2026-01-27", "amount": "4000.00"}, {"on": "2026-02-09", "amount": "5000.00"}],
        "time": [{"person": "W-0003", "first": "2026-01-29", "last": "2026-01-29", "minutes": 300}],
        "change_orders": [
            {
                "number": "CO1",
                "signed": "2026-02-09",
                "price": "600.00",
                "minutes": 240,
                "treatment": "catch_up",
                "decided_on": "2026-02-10",
            }
        ],
        "late": [],
        "write_offs": [],
        "expenses": [
            {
                "person": "W-0003",
                "on": "2026-01-29",
                "category": "Travel",
                "net": "48.20",
                "booked_on": "2026-01-30",
                "approved_on": "2026-02-02",
            }
        ],
        "subcontracts": [
            {
                "supplier": "Kestrel Surveys Ltd",
                "number": "KS-1",
                "on": "2026-01-28",
                "net": "700.00",
                "tax": "140.00",
                "received_on": "2026-01-29",
                "approved_on": "2026-02-02",
            }
        ],
    }
    by_milestone = {
        **second,
        "code": "ENG-04",
        "title": "Harbour study",
        "client": "Tyne Docks plc",
        "kind": "milestone",
        "price": "6000.00",
        "change_orders": [],
        "instalments": [],
        "milestones": [{"code": "M1", "title": "Report", "amount": "6000.00", "due": "2026-01-30"}],
        "acceptances": [{"milestone": "M1", "on": "2026-02-02", "rejected_on": "2026-01-30"}],
        "payment": {"unidentified": True, "applied_on": "2026-02-10"},
        "time": [],
        "expenses": [],
        "subcontracts": [],
    }
    by_cost = {
        **second,
        "code": "ENG-05",
        "title": "Quay survey",
        "client": "Wear Cranes plc",
        "kind": "fixed_fee_by_cost",
        "price": "1000.00",
        "expected_cost": "1200.00",
        "at_risk_from": "2026-01-20",
        "change_orders": [],
        "instalments": [{"on": "2026-01-27", "amount": "1000.00"}],
        "accruals": [{"period": "2026-01", "on": "2026-02-02", "amount": "100.00"}],
        "time": [],
        "expenses": [],
        "subcontracts": [],
    }
    seventh = {
        **second,
        "code": "ENG-07",
        "title": "Quay study",
        "client": "Clyde Quays plc",
        "kind": "time_and_materials",
        "change_orders": [],
        "instalments": [],
        "time": [],
        "expenses": [],
        "subcontracts": [],
        "pays_after_days": None,
    }
    moved = {"person": "W-0003", "first": "2026-01-28", "last": "2026-01-28", "to": "ENG-07", "reason": "wrong project"}
    sixth = {
        **seventh,
        "code": "ENG-06",
        "title": "Dock study",
        "client": "Forth Docks plc",
        "time": [{"person": "W-0003", "first": "2026-01-26", "last": "2026-01-29", "minutes": 60}],
        "holds": [{"person": "W-0003", "first": "2026-01-27", "last": "2026-01-27", "reason": "no work report"}],
        "write_downs": [{"month": "2026-01", "amount": "100.00", "reason": "learning curve"}],
        "credits": [{"bill": "ENG-06 2026-01", "on": "2026-02-11", "reason": "concession", "amount": "50.00"}],
        "transfers": [{**moved, "credited_on": "2026-02-11", "moved_on": "2026-02-12"}],
        "credit_holds": [{"on": "2026-02-12", "released_on": "2026-02-13", "reason": "overdue"}],
        "pays_after_days": None,
    }
    third = {
        "code": "ENG-03",
        "entity": "UK",
        "kind": "time_and_materials",
        "approver": "W-0001",
        "pool": ["W-0002"],
        "team_size": 1,
    }
    joins = {
        "employee_id": "W-0004",
        "entity": "UK",
        "grade": "analyst",
        "entered": "2026-01-20",
        "effective": "2026-01-26",
    }
    promoted = {"employee_id": "W-0003", "grade": "consultant", "entered": "2026-01-28", "effective": "2026-02-01"}
    leaves = {"employee_id": "W-0004", "entered": "2026-02-03", "last_day": "2026-02-10"}
    # None of these touches what is booked: a move that is taken back, a promotion to come, absences of the partner.
    moves = {"employee_id": "W-0002", "location": "Manchester", "entered": "2026-01-20", "effective": "2026-03-02"}
    rises = {"employee_id": "W-0002", "grade": "manager", "entered": "2026-01-20", "effective": "2026-03-30"}
    away = {
        "employee_id": "W-0001", "kind": "Unpaid", "entered": "2026-01-21", "first_day": "2026-01-31",
        "last_day": "2026-02-01",
    }  # fmt: skip
    rests = {
        "employee_id": "W-0001",
        "entered": "2026-01-21",
        "first": "2026-01-22",
        "last": "2026-01-23",
        "minutes": 60,
    }
    card = {**UNPOSTABLE, "engagement": "ENG-04", "person": "W-0003", "on": "2026-01-27"}
    remedy = {
        "engagement": card["engagement"],
        "person": card["person"],
        "first": card["on"],
        "last": card["on"],
        "role": card["role"],
        "on": "2026-02-04",
    }
    scenario = changed(
        tiny,
        name="busy-desk",
        habits={"late_percent": 0, "rejected_percent": 100, "write_off_percent": 0},
        scripted=[first, second, by_milestone, by_cost, sixth, seventh],
        generated=[third],
        workforce={
            "hires": [joins],
            "promotions": [promoted, rises],
            "leavers": [leaves],
            "transfers": [moves],
            "leaves": [away],
            "time_off": [rests],
            "rescissions": [
                {"employee_id": "W-0002", "event": "transfer", "effective": "2026-03-02", "entered": "2026-01-22"}
            ],
            "corrections": [
                {
                    "employee_id": "W-0002",
                    "event": "promotion",
                    "effective": "2026-03-30",
                    "entered": "2026-01-22",
                    "to": "2026-03-31",
                }
            ],
        },
        unpostable=[card],
        remedies=[remedy],
        expectations={},
        requires=[],
    )
    two_offices = load_firm("two-offices").model_dump()
    london = {
        name: [table for table in two_offices[name] if table["entity"] == "UK"] for name in ("bill_rates", "cost_rates")
    }
    members = [each.model_dump() for each in one_desk.members]
    members[1]["skills"] = [{"name": "Ledgers", "level": 4}, {"name": "Pricing"}]
    paid = {
        "entity": "UK",
        "periods_per_year": 26,
        "salaries": {"analyst": "39000.00", "consultant": "62512.00", "partner": "130000.00"},
        "periods": [{"start": "2026-01-21", "end": "2026-02-03", "pay_day": "2026-02-05"}],
    }
    return scenario, firm_with(one_desk, unposted_roles=["advisor"], members=members, payroll=[paid], **london)


def empty_story(scenario: Scenario, **fields: Any) -> Scenario:
    """The scenario with nothing sold and nobody moving."""
    nothing: dict[str, Any] = {
        "scripted": [],
        "generated": [],
        "workforce": {},
        "unpostable": [],
        "expectations": {},
        "requires": [],
    }
    return changed(scenario, **{**nothing, **fields})


def sheets_of(plan: Plan) -> list[dict[str, Any]]:
    """Every sheet of every booking deed."""
    return [sheet for deed in plan.deeds if deed.verb == "book" for sheet in deed.args["sheets"]]


def bookings_of(plan: Plan) -> list[dict[str, Any]]:
    """Everything booked, with the person beside it."""
    return [
        {**booking, "person": deed.person}
        for deed in plan.deeds
        if deed.verb == "book"
        for sheet in deed.args["sheets"]
        for booking in sheet["bookings"]
    ]


def engagements_of(deed: Deed) -> set[str]:
    """The engagements a deed is about."""
    if "sheets" in deed.args:
        return {sheet["engagement"] for sheet in deed.args["sheets"]}
    return {deed.args["engagement"]} if "engagement" in deed.args else set()


def local(plan: Plan, deed: Deed) -> str:
    """When a deed is due, as the person's wall clock shows it: ``Fri 2026-01-23 16:30``."""
    return local_time(plan, deed).strftime("%a %Y-%m-%d %H:%M")


def local_time(plan: Plan, deed: Deed) -> datetime:
    """When a deed is due in the person's own zone."""
    begun = datetime.combine(plan.start, datetime.min.time(), UTC)
    zone = ZoneInfo(plan.entity(plan.people[deed.person].entity).zone)
    return (begun + timedelta(microseconds=deed.due_us)).astimezone(zone)
