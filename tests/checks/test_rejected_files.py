"""Which rejected time files are nobody's mistake: those with somebody the payroll did not know by then."""

from __future__ import annotations

import pytest

from sandbox.checks.dlq import rejected_files
from tests.checks.builders import Recorded, Scene, record

NAME = "time-UK-2026-01-21-2026-02-03-1.csv"


@pytest.fixture(scope="module")
def paid_run() -> Recorded:
    return record("payroll-crossing-month")


@pytest.fixture
def rejected(paid_run: Recorded) -> Scene:
    scene = paid_run.scene()
    scene.the("files.time_delivery", file_name=NAME)["status"] = "rejected"
    return scene


def employee(scene: Scene) -> str:
    return scene.id_of("files.payroll_employee", scene.the("files.payroll_employee", employee_id="W-0003"))


def test_a_file_of_people_who_are_all_known_is_rejected_for_a_mistake(rejected: Scene) -> None:
    assert rejected_files(rejected.case) == set()


def test_a_file_with_somebody_unknown_is_rejected_rightly(rejected: Scene) -> None:
    del rejected.rows("files.payroll_employee")[employee(rejected)]
    assert rejected_files(rejected.case) == {f"payroll:{NAME}"}


def test_whoever_was_enrolled_after_it_was_looked_at_was_unknown(rejected: Scene) -> None:
    looked_at = rejected.the("files.time_delivery", file_name=NAME)["_created_us"]
    row = rejected.the("files.payroll_employee", employee_id="W-0003")
    row["_created_us"] = looked_at + 1
    assert rejected_files(rejected.case) == {f"payroll:{NAME}"}
    row["_created_us"] = looked_at
    assert rejected_files(rejected.case) == set()
