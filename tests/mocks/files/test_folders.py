"""A drop folder: a name is used once, the same again is harmless, nothing goes away."""

from __future__ import annotations

from hashlib import sha256

import pytest

from mocks.files.system import Files
from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.files.client import EPOCH, ask, make, names

NAME = "payroll/in/time-UK-2026-01-12-2026-01-25-1.csv"
BODY = b"H,UK,2026-01-12,2026-01-25,1,0,0\n"


@pytest.fixture
def mock() -> Files:
    return make(ManualClock(EPOCH, HOUR_US))


def test_a_new_file_is_created_listed_and_read_back(mock: Files) -> None:
    created = ask(mock, "PUT", NAME, BODY)
    expected = {
        "name": "time-UK-2026-01-12-2026-01-25-1.csv",
        "size": len(BODY),
        "modified": "2026-01-12T01:00:00Z",
        "sha256": sha256(BODY).hexdigest(),
    }
    assert (created.status, created.json()) == (201, expected)
    assert ask(mock, "GET", "payroll/in").json() == {"files": [expected]}
    read = ask(mock, "GET", NAME)
    assert (read.body, read.header("X-Content-SHA256")) == (BODY, expected["sha256"])


def test_the_same_content_again_changes_nothing_and_is_not_looked_at_twice(mock: Files) -> None:
    ask(mock, "PUT", NAME, BODY)
    before = mock.dump()
    again = ask(mock, "PUT", NAME, BODY)
    assert (again.status, mock.outcome.committed) == (200, False)
    assert mock.dump() == before
    assert len(mock.agenda.planned("time_file")) == 1


def test_other_content_under_a_used_name_is_a_conflict(mock: Files) -> None:
    ask(mock, "PUT", NAME, BODY)
    before = mock.dump()
    refused = ask(mock, "PUT", NAME, BODY + b"L\n")
    assert (refused.status, refused.json()["error"]["code"]) == (409, "name_used")
    assert mock.dump() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "bank/in", b"", 404, "no_such_folder"),
        ("GET", "mint/out", b"", 404, "no_such_folder"),
        ("GET", "bank/out/none.csv", b"", 404, "no_such_file"),
        ("PUT", "bank/out/mine.csv", b"x", 403, "read_only"),
        ("PUT", "payroll/out/mine.csv", b"x", 403, "read_only"),
        ("PUT", "payroll/in/.hidden.csv", b"x", 400, "bad_name"),
        ("PUT", "payroll/in/no-ending", b"x", 400, "bad_name"),
        ("PUT", "payroll/in/a%2Fb.csv", b"x", 400, "bad_name"),
        ("PUT", "payroll/in/a.csv", b"\xff", 400, "not_text"),
        ("PUT", "payroll/in/a.csv", b"x" * 5_000_001, 413, "too_large"),
        ("DELETE", NAME, b"", 405, "method_not_allowed"),
    ],
)
def test_what_a_folder_does_not_do_is_refused(
    mock: Files, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    before = mock.dump()
    refused = ask(mock, method, path, body)
    assert (refused.status, refused.json()["error"]["code"]) == (status, code)
    assert mock.dump() == before


def test_files_are_listed_in_the_order_they_appeared() -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock)
    for hour, name in ((1, "b.csv"), (1, "a.csv"), (2, "0.csv")):
        clock.advance_to(hour * HOUR_US)
        ask(mock, "PUT", f"payroll/in/{name}", b"x")
    assert names(mock, "payroll/in") == ["a.csv", "b.csv", "0.csv"]
