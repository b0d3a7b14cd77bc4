"""Rates a story needs: a firm that lacks one is told before anything runs, with file, line and what it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.firm.scenarios import FOLDER, load_scenario

STORY = (FOLDER / "fx-and-intercompany.yaml").read_text(encoding="utf-8")
FIRM = (FOLDER / "firms" / "lent-bench.yaml").read_text(encoding="utf-8")
AVERAGE, CLOSING = ("kind: average, effective: 2026-01-01", "kind: closing, effective: 2026-01-31")


def refusal(folder: Path, firm: str, story: str = STORY) -> str:
    """What is said of the story with this firm."""
    (folder / "firm.yaml").write_text(firm, encoding="utf-8")
    (folder / "story.yaml").write_text(story.replace("firm: lent-bench", "firm: firm.yaml"), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_scenario(str(folder / "story.yaml"))
    return caught.value.message.rpartition(str(folder))[2]


@pytest.mark.parametrize(("kind", "rate", "other"), [("average", AVERAGE, "01-01"), ("closing", CLOSING, "01-31")])
def test_a_month_that_closes_needs_its_rates(tmp_path: Path, kind: str, rate: str, other: str) -> None:
    line = STORY.partition("close:")[0].count("\n") + 1
    assert refusal(tmp_path, FIRM.replace(rate, rate.replace(f"2026-{other}", "2026-02-15"))) == (
        f"/story.yaml:{line}: close.0: IN works for US, and firm lent-bench has no {kind} rate between INR and USD of "
        "2026-01 (fx_rates); it has 2026-02"
    )


def test_a_firm_without_any_is_told_that_it_has_none(tmp_path: Path) -> None:
    lines = [line for line in FIRM.splitlines(keepends=True) if "{base:" not in line and line != "fx_rates:\n"]
    told = refusal(tmp_path, "".join(lines))
    assert told.endswith("has no average rate between INR and USD of 2026-01 (fx_rates); it has none")


def test_the_currency_of_the_group_needs_rates_as_well(tmp_path: Path) -> None:
    told = refusal(tmp_path, FIRM.replace("group_currency: USD", "group_currency: EUR"))
    assert "close.0: the books of US are translated into EUR, and firm lent-bench has no average rate" in told


def test_a_contract_in_a_foreign_currency_needs_a_spot_rate_on_its_first_day(tmp_path: Path) -> None:
    foreign = STORY.replace("    entity: US\n", "    entity: US\n    currency: EUR\n", 1)
    line = foreign.partition("    currency: EUR")[0].count("\n") + 1
    assert refusal(tmp_path, FIRM, foreign) == (
        f"/story.yaml:{line}: scripted.0.currency: ENG-01 is agreed in EUR by US, and firm lent-bench has no spot rate "
        "between EUR and USD on or before 2026-01-08 (fx_rates); it has none"
    )


@pytest.mark.parametrize("late", ["2026-01-09"])
def test_a_rate_that_comes_after_the_first_day_is_too_late(tmp_path: Path, late: str) -> None:
    foreign = STORY.replace("    entity: US\n", "    entity: US\n    currency: INR\n", 1)
    told = refusal(
        tmp_path, FIRM.replace("kind: spot, effective: 2025-12-31", f"kind: spot, effective: {late}"), foreign
    )
    assert told.endswith(f"no spot rate between INR and USD on or before 2026-01-08 (fx_rates); it has {late}")


def test_a_turned_rate_will_do(tmp_path: Path) -> None:
    turned = FIRM.replace("{base: USD, quote: INR,", "{base: INR, quote: USD,").replace('rate: "83.', 'rate: "0.0120')
    (tmp_path / "firm.yaml").write_text(turned, encoding="utf-8")
    (tmp_path / "story.yaml").write_text(STORY.replace("firm: lent-bench", "firm: firm.yaml"), encoding="utf-8")
    assert load_scenario(str(tmp_path / "story.yaml"))[1].fx_rates[0].base == "INR"


def test_expectations_of_an_entity_name_one(tmp_path: Path) -> None:
    told = refusal(tmp_path, FIRM.replace("group_currency: USD\n", ""))
    assert "entity_expectations.GROUP: unknown entity 'GROUP'" in told
