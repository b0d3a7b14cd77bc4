"""A change order that is a contract of its own needs hours, a contract measured by hours, and time that names it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.errors import UsageError
from sandbox.firm.fitting import check_scenario
from tests.firm.builders import changed, shipped

MONTH_END, FIRM = shipped("month-end")


def told(code: str = "ENG-11", change: dict[str, Any] | None = None, time: dict[str, Any] | None = None) -> str:
    """What is said of month-end with another change order, or other last time, of an engagement."""
    scripted = MONTH_END.model_dump(mode="json")["scripted"]
    terms = next(each for each in scripted if each["code"] == code)
    terms["change_orders"][0] |= change or {}
    terms["time"][-1] |= time or {}
    try:
        check_scenario(changed(MONTH_END, scripted=scripted), FIRM, b"", "story.yaml")
    except UsageError as wrong:
        return str(wrong)
    return ""


def test_what_fits_is_not_told() -> None:
    assert told() == ""


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"code": "ENG-09", "change": {"treatment": "separate"}}, "of fixed_fee only, ENG-09 is fixed_fee_by_cost"),
        ({"change": {"minutes": 0}}, "the separate CO1 of ENG-11 needs hours of its own (minutes), and has no bonus"),
        ({"change": {"bonus": "1.00"}}, "the separate CO1 of ENG-11 needs hours of its own"),
        ({"time": {"change": "CO2"}}, "unknown separate change order 'CO2'; did you mean 'CO1'?"),
        ({"change": {"treatment": "prospective"}}, "unknown separate change order 'CO1'"),
    ],
)
def test_a_change_that_cannot_stand_alone_is_told(where: dict[str, Any], words: str) -> None:
    assert words in told(**where)
