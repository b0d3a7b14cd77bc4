"""SOQL: what it selects, compares, sorts, pages, and what it refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.core.clock import HOUR_US, SECOND_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, V, error, make

# -- what is selected -------------------------------------------------------------------------------------------------


def test_records_carry_their_type_and_address_and_the_fields_asked_for(crm: Client) -> None:
    answer = crm.ask("select id, name from account where accountnumber = 'C-1'").json()
    account = crm.account()
    url = f"{V}/sobjects/Account/{account}"
    record = {"attributes": {"type": "Account", "url": url}, "Id": account, "Name": "Acme"}
    assert answer == {"totalSize": 1, "done": True, "records": [record]}


def test_parents_are_nested_and_null_when_there_is_none(crm: Client) -> None:
    opportunity = crm.opportunity(AccountId=crm.account())
    crm.line(opportunity)
    crm.line(crm.opportunity("Lonely"))
    rows = crm.query(
        "SELECT Quantity, Opportunity.Name, Opportunity.Account.Name, Opportunity.Account.Owner.Alias "
        "FROM OpportunityLineItem ORDER BY Opportunity.Name"
    )
    assert list(rows[0]) == ["attributes", "Quantity", "Opportunity"]
    parent = rows[0]["Opportunity"]
    assert (parent["Name"], parent["attributes"]["type"]) == ("Deal", "Opportunity")
    assert (parent["Account"]["Name"], parent["Account"]["Owner"]["Alias"]) == ("Acme", "ssale")
    assert rows[1]["Opportunity"]["Account"] is None


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT o.Name, o.Account.Name FROM Opportunity o WHERE o.Account.Name = 'Acme'",
        "SELECT Opportunity.Name, Account.Name FROM Opportunity WHERE Opportunity.Name = 'Deal'",
        "SELECT Name, account.NAME FROM Opportunity USING_ WHERE using_.Name != null",
        "SELECT Name, Account.Name FROM Opportunity WITH SECURITY_ENFORCED LIMIT 1",
        "SELECT\nName,\tAccount.Name\nFROM Opportunity\nLIMIT 5\nOFFSET 0",
    ],
)
def test_an_alias_or_the_objects_own_name_may_stand_before_a_field(crm: Client, soql: str) -> None:
    crm.opportunity(AccountId=crm.account())
    (row,) = crm.query(soql)
    assert (row["Name"], row["Account"]["Name"]) == ("Deal", "Acme")


def test_custom_relationships_end_in_r(crm: Client) -> None:
    opportunity = crm.opportunity()
    crm.create("Contract", AccountId=crm.account(), Opportunity__c=opportunity)
    (row,) = crm.query("SELECT Opportunity__r.Name FROM Contract WHERE Opportunity__r.StageName = 'Prospecting'")
    assert row["Opportunity__r"]["Name"] == "Deal"


def test_a_compound_address_can_be_selected(crm: Client) -> None:
    crm.opportunity(AccountId=crm.account())
    (row,) = crm.query("SELECT Account.BillingAddress FROM Opportunity")
    assert row["Account"]["BillingAddress"]["country"] == "DE"
    crm.create("Account", Name="Nowhere")
    assert crm.column("SELECT BillingAddress FROM Account WHERE Name = 'Nowhere'", "BillingAddress") == [None]


def test_count_answers_the_size_alone(crm: Client) -> None:
    counted = crm.ask("SELECT count() FROM Account WHERE BillingCountry = 'us'").json()
    assert counted == {"totalSize": 2, "done": True, "records": []}
    assert crm.ask("SELECT COUNT() FROM Account LIMIT 1").json()["totalSize"] == 1


# -- what is compared -------------------------------------------------------------------------------------------------


@pytest.fixture
def four() -> Client:
    crm = Client()
    crm.opportunity("alpha", Amount=Decimal("10.5"), NextStep="call", CloseDate="2026-01-31", AccountId=crm.account())
    crm.opportunity("Beta", Amount=20, CloseDate="2026-02-01", StageName="Closed Won")
    crm.opportunity("gamma_%", NextStep='It\'s \\ "done"\n', CloseDate="2026-02-28")
    crm.opportunity("Delta", Amount=-5, CloseDate="2027-01-01", AccountId=crm.account("Globex"))
    return crm


ALPHA, BETA, GAMMA, DELTA = "alpha", "Beta", "gamma_%", "Delta"


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Name = 'ALPHA'", [ALPHA]),
        ("Name != 'alpha'", [BETA, DELTA, GAMMA]),
        ("Name <> 'alpha'", [BETA, DELTA, GAMMA]),
        ("Name < 'C'", [ALPHA, BETA]),
        ("Name >= 'delta'", [DELTA, GAMMA]),
        ("Name LIKE '%A'", [ALPHA, BETA, DELTA]),
        ("Name LIKE 'g_mma__'", [GAMMA]),
        (r"Name LIKE '%\_\%'", [GAMMA]),
        ("(NOT Name LIKE '%a')", [GAMMA]),
        ("Name IN ('beta', 'GAMMA_%', 'x')", [BETA, GAMMA]),
        ("Name NOT IN ('beta')", [ALPHA, DELTA, GAMMA]),
        ("NextStep = null", [BETA, DELTA]),
        ("NextStep = ''", [BETA, DELTA]),
        ("NextStep != NULL", [ALPHA, GAMMA]),
        ("NextStep > ''", [ALPHA, GAMMA]),
        ("NextStep != 'call'", [BETA, DELTA, GAMMA]),
        ("NextStep LIKE ''", []),
        ("NextStep IN ('call', null)", [ALPHA, BETA, DELTA]),
        ("NextStep NOT IN ('call', '')", [GAMMA]),
        ("NextStep NOT IN ('call')", [BETA, DELTA, GAMMA]),
        (r"NextStep = 'It\'s \\ \"done\"\n'", [GAMMA]),
        (r"NextStep LIKE '%\\\\%'", []),
        (r"NextStep LIKE '%\\%'", [GAMMA]),
        (r"Name = '\u0061lpha'", [ALPHA]),
        ("Amount > 10", [ALPHA, BETA]),
        ("Amount >= 10.50", [ALPHA, BETA]),
        ("Amount > 10.49999999", [ALPHA, BETA]),
        ("Amount < 10.50001 AND Amount > -5.00001", [ALPHA, DELTA]),
        ("Amount = 10.500001", []),
        ("Amount != 10.500001", [ALPHA, BETA, DELTA, GAMMA]),
        ("Amount = +20", [BETA]),
        ("Amount IN (-5, 20.0)", [BETA, DELTA]),
        ("Amount < 99999999999999999999999", [ALPHA, BETA, DELTA]),
        ("Amount = null", [GAMMA]),
        ("(NOT Amount > 10)", [DELTA, GAMMA]),
        ("FiscalYear = 2026 AND FiscalYear < 2026.5", [ALPHA, BETA, GAMMA]),
        ("Probability = 100", [BETA]),
        ("IsWon = TRUE", [BETA]),
        ("IsWon != true", [ALPHA, DELTA, GAMMA]),
        ("IsWon IN (true, false)", [ALPHA, BETA, DELTA, GAMMA]),
        ("(NOT IsWon = false)", [BETA]),
        ("CloseDate = 2026-02-01", [BETA]),
        ("CloseDate != 2026-02-01", [ALPHA, DELTA, GAMMA]),
        ("CloseDate > 2026-02-01", [DELTA, GAMMA]),
        ("CloseDate <= 2026-02-01", [ALPHA, BETA]),
        ("CloseDate IN (2026-01-31, NEXT_YEAR)", [ALPHA, DELTA]),
        ("CloseDate NOT IN (2026-01-31, NEXT_YEAR)", [BETA, GAMMA]),
        ("CloseDate = NEXT_MONTH", [BETA, GAMMA]),
        ("CloseDate > THIS_QUARTER", [DELTA]),
        ("CloseDate >= next_n_months:1 AND CloseDate <= NEXT_N_MONTHS:1", [BETA, GAMMA]),
        ("CreatedDate = TODAY", [ALPHA, BETA, DELTA, GAMMA]),
        ("CreatedDate > TODAY", []),
        ("CreatedDate = YESTERDAY OR CreatedDate = LAST_N_DAYS:1", [ALPHA, BETA, DELTA, GAMMA]),
        ("CreatedDate = 2026-01-12T00:00:00Z", [ALPHA, BETA, DELTA, GAMMA]),
        ("CreatedDate = 2026-01-12T01:00:00+01:00", [ALPHA, BETA, DELTA, GAMMA]),
        ("CreatedDate = 2026-01-12T00:00:00.500Z", []),
        ("CreatedDate < 2026-01-12T00:00:00.500+0000", [ALPHA, BETA, DELTA, GAMMA]),
        ("CreatedDate != 2026-01-12T00:00:00Z", []),
        ("Account.Name = 'acme'", [ALPHA]),
        ("Account.Name != 'acme'", [BETA, DELTA, GAMMA]),
        ("Account.Name = null", [BETA, GAMMA]),
        ("Account.BillingCountry LIKE '_S' OR IsWon = true", [BETA, DELTA]),
        ("Name = 'alpha' OR (Amount = 20 AND IsWon = true)", [ALPHA, BETA]),
        ("(NOT (Name = 'alpha' OR Amount = 20))", [DELTA, GAMMA]),
        ("NOT (Name != 'alpha' AND (NOT Amount = 20))", [ALPHA, BETA]),
        ("(((Name = 'alpha')))", [ALPHA]),
        ("Owner.Username = 'sales@firm.example' AND CreatedBy.IsActive = true", [ALPHA, BETA, DELTA, GAMMA]),
    ],
)
def test_a_condition_picks_its_records(four: Client, where: str, names: list[str]) -> None:
    assert four.column(f"SELECT Name FROM Opportunity WHERE {where} ORDER BY Name") == names


def test_ids_compare_in_both_lengths(crm: Client) -> None:
    account = crm.account()
    for spelled in (account, account[:15]):
        assert crm.column(f"SELECT Name FROM Account WHERE Id = '{spelled}'") == ["Acme"]
        assert crm.column(f"SELECT Name FROM Account WHERE Id IN ('{spelled}')") == ["Acme"]
        assert "Acme" not in crm.column(f"SELECT Name FROM Account WHERE Id != '{spelled}'")
    crm.opportunity(AccountId=account)
    assert crm.column(f"SELECT Name FROM Opportunity WHERE AccountId = '{account[:15]}'") == ["Deal"]
    assert crm.column("SELECT Name FROM Opportunity WHERE AccountId != null") == ["Deal"]


def test_a_number_finer_than_any_field_equals_nothing_not_even_zero(crm: Client) -> None:
    crm.opportunity(Amount=0)
    found = {
        operator: len(crm.query(f"SELECT Id FROM Opportunity WHERE Amount {operator} 0.00001"))
        for operator in ("=", "!=", "<", "<=", ">", ">=")
    }
    assert found == {"=": 0, "!=": 1, "<": 1, "<=": 1, ">": 0, ">=": 0}


def test_two_queries_of_one_shape_are_not_mistaken_for_each_other(crm: Client) -> None:
    for name in ("Acme", "Globex", "initech", "x", ""):
        found = crm.column(f"SELECT Name FROM Account WHERE Name = '{name}' LIMIT 1")
        assert found == ([name] if len(name) > 1 else [])
    assert [len(crm.query(f"SELECT Id FROM Account LIMIT {n}")) for n in (0, 1, 2, 3)] == [0, 1, 2, 3]
    days = [f"LAST_N_DAYS:{n}" for n in (0, 1)]
    assert [crm.ask(f"SELECT COUNT() FROM Account WHERE CreatedDate = {day}").json()["totalSize"] for day in days] == [
        3,
        3,
    ]


def test_stamps_compare_as_the_whole_seconds_that_are_shown() -> None:
    clock = ManualClock(EPOCH, 10 * SECOND_US + 400_000)
    crm = Client(make(clock))
    crm.opportunity()
    found = {
        operator: len(crm.query(f"SELECT Id FROM Opportunity WHERE SystemModstamp {operator} 2026-01-12T00:00:10Z"))
        for operator in ("=", "!=", "<", "<=", ">", ">=")
    }
    assert found == {"=": 1, "!=": 0, "<": 0, "<=": 1, ">": 0, ">=": 1}


def test_today_is_the_organisations_day() -> None:
    # 2026-01-12 07:59 UTC is still the 11th in Los Angeles.
    clock = ManualClock(EPOCH, 8 * HOUR_US - 60 * SECOND_US)
    crm = Client(make(clock))
    crm.opportunity(CloseDate="2026-01-11")
    for word, now_us in (("TODAY", 8 * HOUR_US - 1), ("YESTERDAY", 8 * HOUR_US)):
        clock.advance_to(now_us)
        soql = f"SELECT Name FROM Opportunity WHERE CloseDate = {word} AND CreatedDate = {word}"
        assert crm.column(soql) == ["Deal"]


# -- order, limit, offset ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("Name", [ALPHA, BETA, DELTA, GAMMA]),
        ("Name ASC", [ALPHA, BETA, DELTA, GAMMA]),
        ("Name DESC", [GAMMA, DELTA, BETA, ALPHA]),
        ("Amount", [GAMMA, DELTA, ALPHA, BETA]),
        ("Amount NULLS LAST", [DELTA, ALPHA, BETA, GAMMA]),
        ("Amount DESC", [GAMMA, BETA, ALPHA, DELTA]),
        ("Amount desc nulls last", [BETA, ALPHA, DELTA, GAMMA]),
        ("IsWon DESC, CloseDate DESC", [BETA, DELTA, GAMMA, ALPHA]),
        ("Account.Name NULLS LAST, Name", [ALPHA, DELTA, BETA, GAMMA]),
        ("SystemModstamp, Name", [ALPHA, BETA, DELTA, GAMMA]),
    ],
)
def test_rows_come_in_the_order_asked_for(four: Client, order: str, names: list[str]) -> None:
    assert four.column(f"SELECT Name FROM Opportunity ORDER BY {order}") == names


def test_limit_and_offset_cut_the_ordered_rows(four: Client) -> None:
    assert four.column("SELECT Name FROM Opportunity ORDER BY Name LIMIT 2 OFFSET 1") == [BETA, DELTA]
    assert four.column("SELECT Name FROM Opportunity ORDER BY Name OFFSET 3") == [GAMMA]
    assert four.ask("SELECT Name FROM Opportunity LIMIT 2").json()["totalSize"] == 2


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("soql", "code", "said"),
    [
        ("", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("DROP TABLE Account", "MALFORMED_QUERY", "unexpected token: 'DROP'"),
        ("SELECT Id FROM Account; DELETE", "MALFORMED_QUERY", "unexpected char: ';'"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY", "ERROR at Row:1:Column:37"),
        ("SELECT Id FROM Account WHERE Name = 'long text' AND", "MALFORMED_QUERY", "Row:1:Column:52"),
        ("SELECT Id FROM Account WHERE Name='a' AND Name='b' OR Name='c'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Account WHERE Name='a' AND NOT Name='b'", "MALFORMED_QUERY", "unexpected token: 'NOT'"),
        ("SELECT Id FROM Account WHERE Name = Phone", "MALFORMED_QUERY", "unexpected token: 'Phone'"),
        ("SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS", "MALFORMED_QUERY", "LAST_N_DAYS"),
        ("SELECT Id FROM Account WHERE CreatedDate = TODAY:1", "MALFORMED_QUERY", "TODAY"),
        ("SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:9999999", "MALFORMED_QUERY", "no date"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "no instant"),
        ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-02-30", "MALFORMED_QUERY", "no date"),
        (r"SELECT Id FROM Account WHERE Name = 'a\q'", "MALFORMED_QUERY", r"'\q'"),
        (r"SELECT Id FROM Account WHERE Name = 'a\%'", "MALFORMED_QUERY", r"'\%'"),
        (r"SELECT Id FROM Account WHERE Name = '\ud800'", "MALFORMED_QUERY", r"'\ud800'"),
        ("SELECT Id FROM Account LIMIT 1.5", "MALFORMED_QUERY", "LIMIT takes a whole number"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT COUNT() FROM Account ORDER BY Name", "MALFORMED_QUERY", "COUNT()"),
        ("SELECT COUNT(), Id FROM Account", "MALFORMED_QUERY", "COUNT()"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT FIELDS(SOME) FROM Account LIMIT 1", "MALFORMED_QUERY", "ALL, STANDARD or CUSTOM"),
        ("SELECT FIELDS() FROM Account LIMIT 1", "MALFORMED_QUERY", "ALL, STANDARD or CUSTOM"),
        ("SELECT Name, FIELDS(STANDARD) FROM Account", "INVALID_FIELD", "duplicate field"),
        ("SELECT Id FROM Account HAVING COUNT(Id) > 1", "MALFORMED_QUERY", "HAVING"),
        ("SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2026", "MALFORMED_QUERY", "CALENDAR_YEAR()"),
        ("SELECT Id FROM Account ORDER BY COUNT(Id)", "MALFORMED_QUERY", "COUNT()"),
        ("SELECT Id FROM Account WHERE Type INCLUDES ('a')", "MALFORMED_QUERY", "INCLUDES"),
        ("SELECT TYPEOF Owner WHEN User THEN Id END FROM Account", "MALFORMED_QUERY", "TYPEOF"),
        ("SELECT Id FROM Account FOR UPDATE", "MALFORMED_QUERY", "FOR UPDATE"),
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY", "ALL ROWS"),
        ("SELECT Id FROM Account USING SCOPE mine", "MALFORMED_QUERY", "USING SCOPE"),
        ("SELECT Id FROM Account WITH DATA", "MALFORMED_QUERY", "WITH DATA"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE", "'Nothing'"),
        ("SELECT Nothing FROM Account", "INVALID_FIELD", "No such column 'Nothing' on entity 'Account'"),
        ("SELECT Id FROM Account WHERE Nothing = 1", "INVALID_FIELD", "No such column 'Nothing'"),
        ("SELECT Id FROM Account ORDER BY Nothing", "INVALID_FIELD", "No such column 'Nothing'"),
        ("SELECT Nobody.Name FROM Account", "INVALID_FIELD", "relationship 'Nobody'"),
        ("SELECT Name, NAME FROM Account", "INVALID_FIELD", "duplicate field selected: NAME"),
        ("SELECT a.b.c.d.e.f.g FROM Account", "INVALID_FIELD", "5 levels"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Opportunity WHERE Amount = '5'", "INVALID_FIELD", "must be of type currency"),
        ("SELECT Id FROM Opportunity WHERE IsWon = 'true'", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM Opportunity WHERE IsWon > true", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01'", "INVALID_FIELD", "must be of type date"),
        ("SELECT Id FROM Account WHERE CreatedDate = 2026-01-01", "INVALID_FIELD", "must be of type datetime"),
        ("SELECT Id FROM Account WHERE Name LIKE 5", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Opportunity WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Account ORDER BY BillingAddress", "INVALID_FIELD", "can not be sorted"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
        ("SELECT Id FROM Account WHERE Id LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR", "LIKE"),
        ("SELECT Id FROM Opportunity WHERE Amount > null", "INVALID_QUERY_FILTER_OPERATOR", "null"),
        (
            "SELECT Id FROM User WHERE " + "NOT (" * 60 + "Id = null" + ")" * 60,
            "QUERY_TOO_COMPLICATED",
            "conditions",
        ),
        ("SELECT Id FROM User WHERE " + " OR ".join(["Id = null"] * 900), "QUERY_TOO_COMPLICATED", "conditions"),
        ("SELECT Id FROM Account WHERE Name LIKE '" + "%a" * 40_000 + "'", "MALFORMED_QUERY", "pattern too long"),
        ("SELECT Id FROM Account WHERE Name = '" + "a" * 100_000 + "'", "MALFORMED_QUERY", "100000 characters"),
    ],
)
def test_a_query_that_does_not_hold_is_refused_with_what_is_wrong(crm: Client, soql: str, code: str, said: str) -> None:
    response = crm.ask(soql)
    assert error(response) == (400, code, None)
    assert said in response.json()[0]["message"]


def test_a_query_must_be_given(crm: Client) -> None:
    assert error(crm.send("GET", "query")) == (400, "MALFORMED_QUERY", None)
    assert crm.send("GET", "query", query="x=1&q=SELECT+Id+FROM+Account").status == 200


def test_a_query_that_runs_away_is_stopped(crm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mocks.kit.store._CALLS_MAX", 0)
    monkeypatch.setattr("mocks.kit.store._STEPS_PER_CALL", 1)
    assert error(crm.ask("SELECT Id FROM Account ORDER BY Name")) == (400, "QUERY_TIMEOUT", None)


def test_deep_parentheses_alone_are_no_trouble(crm: Client) -> None:
    depth = 10_000
    soql = "SELECT Id FROM Account WHERE " + "(" * depth + "Name = 'Acme'" + ")" * depth
    assert crm.ask(soql).json()["totalSize"] == 1


def test_fields_stands_for_the_names_of_a_description(crm: Client) -> None:
    described = [each["name"] for each in crm.send("GET", "sobjects/Account/describe").json()["fields"]]

    def shown(words: str, tail: str = "") -> list[str]:
        return [name for name in crm.query(f"SELECT {words} FROM Account {tail}")[0] if name != "attributes"]

    assert shown("FIELDS(ALL)", "LIMIT 200") == described
    custom = shown("FIELDS(CUSTOM), Name", "LIMIT 1")
    assert custom == [name for name in described if name.endswith("__c")] + ["Name"]
    assert shown("fields(standard)") == [name for name in described if not name.endswith("__c")]
