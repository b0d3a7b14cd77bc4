"""Ids come from labels and look like the vendor's."""

from __future__ import annotations

import pytest

from sandbox.core.ids import numeric_id, salesforce_checksum, salesforce_id, secret_for, wid


@pytest.mark.parametrize(
    ("id15", "suffix"),
    [
        ("001D000000IqhSL", "IAZ"),
        ("0015Y00002AbCdE", "QAV"),
        ("500A0000006rYlp", "IAE"),
        ("006000000000001", "AAA"),
    ],
)
def test_the_salesforce_checksum_matches_known_ids(id15: str, suffix: str) -> None:
    assert salesforce_checksum(id15) == suffix


def test_a_short_id_is_needed_for_the_checksum() -> None:
    with pytest.raises(ValueError, match="15 characters"):
        salesforce_checksum("001")


def test_a_salesforce_id_has_its_prefix_and_a_valid_checksum() -> None:
    record_id = salesforce_id("006", "1", "opportunity", "ENG-01")
    assert len(record_id) == 18
    assert record_id.startswith("006")
    assert salesforce_checksum(record_id[:15]) == record_id[15:]


def test_ids_depend_on_every_label_and_on_their_borders() -> None:
    assert numeric_id("ab", "c") != numeric_id("a", "bc")
    assert wid("x") != wid("y")
    assert secret_for("x") != wid("x")


def test_a_numeric_id_keeps_its_length() -> None:
    assert all(len(numeric_id("n", str(n), digits=7)) == 7 for n in range(500))
