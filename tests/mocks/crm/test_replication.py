"""Copies kept elsewhere: what was written, what was deleted, and queries that show the bin."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, ManualClock
from sandbox.core.wire import Response
from tests.mocks.crm.client import EPOCH, Client, error, keep_alive, make

HOURS = "2026-01-12T{:02}:00:00%2B00:00"


def started() -> tuple[Client, ManualClock]:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    return crm, clock


def asked(crm: Client, what: str, start: str, end: str, slash: str = "") -> Response:
    return crm.send("GET", f"sobjects/Account/{what}{slash}", query=f"start={start}&end={end}")


def query_all(crm: Client, soql: str, **headers: str) -> dict[str, Any]:
    response = crm.send("GET", "queryAll", query="q=" + quote(soql), **headers)
    assert response.status == 200, response.body
    answer: dict[str, Any] = response.json()
    return answer


def test_updated_names_what_was_last_written_in_the_span() -> None:
    crm, clock = started()
    clock.advance_to(HOUR_US)
    old, again, gone = (crm.create("Account", Name=name) for name in ("old", "again", "gone"))
    clock.advance_to(2 * HOUR_US)
    crm.update("Account", again, Phone="1")
    crm.delete("Account", gone)
    first = asked(crm, "updated", HOURS.format(1), HOURS.format(2), "/").json()
    assert first == {"ids": [old], "latestDateCovered": "2026-01-12T02:00:00.000+0000"}
    # The next poll begins where the last one ended; its own end is not yet over.
    second = asked(crm, "updated", HOURS.format(2), HOURS.format(5)).json()
    assert second == {"ids": [again], "latestDateCovered": "2026-01-12T02:00:00.000+0000"}


def test_deleted_names_what_went_into_the_bin_within_fifteen_days() -> None:
    crm, clock = started()
    first, second = (crm.create("Account", Name=name) for name in ("first", "second"))
    clock.advance_to(HOUR_US)
    crm.delete("Account", first)
    clock.advance_to(DAY_US + HOUR_US)
    crm.delete("Account", second)
    span = (HOURS.format(0), "2026-01-14T00:00:00Z")
    answer = asked(crm, "deleted", *span, "/").json()
    assert answer["deletedRecords"] == [
        {"id": first, "deletedDate": "2026-01-12T01:00:00.000+0000"},
        {"id": second, "deletedDate": "2026-01-13T01:00:00.000+0000"},
    ]
    assert answer["latestDateCovered"] == "2026-01-13T01:00:00.000+0000"
    clock.advance_to(16 * DAY_US)
    later = asked(crm, "deleted", *span).json()
    assert [each["id"] for each in later["deletedRecords"]] == [second]
    assert later["earliestDateAvailable"] == "2026-01-13T00:00:00.000+0000"


def test_updated_reaches_thirty_days_back() -> None:
    crm, clock = started()
    clock.advance_to(30 * DAY_US)
    assert asked(crm, "updated", HOURS.format(0), HOURS.format(1)).status == 200
    clock.advance_to(30 * DAY_US + MINUTE_US)
    refused = asked(crm, "updated", HOURS.format(0), HOURS.format(1))
    assert error(refused) == (400, "INVALID_REPLICATION_DATE", None)


@pytest.mark.parametrize("what", ["updated", "deleted"])
@pytest.mark.parametrize(
    ("start", "end"),
    [("", ""), ("soon", "later"), ("1", "9" * 99), *((HOURS.format(hour), HOURS.format(1)) for hour in (1, 2))],
)
def test_a_span_that_is_none_is_refused(crm: Client, what: str, start: str, end: str) -> None:
    assert error(asked(crm, what, start, end)) == (400, "INVALID_REPLICATION_DATE", None)


def test_an_unknown_object_has_no_history(crm: Client) -> None:
    assert crm.send("GET", "sobjects/Nothing/updated").status == 404


def test_query_all_shows_what_was_deleted_and_says_so(crm: Client) -> None:
    gone = crm.create("Account", Name="gone")
    crm.delete("Account", gone)
    assert crm.query("SELECT Id FROM Account WHERE Name = 'gone'") == []
    (row,) = query_all(crm, "SELECT Id, IsDeleted FROM Account WHERE Name = 'gone'")["records"]
    assert (row["Id"], row["IsDeleted"]) == (gone, True)
    assert query_all(crm, "SELECT COUNT() FROM Account WHERE IsDeleted = true")["totalSize"] == 1
    assert query_all(crm, "SELECT COUNT(Id) n FROM Account")["records"][0]["n"] == 4
    assert crm.query("SELECT COUNT(Id) n FROM Account")[0]["n"] == 3


def test_query_all_shows_deleted_children_too(crm: Client) -> None:
    opportunity = crm.opportunity(Pricebook2Id=crm.query("SELECT Id FROM Pricebook2")[0]["Id"])
    kept, gone = crm.line(opportunity), crm.line(opportunity)
    crm.delete("OpportunityLineItem", gone)
    soql = "SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunity"
    (whole,) = query_all(crm, soql)["records"]
    assert {each["Id"] for each in whole["OpportunityLineItems"]["records"]} == {kept, gone}
    (live,) = crm.query(soql)
    assert [each["Id"] for each in live["OpportunityLineItems"]["records"]] == [kept]


def test_further_pages_of_query_all_are_read_at_the_address_of_query(crm: Client) -> None:
    ids = [crm.create("Account", Name=f"N {number:03}", AccountNumber="many") for number in range(205)]
    for each in ids[3:5]:
        crm.delete("Account", each)
    soql = "SELECT Id FROM Account WHERE AccountNumber = 'many' ORDER BY Name"
    first = query_all(crm, soql, sforce_query_options="batchSize=200")
    assert (first["totalSize"], first["done"], len(first["records"])) == (205, False, 200)
    assert "/query/01g" in first["nextRecordsUrl"]
    crm.delete("Account", ids[204])
    rest = crm.send("GET", first["nextRecordsUrl"]).json()
    assert [each["Id"] for each in first["records"] + rest["records"]] == ids
