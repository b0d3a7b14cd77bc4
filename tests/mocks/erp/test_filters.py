"""The collection filter q: operators by type, AND before OR, dates of the account."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from sandbox.core.wire import Response
from tests.mocks.erp.client import HOST, RECORD, Caller, error, make, signed, text_of


@pytest.fixture
def jobs(clock: ManualClock) -> Caller:
    """Three projects made on 12, 13 and 14 January at 10:00, and W-1's time on the first."""
    erp = Caller(make(clock))
    clock.advance_to(10 * HOUR_US)
    erp.client()
    for day, code in enumerate(("A", "B", "C")):
        clock.advance_to(day * DAY_US + 10 * HOUR_US)
        erp.project(code, jobPrice=1000 * (day + 1), startDate=f"2026-0{day + 1}-01", allowExpenses=day > 0)
    erp.patch("job", "eid:B", {"entityStatus": {"id": "5"}})
    return erp


def listed(erp: Caller, record: str, text: str, more: str = "") -> Response:
    return erp.mock.handle(signed("GET", f"{RECORD}/{record}", query=f"q={quote(text)}{more}"))


def found(erp: Caller, text: str) -> str:
    response = listed(erp, "job", text)
    assert response.status == 200, response.body
    return "".join(erp.get("job", item["id"])["externalId"] for item in response.json()["items"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('companyName IS "project b"', "B"),
        ("externalId IS_NOT B", "AC"),
        ("externalId IS A", "A"),
        ('companyName CONTAIN "ject A"', "A"),
        ("companyName START_WITH Proj", "ABC"),
        ("companyName END_WITH C", "C"),
        ("companyName END_WITH_NOT C", "AB"),
        ('companyName CONTAIN "%"', ""),
        ("jobPrice EQUAL 2000", "B"),
        ("jobPrice GREATER 1000", "BC"),
        ("jobPrice GREATER_NOT 1000", "A"),
        ("jobPrice LESS_OR_EQUAL 2000.00", "AB"),
        ("jobPrice BETWEEN [1500, 3000]", "BC"),
        ("jobPrice ANY_OF [1000,3000]", "AC"),
        ("jobPrice ANY_OF_NOT [1000,3000]", "B"),
        ("allowExpenses IS true", "BC"),
        ("allowExpenses IS_NOT true", "A"),
        ("memo EMPTY", None),
        ("projectedEndDate EMPTY", "ABC"),
        ("projectedEndDate EMPTY_NOT", ""),
        ("projectedEndDate ON_NOT 1/1/2026", "ABC"),
        ("entityStatus ANY_OF [5]", "B"),
        ("entityStatus EQUAL Awarded", "B"),
        ('startDate ON "02/01/2026"', "B"),
        ('startDate AFTER "2/1/2026"', "C"),
        ('startDate BEFORE "2/1/2026"', "A"),
        ('startDate ON_OR_AFTER "2/1/2026"', "BC"),
        ('startDate ON_OR_BEFORE "2/1/2026"', "AB"),
        ('startDate WITHIN ["1/1/2026", "2/1/2026"]', "AB"),
        ('lastModifiedDate AFTER "01/13/2026" AND lastModifiedDate BEFORE "01/14/2026"', ""),
        ('createdDate AFTER "01/13/2026" AND createdDate BEFORE "01/14/2026"', "B"),
        ('createdDate ON "1/14/2026"', "C"),
        ('createdDate ON_OR_BEFORE "1/13/2026"', "AB"),
        ("externalId IS A OR externalId IS B AND jobPrice EQUAL 1", "A"),
        ("(externalId IS A OR externalId IS B) AND jobPrice EQUAL 1", ""),
        ("(externalId IS A) or ((externalId IS B))", "AB"),
    ],
)
def test_a_filter_finds_what_its_operators_say(jobs: Caller, text: str, expected: str | None) -> None:
    if expected is None:
        assert error(listed(jobs, "job", text)) == (400, "INVALID_PARAMETER", "q")
    else:
        assert found(jobs, text) == expected


def test_references_are_filtered_by_id_and_durations_by_hours(erp: Caller) -> None:
    time = erp.time()
    job = erp.get("job", "eid:P-1")["id"]
    for text in (f"customer EQUAL {job}", f"customer ANY_OF [1,{job}]", "hours EQUAL 2:30", "hours LESS 2.75"):
        assert [item["id"] for item in listed(erp, "timebill", text).json()["items"]] == [time], text
    assert listed(erp, "timeBill", "hours GREATER 2:30").json()["totalResults"] == 0


def test_pages_of_a_filter_carry_it_in_their_links(jobs: Caller) -> None:
    page = listed(jobs, "job", 'companyName START_WITH "Project"', "&limit=2").json()
    assert (page["count"], page["totalResults"], page["hasMore"]) == (2, 3, True)
    following = page["links"][1]["href"]
    assert following == f"https://{HOST}{RECORD}/job?q=companyName%20START_WITH%20%22Project%22&limit=2&offset=2"
    second = jobs.mock.handle(signed("GET", f"{RECORD}/job", query=following.partition("?")[2])).json()
    assert (second["count"], second["hasMore"]) == (1, False)


def test_a_date_of_another_format_is_refused_in_the_words_clients_look_for(jobs: Caller) -> None:
    for text in ("2026-01-12", "13/1/2026", "12.1.2026", "1/12/9999", "1/12/2026 10:00"):
        response = listed(jobs, "job", f'lastModifiedDate AFTER "{text}"')
        assert error(response) == (400, "INVALID_PARAMETER", "q")
        assert "failed with date format" in text_of(response)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("colour IS blue", "Field 'colour' not found."),
        ("companyName GREATER 3", "Operator 'GREATER' is not valid"),
        ("companyName", "ends where an operator is expected"),
        ("companyName IS", "ends where a value is expected"),
        ('companyName IS "x', "cannot be read"),
        ("companyName IS x y", "Unexpected 'y'"),
        ("(companyName IS x", "not closed"),
        ("(" * 60 + "companyName IS x" + ")" * 60, "nested too deeply"),
        (" AND ".join(["companyName IS x"] * 101), "too many conditions"),
        ("jobPrice EQUAL many", "Invalid number"),
        ("jobPrice BETWEEN [1]", "Two values"),
        ("jobPrice ANY_OF 1", "A list is expected"),
        ("allowTime IS 5", "true or false"),
        ("id EQUAL 1.5", "A whole number is expected"),
    ],
)
def test_a_filter_that_does_not_hold_is_refused_with_what_is_wrong(erp: Caller, text: str, part: str) -> None:
    response = listed(erp, "job", text)
    assert error(response) == (400, "INVALID_PARAMETER", "q")
    assert part in text_of(response)
