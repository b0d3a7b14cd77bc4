"""An error of ours has a stable code and its particulars; an unknown name is refused with the nearest one."""

from __future__ import annotations

import pytest

from sandbox.core.damage import Damage, NoFaults
from sandbox.core.errors import HarnessError, NoAnswer, SandboxError, UsageError, nearest, unknown_name
from sandbox.core.observe import Commit, Delivery, Unobserved
from sandbox.core.wire import Request

ENGINES = ("reference", "naive", "none", "legacy")


@pytest.mark.parametrize(
    ("kind", "code"),
    [(SandboxError, "sandbox_error"), (UsageError, "usage"), (HarnessError, "harness"), (NoAnswer, "no_answer")],
)
def test_every_error_has_a_code_of_its_kind_and_may_have_one_of_its_own(kind: type[SandboxError], code: str) -> None:
    plain, special = kind("something failed"), kind("something failed", code="special", file="x.yaml", line=3)
    assert (plain.code, plain.fields, str(plain)) == (code, {}, "something failed")
    assert (special.code, special.fields) == ("special", {"file": "x.yaml", "line": 3})
    assert isinstance(special, SandboxError)
    assert special.message == "something failed"


def test_an_answer_that_never_came_is_neither_a_users_mistake_nor_a_broken_harness() -> None:
    assert str(NoAnswer()) == "no answer"
    assert not isinstance(NoAnswer(), UsageError | HarnessError)
    assert not isinstance(UsageError("x"), HarnessError)


@pytest.mark.parametrize(
    ("name", "close"),
    [("referense", "reference"), ("naiv", "naive"), ("leagcy", "legacy"), ("nonne", "none"), ("xyz", None), ("", None)],
)
def test_the_nearest_name_is_one_that_is_close_or_none(name: str, close: str | None) -> None:
    assert nearest(name, ENGINES) == close


def test_candidates_may_be_given_one_by_one() -> None:
    assert nearest("rough", iter(["none", "rought", "lost-ack"])) == "rought"
    assert nearest("rough", iter([])) is None


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    error = unknown_name("engine", "referense", ENGINES)
    assert isinstance(error, UsageError)
    assert error.message == "unknown engine 'referense'; did you mean 'reference'?"
    assert error.code == "unknown_engine"
    assert error.fields == {"name": "referense", "nearest": "reference"}


def test_an_unknown_name_that_resembles_nothing_is_refused_with_all_there_are_in_order() -> None:
    error = unknown_name("engine", "xyz", iter(ENGINES))
    assert error.message == "unknown engine 'xyz'; known: legacy, naive, none, reference"
    assert error.fields["nearest"] is None


def test_an_observer_of_a_mock_used_alone_counts_its_commits() -> None:
    alone = Unobserved()
    commit = Commit("psa", 1, 0, ())
    alone.aborted("psa", 2)
    alone.delivered(Delivery("psa", "events", ("e-1",), "0", "1"))
    assert [alone.committed(commit), alone.committed(commit)] == [1, 2]


def test_without_faults_nothing_is_refused_and_a_page_is_handed_on_as_it_is() -> None:
    port, request, rows = NoFaults(), Request("POST", "/x"), [3, 1, 2]
    assert not port.items("erp", "x", request, 3)
    assert not port.unreadable("psa", "events", ["e-1"])
    assert port.event("psa", "events", "e-1", "x") == 0
    assert port.before("erp", "timeBill.create", request) is None
    assert port.after("erp", "timeBill.create", request, True) is None
    assert port.feed("psa", "events", rows) is rows
    assert Damage("M05", 500).params == {}
