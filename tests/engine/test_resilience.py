"""Calls that survive a bad network: what is sent again and when, and creates that never double."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from sandbox.core.client import StaticBearer
from sandbox.core.clock import MINUTE_US, SECOND_US
from sandbox.core.kernel import Killed
from sandbox.core.wire import Response
from sandbox.engine.policy import NaivePolicy, Policy
from sandbox.engine.resilience import Caller, Missing, Refused, Unavailable, complaint
from tests.engine.builders import (
    Fate,
    Room,
    answer_lost,
    answered,
    cut_short,
    delivered,
    executed_but,
    killed_after,
    killed_before,
    never_arrives,
)
from tests.engine.conftest import Opened

GOOD = answered(200, b'{"id": "7"}')


def caller(room: Room, policy: Policy | None = None, capability: str = "strong_read") -> Caller:
    return Caller(room.ports(), "psa", StaticBearer("t"), policy or Policy(), capability)


def gaps_s(room: Room) -> list[int]:
    """Whole seconds between the requests."""
    times = [each.at_us for each in room.wire.log]
    return [(later - earlier) // SECOND_US for earlier, later in pairwise(times)]


# -- sending what may be sent twice ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fate", [answered(429), answered(500), answered(502), answered(503), never_arrives])
def test_what_means_not_now_is_sent_again(room: Room, fate: Fate) -> None:
    room.wire.meets("psa", "GET", "/x", fate, fate, GOOD)
    assert room.do(caller(room).send("GET", "/x")).json() == {"id": "7"}
    assert gaps_s(room) == [2, 4]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_what_is_final_is_refused_at_once(room: Room, status: int) -> None:
    room.wire.always("psa", "PUT", "/x", answered(status, b'{"errors": [{"message": "no such task"}]}'))
    failed = room.fails(caller(room).send("PUT", "/x"))
    assert isinstance(failed, Refused)
    assert failed.message == f"psa PUT /x answered {status}: no such task"
    assert failed.status == status
    assert len(room.wire.log) == 1


def test_a_refusal_the_caller_expects_is_an_answer(room: Room) -> None:
    room.wire.always("psa", "GET", "/x", answered(404))
    assert room.do(caller(room).send("GET", "/x", accept=(404,))).status == 404
    assert isinstance(room.fails(caller(room).send("GET", "/x", accept=(400,))), Refused)


def test_patience_ends_with_the_sixth_failure_and_says_what_came(room: Room) -> None:
    room.wire.always("psa", "GET", "/x", answered(503))
    failed = room.fails(caller(room).send("GET", "/x"))
    assert isinstance(failed, Unavailable)
    assert (failed.message, failed.status) == ("psa GET /x: 503 after 6 attempts", 503)
    assert len(room.wire.log) == 6
    # Two seconds doubling, each with less than a quarter of jitter on top.
    for gap, least in zip(gaps_s(room), (2, 4, 8, 16, 32), strict=True):
        assert least <= gap <= least + least // 4


def test_silence_to_the_end_is_told_apart_from_an_answer(room: Room) -> None:
    room.wire.always("psa", "GET", "/x", never_arrives)
    failed = room.fails(caller(room).send("GET", "/x"))
    assert isinstance(failed, Unavailable)
    assert (failed.message, failed.status) == ("psa GET /x: no answer after 6 attempts", None)


def test_retry_after_in_seconds_is_honoured_in_full(room: Room) -> None:
    room.wire.meets("psa", "GET", "/x", answered(429, Retry_After="90"), GOOD)
    room.do(caller(room).send("GET", "/x"))
    (gap,) = (room.wire.log[1].at_us - room.wire.log[0].at_us,)
    assert 90 * SECOND_US <= gap < 91 * SECOND_US


def test_retry_after_as_a_date_is_honoured_in_full(room: Room) -> None:
    room.wait(30 * SECOND_US)
    room.wire.meets("psa", "GET", "/x", answered(503, retry_after="Mon, 19 Jan 2026 00:10:00 GMT"), GOOD)
    room.do(caller(room).send("GET", "/x"))
    assert 10 * MINUTE_US <= room.wire.log[1].at_us < 10 * MINUTE_US + SECOND_US


def test_two_callers_of_one_engine_wait_differently_and_the_same_engine_repeats_itself(opened: Opened) -> None:
    def waits(system: str) -> list[int]:
        room = opened()
        room.wire.always(system, "GET", "/x", answered(503))
        room.fails(Caller(room.ports(), system, StaticBearer("t"), Policy(), "none").send("GET", "/x"))
        return [each.at_us for each in room.wire.log]

    assert waits("psa") == waits("psa")
    assert waits("psa") != waits("erp")


@pytest.mark.parametrize("status", [429, 503])
def test_a_login_that_is_answered_later_is_waited_for(room: Room, status: int) -> None:
    room.wire.meets("revenue", "POST", "/authenticate", answered(status, Retry_After="90"))
    assert room.do(room.context.revenue.ready_batches()) == []
    assert room.wire.log[1].at_us >= 90 * SECOND_US


def test_an_answer_cut_short_is_asked_for_again(room: Room) -> None:
    room.wire.meets("psa", "GET", "/roles", cut_short)
    assert room.do(room.context.psa.role_id("analyst")).isdigit()


# -- creating what must stand once -------------------------------------------------------------------------------------


class Ledger:
    """A system of one kind of record: creates add one, a look-up finds the first."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.records: list[str] = []
        self.looked_up = 0
        self.intended: list[tuple[str, str | None]] = []

    def executes(self) -> Response:
        self.records.append(str(len(self.records) + 1))
        return Response(200, {}, b'{"id": "%d"}' % len(self.records))

    def meets(self, *fates: Fate) -> None:
        """Creates meet these fates."""

        def arrives(fate: Fate) -> Fate:
            return lambda serve: fate(self.executes)

        self.room.wire.meets("psa", "POST", "/x", *(arrives(fate) for fate in fates))

    async def find(self) -> str | None:
        self.looked_up += 1
        return self.records[0] if self.records else None

    def create(self, by: Caller | None = None) -> Coroutine[Any, Any, str]:
        by = by or caller(self.room)
        return by.create(self.room.store, "psa x 1", self.find, "POST", "/x", lambda response: response.json()["id"])


