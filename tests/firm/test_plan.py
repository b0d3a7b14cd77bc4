"""Shapes: what they take, what they refuse, and that a plan survives its file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sandbox.plan import (
    Booking,
    Deed,
    Entity,
    GeneratedEngagement,
    Habits,
    Instalment,
    Member,
    Plan,
    RateTable,
    Terms,
    TimeRule,
)

TERMS: dict[str, Any] = {
    "code": "ENG-01",
    "title": "Health check",
    "client": "Harbour Rail plc",
    "entity": "UK",
    "kind": "time_and_materials",
    "price": "5000.00",
    "budget_minutes": 2400,
    "sold": "2026-01-19",
    "proposed": "2026-01-20",
    "signed": "2026-01-21",
    "start": "2026-01-26",
    "end": "2026-02-27",
    "approver": "W-0001",
    "team": ["W-0003"],
}
ENTITY: dict[str, Any] = {
    "code": "UK",
    "name": "Consulting Ltd",
    "country": "GB",
    "currency": "GBP",
    "zone": "Europe/London",
    "location": "London",
    "tax_rate": "0.20",
}
TIME: dict[str, Any] = {"person": "W-0003", "first": "2026-01-26", "last": "2026-01-28", "minutes": 400}
MEMBER: dict[str, Any] = {"employee_id": "W-0001", "entity": "UK", "grade": "partner", "hired": "2016-04-04"}
GENERATED: dict[str, Any] = {
    "code": "ENG-03",
    "entity": "UK",
    "kind": "fixed_fee",
    "approver": "W-0001",
    "pool": ["W-0002"],
}


def test_the_contract_line_is_named_after_its_engagement() -> None:
    assert Terms.model_validate(TERMS).line == "ENG-01-L1"


@pytest.mark.parametrize(
    ("shape", "fields", "wrong"),
    [
        (Terms, TERMS, {"code": "eng-01"}),
        (Terms, TERMS, {"kind": "retainer"}),
        (Terms, TERMS, {"price": "5000.005"}),
        (Terms, TERMS, {"budget_minutes": 0}),
        (Terms, TERMS, {"approver": "W-1"}),
        (Terms, TERMS, {"payment_terms_days": 121}),
        (Entity, ENTITY, {"country": "gb"}),
        (Entity, ENTITY, {"currency": "POUND"}),
        (Entity, ENTITY, {"tax_rate": "1"}),
        (Entity, ENTITY, {"tax_rate": "-0.01"}),
        (TimeRule, TIME, {"minutes": 0}),
        (TimeRule, TIME, {"minutes": 1441}),
        (TimeRule, TIME, {"days": ["Wednesday"]}),
        (GeneratedEngagement, GENERATED, {"team_size": 0}),
        (GeneratedEngagement, GENERATED, {"team_size": 9}),
        (Habits, {}, {"late_percent": 101}),
        (Habits, {}, {"rejected_percent": -1}),
        (Habits, {}, {"write_off_percent": 101}),
        (RateTable, {"entity": "UK", "effective": "2026-01-01", "rates": {}}, {"rates": {"analyst": "0"}}),
        (RateTable, {"entity": "UK", "effective": "2026-01-01", "rates": {}}, {"rates": {"director": "90"}}),
        (Instalment, {"on": "2026-01-20", "amount": "1.00"}, {"amount": "1.001"}),
        (
            Member,
            {"employee_id": "W-0001", "entity": "UK", "grade": "partner", "hired": "2016-04-04"},
            {"grade": "cfo"},
        ),
    ],
)
def test_a_shape_takes_the_right_value_and_refuses_the_wrong_one(
    shape: type[BaseModel], fields: dict[str, Any], wrong: dict[str, Any]
) -> None:
    shape.model_validate(fields)
    with pytest.raises(ValidationError) as refused:
        shape.model_validate({**fields, **wrong})
    assert refused.value.errors()[0]["loc"][0] == next(iter(wrong))


def test_a_shape_takes_no_field_it_does_not_know_and_never_changes() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Terms.model_validate({**TERMS, "discount": "10"})
    terms = Terms.model_validate(TERMS)
    with pytest.raises(ValidationError, match="frozen"):
        terms.price = Decimal(1)


def test_a_whole_day_is_the_longest_booking() -> None:
    booking = {"ref": "W-0003 2026-01-26 ENG-01", "engagement": "ENG-01", "on": "2026-01-26", "role": "analyst"}
    assert Booking.model_validate({**booking, "minutes": 1440}).billable
    with pytest.raises(ValidationError, match="1440"):
        Booking.model_validate({**booking, "minutes": 1441})


def test_a_deed_stands_alone_unless_told_otherwise() -> None:
    deed = Deed(label="sell ENG-01", person="sales-uk", verb="sell", due_us=5, deadline_us=9)
    assert (deed.args, deed.after) == ({}, ())


def test_a_plan_read_from_its_file_is_the_same_plan(busy_plan: Plan) -> None:
    text = busy_plan.model_dump_json(by_alias=True)
    assert Plan.model_validate_json(text) == busy_plan


def test_the_legal_entity_of_a_plan_is_found_by_code_or_not_at_all(busy_plan: Plan) -> None:
    assert busy_plan.entity("UK").zone == "Europe/London"
    with pytest.raises(KeyError, match="US"):
        busy_plan.entity("US")
