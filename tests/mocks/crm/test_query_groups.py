"""SOQL over many rows at once: aggregates, groups, subqueries in the select list, semi-joins."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, error, keep_alive, make
from tests.mocks.crm.test_query_model import (
    COMPARES,
    CONDITIONS,
    OPERATORS,
    SORTS,
    Condition,
    Row,
    folded,
    in_order,
    world,
)

# -- by hand ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def deals() -> Client:
    """Three deals of Acme and one of Globex, a fifth without client and amount."""
    crm = Client()
    acme, globex = crm.account(), crm.account("Globex")
    for client, name, stage, amount in (
        (acme, "A", "Closed Won", 100),
        (acme, "B", "closed won", Decimal("50.01")),
        (acme, "C", "Prospecting", -10),
        (globex, "D", "Prospecting", Decimal("0.02")),
        (None, "E", "Prospecting", None),
    ):
        crm.opportunity(name, AccountId=client, StageName=stage, Amount=amount)
    return crm


def rows_of(crm: Client, soql: str) -> list[tuple[Any, ...]]:
    """Values of an aggregate query, row by row."""
    records = crm.query(soql)
    assert all(record["attributes"] == {"type": "AggregateResult"} for record in records)
    return [tuple(record.values())[1:] for record in records]


def test_aggregates_without_groups_are_one_row(deals: Client) -> None:
    answer = deals.ask("SELECT COUNT(Id), COUNT(Amount) filled, SUM(Amount), AVG(Amount) FROM Opportunity").json()
    assert (answer["totalSize"], answer["done"]) == (1, True)
    # 100 + 50.01 - 10 + 0.02 = 140.03; by four 35.0075.
    assert answer["records"] == [
        {
            "attributes": {"type": "AggregateResult"},
            "expr0": 5,
            "filled": 4,
            "expr1": Decimal("140.03"),
            "expr2": Decimal("35.0075"),
        }
    ]


def test_aggregates_of_no_rows_are_null_and_counts_nought(deals: Client) -> None:
    soql = "SELECT COUNT(Id), SUM(Amount), AVG(Amount), MIN(Name), MAX(CloseDate) FROM Opportunity WHERE Name = 'Z'"
    assert rows_of(deals, soql) == [(0, None, None, None, None)]


def test_groups_ignore_case_and_come_in_order_of_what_they_are_grouped_by(deals: Client) -> None:
    soql = "SELECT StageName, COUNT(Id) n, MAX(Amount) FROM Opportunity GROUP BY StageName"
    assert rows_of(deals, soql) == [("Closed Won", 2, 100), ("Prospecting", 3, Decimal("0.02"))]


def test_groups_may_be_of_parents_and_are_null_without_one(deals: Client) -> None:
    soql = "SELECT Account.Name, SUM(Amount) total FROM Opportunity GROUP BY Account.Name ORDER BY SUM(Amount) DESC"
    records = deals.query(soql + " NULLS LAST")
    assert [(record["Name"], record["total"]) for record in records] == [
        ("Acme", Decimal("140.01")),
        ("Globex", Decimal("0.02")),
        (None, None),
    ]


def test_having_chooses_among_groups(deals: Client) -> None:
    soql = "SELECT Account.Name c FROM Opportunity WHERE Amount != null GROUP BY Account.Name HAVING COUNT(Id) > 1"
    assert deals.column(soql, "c") == ["Acme"]
    soql = "SELECT StageName FROM Opportunity GROUP BY StageName HAVING StageName LIKE 'P%' AND SUM(Amount) < 0 LIMIT 1"
    assert deals.column(soql, "StageName") == ["Prospecting"]
    # -9.98 / 2 = -4.99: an average counts the rows that have a value.
    average = "SELECT StageName FROM Opportunity GROUP BY StageName HAVING AVG(Amount) = -4.99"
    assert deals.column(average, "StageName") == ["Prospecting"]


def test_an_average_is_rounded_half_away_from_zero_to_four_decimals() -> None:
    # 0.01 / 3 = 0.00333..; -0.02 / 3 = -0.00666..; 0.01 / 8 = 0.00125, half of the last decimal.
    for amount, count, average in (("0.01", 3, "0.0033"), ("-0.02", 3, "-0.0067"), ("-0.01", 8, "-0.0013")):
        crm = Client()
        for number in range(count):
            crm.opportunity(Amount=0 if number else Decimal(amount))
        assert rows_of(crm, "SELECT AVG(Amount) FROM Opportunity") == [(Decimal(average),)]


def test_a_sum_that_does_not_fit_is_refused() -> None:
    crm = Client()
    for _ in range(10):
        crm.opportunity(Amount=99_999_999_999_999)
    response = crm.ask("SELECT SUM(Amount) FROM Opportunity")
    assert error(response) == (400, "NUMBER_OUTSIDE_VALID_RANGE", None)


def test_more_groups_than_a_page_holds_are_refused() -> None:
    crm = Client()
    for number in range(201):
        crm.create("Account", Name=f"Client {number}")
    page = {"sforce-query-options": "batchSize=200"}
    response = crm.ask("SELECT Name FROM Account GROUP BY Name", **page)
    assert error(response) == (400, "EXCEEDED_ID_LIMIT", None)
    assert crm.ask("SELECT Name FROM Account GROUP BY Name LIMIT 200", **page).json()["totalSize"] == 200


def test_a_subquery_lists_the_children_of_each_record(deals: Client) -> None:
    soql = (
        "SELECT Name, (SELECT Name, Account.Name FROM Opportunities WHERE Amount > 0 ORDER BY Name DESC LIMIT 1), "
        "Phone FROM Account WHERE Name != 'x' ORDER BY Name"
    )
    acme, globex, initech = deals.query(soql)
    assert list(acme) == ["attributes", "Name", "Opportunities", "Phone"]
    assert (acme["Opportunities"]["totalSize"], acme["Opportunities"]["done"]) == (1, True)
    (child,) = acme["Opportunities"]["records"]
    assert (child["attributes"]["type"], child["Name"], child["Account"]["Name"]) == ("Opportunity", "B", "Acme")
    assert [each["Name"] for each in globex["Opportunities"]["records"]] == ["D"]
    assert initech["Opportunities"] is None
    second = "(SELECT Name FROM Opportunities ORDER BY Name LIMIT 2 OFFSET 1)"
    later = deals.query(f"SELECT {second} FROM Account ORDER BY Name")
    assert [each["Name"] for each in later[0]["Opportunities"]["records"]] == ["B", "C"]
    assert later[1]["Opportunities"] is None


def test_deleted_records_neither_count_nor_join_nor_show(deals: Client) -> None:
    for name in ("A", "B", "C"):
        deals.delete("Opportunity", deals.column(f"SELECT Id FROM Opportunity WHERE Name = '{name}'", "Id")[0])
    assert rows_of(deals, "SELECT COUNT(Id), SUM(Amount) FROM Opportunity") == [(2, Decimal("0.02"))]
    assert deals.column("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity)") == ["Globex"]
    shown = deals.column("SELECT (SELECT Id FROM Opportunities) FROM Account ORDER BY Name", "Opportunities")
    assert [each is None for each in shown] == [True, False, True]


def test_custom_children_end_in_r_and_several_may_be_asked_for(crm: Client) -> None:
    opportunity = crm.opportunity()
    crm.line(opportunity)
    crm.create("Contract", AccountId=crm.account(), Opportunity__c=opportunity)
    soql = (
        "SELECT Id, (SELECT Quantity FROM OpportunityLineItems l WHERE l.Quantity = 10), (SELECT Id FROM contracts__R)"
    )
    (row,) = crm.query(f"{soql} FROM Opportunity WHERE Name = 'Deal' LIMIT 5")
    assert row["OpportunityLineItems"]["records"][0]["Quantity"] == 10
    assert row["Contracts__r"]["totalSize"] == 1


def test_further_pages_carry_children_too() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    for number in range(202):
        account = crm.create("Account", Name=f"Client {number:03}")
        crm.opportunity(f"Deal {number:03}", AccountId=account)
        clock.advance_to(number * HOUR_US)
    soql = "SELECT Name, (SELECT Name FROM Opportunities) FROM Account WHERE Name LIKE 'Client%' ORDER BY Name"
    first = crm.ask(soql, **{"sforce-query-options": "batchSize=200"}).json()
    second = crm.send("GET", first["nextRecordsUrl"]).json()
    deals = [each["Opportunities"]["records"][0]["Name"] for each in first["records"] + second["records"]]
    assert deals == [f"Deal {number:03}" for number in range(202)]


def test_a_semi_join_follows_ids_and_an_anti_join_keeps_what_has_none(deals: Client) -> None:
    inner = "(SELECT AccountId FROM Opportunity WHERE StageName = 'Closed Won')"
    assert deals.column(f"SELECT Name FROM Account WHERE Id IN {inner}") == ["Acme"]
    # The deal without a client puts a null among the ids, which excludes nobody.
    anti = f"SELECT Name FROM Account WHERE Id NOT IN {inner.replace('Closed Won', 'Prospecting')}"
    assert deals.column(anti) == ["initech"]
    soql = (
        "SELECT Name FROM Opportunity WHERE AccountId NOT IN (SELECT Id FROM Account WHERE Name = 'Acme') ORDER BY Name"
    )
    assert deals.column(soql) == ["D", "E"]
    through = "SELECT Name FROM Opportunity WHERE Account.Id IN (SELECT Id FROM Account WHERE Name = 'Globex')"
    assert deals.column(through) == ["D"]
    both = f"SELECT Name FROM Account WHERE Name > 'A' AND Id IN {inner} AND Id NOT IN (SELECT AccountId FROM Order)"
    assert deals.column(both) == ["Acme"]
    counted = deals.ask(f"SELECT COUNT() FROM Account WHERE Id IN {inner} LIMIT 5").json()
    assert counted["totalSize"] == 1


JOINED = "SELECT Id FROM Account WHERE "


@pytest.mark.parametrize(
    ("soql", "code", "said"),
    [
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "must be grouped or aggregated: Name"),
        ("SELECT StageName, COUNT() FROM Opportunity GROUP BY StageName", "MALFORMED_QUERY", "COUNT()"),
        ("SELECT Amount FROM Opportunity GROUP BY Amount", "INVALID_FIELD", "can not be grouped"),
        ("SELECT COUNT(Id) FROM Account GROUP BY CALENDAR_YEAR(CreatedDate)", "MALFORMED_QUERY", "CALENDAR_YEAR()"),
        ("SELECT CALENDAR_YEAR(CreatedDate) y FROM Account GROUP BY Name", "MALFORMED_QUERY", "CALENDAR_YEAR()"),
        ("SELECT COUNT(Id) FROM Account GROUP BY ROLLUP(Name)", "MALFORMED_QUERY", "ROLLUP()"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT MAX(IsWon) FROM Opportunity", "MALFORMED_QUERY", "does not support aggregate operator MAX"),
        ("SELECT SUM('5') FROM Account", "MALFORMED_QUERY", "takes one field"),
        ("SELECT SUM(MAX(Amount)) FROM Opportunity", "MALFORMED_QUERY", "takes one field"),
        ("SELECT SUM(Amount, Probability) FROM Opportunity", "MALFORMED_QUERY", "takes one field"),
        ("SELECT SUM(Nothing) FROM Opportunity", "INVALID_FIELD", "No such column 'Nothing'"),
        ("SELECT COUNT(Id) n, SUM(Amount) N FROM Opportunity", "MALFORMED_QUERY", "duplicate alias: N"),
        ("SELECT Name n FROM Account", "MALFORMED_QUERY", "alias: n"),
        (
            "SELECT Name FROM Account GROUP BY Name HAVING Phone = 'x'",
            "MALFORMED_QUERY",
            "grouped or aggregated: Phone",
        ),
        ("SELECT Name FROM Account GROUP BY Name ORDER BY Phone", "MALFORMED_QUERY", "grouped or aggregated: Phone"),
        ("SELECT COUNT(Id) FROM Account HAVING COUNT(Id) > 1", "MALFORMED_QUERY", "HAVING"),
        ("SELECT COUNT(Id), (SELECT Id FROM Opportunities) FROM Account", "MALFORMED_QUERY", "aggregates"),
        ("SELECT Id, (SELECT COUNT(Id) FROM Opportunities) FROM Account", "MALFORMED_QUERY", "aggregates"),
        ("SELECT Id, (SELECT COUNT() FROM Opportunities) FROM Account", "MALFORMED_QUERY", "aggregates"),
        ("SELECT Id, (SELECT Id FROM Opportunity) FROM Account", "INVALID_TYPE", "relationship 'Opportunity'"),
        (
            "SELECT (SELECT Id FROM Orders), (SELECT Id FROM orders) FROM Account",
            "MALFORMED_QUERY",
            "duplicate subquery",
        ),
        (
            "SELECT Id, (SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunities) FROM Account",
            "MALFORMED_QUERY",
            "subquery inside a subquery",
        ),
        (JOINED + "Name = 'a' OR Id IN (SELECT AccountId FROM Order)", "MALFORMED_QUERY", "OR or NOT"),
        (JOINED + "NOT (Id IN (SELECT AccountId FROM Order))", "MALFORMED_QUERY", "OR or NOT"),
        (JOINED + "Id IN (SELECT Id FROM Account)", "MALFORMED_QUERY", "same object type"),
        (JOINED + "Id IN (SELECT Id FROM Opportunity)", "MALFORMED_QUERY", "no ids of the same object"),
        (JOINED + "Name IN (SELECT AccountId FROM Order)", "MALFORMED_QUERY", "is no id"),
        (JOINED + "Id IN (SELECT Name FROM Opportunity)", "MALFORMED_QUERY", "is no id"),
        (JOINED + "Id IN (SELECT Order.AccountId FROM OrderItem)", "MALFORMED_QUERY", "of its own object"),
        (JOINED + "Id IN (SELECT AccountId, Id FROM Order)", "MALFORMED_QUERY", "selects one field"),
        (JOINED + "Id IN (SELECT AccountId FROM Order LIMIT 1)", "MALFORMED_QUERY", "no clause but WHERE"),
        (JOINED + "Id IN (SELECT AccountId FROM Nothing)", "INVALID_TYPE", "'Nothing'"),
        (
            JOINED + "Id IN (SELECT AccountId FROM Order WHERE OpportunityId IN (SELECT Id FROM Opportunity))",
            "MALFORMED_QUERY",
            "into another semi-join",
        ),
        (
            JOINED + " AND ".join(f"Id IN (SELECT AccountId FROM {name})" for name in ("Order", "Case", "Quote")),
            "MALFORMED_QUERY",
            "at most 2 semi-joins",
        ),
    ],
)
def test_what_goes_too_far_is_refused_with_what_is_wrong(crm: Client, soql: str, code: str, said: str) -> None:
    response = crm.ask(soql)
    assert error(response) == (400, code, None)
    assert said in response.json()[0]["message"]


# -- against plain Python ---------------------------------------------------------------------------------------------

GROUPED = st.lists(
    st.sampled_from(["Name", "NextStep", "IsWon", "FiscalYear", "CloseDate", "Account.Name"]), max_size=2, unique=True
)
CALLS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["SUM", "AVG", "MIN", "MAX"]), st.just("Amount")),
        st.tuples(st.sampled_from(["SUM", "AVG", "MAX"]), st.just("FiscalYear")),
        st.tuples(
            st.sampled_from(["COUNT", "COUNT_DISTINCT"]), st.sampled_from(["Amount", "NextStep", "Account.Name"])
        ),
        st.tuples(st.sampled_from(["MIN", "MAX"]), st.sampled_from(["CloseDate"])),
    ),
    min_size=1,
    max_size=3,
)
LIMITS = st.integers(0, 4)


def aggregated(name: str, field: str, rows: list[Row]) -> Any:
    """What an aggregate of a field comes to, nulls left out."""
    values = [row[field] for row in rows if row[field] is not None]
    if name == "COUNT":
        return len(values)
    if name == "COUNT_DISTINCT":
        return len({folded(value) for value in values})
    if not values:
        return None
    if name == "SUM":
        return sum(values)
    if name == "AVG":
        return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return min(values) if name == "MIN" else max(values)


def holds(value: Any, operator: str, bound: int) -> bool:
    """A comparison in HAVING; with null only ``!=`` is true."""
    return operator == "!=" if value is None else COMPARES[operator](value, bound)


def spelled(field: str, rows: list[Row]) -> Any:
    """How a group shows what it is grouped by: the first spelling."""
    return None if rows[0][field] is None else min(row[field] for row in rows)


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, GROUPED, CALLS, OPERATORS, st.integers(0, 30), st.booleans())
def test_groups_and_aggregates_are_those_of_plain_python(
    condition: Condition, fields: list[str], calls: list[tuple[str, str]], operator: str, bound: int, choose: bool
) -> None:
    crm, rows = world()
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if condition.holds(row):
            groups.setdefault(tuple(folded(row[field]) for field in fields), []).append(row)
    if not fields:
        groups = {(): [row for row in rows if condition.holds(row)]}
    keys = sorted(groups, key=lambda key: [(value is not None, str(value)) for value in key])
    name, field = calls[0]
    having = ""
    if choose and fields and field in ("Amount", "FiscalYear", "NextStep"):
        having = f" HAVING {name}({field}) {operator} {bound}"
        chosen = [(key, aggregated(name, field, groups[key])) for key in keys]
        keys = [
            key
            for key, value in chosen
            if (COMPARES[operator](value, bound) if value is not None else operator == "!=")
        ]
    expected = [
        [plain(spelled(field, groups[key])) for field in fields]
        + [plain(aggregated(name, field, groups[key])) for name, field in calls]
        for key in keys
    ]
    items = [f"{each} g{n}" for n, each in enumerate(fields)] + [f"{name}({field})" for name, field in calls]
    grouping = f" GROUP BY {', '.join(fields)}" if fields else ""
    soql = f"SELECT {', '.join(items)} FROM Opportunity WHERE {condition.text}{grouping}{having}"
    assert [list(values) for values in rows_of(crm, soql)] == expected, soql


@settings(max_examples=80, deadline=None)
@given(CONDITIONS, SORTS, LIMITS)
def test_children_are_those_of_plain_python(
    condition: Condition, sorts: list[tuple[str, str, str]], limit: int
) -> None:
    crm, rows = world()
    order = f" ORDER BY {', '.join(' '.join(sort) for sort in sorts)}" if sorts else ""
    inner = f"(SELECT Id FROM Opportunities WHERE {condition.text}{order} LIMIT {limit})"
    for account in crm.query(f"SELECT Name, {inner} FROM Account WHERE Name != 'nobody'"):
        mine = [row for row in rows if row["Account.Name"] == account["Name"] and condition.holds(row)]
        expected = [row["Id"] for row in in_order(mine, sorts)][:limit]
        children = account["Opportunities"]
        assert (None if children is None else [each["Id"] for each in children["records"]]) == (expected or None)


@settings(max_examples=80, deadline=None)
@given(CONDITIONS, st.booleans(), CONDITIONS)
def test_semi_joins_are_those_of_plain_python(condition: Condition, negated: bool, outer: Condition) -> None:
    crm, rows = world()
    ids = {row["Account.Name"] for row in rows if condition.holds(row)}
    word = "NOT IN" if negated else "IN"
    soql = f"SELECT Name FROM Account WHERE Id {word} (SELECT AccountId FROM Opportunity WHERE {condition.text})"
    names = ["Acme", "Globex", "initech"]
    assert sorted(crm.column(soql)) == [name for name in names if (name in ids) is not negated]
    # From the other side, with literals before and behind the inner query.
    soql = (
        f"SELECT Id FROM Opportunity WHERE Name != 'zz' AND AccountId {word} "
        f"(SELECT Id FROM Account WHERE Name IN ('Acme', 'nobody')) AND ({outer.text})"
    )
    expected = [row["Id"] for row in rows if (row["Account.Name"] == "Acme") is not negated and outer.holds(row)]
    assert sorted(crm.column(soql, "Id")) == sorted(expected)