@pytest.fixture
def ledger(room: Room) -> Ledger:
    return Ledger(room)


def test_an_undisturbed_create_is_sent_once_and_nothing_is_looked_up(ledger: Ledger, room: Room) -> None:
    ledger.meets(delivered)
    assert room.do(ledger.create()) == "1"
    assert (ledger.looked_up, len(room.wire.log)) == (0, 1)


def test_a_create_that_is_known_to_be_done_is_not_sent_at_all(ledger: Ledger, room: Room) -> None:
    ledger.meets(delivered)
    room.do(ledger.create())
    room.crash()
    assert room.do(ledger.create()) == "1"
    assert (ledger.looked_up, len(room.wire.log)) == (0, 1)


def test_the_intention_is_stored_before_the_first_send(ledger: Ledger, room: Room) -> None:
    def looks(serve: Callable[[], Response]) -> Response:
        ledger.intended += room.store._rows("SELECT effect_id, native FROM effect")
        return serve()

    ledger.meets(looks)
    room.do(ledger.create())
    assert ledger.intended == [("psa x 1", None)]


@pytest.mark.parametrize("lost", [answer_lost, executed_but(500), executed_but(503)])
def test_in_doubt_the_record_is_looked_for_and_found_before_it_is_sent_again(
    ledger: Ledger, room: Room, lost: Fate
) -> None:
    ledger.meets(lost)
    assert room.do(ledger.create()) == "1"
    assert (ledger.records, ledger.looked_up, len(room.wire.log)) == (["1"], 1, 1)


@pytest.mark.parametrize("lost", [never_arrives, answered(500), answered(503)])
def test_in_doubt_and_not_found_it_is_sent_again(ledger: Ledger, room: Room, lost: Fate) -> None:
    ledger.meets(lost, delivered)
    assert room.do(ledger.create()) == "1"
    assert (ledger.records, ledger.looked_up, len(room.wire.log)) == (["1"], 1, 2)


def test_a_429_is_no_doubt_it_says_that_nothing_was_done(ledger: Ledger, room: Room) -> None:
    ledger.meets(answered(429), answered(429, Retry_After="5"), delivered)
    assert room.do(ledger.create()) == "1"
    assert (ledger.looked_up, len(room.wire.log)) == (0, 3)


