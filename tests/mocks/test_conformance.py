"""One suite for all five mocks: authentication, errors, paging, atomicity, clock, damage, snapshot, fidelity table."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import mocks
from mocks.kit.app import Mock
from sandbox.core.clock import HOUR_US, ManualClock, epoch_of
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.observe import Commit, Delivery
from sandbox.core.wire import Request, Response
from tests.mocks.adapters import Adapter, adapters

EPOCH = epoch_of(date(2026, 1, 12))


@pytest.fixture(params=adapters(), ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


class Watcher:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.aborts: list[str] = []
        self.deliveries: list[Delivery] = []

    def committed(self, commit: Commit) -> int:
        self.commits.append(commit)
        return len(self.commits)

    def aborted(self, system: str, tx: int) -> None:
        self.aborts.append(system)

    def delivered(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)


class Once(NoFaults):
    """Damage on the next vendor request."""

    def __init__(self, before: Damage | None = None, after: Damage | None = None) -> None:
        self._before, self._after = before, after

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        damage, self._before = self._before, None
        return damage

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        if not committed:
            return None
        damage, self._after = self._after, None
        return damage


def content(mock: Mock) -> dict[str, Any]:
    return mock.dump()


def test_the_right_credentials_read(adapter: Adapter) -> None:
    response = adapter.make().handle(adapter.read())
    assert response.status == 200
    assert response.body


def test_wrong_credentials_are_refused_in_the_vendors_shape(adapter: Adapter) -> None:
    mock = adapter.make()
    response = mock.handle(adapter.bad_token())
    assert response.status == 401
    assert adapter.error_ok(response)


def test_a_create_without_credentials_stores_nothing(adapter: Adapter) -> None:
    mock = adapter.make()
    before = content(mock)
    request = adapter.create(1)
    request.headers = {name: value for name, value in request.headers.items() if name in ("host", "content-type")}
    assert mock.handle(request).status == 401
    assert content(mock) == before


@pytest.mark.parametrize("mistake", ["bad_json", "unknown_field"])
def test_a_body_that_does_not_fit_is_refused_and_nothing_is_stored(adapter: Adapter, mistake: str) -> None:
    watcher = Watcher()
    mock = adapter.make(observer=watcher)
    request: Request | None = getattr(adapter, mistake)()
    if request is None:
        # The vendor takes what it does not know: shown by the create going through.
        assert mock.handle(adapter.create(1)).ok
        return
    before, commits = content(mock), len(watcher.commits)
    response = mock.handle(request)
    assert 400 <= response.status < 500
    assert mistake == "bad_json" or adapter.error_ok(response)
    assert content(mock) == before
    assert len(watcher.commits) == commits


@pytest.mark.parametrize(("mistake", "status"), [("unknown_path", 404), ("wrong_method", 405)])
def test_a_wrong_address_is_answered_in_the_vendors_shape(adapter: Adapter, mistake: str, status: int) -> None:
    response = adapter.make().handle(getattr(adapter, mistake)())
    assert response.status == status
    assert adapter.error_ok(response)


def test_a_create_is_reported_once_and_after_its_commit(adapter: Adapter) -> None:
    watcher = Watcher()
    mock = adapter.make(observer=watcher)
    before = len(watcher.commits)
    assert mock.handle(adapter.create(1)).ok
    assert len(watcher.commits) == before + 1
    commit = watcher.commits[-1]
    assert commit.system == adapter.name
    created = [change for change in commit.changes if change.op == "create"]
    assert created
    for change in created:
        assert change.record_id in mock.dump()[change.record_type]
    assert mock.last_seq == len(watcher.commits)


def test_stamps_come_from_the_clock_that_was_handed_in(adapter: Adapter) -> None:
    clock = ManualClock(EPOCH)
    watcher = Watcher()
    mock = adapter.make(clock=clock, observer=watcher)
    clock.advance_to(5 * HOUR_US)
    mock.handle(adapter.create(1))
    commit = watcher.commits[-1]
    assert commit.t_us == 5 * HOUR_US
    assert {change.after["_created_us"] for change in commit.changes if change.op == "create" and change.after} == {
        5 * HOUR_US
    }


def test_pages_show_every_record_once(adapter: Adapter) -> None:
    mock = adapter.make()
    if adapter.list_page(2, None) is None:
        assert mock.manual()["paging"] is False
        return
    for n in range(1, 6):
        assert mock.handle(adapter.create(n)).ok
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(20):
        request = adapter.list_page(2, cursor)
        assert request is not None
        response = mock.handle(request)
        assert response.status == 200, response.body
        ids, cursor = adapter.page_content(response)
        assert len(ids) <= 2 or cursor is None
        seen += ids
        if cursor is None:
            break
    assert cursor is None
    assert len(seen) >= 5
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refusal_before_execution_stores_nothing(adapter: Adapter, status: int) -> None:
    mock = adapter.make(faults=Once(before=Damage("M01", status, {"retry_after": "7"} if status == 429 else {})))
    before = content(mock)
    request = adapter.create(1)
    if request.path.startswith("/_sandbox/"):
        # What a person does at a screen is not throttled; the vendor's own surface is.
        request = adapter.read()
    response = mock.handle(request)
    assert response.status == status
    assert adapter.error_ok(response)
    assert content(mock) == before
    assert response.header("Retry-After") == ("7" if status == 429 else None)


def test_a_failure_after_execution_hides_what_was_stored(adapter: Adapter) -> None:
    mock = adapter.make(faults=Once(after=Damage("M05", 500)))
    before = content(mock)
    request = adapter.create(1)
    response = mock.handle(request)
    if request.path.startswith("/_sandbox/"):
        assert response.ok
        return
    assert response.status == 500
    assert adapter.error_ok(response)
    assert content(mock) != before


def test_a_bug_of_ours_is_not_dressed_up_as_a_server_error(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    mock = adapter.make()
    before = content(mock)

    def broken(*_: object, **__: object) -> Response:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(mock.store, "insert", broken)
    with pytest.raises(ZeroDivisionError):
        mock.handle(adapter.create(1))
    monkeypatch.undo()
    assert content(mock) == before


def test_a_restored_system_goes_on_as_if_nothing_had_happened(adapter: Adapter) -> None:
    mock = adapter.make()
    mock.handle(adapter.create(1))
    mock.handle(adapter.read())
    other = adapter.make()
    other.deserialize(mock.serialize())
    assert other.dump() == mock.dump()
    straight, restored = mock.handle(adapter.create(2)), other.handle(adapter.create(2))
    assert (restored.status, restored.body, restored.headers) == (straight.status, straight.body, straight.headers)
    assert other.dump() == mock.dump()


def test_the_same_requests_give_the_same_ids(adapter: Adapter) -> None:
    first, second = adapter.make(), adapter.make()
    for n in (1, 2):
        assert first.handle(adapter.create(n)).body == second.handle(adapter.create(n)).body
    assert first.dump() == second.dump()


def test_a_record_left_out_moves_the_id_of_no_other(adapter: Adapter) -> None:
    whole, shorter = adapter.make(), adapter.make()
    for n in (1, 2, 3):
        whole.handle(adapter.create(n))
    for n in (1, 3):
        shorter.handle(adapter.create(n))
    for name, rows in shorter.dump().items():
        assert set(rows) <= set(whole.dump()[name])


def test_an_engines_credentials_do_not_open_the_person_surface(adapter: Adapter) -> None:
    mock = adapter.make()
    request = adapter.read()
    for method, path in (("GET", "/_sandbox/ui"), ("POST", "/_sandbox/ui/anything")):
        response = mock.handle(Request(method, path, headers=dict(request.headers)))
        assert response.status == 401


def test_the_manual_says_what_an_engine_may_rely_on(adapter: Adapter) -> None:
    response = adapter.make().handle(Request("GET", "/_sandbox/manual"))
    assert response.status == 200
    manual = response.json()
    assert {"system", "paging", "search_lag_s", "retention"} <= manual.keys()


def test_the_flask_application_answers_like_the_direct_call(adapter: Adapter) -> None:
    direct, served = adapter.make(), adapter.make()
    request = adapter.read()
    request.headers["host"] = "localhost"
    request.headers["x-forwarded-proto"] = "http"
    expected = direct.handle(request)
    client = served.flask.test_client()
    answer = client.open(
        request.path,
        method=request.method,
        query_string=request.query,
        headers={name: value for name, value in request.headers.items() if name != "host"},
        data=request.body,
        base_url="http://localhost",
    )
    assert (answer.status_code, answer.data) == (expected.status, expected.body)


ROW = re.compile(r"^\| (?P<operation>[a-z_.]+) \| `(?P<method>[A-Z]+) (?P<path>[^`]+)` \| (?P<fidelity>\w+) \|")


def table(name: str) -> dict[str, tuple[str, str, str]]:
    readme = Path(mocks.__path__[0]) / name / "README.md"
    rows = (ROW.match(line) for line in readme.read_text(encoding="utf-8").splitlines())
    return {row["operation"]: (row["method"], row["path"], row["fidelity"]) for row in rows if row}


def test_the_fidelity_table_lists_exactly_the_operations_there_are(adapter: Adapter) -> None:
    listed = table(adapter.name)
    mock = adapter.make()
    there = {route.operation: (route.method, _plain(route.path)) for route in mock.all_routes}
    refused = {operation for operation, (_, _, fidelity) in listed.items() if fidelity == "refused"}
    assert set(there) == set(listed) - refused
    for operation, (method, path, fidelity) in listed.items():
        assert fidelity in {"same", "close", "simplified", "refused"}, operation
        if operation in there:
            assert (method, path.partition("?")[0]) == there[operation]


def test_every_row_of_the_fidelity_table_answers(adapter: Adapter) -> None:
    mock = adapter.make()
    headers = dict(adapter.read().headers)
    for operation, (method, path, fidelity) in table(adapter.name).items():
        concrete = re.sub(r"\{[^}]*\}", "x", path.partition("?")[0])
        request = Request(method, concrete, headers=headers)
        found = mock.resolve(request)
        assert isinstance(found, Response) == (fidelity == "refused"), operation
        assert mock.handle(request).status < 500, operation


def _plain(path: str) -> str:
    return re.sub(r"<(?:[^:>]*:)?([^>]*)>", r"{\1}", path)
