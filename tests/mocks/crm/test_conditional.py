"""Accounts have ETags and honour preconditions; nothing else does."""

from __future__ import annotations

import pytest

from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, error, make


@pytest.fixture
def crm() -> Client:
    return Client(make(ManualClock(EPOCH, HOUR_US)))


def tag(crm: Client) -> str:
    header = crm.send("GET", f"sobjects/Account/{crm.account()}").header("ETag")
    assert header is not None
    return header


def test_a_write_with_the_tag_of_the_last_read_goes_through_once(crm: Client) -> None:
    path = f"sobjects/Account/{crm.account()}"
    first = tag(crm)
    assert crm.send("PATCH", path, {"Phone": "1"}, if_match=f'"other", {first}').status == 204
    assert tag(crm) != first
    lost = crm.send("PATCH", path, {"Phone": "2"}, if_match=first)
    assert error(lost) == (412, "PRECONDITION_FAILED", None)
    assert crm.get("Account", crm.account())["Phone"] == "1"


def test_an_upsert_honours_the_tag_too(crm: Client) -> None:
    crm.create("Account", Name="New", ERP_Customer_Id__c="K-1")
    path = "sobjects/Account/ERP_Customer_Id__c/K-1"
    assert crm.send("PATCH", path, {"Phone": "1"}, if_match='"stale"').status == 412
    assert crm.send("PATCH", path, {"Phone": "1"}, if_match="*").status == 200


def test_a_read_that_would_tell_nothing_new_is_answered_by_304(crm: Client) -> None:
    path = f"sobjects/Account/{crm.account()}"
    unchanged = crm.send("GET", path, if_none_match=tag(crm))
    assert (unchanged.status, unchanged.body, unchanged.header("ETag")) == (304, b"", tag(crm))
    assert crm.send("GET", path, if_none_match='"other"').status == 200
    assert crm.send("GET", path, if_match='"other"').status == 412
    assert crm.send("GET", path, if_modified_since="Mon, 12 Jan 2026 01:00:00 GMT").status == 304
    assert crm.send("GET", path, if_modified_since="Mon, 12 Jan 2026 00:59:59 GMT").status == 200
    assert crm.send("GET", path, if_unmodified_since="Mon, 12 Jan 2026 01:00:00 GMT").status == 200
    assert crm.send("GET", path, if_unmodified_since="Mon, 12 Jan 2026 00:59:59 -0000").status == 412


def test_a_write_if_none_matches_is_refused_when_one_does(crm: Client) -> None:
    path = f"sobjects/Account/{crm.account()}"
    assert crm.send("PATCH", path, {"Phone": "1"}, if_none_match="*").status == 412
    assert crm.send("PATCH", path, {"Phone": "1"}, if_unmodified_since="Sun, 11 Jan 2026 00:00:00 GMT").status == 412


@pytest.mark.parametrize("header", ["if_match", "if_none_match", "if_unmodified_since"])
def test_a_header_that_is_none_is_refused_by_writes_and_ignored_by_reads(crm: Client, header: str) -> None:
    path = f"sobjects/Account/{crm.account()}"
    assert crm.send("PATCH", path, {"Phone": "1"}, **{header: "no tag"}).status == 400
    assert crm.send("GET", path, **{header: "no tag"}).status == 200


def test_deletes_ignore_preconditions(crm: Client) -> None:
    account = crm.create("Account", Name="Gone")
    assert crm.send("DELETE", f"sobjects/Account/{account}", if_match='"stale"').status == 204


def test_an_opportunity_has_no_tag_so_updates_of_it_can_be_lost(crm: Client) -> None:
    path = f"sobjects/Opportunity/{crm.opportunity()}"
    assert crm.send("GET", path).header("ETag") is None
    assert crm.send("PATCH", path, {"NextStep": "x"}, if_match='"stale"').status == 204
