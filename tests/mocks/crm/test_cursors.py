"""Results longer than a page are read on by a locator: the ids of the first run, the values of now."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import DAY_US, ManualClock
from tests.mocks.crm.client import EPOCH, OTHER_USERNAME, Client, V, error, keep_alive, make


def many(count: int, clock: ManualClock | None = None) -> Client:
    crm = Client(make(clock))
    keep_alive(crm.mock)
    for number in range(count):
        crm.create("Account", Name=f"N {number:04}", AccountNumber="many")
    return crm


MANY = "SELECT Id, Name, Phone FROM Account WHERE AccountNumber = 'many' ORDER BY Name"


def test_pages_of_the_asked_size_show_every_row_once_and_in_order() -> None:
    crm = many(450)
    answer = crm.ask(MANY, sforce_query_options="batchSize=200").json()
    names: list[Any] = []
    sizes: list[int] = []
    while True:
        names += [record["Name"] for record in answer["records"]]
        sizes.append(len(answer["records"]))
        assert answer["totalSize"] == 450
        if answer["done"]:
            break
        assert answer["nextRecordsUrl"].startswith(f"{V}/query/01g")
        answer = crm.send("GET", answer["nextRecordsUrl"]).json()
    assert names == [f"N {number:04}" for number in range(450)]
    assert sizes == [200, 200, 50]
    assert "nextRecordsUrl" not in answer


@pytest.mark.parametrize(
    ("header", "size"), [("batchSize=1", 200), ("batchSize = 250", 250), ("batchSize=x", 300), ("batchsize=9999", 300)]
)
def test_a_page_size_outside_the_range_is_clamped(header: str, size: int) -> None:
    crm = many(300)
    assert len(crm.ask(MANY, sforce_query_options=header).json()["records"]) == size


def test_a_further_page_keeps_the_rows_of_the_first_run_with_the_values_of_now() -> None:
    crm = many(203)
    first = crm.ask(MANY, sforce_query_options="batchSize=200").json()
    tail = crm.column(MANY, "Id")[200:]
    crm.update("Account", tail[0], Phone="later")
    crm.delete("Account", tail[1])
    crm.create("Account", Name="N 9999", AccountNumber="many")
    second = crm.send("GET", first["nextRecordsUrl"]).json()
    assert [(record["Id"], record["Phone"]) for record in second["records"]] == [(tail[0], "later"), (tail[2], None)]
    assert (second["totalSize"], second["done"]) == (203, True)
    again = crm.send("GET", first["nextRecordsUrl"]).json()
    assert again == second


def test_a_locator_is_its_users_own_and_lives_two_days() -> None:
    clock = ManualClock(EPOCH)
    crm = many(201, clock)
    url = crm.ask(MANY, sforce_query_options="batchSize=200").json()["nextRecordsUrl"]
    other = Client(crm.mock, OTHER_USERNAME, "pw2")
    invalid = (400, "INVALID_QUERY_LOCATOR", None)
    assert error(other.send("GET", url)) == invalid
    for locator in (url[:-3] + "0", url[:-3] + "201", url[:-4], V + "/query/x", V + "/query/01g" + "0" * 15 + "-200"):
        assert error(crm.send("GET", locator)) == invalid
    clock.advance_to(2 * DAY_US - 1)
    assert crm.send("GET", url).status == 200
    clock.advance_to(2 * DAY_US)
    assert error(crm.send("GET", url)) == invalid


def test_a_user_keeps_the_newest_ten_locators() -> None:
    crm = many(201)
    urls = [crm.ask(MANY, sforce_query_options="batchSize=200").json()["nextRecordsUrl"] for _ in range(12)]
    statuses = [crm.send("GET", url).status for url in urls]
    assert statuses == [400, 400] + [200] * 10


def test_a_locator_survives_a_snapshot() -> None:
    crm = many(201)
    url = crm.ask(MANY, sforce_query_options="batchSize=200").json()["nextRecordsUrl"]
    restored = make()
    restored.deserialize(crm.mock.serialize())
    request = crm.request("GET", url)
    assert restored.handle(request).body == crm.mock.handle(request).body
