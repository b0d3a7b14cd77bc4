"""One request is one transaction: reported after its COMMIT and only then, undone whole or item by item."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import HOUR_US, ManualClock
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Commit, Unobserved
from sandbox.core.wire import Request
from tests.mocks.kit.cards import EPOCH, PERSON, Cards, Refused, Watcher, ask, at_screen, codes, make_cards


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def mock(watcher: Watcher) -> Cards:
    return make_cards(watcher)


def positions(mock: Cards) -> list[int]:
    """Positions on the feed of cards."""
    return [row.position for row in mock.feeds["cards"].after(0, now_us=0)]


# -- what is reported --------------------------------------------------------------------------------------------------


def test_commits_are_numbered_from_one_and_reads_and_refusals_take_no_number(mock: Cards, watcher: Watcher) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    mock.handle(ask("GET", "/cards/a"))
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    mock.handle(ask("PATCH", "/cards/a", {"minutes": 90}))
    assert [(commit.system, commit.tx) for commit in watcher.commits] == [("cards", 1), ("cards", 2)]
    assert [change.op for commit in watcher.commits for change in commit.changes] == ["create", "update"]


def test_a_commit_carries_its_instant_its_rows_and_what_it_announced(mock: Cards, watcher: Watcher) -> None:
    clock = mock.context.clock
    assert isinstance(clock, ManualClock)
    clock.advance_to(9 * HOUR_US)
    card_id = mock.handle(ask("POST", "/cards", {"code": "a", "minutes": 90})).json()["id"]
    (commit,) = watcher.commits
    assert commit.t_us == 9 * HOUR_US
    (change,) = commit.changes
    assert change.after is not None
    assert (change.before, change.after["minutes"], change.after["_created_us"]) == (None, 90, 9 * HOUR_US)
    (announcement,) = commit.announcements
    assert announcement.stream == "cards"
    assert (announcement.position, announcement.event_id) == (1, f"e-{card_id}")
    assert announcement.covers == (("card", card_id),)


def test_the_observer_is_told_when_commit_has_accepted_and_not_before() -> None:
    seen: list[tuple[bool, list[str]]] = []

    class Looks(Unobserved):
        def committed(self, commit: Commit) -> int:
            seen.append((desk.store.db.in_transaction, codes(desk)))
            return super().committed(commit)

    desk = make_cards(Looks())
    desk.handle(ask("POST", "/cards", {"code": "a"}))
    assert seen == [(False, ["a"])]


def test_the_system_keeps_the_number_the_observer_gave(mock: Cards) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert mock.last_seq == 101
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert mock.last_seq == 101
    mock.handle(ask("POST", "/cards", {"code": "b"}))
    assert mock.last_seq == 102


@pytest.mark.parametrize(
    ("request_", "committed", "created"),
    [
        (ask("POST", "/cards", {"code": "new"}), True, True),
        (ask("PATCH", "/cards/there", {"minutes": 5}), True, False),
        (ask("DELETE", "/cards/there"), True, False),
        (ask("GET", "/cards/there"), False, False),
        (ask("POST", "/cards", {"code": "there"}), False, False),
        (ask("GET", "/nowhere"), False, False),
        (ask("GET", "/_sandbox/health"), False, False),
    ],
    ids=["create", "update", "delete", "read", "refused", "no path", "control"],
)
def test_the_outcome_says_what_the_last_request_did(
    mock: Cards, request_: Request, committed: bool, created: bool
) -> None:
    mock.handle(ask("POST", "/cards", {"code": "there"}))
    mock.handle(request_)
    assert (mock.outcome.committed, mock.outcome.created) == (committed, created)


def test_a_record_made_beside_changes_to_others_is_a_create(mock: Cards) -> None:
    def fill() -> None:
        card = mock.store.insert("card", {"code": "a"})
        mock.store.update("card", card["id"], {"minutes": 30})

    mock.seeding(fill)
    assert (mock.outcome.committed, mock.outcome.created) == (True, True)


# -- what is undone ----------------------------------------------------------------------------------------------------


def test_a_refusal_after_a_write_leaves_nothing_and_names_the_transaction_that_never_was(
    mock: Cards, watcher: Watcher
) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    response = mock.handle(ask("POST", "/cards", {"code": "b", "minutes": -1}))
    assert (response.status, response.json()) == (422, {"refused": "minutes are not negative"})
    assert codes(mock) == ["a"]
    assert positions(mock) == [1]
    assert watcher.aborts == [("cards", 2)]
    mock.handle(ask("POST", "/cards", {"code": "c"}))
    assert [commit.tx for commit in watcher.commits] == [1, 2]


def test_a_refusal_before_any_write_is_no_transaction_that_rolled_back(mock: Cards, watcher: Watcher) -> None:
    assert mock.handle(ask("GET", "/cards/nobody")).status == 404
    assert mock.handle(ask("GET", "/cards/a", authorization="Bearer of nothing")).status == 401
    assert watcher.aborts == []


def test_an_announcement_that_fails_takes_its_changes_with_it(mock: Cards, watcher: Watcher) -> None:
    mock.stop_announcing = ZeroDivisionError("a bug in announce")
    with pytest.raises(ZeroDivisionError, match="announce"):
        mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert (codes(mock), positions(mock)) == ([], [])
    assert (watcher.commits, watcher.aborts) == ([], [("cards", 1)])
    assert not mock.store.db.in_transaction
    mock.stop_announcing = None
    assert mock.handle(ask("POST", "/cards", {"code": "a"})).status == 201
    assert (positions(mock), [commit.tx for commit in watcher.commits]) == ([1], [1])


def test_an_announcement_may_refuse(mock: Cards, watcher: Watcher) -> None:
    mock.stop_announcing = Refused("the stream is full", status=503)
    assert mock.handle(ask("POST", "/cards", {"code": "a"})).status == 503
    assert (codes(mock), positions(mock), watcher.commits) == ([], [], [])


def test_a_bug_in_a_view_propagates_and_leaves_nothing(mock: Cards, watcher: Watcher) -> None:
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        mock.handle(ask("POST", "/bugs"))
    assert (codes(mock), watcher.commits, watcher.aborts) == ([], [], [("cards", 1)])
    assert not mock.store.db.in_transaction


def test_a_commit_that_fails_is_a_harness_failure_and_was_never_reported(mock: Cards, watcher: Watcher) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    with pytest.raises(HarnessError, match="COMMIT failed: FOREIGN KEY constraint failed"):
        mock.handle(ask("POST", "/orphans"))
    assert codes(mock) == ["a"]
    assert mock.store.read("SELECT count(*) FROM orphan") == [(0,)]
    assert ([commit.tx for commit in watcher.commits], watcher.aborts) == ([1], [])
    assert not mock.outcome.committed
    mock.handle(ask("POST", "/cards", {"code": "b"}))
    assert [commit.tx for commit in watcher.commits] == [1, 2]
    assert positions(mock) == [1, 2]


def test_an_observer_that_fails_breaks_the_run_and_undoes_nothing() -> None:
    # What COMMIT accepted has happened: a 500 would be a lie, and so would an abort.
    class Fails(Watcher):
        def committed(self, commit: Commit) -> int:
            raise OSError("no space left for the history")

    watcher = Fails()
    mock = make_cards(watcher)
    with pytest.raises(OSError, match="no space left"):
        mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert (codes(mock), watcher.aborts) == (["a"], [])


def test_an_item_of_a_batch_that_is_refused_leaves_neither_row_nor_change_nor_announcement(
    mock: Cards, watcher: Watcher
) -> None:
    mock.handle(ask("POST", "/cards", {"code": "b"}))
    response = mock.handle(ask("POST", "/batches", [{"code": "a"}, {"code": "b"}, {"code": "c"}]))
    assert response.json() == ["a", "refused", "c"]
    assert codes(mock) == ["a", "b", "c"]
    commit = watcher.commits[-1]
    assert [change.after["code"] for change in commit.changes if change.after] == ["a", "c"]
    named = [announcement.event_id for announcement in commit.announcements[:2]]
    assert named == ["early a", "early c"]
    assert len(commit.announcements) == 4
    assert positions(mock) == [1, 2, 3, 4, 5]


def test_meters_outlive_the_transaction_that_is_rolled_back(mock: Cards) -> None:
    mock.handle(ask("POST", "/visits"))
    mock.handle(ask("POST", "/visits"))
    assert (mock.volatile, codes(mock)) == ({"visits": 2}, [])


# -- who is served -----------------------------------------------------------------------------------------------------


def test_a_row_names_whoever_made_it(mock: Cards) -> None:
    mock.handle(ask("POST", "/cards", {"code": "by the engine"}))
    mock.handle(at_screen("POST", "/_sandbox/ui/cards/enter", {"code": "by a person", "minutes": 60}))
    mock.agenda.add(0, "remind", code="by itself")
    mock.run_due()
    makers = {row["code"]: row["_creator"] for row in mock.store.find("card")}
    # The engine has a user record, the person has none and is named.
    assert makers == {"by the engine": "user-7", "by a person": PERSON, "by itself": "sandbox"}


def test_spellings_of_a_path_that_mean_the_same_lead_to_the_same_view(mock: Cards) -> None:
    assert mock.handle(ask("POST", "/old-cards", {"code": "a"})).status == 201


def test_every_answer_of_a_view_is_finished_and_a_refusal_is_not(mock: Cards) -> None:
    assert mock.handle(ask("POST", "/cards", {"code": "a"})).header("X-Operation") == "card.create"
    assert mock.handle(ask("POST", "/cards", {"code": "a"})).header("X-Operation") is None


def test_addresses_in_answers_are_built_from_what_the_client_called(mock: Cards) -> None:
    secure = mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert secure.header("Location") == "https://cards.sandbox.test/cards/a"
    plain = mock.handle(ask("POST", "/cards", {"code": "b"}, host="localhost:8080", x_forwarded_proto="http"))
    assert plain.header("Location") == "http://localhost:8080/cards/b"


def test_a_screen_that_does_not_exist_is_refused_with_the_nearest(mock: Cards) -> None:
    response = mock.handle(at_screen("POST", "/_sandbox/ui/cards/entre", {}))
    assert response.status == 404
    assert response.json() == {"errors": [{"message": "no screen 'cards/entre'; did you mean 'cards/enter'?"}]}


def test_a_form_that_does_not_fit_names_its_field(mock: Cards, watcher: Watcher) -> None:
    response = mock.handle(at_screen("POST", "/_sandbox/ui/cards/enter", {"code": "a", "minutes": "an hour"}))
    (error,) = response.json()["errors"]
    assert (response.status, error["field"]) == (422, "minutes")
    assert "integer" in error["message"]
    missing = mock.handle(at_screen("POST", "/_sandbox/ui/cards/enter"))
    assert missing.json() == {"errors": [{"message": "Field required", "field": "code"}]}
    assert (codes(mock), watcher.commits) == ([], [])


def test_the_screens_are_listed_with_their_forms(mock: Cards) -> None:
    listed = mock.handle(at_screen("GET", "/_sandbox/ui")).json()
    assert list(listed) == ["cards/enter"]
    assert listed["cards/enter"]["required"] == ["code", "minutes"]


@pytest.mark.parametrize(
    ("person", "credential"),
    [(PERSON, "Sandbox wrong"), ("somebody.else", "Sandbox a secret of the sandbox"), ("", "Sandbox "), (PERSON, "")],
)
def test_a_screen_opens_to_its_people_alone(mock: Cards, person: str, credential: str) -> None:
    request = ask("GET", "/_sandbox/ui", authorization=credential, x_sandbox_person=person)
    assert mock.handle(request).status == 401


def test_the_control_surface_asks_nobody_who_they_are(mock: Cards) -> None:
    clock = mock.context.clock
    assert isinstance(clock, ManualClock)
    clock.advance_to(9 * HOUR_US)
    response = mock.handle(Request("GET", "/_sandbox/health"))
    assert response.json() == {"system": "cards", "status": "ok", "now": "2026-01-12T09:00:00Z"}
    assert mock.asked_who == 0


# -- faults ------------------------------------------------------------------------------------------------------------


class Faults(NoFaults):
    """Keeps what it is asked, and answers as told."""

    def __init__(self, before: Damage | None = None, after: Damage | None = None) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._before, self._after = before, after

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        self.asked.append(("before", system, operation))
        return self._before

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        self.asked.append(("after", system, operation, committed))
        return self._after

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        self.asked.append(("feed", system, stream, len(rows)))
        return [rows[1], rows[0], rows[0]] if len(rows) == 2 else rows


def test_the_fault_port_is_asked_around_every_vendor_request() -> None:
    faults = Faults()
    mock = make_cards(faults=faults)
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    mock.handle(ask("GET", "/cards/a"))
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert faults.asked == [
        ("before", "cards", "card.create"),
        ("after", "cards", "card.create", True),
        ("before", "cards", "card.read"),
        ("after", "cards", "card.read", False),
        ("before", "cards", "card.create"),
        ("after", "cards", "card.create", False),
    ]


def test_screens_and_the_control_surface_are_never_hurt() -> None:
    damage = Damage("M01", 429)
    mock = make_cards(faults=Faults(damage, damage))
    entered = at_screen("POST", "/_sandbox/ui/cards/enter", {"code": "a", "minutes": 60})
    assert mock.handle(entered).status == 200
    assert mock.handle(Request("GET", "/_sandbox/health")).status == 200
    assert mock.handle(ask("GET", "/nowhere")).status == 404


def test_a_request_refused_by_a_fault_is_not_even_asked_who_it_is_from(watcher: Watcher) -> None:
    mock = make_cards(watcher, Faults(before=Damage("M01", 429)))
    response = mock.handle(ask("POST", "/cards", {"code": "a"}))
    assert (response.status, response.json()) == (429, {"damage": "M01"})
    assert (mock.asked_who, codes(mock), watcher.commits, watcher.aborts) == (0, [], [], [])
    assert not mock.outcome.committed


def test_a_failure_after_execution_hides_an_outcome_that_stands(watcher: Watcher) -> None:
    mock = make_cards(watcher, Faults(after=Damage("M05", 500)))
    assert mock.handle(ask("POST", "/cards", {"code": "a"})).status == 500
    assert (codes(mock), len(watcher.commits)) == (["a"], 1)
    assert (mock.outcome.committed, mock.outcome.created) == (True, True)


def test_a_page_goes_out_as_the_fault_port_leaves_it_and_is_reported_so(watcher: Watcher) -> None:
    mock = make_cards(watcher, Faults())
    for code in ("a", "b"):
        mock.handle(ask("POST", "/cards", {"code": code}))
    assert mock.handle(ask("GET", "/pages/0")).json() == [2, 1, 1]
    assert mock.handle(ask("GET", "/pages/2")).json() == []
    first, second = watcher.deliveries
    assert (first.system, first.stream, first.event_ids) == ("cards", "cards", ("e-2", "e-1", "e-1"))
    assert (first.cursor_in, first.cursor_out) == ("0", "2")
    assert (second.event_ids, second.cursor_in, second.cursor_out) == ((), "2", "2")


# -- by itself ---------------------------------------------------------------------------------------------------------


def test_due_jobs_run_as_a_transaction_each(mock: Cards, watcher: Watcher) -> None:
    mock.agenda.add(0, "remind", code="first")
    mock.agenda.add(0, "remind", code="second")
    mock.agenda.add(HOUR_US, "remind", code="later")
    assert mock.run_due() == 2
    created = [change.after["code"] for commit in watcher.commits for change in commit.changes if change.after]
    assert created == ["first", "second"]
    assert [commit.tx for commit in watcher.commits] == [1, 2]
    assert mock.next_due_us() == HOUR_US


def test_a_job_that_plans_another_for_now_is_followed_by_it(mock: Cards) -> None:
    mock.agenda.add(0, "again", times=2)
    assert mock.run_due() == 3
    assert codes(mock) == ["again 0", "again 1", "again 2"]
    assert mock.next_due_us() is None


def test_a_job_that_fails_stays_on_the_agenda_and_leaves_nothing(mock: Cards, watcher: Watcher) -> None:
    mock.agenda.add(0, "remind", code="before")
    mock.agenda.add(0, "fail")
    with pytest.raises(ZeroDivisionError, match="a bug of a job"):
        mock.run_due()
    assert codes(mock) == ["before"]
    assert (len(watcher.commits), watcher.aborts) == (1, [("cards", 2)])
    assert [due.job for due in mock.agenda.planned("fail")] == ["fail"]
    assert not mock.store.db.in_transaction


def test_a_tenant_is_filled_in_one_transaction_or_not_at_all(mock: Cards, watcher: Watcher) -> None:
    def fill() -> None:
        for code in ("a", "b"):
            mock.store.insert("card", {"code": code})

    def fill_badly() -> None:
        mock.store.insert("card", {"code": "c"})
        raise ZeroDivisionError("a bug of the seed")

    mock.seeding(fill)
    assert [len(commit.changes) for commit in watcher.commits] == [2]
    with pytest.raises(ZeroDivisionError):
        mock.seeding(fill_badly)
    assert codes(mock) == ["a", "b"]
    assert watcher.aborts == [("cards", 2)]


# -- state -------------------------------------------------------------------------------------------------------------


def test_a_restored_system_goes_on_with_its_numbers_positions_jobs_and_sessions(mock: Cards) -> None:
    mock.handle(ask("POST", "/cards", {"code": "a"}))
    mock.handle(ask("POST", "/visits"))
    mock.agenda.add(HOUR_US, "remind", code="later")
    mock.store.commit()
    mock.people["new.comer"] = "another secret"
    watcher = Watcher()
    other = make_cards(watcher, clock=ManualClock(EPOCH, HOUR_US))
    other.agenda.touched = False
    other.deserialize(mock.serialize())
    assert other.agenda.touched, "whoever wakes the agenda must look again"
    assert (other.last_seq, other.volatile) == (101, {"visits": 1})
    assert other.people == {PERSON: "a secret of the sandbox", "new.comer": "another secret"}
    assert other.run_due() == 1
    other.handle(ask("POST", "/cards", {"code": "b"}))
    assert [commit.tx for commit in watcher.commits] == [2, 3]
    assert [row.position for row in other.feeds["cards"].after(0, now_us=HOUR_US)] == [1, 2, 3]
    assert codes(other) == ["a", "b", "later"]
    assert codes(mock) == ["a"]


def test_a_snapshot_is_the_same_bytes_for_the_same_state(mock: Cards) -> None:
    mock.volatile.update({"b": 1, "a": 2})
    other = make_cards()
    other.volatile.update({"a": 2, "b": 1})
    assert mock.serialize()["state"] == other.serialize()["state"]


def test_a_snapshot_inside_a_transaction_is_refused(mock: Cards) -> None:
    mock.store.insert("card", {"code": "half done"})
    with pytest.raises(HarnessError, match="uncommitted"):
        mock.serialize()
