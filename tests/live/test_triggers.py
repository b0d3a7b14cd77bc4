"""Triggers said on the command line: what they add to the interface contract, and what they refuse."""

from __future__ import annotations

import pytest

from sandbox.core.errors import UsageError
from sandbox.interface import Interface, load_interface
from sandbox.live.starting import cast_of
from sandbox.live.triggers import with_triggers

URL = "http://127.0.0.1:8077/jobs/sync"


def told(interface: Interface) -> list[tuple[str, str, int | None, str | None]]:
    return [(each.name, each.url, each.every_s, each.daily_at) for each in interface.triggers]


def test_a_trigger_is_added_with_its_times() -> None:
    asked = with_triggers(load_interface(), [f"sync={URL},every=15min", f"totals={URL}/totals,daily=02:00"])
    assert told(asked) == [("sync", URL, 900, None), ("totals", f"{URL}/totals", None, "02:00")]


def test_a_trigger_of_the_contract_is_sent_elsewhere_and_keeps_its_times() -> None:
    asked = with_triggers(load_interface(), [f"sync={URL},every=1h", f"nightly={URL},daily=02:00"])
    moved = with_triggers(asked, ["sync=http://127.0.0.1:9/x", "nightly=http://127.0.0.1:9/y,every=30min"])
    assert told(moved) == [
        ("sync", "http://127.0.0.1:9/x", 3600, None),
        ("nightly", "http://127.0.0.1:9/y", 1800, None),
    ]


def test_a_world_is_made_with_them() -> None:
    assert told(cast_of("tiny-thread", triggers=[f"sync={URL},every=30min"]).interface) == [("sync", URL, 1800, None)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("sync", "'sync' is no trigger; expected NAME=URL[,every=15min|,daily=02:00]"),
        ("sync=ftp://host/x,every=1h", "'sync=ftp://host/x,every=1h' is no trigger; expected NAME=URL"),
        (f"sync={URL},often=1h", "is no trigger; expected NAME=URL"),
        (f"sync={URL}", "trigger sync: the interface contract does not say when; expected NAME=URL"),
        (f"sync={URL},every=soon", "'soon' is no length of time"),
        (f"sync={URL},every=10s", "trigger sync: 10s: Input should be greater than or equal to 60"),
        (f"sync={URL},daily=25:00", "trigger sync: 25:00: String should match pattern"),
    ],
)
def test_what_is_no_trigger_is_refused(said: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        with_triggers(load_interface(), [said])
    assert message in refused.value.message
