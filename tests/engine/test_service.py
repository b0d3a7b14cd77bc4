"""The engine's own endpoint: the status of a project, from what was learned so far, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.wire import Request
from sandbox.engine.flows.holds import HoldFlow
from sandbox.engine.service import StatusService
from sandbox.engine.weakened import StaleAnswers
from sandbox.firm.tenants import front_end_token
from tests.engine.builders import Room
from tests.engine.conftest import Opened


def ask(room: Room, path: str = "/v1/projects/ENG-01/status", method: str = "GET", **headers: str) -> tuple[int, Any]:
    given = headers or {"authorization": f"Bearer {front_end_token(room.plan)}"}
    response = room.do(StatusService(room.context).handle(Request(method, path, headers=given)))
    return response.status, response.json()


def hold(room: Room, *, held: bool) -> None:
    room.act("finance-uk", "set_credit_hold", engagement="ENG-01", hold=held, reason="overdue")
    room.do(HoldFlow(room.context).look())


def test_a_project_that_takes_time_is_open_and_its_client_free(won: Room) -> None:
    status, body = ask(won)
    assert status == 200
    assert (body["code"], body["open"], body["client_on_hold"]) == ("ENG-01", True, False)


def test_a_hold_is_answered_once_it_was_looked_for_and_so_is_its_end(won: Room) -> None:
    won.act("finance-uk", "set_credit_hold", engagement="ENG-01", hold=True, reason="overdue")
    assert ask(won)[1]["client_on_hold"] is False
    won.do(HoldFlow(won.context).look())
    assert ask(won)[1]["client_on_hold"] is True
    hold(won, held=False)
    assert ask(won)[1]["client_on_hold"] is False


def test_what_is_known_survives_a_crash(won: Room) -> None:
    hold(won, held=True)
    won.crash()
    assert ask(won)[1]["client_on_hold"] is True


def test_an_answer_calls_no_system(won: Room) -> None:
    won.wire.log.clear()
    ask(won)
    assert won.wire.log == []


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "error"),
    [
        ("/v1/projects/ENG-99/status", "GET", {}, 404, "unknown_project"),
        ("/v1/projects/ENG-01", "GET", {}, 404, "not_found"),
        ("/v1/projects/ENG-01/status", "POST", {}, 405, "method_not_allowed"),
        ("/v1/projects/ENG-01/status", "GET", {"authorization": "Bearer x"}, 401, "unauthorized"),
    ],
)
def test_a_refusal_says_what_is_wrong(
    won: Room, path: str, method: str, headers: dict[str, str], status: int, error: str
) -> None:
    answered, body = ask(won, path, method, **headers)
    assert (answered, body["error"]) == (status, error)


def test_an_engine_that_keeps_its_answers_says_the_first_one_for_ever(opened: Opened) -> None:
    room = opened(StaleAnswers)
    room.do(room.store.put_document("gate", "ENG-01", {"open": True, "client": "CL-ENG-01"}))
    room.do(room.store.put_document("holds", "clients", {"clients": ["CL-ENG-01"]}))
    assert ask(room)[1]["client_on_hold"] is True
    room.do(room.store.put_document("holds", "clients", {"clients": []}))
    assert ask(room)[1]["client_on_hold"] is True