def test_a_doubt_is_not_forgotten_by_a_later_429(ledger: Ledger, room: Room) -> None:
    # The first one arrived; the second says only that the second was not done.
    ledger.meets(answer_lost, answered(429), delivered)
    looks: list[str | None] = [None]

    async def find() -> str | None:
        # The system is slow to show it: found at the second look only.
        ledger.looked_up += 1
        return looks.pop() if looks else "1"

    made = caller(room).create(room.store, "psa x 1", find, "POST", "/x", lambda response: str(response.json()["id"]))
    assert room.do(made) == "1"
    assert (ledger.records, ledger.looked_up, len(room.wire.log)) == (["1"], 2, 2)


@pytest.mark.parametrize(("killed", "sends"), [(killed_after, 1), (killed_before, 2)])
def test_a_restarted_engine_looks_first_for_what_its_predecessor_began(
    ledger: Ledger, room: Room, killed: Fate, sends: int
) -> None:
    ledger.meets(killed, delivered)
    assert isinstance(room.fails(ledger.create()), Killed)
    room.crash()
    assert room.do(ledger.create()) == "1"
    assert (ledger.records, ledger.looked_up, len(room.wire.log)) == (["1"], 1, sends)


def test_after_patience_ended_the_next_try_looks_first(ledger: Ledger, room: Room) -> None:
    ledger.meets(answer_lost)
    room.wire.always("psa", "POST", "/x", never_arrives)

    async def blind() -> str | None:
        return None

    failed = room.fails(
        caller(room).create(room.store, "psa x 1", blind, "POST", "/x", lambda response: str(response.json()["id"]))
    )
    assert isinstance(failed, Unavailable)
    assert len(room.wire.log) == 6
    assert room.do(ledger.create()) == "1"
    assert (ledger.records, len(room.wire.log)) == (["1"], 6)


def test_a_refused_create_is_refused_and_not_known_as_done(ledger: Ledger, room: Room) -> None:
    ledger.meets(answered(422, b'{"errors": [{"message": "taken"}]}'), delivered)
    failed = room.fails(ledger.create())
    assert isinstance(failed, Refused)
    assert failed.message == "psa POST /x answered 422: taken"
    assert room.do(ledger.create()) == "1"
    assert ledger.records == ["1"]


@pytest.mark.parametrize("capability", ["none", "key"])
def test_where_a_look_up_cannot_tell_nothing_is_looked_up(ledger: Ledger, room: Room, capability: str) -> None:
    ledger.meets(answer_lost, delivered)
    assert room.do(ledger.create(caller(room, capability=capability))) == "2"
    assert ledger.looked_up == 0


def test_two_creates_of_one_thing_wait_for_each_other_and_are_sent_once(ledger: Ledger, room: Room) -> None:
    ledger.meets(delivered, delivered)
    by = caller(room)
    assert room.do(room.ports().gather(ledger.create(by), ledger.create(by))) == ["1", "1"]
    assert (ledger.records, ledger.looked_up, len(room.wire.log)) == (["1"], 0, 1)


def test_creates_of_different_things_do_not_wait_for_each_other(room: Room) -> None:
    held = room.kernel.future()
    by = caller(room)

    async def find() -> str | None:
        await held
        return "old"

    async def none() -> str | None:
        return None

    async def both() -> str:
        await room.store.begin_effect("psa x 1")
        slow = room.ports().spawn(by.create(room.store, "psa x 1", find, "POST", "/x", str), "slow")
        await room.ports().sleep(1)
        quick = await by.create(room.store, "psa x 2", none, "POST", "/x", lambda response: str(response.status))
        held.set_result(None)
        return f"{quick} {await slow}"

    room.wire.meets("psa", "POST", "/x", answered(201))
    assert room.do(both()) == "201 old"


def test_the_naive_engine_doubles_what_it_is_in_doubt_about(ledger: Ledger, room: Room) -> None:
    ledger.meets(answer_lost, delivered)
    assert room.do(ledger.create(caller(room, NaivePolicy()))) == "2"
    assert (ledger.records, ledger.looked_up) == (["1", "2"], 0)


def test_the_naive_engine_makes_two_of_one_at_once(ledger: Ledger, room: Room) -> None:
    ledger.meets(delivered, delivered)
    by = caller(room, NaivePolicy())
    room.do(room.ports().gather(ledger.create(by), ledger.create(by)))
    assert ledger.records == ["1", "2"]


