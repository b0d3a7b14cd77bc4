"""Explanations of figures: what is read of them, and what is said of one that does not come out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.firm.operands import Unworkable, values_of, worked_steps
from sandbox.firm.scenarios import FOLDER, load_scenario

STORY = (FOLDER / "tiny-thread.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1280 h x 400.00 = 512,000.00", ["512000"]),
        ("1,280 h x 400.00 = 512,000.00", ["512000"]),
        ("4,000,000 x 1.12 / 83.20 = 53,846.15", ["53846.15"]),
        ("4,000,000 x 1.12 = 4,480,000.00 / 83.20 = 53,846.15", ["4480000", "53846.15"]),
        ("(700,000 + 120,000) x 2 = 1,640,000", ["1640000"]),
        ("senior 2 x (6:40 h x 42.50 = 283.333 -> 283.33) = 566.66", ["283.333", "283.33", "566.66"]),
        ("cost 7.00 - revenue 9.50 = -2.50 is in the books already", ["-2.50"]),
        ("150.00 x 3 / 4 = 112.50, less 50.00 = 62.50; 10 h expire", ["112.50", "62.50"]),
        ("1,700.01 x 20% = 340.002 -> 340.00", ["340.002", "340.00"]),
        ("on 3 February 400 + 80 = 480 (30 January came after the cut-off)", ["480"]),
        ("- 0.005 x 1 = -0.01", ["-0.01"]),
        ("first instalment, 30%", []),
    ],
)
def test_sums_are_read_and_come_out(text: str, shown: list[str]) -> None:
    assert [step.shown for step in worked_steps(text)] == [Fraction(each) for each in shown]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3 x 3 = 10", "3 x 3 = 10: it comes to 9"),
        ("4,000,000 x 1.12 / 83.20 = 53,846.16", "4,000,000 x 1.12 / 83.20 = 53,846.16: it comes to 53,846.15"),
        ("2 x (8 h x 125.00 = 1,001.00) = 2,002.00", "8 x 125.00 = 1,001.00: it comes to 1,000.00"),
        ("1 / 3 = 0.333 -> 0.34", "1 / 3 = 0.34: it comes to 0.33"),
        ("3 x = 9", "an operand is missing before =: '3 x'"),
        ("3 x x 4 = 12", "operands and operators do not take turns before =: '3 x x 4'"),
        ("3 x 3 =", "nothing stands behind '3 x 3' ="),
        ("3 x 3 = 9 ->", "nothing stands behind '9' ->"),
        ("3 x 3 = 9 x / 2 = 4.5", "operands and operators do not take turns behind =: '9 x / 2'"),
        ("(3 + 2 = 5", "a bracket is not closed: '(3 + 2 = 5'"),
        ("3 + 2) = 5", "a bracket closes that was not opened: '3 + 2) = 5'"),
        ("12,34 + 1 = 5", "'12,34' is no number (thousands have a comma each, 1,234.50) in '12,34 + 1 = 5'"),
        ("3 / 0 = 1", "nothing can be divided by 0"),
    ],
)
def test_what_does_not_come_out_is_told(text: str, told: str) -> None:
    with pytest.raises(Unworkable) as wrong:
        worked_steps(text)
    assert str(wrong.value) == told


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("late card 400; senior 10 x 450 = 4,500; 3 x 2", ["400", "4500", "6"]),
        ("150.00 x 3 / 4 = 112.50, less 50.00", ["62.50"]),
        ("billed 10.00 - revenue 7.50", ["2.50"]),
        ("nothing is signed", []),
    ],
)
def test_parts_have_values(text: str, values: list[str]) -> None:
    assert values_of(text) == [Fraction(each) for each in values]


def test_a_story_with_a_wrong_sum_is_refused_with_file_and_line(tmp_path: Path) -> None:
    sound = "1,700.01 x 20% = 340.002 -> 340.00"
    line = STORY.partition(sound)[0].count("\n") + 1
    (tmp_path / "story.yaml").write_text(STORY.replace(sound, sound[:-1] + "1"), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_scenario(str(tmp_path / "story.yaml"))
    assert caught.value.message == (
        f"{tmp_path / 'story.yaml'}:{line}: expectations.ENG-01.2026-02.how.invoiced_tax: "
        "1,700.01 x 20% = 340.01: it comes to 340.00"
    )
