"""What an engine may do and yet be right: each odd habit is written into a passing run, and nobody is accused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.builders import Record, Scene, failed, of_eng_02, record


def writes_twice(scene: Scene) -> None:
    """Sends every time line again by its external id, with the same values."""
    for bill in list(scene.rows("erp.timeBill")):
        scene.engine_made("erp.timeBill", bill, op="update")


def coalesces(scene: Scene) -> None:
    """Writes only the last version of what changed several times."""
    last: dict[tuple[str, str, str], Record] = {}
    for each in scene.history:
        if each["kind"] == "effect" and each["op"] == "update":
            last[each["sys"], each["record"], each["rec"]] = each
    kept = list(last.values())
    scene.history = [
        each
        for each in scene.history
        if each["kind"] != "effect" or each["op"] != "update" or any(each is other for other in kept)
    ]


def writes_in_another_order(scene: Scene) -> None:
    """Reaches the same final states the other way round."""
    effects = [each for each in scene.history if each["kind"] == "effect"]
    others = [each for each in scene.history if each["kind"] != "effect"]
    scene.history = [*others, *reversed(effects)]


def is_told_everything_twice(scene: Scene) -> None:
    """Receives every page of every feed again."""
    for each in [each for each in scene.history if each["kind"] == "deliver"]:
        scene.write({**each, "t_us": scene.plan.end_us})


def creates_deletes_and_creates(scene: Scene) -> None:
    """Undoes a create of its own before it does it again."""
    bill = scene.time_bill("ENG-02", "W-0003", "2026-02-04")
    scene.engine_made("erp.timeBill", "5")
    scene.engine_made("erp.timeBill", "5", op="delete")
    scene.engine_made("erp.timeBill", bill["id"], op="update")


def crashes_and_starts_again(scene: Scene) -> None:
    """Stops and starts, and looks at everything again."""
    for event in ("stop", "start"):
        scene.write({"kind": "engine", "t_us": scene.plan.end_us, "sys": "engine", "actor": "engine:1", "event": event})
    rq = scene.next_rq()
    at = {"t_us": scene.plan.end_us, "sys": "psa", "actor": "engine:2", "phase": "drain"}
    scene.write({"kind": "invoke", **at, "rq": rq, "verb": "GET", "route": "time_entries.list", "path": "/"})
    scene.write({"kind": "complete", **at, "rq": rq, "status": 200, "executed": "no", "resp": "seen"})


def works_beside_people(scene: Scene) -> None:
    """A partner keeps a prospect, a colleague and a lead of their own in the systems."""
    group = scene.insert("psa.workspace_group", of_eng_02(scene, "psa.workspace_group"), name="A prospect")
    scene.person_made("psa.workspace_group", group)
    customer = scene.insert("erp.customer", of_eng_02(scene, "erp.customer"), externalId=None, companyName="A prospect")
    scene.person_made("erp.customer", customer)
    user = scene.insert(
        "psa.user", of_eng_02(scene, "psa.user"), full_name="A guest", email_address="guest@example.org"
    )
    scene.person_made("psa.user", user)


def has_a_request_that_was_never_answered(scene: Scene) -> None:
    """Was cut off while it asked for something."""
    rq = scene.next_rq()
    at = {"t_us": scene.plan.end_us, "sys": "erp", "actor": "engine:1", "phase": "drain"}
    scene.write({"kind": "invoke", **at, "rq": rq, "verb": "GET", "route": "record.read", "path": "/"})


def writes_numbers_as_text(scene: Scene) -> None:
    """Leaves the same amounts in another spelling."""
    for job in scene.rows("erp.job").values():
        job["jobPrice"] = f"{job['jobPrice']}.0"


def leaves_empty_what_the_source_leaves_out(scene: Scene) -> None:
    """Writes an empty text where the source has nothing."""
    for customer in scene.rows("erp.customer").values():
        customer["vatRegNumber"] = customer["vatRegNumber"] or ""


ODDITIES: list[Callable[[Scene], None]] = [
    writes_twice,
    coalesces,
    writes_in_another_order,
    is_told_everything_twice,
    creates_deletes_and_creates,
    crashes_and_starts_again,
    works_beside_people,
    has_a_request_that_was_never_answered,
    writes_numbers_as_text,
    leaves_empty_what_the_source_leaves_out,
]


@pytest.mark.parametrize("oddity", ODDITIES, ids=lambda oddity: oddity.__name__)
def test_an_engine_that_is_odd_and_right_is_accused_of_nothing(rough: Scene, oddity: Callable[[Scene], None]) -> None:
    before = len(rough.history)
    states = {name: len(rows) for types in rough.truth["systems"].values() for name, rows in types.items()}
    oddity(rough)
    verdict = rough.verdict()
    assert failed(verdict) == set()
    assert verdict.result == "pass"
    changed = len(rough.history) != before or states != {
        name: len(rows) for types in rough.truth["systems"].values() for name, rows in types.items()
    }
    assert changed or oddity in (
        writes_in_another_order, writes_numbers_as_text, leaves_empty_what_the_source_leaves_out,
    )  # fmt: skip


def test_a_naive_engine_is_right_as_long_as_nothing_goes_wrong() -> None:
    verdict = record("tiny-thread", engine="naive").scene().verdict()
    assert (verdict.result, failed(verdict)) == ("pass", set())
