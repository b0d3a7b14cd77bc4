"""The query language: what it selects is what a plain filter selects; what it does not offer it refuses by name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.hris.client import BASE, CLIENT, EPOCH, act, event_of, make

DATA = "/ccx/api/wql/v1/firm/data"
TOKEN = "/ccx/oauth2/firm/token"
API: dict[str, Any] = {"client_id": "client", "client_secret": "secret", "refresh_token": "refresh"}
NEWCOMER = {
    "employee_id": "W-0003", "first_name": "Ada", "last_name": "O'Neil", "email": "ada@firm.example",
    "hire_date": "2026-01-05", "grade": "analyst", "company": "UK", "location": "London",
    "manager_employee_id": "W-0001", "fte": 0.8,
}  # fmt: skip


def login(mock: Hris, form: str = "grant_type=refresh_token&refresh_token=refresh", path: str = TOKEN) -> Response:
    return mock.handle(Request("POST", path, headers=dict(CLIENT), body=form.encode()))


def ask(mock: Hris, text: str, extra: str = "", path: str = DATA) -> Response:
    bearer = {"authorization": f"Bearer {login(mock).json()['access_token']}"}
    return mock.handle(Request("GET", path, f"query={quote(text)}{extra}", bearer))


def rows(mock: Hris, text: str, extra: str = "") -> list[dict[str, Any]]:
    response = ask(mock, text, extra)
    assert response.status == 200, response.body
    data: list[dict[str, Any]] = response.json()["data"]
    return data


@pytest.fixture
def mock() -> Hris:
    made = make(ManualClock(EPOCH, DAY_US), **API)
    event_of(made, "hire", **NEWCOMER)
    event_of(made, "terminate", employee_id="W-0002", termination_date="2026-01-09")
    return made


def test_a_query_answers_columns_under_their_names_typed(mock: Hris) -> None:
    text = "SELECT employeeID, fullName AS name, FTE, workerActive, terminationDate FROM allActiveAndTerminatedWorkers"
    response = ask(mock, text + " WHERE hireDate >= '2024-05-02' ORDER BY employeeID DESC")
    assert response.json() == {
        "total": 2,
        "data": [
            {
                "employeeID": "W-0003", "name": "Ada O'Neil", "FTE": Decimal("0.8"), "workerActive": True,
                "terminationDate": None,
            },
            {
                "employeeID": "W-0002", "name": "First2 Last2", "FTE": 1, "workerActive": False,
                "terminationDate": "2026-01-09",
            },
        ],
    }  # fmt: skip


def test_the_sources_differ_by_those_who_left(mock: Hris) -> None:
    everybody = [row["employeeID"] for row in rows(mock, "select employeeID from allActiveAndTerminatedWorkers")]
    assert everybody == ["W-0001", "W-0002", "W-0003"]
    assert [row["employeeID"] for row in rows(mock, "SELECT employeeID FROM allWorkers")] == ["W-0001", "W-0003"]
    filtered = "SELECT employeeID FROM allActiveAndTerminatedWorkers (dataSourceFilter=activeWorkersFilter)"
    assert len(rows(mock, filtered)) == 2


def test_an_instance_has_id_and_descriptor_and_compares_by_its_id(mock: Hris) -> None:
    (row,) = rows(mock, "SELECT worker, company, manager FROM allWorkers WHERE manager IS NOT EMPTY")
    assert row["worker"]["descriptor"] == "Ada O'Neil"
    assert row["company"]["descriptor"] == "UK"
    assert row["manager"]["descriptor"] == "First1 Last1"
    text = f"SELECT employeeID FROM allWorkers WHERE company = '{row['company']['id']}'"
    assert [each["employeeID"] for each in rows(mock, text)] == ["W-0003"]


def test_a_query_asks_as_of_a_date_and_as_known_at_a_moment(mock: Hris) -> None:
    past = "SELECT employeeID FROM allWorkers (effectiveAsOfDate='2026-01-04')"
    assert [row["employeeID"] for row in rows(mock, past)] == ["W-0001", "W-0002"]
    before = "SELECT employeeID FROM allWorkers (entryMoment='2026-01-12T12:00:00Z')"
    assert [row["employeeID"] for row in rows(mock, before)] == ["W-0001", "W-0002"]


def test_what_was_just_entered_is_in_the_next_answer(mock: Hris) -> None:
    text = "SELECT jobTitle FROM allWorkers WHERE employeeID = 'W-0001'"
    assert rows(mock, text) == [{"jobTitle": "consultant"}]
    event_of(mock, "change_job", employee_id="W-0001", effective_date="2026-01-11", grade="manager")
    assert rows(mock, text) == [{"jobTitle": "manager"}]
    other = make(ManualClock(EPOCH, DAY_US), **API)
    event_of(other, "hire", **NEWCOMER)
    event_of(other, "hire", **{**NEWCOMER, "employee_id": "W-0004", "email": "x@firm.example"})
    event_of(other, "change_job", employee_id="W-0001", effective_date="2026-01-11", grade="partner")
    assert other.transactions == mock.transactions
    rows(mock, text)
    mock.deserialize(other.serialize())
    assert rows(mock, text) == [{"jobTitle": "partner"}]


def test_pages_by_limit_and_offset_show_every_row_once(mock: Hris) -> None:
    text = "SELECT employeeID FROM allActiveAndTerminatedWorkers ORDER BY jobTitle"
    pages = [ask(mock, text, f"&limit=2&offset={offset}").json() for offset in (0, 2, 4)]
    assert [page["total"] for page in pages] == [3, 3, 3]
    ids = [row["employeeID"] for page in pages for row in page["data"]]
    assert ids == ["W-0003", "W-0001", "W-0002"]
    limited = ask(mock, text + " LIMIT 2", "&limit=5&offset=1").json()
    assert (limited["total"], [row["employeeID"] for row in limited["data"]]) == (2, ["W-0001"])


def test_a_query_can_be_posted_and_both_prefixes_mean_the_same(mock: Hris) -> None:
    bearer = {"authorization": f"Bearer {login(mock).json()['access_token']}"}
    text = "SELECT employeeID FROM allWorkers"
    posted = mock.handle(Request("POST", DATA, "limit=1", bearer, dumps({"query": text})))
    assert posted.json() == {"total": 2, "data": [{"employeeID": "W-0001"}]}
    assert ask(mock, text, "&limit=1", DATA.removeprefix("/ccx")).body == posted.body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT employeeID FROM nobody",
        "SELECT salary FROM allWorkers",
        "SELECT employeeID FROM allWorkers WHERE salary = 1",
        "SELECT employeeID, fullName AS employeeID FROM allWorkers",
        "SELECT employeeID FROM allWorkers WHERE FTE = '1'",
        "SELECT employeeID FROM allWorkers WHERE FTE = 0.333",
        "SELECT employeeID FROM allWorkers WHERE hireDate > 'soon'",
        "SELECT employeeID FROM allWorkers WHERE workerActive > true",
        "SELECT employeeID FROM allWorkers WHERE company < 'x'",
        "SELECT employeeID FROM allWorkers WHERE employeeID = 1",
        "SELECT employeeID FROM allWorkers WHERE employeeID IN ()",
        "SELECT employeeID FROM allWorkers GROUP BY employeeID",
        "SELECT employeeID FROM allWorkers LIMIT 0",
        "SELECT employeeID FROM allWorkers LIMIT 1.5",
        "SELECT employeeID FROM allWorkers (asOf='2026-01-01')",
        "SELECT employeeID FROM allWorkers (effectiveAsOfDate='soon')",
        "SELECT employeeID FROM allWorkers (entryMoment='2026-01-01')",
        "SELECT employeeID FROM allWorkers (dataSourceFilter=none)",
        "SELECT employeeID FROM allWorkers ORDER BY salary",
        "SELECT employeeID FROM allWorkers; DROP TABLE worker",
        "SELECT employeeID FROM allWorkers WHERE " + "NOT " * 2000 + "onLeave = true",
        "SELECT employeeID FROM allWorkers WHERE " + "NOT " * 25 + "onLeave = true",
        "SELECT employeeID FROM allWorkers WHERE " + " OR ".join(["FTE = 1"] * 900),
        "SELECT employeeID FROM allWorkers WHERE " + "(" * 15 + "FTE = 1" + (" OR FTE = 1" * 70 + ") AND FTE = 1") * 15,
        "SELECT employeeID FROM allWorkers WHERE " + " OR ".join(["employeeID = 'x'"] * 1000),
    ],
)
def test_a_query_that_does_not_hold_is_refused(mock: Hris, text: str) -> None:
    response = ask(mock, text)
    assert response.status == 400
    assert response.json()["errors"][0]["field"] == "query"


@pytest.mark.parametrize("extra", ["&limit=0", "&limit=10001", "&offset=-1", "&limit=x"])
def test_a_page_that_cannot_be_is_refused(mock: Hris, extra: str) -> None:
    assert ask(mock, "SELECT employeeID FROM allWorkers", extra).status == 400


def test_a_quote_in_a_text_is_doubled(mock: Hris) -> None:
    for literal in ("'O''Neil'", '"O\'Neil"'):
        text = f"SELECT employeeID FROM allWorkers WHERE lastName = {literal}"
        assert [row["employeeID"] for row in rows(mock, text)] == ["W-0003"]


def test_sources_fields_and_filters_are_listed(mock: Hris) -> None:
    bearer = {"authorization": f"Bearer {login(mock).json()['access_token']}"}
    base = "/ccx/api/wql/v1/firm/dataSources"
    found = mock.handle(Request("GET", base, headers=dict(bearer))).json()
    assert [each["alias"] for each in found["data"]] == ["allWorkers", "allActiveAndTerminatedWorkers"]
    source = found["data"][0]["id"]
    fields = mock.handle(Request("GET", f"{base}/{source}/fields", headers=dict(bearer))).json()
    assert {"alias": "hireDate", "type": "Date"}.items() <= next(
        each for each in fields["data"] if each["alias"] == "hireDate"
    ).items()
    listed = mock.handle(Request("GET", f"{base}/{source}/dataSourceFilters", headers=dict(bearer))).json()
    assert [each["alias"] for each in listed["data"]] == ["activeWorkersFilter"]
    assert mock.handle(Request("GET", f"{base}/x/fields", headers=dict(bearer))).status == 404


def test_a_token_lasts_an_hour_and_opens_the_reports_too() -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock, **API)
    bearer = {"authorization": f"Bearer {login(mock).json()['access_token']}"}
    report = Request("GET", BASE + "Workers_Full", "format=json", bearer)
    clock.advance_to(HOUR_US - 1)
    assert mock.handle(report).status == 200
    clock.advance_to(HOUR_US)
    assert mock.handle(report).status == 401


@pytest.mark.parametrize(
    ("form", "path", "status", "error"),
    [
        ("grant_type=password", TOKEN, 400, "unsupported_grant_type"),
        ("grant_type=refresh_token&refresh_token=other", TOKEN, 400, "invalid_grant"),
        ("grant_type=refresh_token", TOKEN, 400, "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=refresh", "/ccx/oauth2/other/token", 401, "invalid_client"),
    ],
)
def test_a_token_is_given_to_the_right_client_alone(mock: Hris, form: str, path: str, status: int, error: str) -> None:
    response = login(mock, form, path)
    assert (response.status, response.json()) == (status, {"error": error})


def test_a_tenant_without_a_client_gives_no_token() -> None:
    mock = make()
    nobody = {"authorization": "Basic Og=="}
    answer = mock.handle(Request("POST", TOKEN, headers=nobody, body=b"grant_type=refresh_token&refresh_token="))
    assert answer.status == 401


def test_a_password_or_another_tenant_does_not_open_the_query_language(mock: Hris) -> None:
    from tests.mocks.hris.client import BASIC

    text = "query=SELECT%20employeeID%20FROM%20allWorkers"
    assert mock.handle(Request("GET", DATA, text, dict(BASIC))).status == 401
    assert ask(mock, "SELECT employeeID FROM allWorkers", path=DATA.replace("firm", "other")).status == 401


# Conditions against a plain filter of the whole list.

Row = dict[str, Any]
Test = Callable[[Row], bool]
PICKS = {
    "employeeID": ["W-0001", "W-0002", "W-0005", "W-9999"],
    "jobTitle": ["analyst", "consultant", "manager"],
    "hireDate": ["2024-05-01", "2026-01-05", "2026-02-01"],
    "terminationDate": ["2026-01-09", "2026-01-10"],
    "leaveType": ["Medical", "Parental"],
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a is not None and a < b,
    "<=": lambda a, b: a is not None and a <= b,
    ">": lambda a, b: a is not None and a > b,
    ">=": lambda a, b: a is not None and a >= b,
}


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, Test]:
    name = draw(st.sampled_from([*PICKS, "FTE", "onLeave"]))
    if name == "onLeave":
        wanted, operator = draw(st.booleans()), draw(st.sampled_from(["=", "!="]))
        return f"onLeave {operator} {str(wanted).lower()}", lambda row: COMPARE[operator](row[name], wanted)
    if name == "FTE":
        number, operator = draw(st.sampled_from(["0.5", "0.8", "1"])), draw(st.sampled_from(list(COMPARE)))
        return f"FTE {operator} {number}", lambda row: COMPARE[operator](row[name] * 100, round(float(number) * 100))
    kind = draw(st.sampled_from(["compare", "in", "empty"]))
    if kind == "compare":
        value, operator = draw(st.sampled_from(PICKS[name])), draw(st.sampled_from(list(COMPARE)))
        return f"{name} {operator} '{value}'", lambda row: COMPARE[operator](row[name], value)
    inverse = draw(st.booleans())
    if kind == "in":
        values = draw(st.lists(st.sampled_from(PICKS[name]), min_size=1, max_size=3))
        listed = ", ".join(f"'{value}'" for value in values)
        return f"{name} {'NOT ' if inverse else ''}IN ({listed})", lambda row: (row[name] in values) is not inverse
    return f"{name} IS {'NOT ' if inverse else ''}EMPTY", lambda row: (row[name] is None) is not inverse


def negated(one: tuple[str, Test]) -> tuple[str, Test]:
    return f"NOT ({one[0]})", lambda row: not one[1](row)


def all_of(some: list[tuple[str, Test]]) -> tuple[str, Test]:
    return f"({' AND '.join(text for text, _ in some)})", lambda row: all(test(row) for _, test in some)


def any_of(some: list[tuple[str, Test]]) -> tuple[str, Test]:
    return f"({' OR '.join(text for text, _ in some)})", lambda row: any(test(row) for _, test in some)


def joined(children: st.SearchStrategy[tuple[str, Test]]) -> st.SearchStrategy[tuple[str, Test]]:
    pairs = st.lists(children, min_size=2, max_size=3)
    return st.one_of(children.map(negated), pairs.map(all_of), pairs.map(any_of))


CONDITIONS = st.recursive(comparisons(), joined, max_leaves=6)


def populated() -> Hris:
    mock = make(ManualClock(EPOCH, DAY_US), **API)
    event_of(mock, "hire", **NEWCOMER)
    event_of(mock, "terminate", employee_id="W-0002", termination_date="2026-01-09")
    for number, grade, fte in ((4, "manager", 1), (5, "analyst", 0.5), (6, "consultant", 0.8)):
        person = {"employee_id": f"W-000{number}", "email": f"p{number}@firm.example", "grade": grade, "fte": fte}
        event_of(mock, "hire", **{**NEWCOMER, **person})
    leave = {"employee_id": "W-0005", "leave_type": "Medical", "first_day": "2026-01-08"}
    assert act(mock, "place_on_leave", **leave, expected_last_day="2026-03-01").status == 200
    return mock


POPULATED = populated()
EVERYBODY = "SELECT " + ", ".join([*PICKS, "FTE", "onLeave"]) + " FROM allActiveAndTerminatedWorkers"


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, st.sampled_from(list(PICKS)), st.booleans())
def test_a_condition_finds_what_a_plain_filter_finds(condition: tuple[str, Test], order: str, down: bool) -> None:
    text, test = condition
    everybody = rows(POPULATED, EVERYBODY)
    found = rows(POPULATED, f"{EVERYBODY} WHERE {text} ORDER BY {order}{' DESC' if down else ''}")
    expected = sorted(filter(test, everybody), key=lambda row: row["employeeID"])
    expected.sort(key=lambda row: (row[order] is not None, row[order] or ""), reverse=down)
    assert found == expected
