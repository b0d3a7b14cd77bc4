"""The firms that ship: rates inside the published ranges of the glossary, everybody and every date accounted for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from sandbox.core.calendars import is_workday
from sandbox.firm.scenarios import firm_names, load_firm, load_scenario, scenario_names
from sandbox.plan import FirmProfile, Grade, RateTable

GRADES = get_args(Grade)
# Glossary section 4, table of grades: hourly bill rates in the currency of the office, lowest and highest.
BILL: dict[str, dict[Grade, tuple[int, int]]] = {
    "US": {
        "analyst": (130, 180), "consultant": (175, 235), "senior consultant": (210, 290), "manager": (260, 360),
        "senior manager": (330, 450), "partner": (430, 650),
    },
    "UK": {
        "analyst": (75, 95), "consultant": (90, 115), "senior consultant": (110, 140), "manager": (130, 165),
        "senior manager": (150, 190), "partner": (180, 240),
    },
    "DE": {
        "analyst": (85, 115), "consultant": (110, 145), "senior consultant": (135, 175), "manager": (165, 215),
        "senior manager": (200, 270), "partner": (260, 360),
    },
    # Offshore, given in USD.
    "IN": {
        "analyst": (25, 35), "consultant": (32, 45), "senior consultant": (40, 58), "manager": (55, 80),
        "senior manager": (75, 110), "partner": (110, 160),
    },
}  # fmt: skip
# Units of a currency a rate is written in for one of the currency the range is given in: assumed, early 2026.
UNITS: dict[tuple[str, str | None], tuple[str, str]] = {
    ("IN", None): ("84", "84"),
    ("US", "EUR"): ("0.85", "1"),
    ("UK", "USD"): ("1.2", "1.35"),
}
# The same table, last column: cost rate as a share of the bill rate.
COST_SHARE: dict[Grade, tuple[str, str]] = {
    "analyst": ("0.45", "0.55"), "consultant": ("0.45", "0.55"), "senior consultant": ("0.45", "0.55"),
    "manager": ("0.50", "0.60"), "senior manager": ("0.50", "0.62"), "partner": ("0.45", "0.60"),
}  # fmt: skip
# Below the table: the offshore share.
OFFSHORE_SHARE = ("0.35", "0.45")


def in_force(tables: tuple[RateTable, ...], entity: str, day: date) -> RateTable | None:
    """The last version that has begun."""
    begun = [table for table in tables if table.entity == entity and table.effective <= day and table.currency is None]
    return max(begun, key=lambda table: table.effective, default=None)


@pytest.fixture(params=firm_names())
def firm(request: pytest.FixtureRequest) -> FirmProfile:
    return load_firm(request.param)


def test_the_firms_ship() -> None:
    assert {"four-offices", "new-york", "one-desk", "one-desk-paid", "two-offices"} <= set(firm_names())


def test_every_bill_rate_lies_in_its_published_range(firm: FirmProfile) -> None:
    for table in firm.bill_rates:
        for grade, rate in table.rates.items():
            # A card for work done in Pune has the range of Pune, which is given in USD.
            low, high = BILL["IN" if table.card == "OFFSHORE" else table.entity][grade]
            fewest, most = map(Decimal, UNITS.get((table.entity, table.currency), ("1", "1")))
            assert low * fewest <= rate <= high * most, (table.entity, table.effective, grade)


def test_every_cost_rate_is_its_published_share_of_the_bill_rate_of_that_day(firm: FirmProfile) -> None:
    compared = 0
    for day in sorted({table.effective for table in (*firm.bill_rates, *firm.cost_rates)}):
        for entity in firm.entities:
            bill, cost = in_force(firm.bill_rates, entity.code, day), in_force(firm.cost_rates, entity.code, day)
            if bill is None or cost is None:
                continue
            for grade, onshore in COST_SHARE.items():
                low, high = OFFSHORE_SHARE if entity.code == "IN" else onshore
                share = cost.rates[grade] / bill.rates[grade]
                assert Decimal(low) <= share <= Decimal(high), (entity.code, day, grade, share)
                compared += 1
    assert compared >= 6


def test_every_table_knows_every_grade_and_a_higher_grade_costs_more(firm: FirmProfile) -> None:
    for table in (*firm.bill_rates, *firm.cost_rates):
        assert set(table.rates) == set(GRADES)
        rates = [table.rates[grade] for grade in GRADES]
        assert rates == sorted(set(rates))


def test_a_new_year_raises_every_bill_rate_by_three_to_five_percent() -> None:
    # Glossary section 4: annual rate rise 3-5% on 1 January or contract anniversary.
    two_offices = load_firm("two-offices")
    for code, old, new in (("US", date(2025, 1, 1), date(2026, 1, 1)), ("UK", date(2025, 2, 1), date(2026, 2, 1))):
        before, after = in_force(two_offices.bill_rates, code, old), in_force(two_offices.bill_rates, code, new)
        assert before is not None
        assert after is not None
        for grade in GRADES:
            assert Decimal("1.03") <= after.rates[grade] / before.rates[grade] <= Decimal("1.05"), (code, grade)


def test_the_senior_consultant_in_london_costs_more_from_the_first_of_february() -> None:
    two_offices = load_firm("two-offices")
    expected = {date(2026, 1, 31): ("125.00", "62.50"), date(2026, 2, 1): ("130.00", "64.40")}
    for day, (bill, cost) in expected.items():
        billed, costing = in_force(two_offices.bill_rates, "UK", day), in_force(two_offices.cost_rates, "UK", day)
        assert billed is not None
        assert costing is not None
        assert billed.rates["senior consultant"] == Decimal(bill)
        assert costing.rates["senior consultant"] == Decimal(cost)


def test_a_rate_holds_for_everybody_from_the_first_day_of_every_story() -> None:
    for name in scenario_names():
        scenario, firm = load_scenario(name)
        for entity in firm.entities:
            assert in_force(firm.bill_rates, entity.code, scenario.start) is not None
            assert in_force(firm.cost_rates, entity.code, scenario.start) is not None


def test_no_two_versions_of_a_table_begin_on_the_same_day(firm: FirmProfile) -> None:
    for tables in (firm.bill_rates, firm.cost_rates):
        begun = [(table.entity, table.currency, table.card, table.effective) for table in tables]
        assert len(begun) == len(set(begun))


def test_people_and_tables_belong_to_an_office_of_the_firm(firm: FirmProfile) -> None:
    codes = {entity.code for entity in firm.entities}
    assert {table.entity for table in (*firm.bill_rates, *firm.cost_rates)} == codes
    assert {member.entity for member in firm.members} == codes
    ids = [member.employee_id for member in firm.members]
    assert len(ids) == len(set(ids))


def test_everybody_began_on_a_weekday_before_any_story_begins(firm: FirmProfile) -> None:
    first = min(load_scenario(name)[0].start for name in scenario_names())
    for member in firm.members:
        assert member.hired < first
        assert member.hired.weekday() < 5


def test_every_office_has_a_zone_and_a_calendar(firm: FirmProfile) -> None:
    for entity in firm.entities:
        assert ZoneInfo(entity.zone).key == entity.zone
        assert not is_workday(entity.country, date(2026, 12, 25))


def test_the_united_kingdom_taxes_at_a_fifth_and_the_united_states_not_at_all() -> None:
    assert {entity.code: entity.tax_rate for entity in load_firm("two-offices").entities} == {
        "US": Decimal(0),
        "UK": Decimal("0.20"),
    }


def test_the_small_firm_charges_what_the_london_office_charged_before_the_rise() -> None:
    one_desk, two_offices = load_firm("one-desk"), load_firm("two-offices")
    day = date(2026, 1, 31)
    for small, large in ((one_desk.bill_rates, two_offices.bill_rates), (one_desk.cost_rates, two_offices.cost_rates)):
        here, there = in_force(small, "UK", day), in_force(large, "UK", day)
        assert here is not None
        assert there is not None
        assert here.rates == there.rates


def test_the_large_firm_knows_a_role_it_cannot_post() -> None:
    assert load_firm("two-offices").unposted_roles == ("advisor",)
    assert "advisor" not in GRADES
