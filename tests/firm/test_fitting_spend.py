"""Mistakes in spending and payroll, told with file, line and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.firm.scenarios import FOLDER, load_firm, load_scenario

STORY = (FOLDER / "subcontractor-bill-twice.yaml").read_text(encoding="utf-8")
FIRM = (FOLDER / "firms" / "one-desk-paid.yaml").read_text(encoding="utf-8")


def told(path: Path, text: str, old: str, new: str) -> str:
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as wrong:
        if path.name == "story.yaml":
            load_scenario(str(path))
        else:
            load_firm(str(path))
    return wrong.value.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{person: W-0003, on: 2026-01-27, category: Travel", "{person: W-0001, on: 2026-01-27, category: Travel",
         "expenses.0.person: unknown member of the team 'W-0001'"),
        ("booked_on: 2026-01-30, approved_on: 2026-02-02}", "booked_on: 2026-01-26, approved_on: 2026-02-02}",
         "expenses.0.booked_on: an expense is made, then booked"),
        ("received_on: 2026-01-29", "received_on: 2026-01-27", "subcontracts.0.received_on: a bill is written, then"),
        ('supplier: Studio Nord GmbH, country: DE, number: "77"', 'supplier: Kestrel Surveys Ltd, number: "KS-2041"',
         "subcontracts.1.number: bill KS-2041 of Kestrel Surveys Ltd stands there twice"),
        ("    kind: time_and_materials\n", "    currency: EUR\n    kind: time_and_materials\n",
         "lays out money in another currency than ENG-01 has"),
        ('net: "86.40"', 'net: "0.00"', "expenses.0.net: input should be greater than 0"),
        ("requires:", "entity_expectations: {UKK: {}}\nrequires:", "entity_expectations.UKK: unknown entity 'UKK'"),
    ],
)  # fmt: skip
def test_a_mistake_in_spending_is_told_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    message = told(tmp_path / "story.yaml", STORY, old, new)
    assert "story.yaml:" in message
    assert said in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  - entity: UK\n    periods_per_year", "  - entity: UKK\n    periods_per_year", "unknown entity 'UKK'"),
        ('consultant: "62512.00", ', "", "payroll.0.salaries: W-0002 is consultant, which has no salary in UK"),
        ("start: 2026-02-04,", "start: 2026-02-03,", "payroll.0.periods.1.start: pay periods come in order"),
        ("end: 2026-02-03, pay_day: 2026-02-05", "end: 2026-01-20, pay_day: 2026-02-05",
         "payroll.0.periods.0.start: a pay period starts, then ends"),
        ("pay_day: 2026-02-05", "pay_day: 2026-01-20", "payroll.0.periods.0.start"),
    ],
)  # fmt: skip
def test_a_mistake_in_payroll_is_told_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    message = told(tmp_path / "firm.yaml", FIRM, old, new)
    assert "firm.yaml:" in message
    assert said in message
