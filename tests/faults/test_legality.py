"""What no engine could survive is not planned: refused when the profile is read, with file, line and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mocks.kit.app import Mock
from sandbox.core.errors import UsageError
from sandbox.faults.legality import ELSEWHERE, ITEM_RESULTS, LATE_S_MAX, RETENTION_S, UNORDERED, objection
from sandbox.faults.profiles import load_profile
from sandbox.faults.shapes import FaultRule
from sandbox.interface import load_interface
from tests.mocks.crm.client import make as make_crm
from tests.mocks.erp.client import make as make_erp
from tests.mocks.hris.client import make as make_hris
from tests.mocks.psa.client import make as make_psa
from tests.mocks.revenue.client import make as make_revenue

HOUR_S = 3600


def refusal(**rule: Any) -> tuple[str, str] | None:
    """(field, reason) of a rule that may not be planned."""
    return objection(FaultRule.model_validate({"count": 1, **rule}), load_interface())


def field_of(**rule: Any) -> str | None:
    """Which field of a rule is wrong."""
    found = refusal(**rule)
    return found[0] if found else None


# -- the tables are what the systems say -------------------------------------------------------------------------------


def systems() -> dict[str, Mock]:
    """The five."""
    return {
        "crm": make_crm(), "psa": make_psa(), "hris": make_hris(), "erp": make_erp(), "revenue": make_revenue()
    }  # fmt: skip


def test_events_are_kept_as_long_as_the_systems_publish() -> None:
    five = systems()
    assert {
        "crm": five["crm"].manual()["retention"]["change_events_s"],
        "psa": five["psa"].manual()["event_retention_s"],
    } == RETENTION_S


def test_the_stream_that_promises_no_order_says_so() -> None:
    assert UNORDERED == ("psa",)
    assert str(systems()["psa"].manual()["event_order"]).startswith("none")


def test_what_brings_the_news_of_a_torn_event_is_a_look_of_the_interface_contract() -> None:
    assert set(ELSEWHERE.values()) <= set(load_interface().polling)


# -- late execution ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["crm", "erp", "revenue"])
def test_a_late_create_may_strike_where_it_can_be_repeated_by_external_id(system: str) -> None:
    assert refusal(kind="W06", system=system, delay_s=[1, LATE_S_MAX]) is None


def test_a_late_create_may_not_strike_where_there_is_only_a_look_up() -> None:
    assert refusal(kind="W06", system="psa") == (
        "system",
        (
            "W06 strikes where a create can be repeated by key or external id; psa offers strong_read: "
            "a create that is still to come cannot be told from one that never will"
        ),
    )
    assert field_of(kind="W06", system="hris") == "system"
    assert field_of(kind="W06") == "kind"


def test_what_a_system_offers_is_the_interface_contracts_word() -> None:
    interface = load_interface()
    generous = interface.model_copy(update={"capabilities": {**interface.capabilities, "psa": "key"}})
    assert objection(FaultRule(kind="W06", count=1, system="psa"), generous) is None


def test_a_write_is_late_by_half_an_hour_at_most() -> None:
    assert refusal(kind="W06", system="erp", delay_s=[1, 1801]) == (
        "delay_s", "W06 executes within 1800 s of the client's time-out, got 1801"
    )  # fmt: skip


# -- doubt and batches -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["W04", "M05"])
def test_a_doubtful_write_may_not_strike_where_doubt_cannot_be_settled(kind: str) -> None:
    assert field_of(kind=kind, system="hris") == "system"
    assert [field_of(kind=kind, system=system) for system in ("crm", "psa", "erp", "revenue", None)] == [None] * 5


@pytest.mark.parametrize("kind", ["W02", "W03", "M01", "M04"])
def test_what_leaves_no_doubt_may_strike_anywhere(kind: str) -> None:
    assert [field_of(kind=kind, system=system) for system in ("crm", "psa", "hris", "erp", "revenue", None)] == [
        None
    ] * 6


def test_items_are_refused_only_where_items_are_answered() -> None:
    assert ITEM_RESULTS == ("revenue",)
    assert [field_of(kind="M08", system=system) for system in ("revenue", "psa", "erp", None)] == [
        None, "system", "system", "kind"
    ]  # fmt: skip


def test_an_outage_is_one_systems_and_leaves_half_of_the_shortest_retention() -> None:
    assert field_of(kind="W01") == "kind"
    assert field_of(kind="W01", system="erp", window_s=[1, 36 * HOUR_S]) is None
    assert field_of(kind="W01", system="erp", window_s=[1, 36 * HOUR_S + 1]) == "window_s"


# -- events ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["E01", "E03", "E16"])
def test_a_system_that_announces_nothing_cannot_be_struck_there(kind: str) -> None:
    assert [field_of(kind=kind, system=system) for system in ("crm", "psa", None)] == [None] * 3
    assert refusal(kind=kind, system="erp") == ("system", f"{kind} strikes events, and erp announces none")


def test_order_is_broken_only_where_none_is_promised() -> None:
    assert [field_of(kind="E02", system=system) for system in ("psa", "crm", None)] == [None, "system", "kind"]


def test_an_event_is_late_by_half_its_retention_at_most() -> None:
    assert field_of(kind="E03", system="crm", delay_s=[1, 36 * HOUR_S]) is None
    assert field_of(kind="E03", system="crm", delay_s=[1, 36 * HOUR_S + 1]) == "delay_s"
    assert field_of(kind="E03", system="psa", delay_s=[1, 108 * HOUR_S]) is None
    # Whichever it strikes.
    assert field_of(kind="E03", delay_s=[1, 37 * HOUR_S]) == "delay_s"
    # The last event of a window of 12 h is 24 h late.
    assert field_of(kind="E16", system="crm", delay_s=[1, 24 * HOUR_S], window_s=[1, 12 * HOUR_S]) is None
    assert field_of(kind="E16", system="crm", delay_s=[1, 24 * HOUR_S], window_s=[1, 12 * HOUR_S + 1]) == "delay_s"


def test_an_event_is_torn_only_when_its_news_comes_another_way() -> None:
    assert refusal(kind="E13", system="psa", about="time_entry:updated") is None
    assert refusal(kind="E13", system="psa", about="invoice:updated") == (
        "about",
        (
            "the news of a torn event must be learned elsewhere: no look of the interface contract brings "
            "invoice:updated of psa"
        ),
    )
    assert field_of(kind="E13", system="crm", about="time_entry:updated") == "about"
    assert field_of(kind="E13", about="time_entry:updated") == "kind"
    interface = load_interface()
    blind = interface.model_copy(
        update={"polling": {name: rule for name, rule in interface.polling.items() if name != "psa.sweep"}}
    )
    torn = FaultRule(kind="E13", count=1, system="psa", about="time_entry:updated")
    assert objection(torn, blind) is not None


# -- where it is told --------------------------------------------------------------------------------------------------


PROFILE = """\
name: mine
title: my own
requires: []
faults:
  - {kind: W03, count: 1}
  - kind: W06
    count: 1
    system: psa
  - {kind: E13, count: 1, system: psa}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("psa\n  -", "psa\n  -", "8: faults.1.system: W06 strikes where"),
        ("    system: psa\n", "", "6: faults.1.kind: W06 must name its system"),
        ("    system: psa\n", "    system: erp\n", "9: faults.2.about: the news of a torn event"),
    ],
)
def test_a_profile_that_may_not_be_planned_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "mine.yaml"
    assert PROFILE.count(old) == 1
    path.write_text(PROFILE.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_profile(str(path))
    assert caught.value.code == "illegal_fault"
    assert caught.value.message.removeprefix(f"{path}:").startswith(told)
