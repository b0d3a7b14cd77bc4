"""A workforce must mean something: who is named works here, and what is taken back was entered."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.firm.fitting_people import in_changes
from sandbox.plan import Workforce

WORKERS = ["W-0001", "W-0002"]
LEAVER = {"employee_id": "W-0002", "entered": "2026-01-12", "last_day": "2026-01-30"}
AGAIN = {"employee_id": "W-0002", "grade": "analyst", "entered": "2026-02-02", "effective": "2026-02-16"}
MOVE = {"employee_id": "W-0002", "entered": "2026-01-12", "effective": "2026-01-30"}
BACK = {"employee_id": "W-0002", "event": "leaver", "effective": "2026-01-30", "entered": "2026-01-20"}


def told(**workforce: Any) -> list[tuple[str, str]]:
    mistakes = in_changes(Workforce.model_validate(workforce), ["UK"], WORKERS)
    return [(".".join(map(str, each.path[1:])), each.message) for each in mistakes]


def test_what_fits_is_not_told() -> None:
    assert told(leavers=[LEAVER], rehires=[AGAIN], rescissions=[BACK], transfers=[{**MOVE, "entity": "UK"}]) == []


@pytest.mark.parametrize(
    ("workforce", "where", "words"),
    [
        ({"transfers": [{**MOVE, "entity": "UX"}]}, "transfers.0.entity", "unknown entity 'UX'"),
        ({"transfers": [MOVE]}, "transfers.0.employee_id", "W-0002 moves nowhere"),
        ({"transfers": [{**MOVE, "manager": "W-0009"}]}, "transfers.0.manager", "unknown employee 'W-0009'"),
        ({"rehires": [AGAIN]}, "rehires.0.effective", "W-0002 has not left before 2026-02-16"),
        ({"leavers": [LEAVER], "rehires": [{**AGAIN, "effective": "2026-01-30"}]}, "rehires.0.effective", "not left"),
        ({"rescissions": [BACK]}, "rescissions.0.effective", "there is no leaver of W-0002 on 2026-01-30"),
        (
            {"leavers": [LEAVER], "rescissions": [{**BACK, "entered": "2026-01-09"}]},
            "rescissions.0.entered",
            "the leaver of W-0002 is entered on 2026-01-12, after that",
        ),
        (
            {"corrections": [{**BACK, "to": "2026-02-02", "event": "hire"}]},
            "corrections.0.effective",
            "there is no hire of W-0002",
        ),
        (
            {"time_off": [{"employee_id": "W-0009", "entered": "2026-01-12", "first": "2026-01-13",
                           "last": "2026-01-13"}]},
            "time_off.0.employee_id",
            "unknown employee 'W-0009'",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(workforce: dict[str, Any], where: str, words: str) -> None:
    ((path, message),) = told(**workforce)
    assert path == where
    assert words in message
