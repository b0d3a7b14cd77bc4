"""What the owners of dead letters do: mend, close, or waive; and names in it that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.plan import Deed


def deeds(verb: str) -> list[Deed]:
    scenario, firm = load_scenario("dead-letter-replayed")
    return [deed for deed in make_plan(scenario, firm, 1, profile="none").deeds if deed.verb == verb]


def test_a_cause_is_mended_before_its_cases_are_closed() -> None:
    (add,) = deeds("add_item")
    corrected, waived = deeds("resolve_case")
    assert (add.person, add.args) == ("finance-uk", {"role": "analyst"})
    assert corrected.after == (add.label,)
    assert corrected.due_us > add.due_us
    assert [card["on"] for card in corrected.args["cards"]] == ["2026-01-26", "2026-01-27", "2026-01-28"]
    assert (corrected.args["resolution"], waived.args["resolution"]) == ("Corrected", "Waived")
    assert [(card["role"], card["person"]) for card in waived.args["cards"]] == [("advisor", "W-0003")]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("role: analyst, on", "role: analist, on", "remedies.0.role"),
        ("remedies:\n  - {engagement: ENG-01, person: W-0003", "remedies:\n  - {engagement: ENG-01, person: W-0009",
         "remedies.0.person"),
        ("remedies:\n  - {engagement: ENG-01", "remedies:\n  - {engagement: ENG-07", "remedies.0.engagement"),
    ],
)  # fmt: skip
def test_a_name_that_means_nothing_is_told_with_its_place(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    text = Path("scenarios/dead-letter-replayed.yaml").read_text(encoding="utf-8")
    assert right in text
    story = tmp_path / "story.yaml"
    story.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_scenario(str(story))
    assert told in refused.value.message
