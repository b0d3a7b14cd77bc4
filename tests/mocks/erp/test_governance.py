"""Concurrency governance: places by service tier, held for a request's latency."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.tenants import ErpTier
from sandbox.core.wire import Response
from tests.mocks.erp.client import RECORD, SUITEQL, Caller, error, make, signed, tenant


def system(clock: ManualClock, tier: ErpTier) -> Erp:
    return Erp(Context(clock, Chance(1)), replace(tenant(), tier=tier))


def read(mock: Erp) -> Response:
    return mock.handle(signed("GET", f"{RECORD}/subsidiary"))


def test_one_request_too_many_is_the_documented_429(clock: ManualClock) -> None:
    mock = system(clock, ErpTier("standard"))
    assert [read(mock).status for _ in range(6)] == [200] * 5 + [429]
    refused = read(mock)
    assert error(refused) == (429, "CONCURRENCY_LIMIT_EXCEEDED", "")
    body = refused.json()
    assert (body["title"], body["o:errorCode"]) == ("Bad Request", "USER_ERROR")
    assert body["o:errorDetails"][0]["detail"] == "Concurrent request limit exceeded. Request blocked."
    assert refused.header("Retry-After") is None


def test_places_are_given_back_when_the_latency_has_passed_and_a_refused_request_takes_none(
    clock: ManualClock,
) -> None:
    mock = system(clock, ErpTier("standard", latency_ms={"record": 300, "suiteql": 900, "other": 1}))
    for _ in range(4):
        read(mock)
    query = signed("POST", SUITEQL, {"q": "SELECT id FROM job"}, headers={"prefer": "transient"})
    assert mock.handle(query).status == 200
    clock.advance_to(299_999)
    assert read(mock).status == 429
    clock.advance_to(300_000)
    assert [read(mock).status for _ in range(5)] == [200] * 4 + [429]
    clock.advance_to(900_000)
    assert [read(mock).status for _ in range(6)] == [200] * 5 + [429]


def test_a_refused_write_stores_nothing(clock: ManualClock) -> None:
    mock = system(clock, ErpTier("developer"))
    for _ in range(5):
        read(mock)
    before = mock.dump()
    body = {"companyName": "x", "subsidiary": {"externalId": "UK"}}
    assert Caller(mock).call("POST", "customer", body).status == 429
    assert mock.dump() == before


@pytest.mark.parametrize(
    ("tier", "limit"),
    [(ErpTier("premium"), 15), (ErpTier("enterprise"), 20), (ErpTier("ultimate", suitecloud_plus=2), 40)],
)
def test_the_limit_is_that_of_the_tier_and_its_licences(clock: ManualClock, tier: ErpTier, limit: int) -> None:
    mock = system(clock, tier)
    assert mock.manual()["concurrency"] == limit
    assert [read(mock).status for _ in range(limit + 1)] == [200] * limit + [429]


def test_places_are_held_in_a_restored_system(clock: ManualClock) -> None:
    mock, other = (system(clock, ErpTier("standard")) for _ in range(2))
    for _ in range(5):
        read(mock)
    other.deserialize(mock.serialize())
    assert read(other).status == 429


def test_without_a_tier_there_is_no_limit() -> None:
    mock = make()
    assert {read(mock).status for _ in range(50)} == {200}


def test_an_unknown_tier_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="standard"):
        ErpTier("gold")
