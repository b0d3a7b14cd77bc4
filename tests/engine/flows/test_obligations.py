"""Obligations: one for a fixed fee, one a month for hours, under the agreed ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sandbox.engine.connectors.revenue import Obligation
from sandbox.engine.flows.obligations import deal_document, obligation, obligation_id
from tests.engine.builders import interface
from tests.engine.samples import DEAL

HOURS = deal_document(DEAL)
FEE = deal_document(replace(DEAL, kind="fixed_fee"))


def test_a_deal_is_kept_as_plain_data() -> None:
    assert HOURS == {
        "code": "ENG-09",
        "native_id": "006A00000000001AAA",
        "kind": "time_and_materials",
        "entity": "UK",
        "currency": "GBP",
        "start": "2026-01-19",
        "end": "2026-02-27",
        "client_code": "CL-009",
        "client_name": "Ferry Line plc",
        "client_id": "001A00000000001AAA",
        "lines": {"ENG-09-L1": {"price": "1200.00", "budget_minutes": 600, "due": None}},
    }


def test_hours_have_an_id_per_line_and_month_a_fixed_fee_one_per_line() -> None:
    assert obligation_id(interface(), HOURS, "ENG-09-L1", "2026-02") == "ENG-09-L1-2026-02"
    assert obligation_id(interface(), FEE, "ENG-09-L1", "2026-02") == "ENG-09-L1"


def test_hours_may_be_invoiced_for_the_month_they_are_of() -> None:
    assert obligation(interface(), HOURS, "ENG-09-L1", "2026-02", Decimal("85.00")) == Obligation(
        obligation="ENG-09-L1-2026-02",
        engagement="ENG-09",
        entity="UK",
        client_code="CL-009",
        client_name="Ferry Line plc",
        currency="GBP",
        item="TM",
        amount=Decimal("85.00"),
        first=date(2026, 2, 1),
        last=date(2026, 2, 28),
        signed=date(2026, 1, 19),
        right_to_bill=True,
        revenue_account="4000",
        position_account="2100",
    )


def test_a_fixed_fee_is_earned_over_its_whole_term() -> None:
    made = obligation(interface(), FEE, "ENG-09-L1", "2026-02", Decimal("1200.00"))
    assert (made.obligation, made.item, made.right_to_bill, made.revenue_account) == ("ENG-09-L1", "FF", False, "4010")
    assert (made.first, made.last, made.amount) == (date(2026, 1, 19), date(2026, 2, 27), Decimal("1200.00"))


@pytest.mark.parametrize("period", ["2026-13", "January", ""])
def test_a_month_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        obligation(interface(), HOURS, "ENG-09-L1", period, Decimal(0))
