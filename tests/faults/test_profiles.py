"""A profile is data; a mistake in one is told with file, line, what was expected and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.faults.profiles import load_profile, profile_names

PROFILE = """\
name: mine
title: my own
requires: [ONCE.dup]
faults:
  - {kind: W04, count: 2, system: erp}
  - kind: M01
    count: 3
"""


# As a mistake names them.
KINDS = (
    "'W01', 'W02', 'W03', 'W04', 'W06', 'M01', 'M04', 'M05', 'M08', 'E01', 'E02', 'E03', 'E13', 'E16', 'B04', 'B05' "
    "or 'B06'"
)


def saved(folder: Path, text: str) -> str:
    """A profile of a user's own, as path."""
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def complaint(folder: Path, old: str, new: str) -> str:
    """What is said of the profile with one mistake in it, behind the name of the file."""
    assert PROFILE.count(old) == 1
    path = saved(folder, PROFILE.replace(old, new))
    with pytest.raises(UsageError) as caught:
        load_profile(path)
    assert caught.value.code in ("bad_document", "bad_yaml")
    assert caught.value.message.startswith(f"{path}:")
    return caught.value.message.removeprefix(f"{path}:")


def test_the_profiles_that_ship_load_under_their_own_names() -> None:
    assert {"lost-ack", "lost-invoice", "none", "rough"} <= set(profile_names())
    for name in profile_names():
        assert load_profile(name).name == name


def test_the_rough_profile_fires_all_kinds_of_the_first_set() -> None:
    assert load_profile("rough").kinds == [
        "W02", "W04", "M01", "M05", "E01", "E02", "W03", "M04", "W06", "M08", "E03", "E13", "E16",
    ]  # fmt: skip
    assert load_profile("none").kinds == []


def test_only_the_feed_that_promises_no_order_is_reordered() -> None:
    # The CRM's events come in the order of their replay ids: reordering them would be a fault of ours.
    assert {rule.system for rule in load_profile("rough").faults if rule.kind == "E02"} == {"psa"}


def test_a_profile_of_a_users_own_is_a_path(tmp_path: Path) -> None:
    profile = load_profile(saved(tmp_path, PROFILE))
    lost, throttled = profile.faults
    assert (profile.name, profile.requires, profile.kinds) == ("mine", ("ONCE.dup",), ["W04", "M01"])
    assert (lost.count, lost.system, lost.actors, lost.created, lost.between) == (2, "erp", "engine", False, (0, 100))
    assert (throttled.system, throttled.window_s, throttled.retry_after) == (None, (20, 60), "seconds")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ruogh", "unknown fault profile 'ruogh'; did you mean 'rough'?"),
        ("lost_ack", "unknown fault profile 'lost_ack'; did you mean 'lost-ack'?"),
        ("zzz", "unknown fault profile 'zzz'; known: business, erp-down-at-close, "),
        ("", "unknown fault profile ''; known: business, erp-down-at-close, "),
        ("nowhere/rough.yaml", "unknown fault profile 'nowhere/rough.yaml'"),
    ],
)
def test_an_unknown_profile_is_refused_with_the_nearest(name: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_profile(name)
    assert caught.value.message.startswith(told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "kind: M01",
            "kind: M99",
            f"6: faults.1.kind: input should be {KINDS}, got 'M99'",
        ),
        ("count: 3", "count: 0", "7: faults.1.count: input should be greater than or equal to 1, got 0"),
        ("count: 2", "count: 0", "5: faults.0.count: input should be greater than or equal to 1, got 0"),
        ("count: 3", "count: 1001", "7: faults.1.count: input should be less than or equal to 1000, got 1001"),
        (
            "count: 3",
            "count: 3\n    windows_s: [1, 2]",
            "8: faults.1.windows_s: unknown key 'windows_s'; did you mean 'window_s'?",
        ),
        ("    count: 3\n", "", "6: faults.1.count: 'count' is missing"),
        (
            "system: erp",
            "system: epr",
            (
                "5: faults.0.system: input should be 'crm', 'psa', 'hris', 'erp', 'revenue', 'files' or 'engine', "
                "got 'epr'"
            ),
        ),
        (
            "count: 3",
            "count: 3\n    between: [0, 101]",
            "8: faults.1.between.1: input should be less than or equal to 100, got 101",
        ),
        (
            "count: 3",
            "count: 3\n    actors: people",
            "8: faults.1.actors: input should be 'engine' or 'any', got 'people'",
        ),
        ("count: 3", "count: 3\n    count: 4", "8: not YAML: 'count' stands here twice"),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_file_line_and_what_was_expected(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert complaint(tmp_path, old, new) == told


def test_a_mistake_in_a_profile_that_ships_would_name_its_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.faults.profiles.FOLDER", tmp_path)
    saved(tmp_path, PROFILE.replace("count: 3", "count: 0"))
    with pytest.raises(UsageError, match=r"^mine\.yaml:7: "):
        load_profile("mine")


@pytest.mark.parametrize(
    "span", ["delay_s: [45, 2]", "window_s: [90, 20]", "copies: [3, 1]", "between: [80, 5]"], ids=lambda span: span
)
def test_a_span_that_ends_before_it_begins_is_refused(tmp_path: Path, span: str) -> None:
    said = complaint(tmp_path, "count: 3", f"count: 3\n    {span}")
    assert said.startswith(f"8: faults.1.{span.partition(':')[0]}")


@pytest.mark.parametrize("span", ["delay_s: [-5, 2]", "window_s: [0, 0]", "copies: [0, 0]"], ids=lambda span: span)
def test_a_size_that_would_do_nothing_or_worse_is_refused(tmp_path: Path, span: str) -> None:
    assert complaint(tmp_path, "count: 3", f"count: 3\n    {span}").startswith("8: faults.1.")


def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: m\xfcller\n")
    with pytest.raises(UsageError, match=r"mine\.yaml:1: not UTF-8"):
        load_profile(str(path))
