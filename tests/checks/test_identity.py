"""Two sides of an identity are laid beside each other key by key, and what stands on one side only counts."""

from __future__ import annotations

from sandbox.checks.identity import Difference, side_by_side


def test_a_key_of_one_side_only_is_compared_with_nothing() -> None:
    left: dict[tuple[str, ...], int] = {("ENG-01", "2026-01"): 5}
    right: dict[tuple[str, ...], int] = {("ENG-01", "2026-02"): 7}
    assert list(side_by_side(left, right, {"ENG-01": "GBP"}, "ledger", "subledger")) == [
        Difference("ENG-01 2026-01", 5, 0, "GBP", "ledger", "subledger"),
        Difference("ENG-01 2026-02", 0, 7, "GBP", "ledger", "subledger"),
    ]


def test_the_unit_is_one_for_all_or_found_by_the_first_part_of_the_key() -> None:
    sides: dict[tuple[str, ...], int] = {("ENG-01",): 1, ("ENG-02",): 2}
    units = {"ENG-01": "GBP", "ENG-02": "USD"}
    assert [each.unit for each in side_by_side(sides, sides, units, "a", "b")] == ["GBP", "USD"]
    assert [each.unit for each in side_by_side(sides, sides, "min", "a", "b")] == ["min", "min"]


def test_equal_sides_are_told_too_so_that_comparisons_can_be_counted() -> None:
    assert len(list(side_by_side({("a",): 1}, {("a",): 1}, "min", "a", "b"))) == 1
    assert list(side_by_side({}, {}, "min", "a", "b")) == []