def test_errors_have_stable_codes() -> None:
    assert [error.code for error in (Unavailable("a"), Refused("b", 400), Missing("c"))] == [
        "unavailable",
        "refused",
        "missing",
    ]


# -- what a refusal says -----------------------------------------------------------------------------------------------


def said(body: bytes) -> str:
    return complaint(Response(400, {}, body))


def test_what_is_no_json_is_shown_as_text_in_one_line() -> None:
    assert said(b"<html>\n  <h1>Bad gateway</h1>\n</html>") == "<html> <h1>Bad gateway</h1> </html>"


def test_a_refusal_without_a_word_says_so() -> None:
    assert said(b"") == said(b"{}") == said(b"null") == said(b"[]") == said(b'{"errors": []}') == "no reason given"


def test_a_long_refusal_is_cut_where_a_person_stops_reading() -> None:
    assert said(b'{"message": "' + b"x" * 500 + b'"}') == "x" * 200


def test_several_reasons_are_all_told() -> None:
    body = b'{"errors": [{"message": "title is blank"}, {"type": "system"}, {"message": "price is negative"}]}'
    assert said(body) == "title is blank; price is negative"


def refusal(room: Room, coro: Coroutine[Any, Any, Any]) -> str:
    failed = room.fails(coro)
    assert isinstance(failed, Refused), failed
    return failed.message


def test_the_crm_says_which_field_and_why(room: Room) -> None:
    room.deed("sell ENG-01")
    (deal,) = room.rows("crm", "Opportunity")
    wrong = room.context.crm.set_fields("Opportunity", deal["Id"], {"Biled_Amount__c": 1})
    assert refusal(room, wrong) == (
        f"crm PATCH /services/data/v62.0/sobjects/Opportunity/{deal['Id']} answered 400: "
        "No such column 'Biled_Amount__c' on sobject of type Opportunity"
    )


def test_the_psa_tells_every_field_that_is_wrong(room: Room) -> None:
    wrong = room.context.psa._caller.send("POST", "/api/v1/workspaces.json", json={"workspace": {"title": ""}})
    assert refusal(room, wrong) == ("psa POST /api/v1/workspaces.json answered 422: Please give your project a title")
    missing = room.context.psa._caller.send("PUT", "/api/v1/workspaces/1.json", json={"workspace": {}})
    assert refusal(room, missing).endswith("answered 404: There is no project 1.")


def test_the_hris_names_the_prompt(room: Room) -> None:
    hris = room.context.hris
    wrong = hris._caller.send("GET", f"{hris._base}/Workers_Delta", query={"Updated_From": "noon", "format": "json"})
    assert refusal(room, wrong) == (
        "hris GET /ccx/service/customreport2/sandbox/ISU_PSA/Workers_Delta answered 400: "
        "expected a date-time with a zone, got 'noon'"
    )


def test_the_erp_gives_the_detail_and_not_the_title(room: Room) -> None:
    erp = room.context.erp
    body = {"companyName": "Harbour Rail plc", "favouriteColour": "blue"}
    headers = {"x-netsuite-propertynamevalidation": "error"}
    wrong = erp._caller.send("PUT", "/services/rest/record/v1/customer/eid:CRM-1", headers=headers, json=body)
    assert refusal(room, wrong) == (
        "erp PUT /services/rest/record/v1/customer/eid:CRM-1 answered 400: "
        "Error while accessing a resource. Unknown reference or field: favouriteColour."
    )


def test_the_revenue_system_gives_the_reason_and_not_the_headline(room: Room) -> None:
    revenue = room.context.revenue
    headers = {"templatename": "PSA_TXN", "filename": "x.csv"}
    wrong = revenue._caller.send("POST", "/api/integration/v1/csv/upload", headers=headers, body=b'"Typ"\r\n"SO"\r\n')
    assert refusal(room, wrong) == (
        "revenue POST /api/integration/v1/csv/upload answered 400: column 'Typ' is not in template PSA_TXN"
    )
    gone = revenue._caller.send("GET", "/api/integration/v1/csv/upload/status", query={"id": "1"})
    assert refusal(room, gone).endswith("answered 400: No data found")


def test_an_oauth_refusal_tells_its_reason_and_not_its_code() -> None:
    assert said(b'{"error": "invalid_grant", "error_description": "authentication failure"}') == (
        "authentication failure"
    )
