"""Any query of the subset answers like a plain Python filter over the rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cmp_to_key
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, keep_alive, make

Row = dict[str, Any]
Test = Callable[[Row], bool]

TEXTS = ["alpha", "Alpha", "BETA", "a_b", "a%b", "it's", "back\\slash", "", "z z", "ab"]
NUMBERS = [None, Decimal(0), Decimal("10.5"), Decimal("10.55"), Decimal(-3), Decimal(1000000)]
DAYS = [date(2026, 1, 11) + timedelta(days=n) for n in (-1, 0, 1, 20, 80, 400)]
STAGES = ["Prospecting", "Closed Won", "Closed Lost", "Value Proposition"]


@cache
def world() -> tuple[Client, list[Row]]:
    """Forty opportunities of mixed values, and the same as plain rows."""
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    parents = [None, *(crm.query("SELECT Id, Name FROM Account ORDER BY Name"))]
    rows: list[Row] = []
    for n in range(40):
        clock.advance_to(n // 3 * 7 * HOUR_US + n)
        parent = parents[n % 4]
        day, step, amount = DAYS[n % 6], TEXTS[(n * 7) % 10] or None, NUMBERS[(n * 5) % 6]
        given = {"AccountId": parent and parent["Id"], "NextStep": step, "Amount": amount}
        name, stage = (TEXTS[n % 10] or "x"), STAGES[n % 4]
        record_id = crm.opportunity(name, CloseDate=day.isoformat(), StageName=stage, **given)
        rows.append(
            {
                "Id": record_id,
                "Name": name,
                "NextStep": step,
                "Amount": amount,
                "CloseDate": day,
                "IsWon": stage == "Closed Won",
                "FiscalYear": day.year,
                "CreatedDate": clock.now_us() // 1_000_000,
                "Account.Name": parent and parent["Name"],
            }
        )
    clock.advance_to(6 * DAY_US)
    return crm, sorted(rows, key=lambda row: str(row["Id"]))


# -- the model --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """A condition as text, and what it means."""

    text: str
    holds: Test

    def __repr__(self) -> str:
        return self.text


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def compared(field: str, operator: str, value: Any, text: str) -> Condition:
    """A comparison; with a null field only ``!=`` is true."""

    def holds(row: Row) -> bool:
        if row[field] is None:
            return operator == "!="
        return COMPARES[operator](folded(row[field]), folded(value))

    return Condition(f"{field} {operator} {text}", holds)


def is_null(field: str, operator: str) -> Condition:
    return Condition(f"{field} {operator} null", lambda row: (row[field] is None) is (operator == "="))


def within(field: str, values: list[Any], texts: list[str], negated: bool) -> Condition:
    folds = [folded(value) for value in values]
    word = "NOT IN" if negated else "IN"
    return Condition(f"{field} {word} ({', '.join(texts)})", lambda row: (folded(row[field]) in folds) is not negated)


def like(field: str, pattern: list[tuple[str, str]]) -> Condition:
    """A pattern of (SOQL text, regular expression) pieces."""
    expression = re.compile("".join(piece for _, piece in pattern), re.IGNORECASE | re.DOTALL)
    text = "'" + "".join(piece for piece, _ in pattern) + "'"
    return Condition(
        f"{field} LIKE {text}", lambda row: row[field] is not None and bool(expression.fullmatch(row[field]))
    )


def spanned(field: str, operator: str, first: Any, after: Any, text: str) -> Condition:
    """A comparison with a span: before it, in it, behind it."""
    tests: dict[str, Test] = {
        "=": lambda row: first <= row[field] < after,
        "!=": lambda row: not first <= row[field] < after,
        "<": lambda row: row[field] < first,
        "<=": lambda row: row[field] < after,
        ">": lambda row: row[field] >= after,
        ">=": lambda row: row[field] >= first,
    }
    return Condition(f"{field} {operator} {text}", tests[operator])


def joined(word: str, parts: list[Condition]) -> Condition:
    test = all if word == "AND" else any
    return Condition(
        f" {word} ".join(f"({part.text})" for part in parts), lambda row: test(part.holds(row) for part in parts)
    )


def negated(part: Condition) -> Condition:
    return Condition(f"NOT ({part.text})", lambda row: not part.holds(row))


# -- generated queries ------------------------------------------------------------------------------------------------

OPERATORS = st.sampled_from(sorted(COMPARES))
TEXT_FIELDS = st.sampled_from(["Name", "NextStep", "Account.Name"])
WORDS = st.sampled_from([text for text in TEXTS if text] + ["ACME", "globex", "b"])
PIECES = st.sampled_from(
    [("%", ".*"), ("_", "."), ("a", "a"), ("B", "b"), ("\\%", "%"), ("\\_", "_"), ("\\\\", "\\\\"), ("me", "me")]
)
# Today is 2026-01-17 in Los Angeles, a Saturday.
SPANS = st.sampled_from(
    [
        ("TODAY", date(2026, 1, 17), date(2026, 1, 18)),
        ("THIS_WEEK", date(2026, 1, 11), date(2026, 1, 18)),
        ("LAST_WEEK", date(2026, 1, 4), date(2026, 1, 11)),
        ("THIS_MONTH", date(2026, 1, 1), date(2026, 2, 1)),
        ("NEXT_N_DAYS:20", date(2026, 1, 18), date(2026, 2, 7)),
        ("LAST_N_DAYS:6", date(2026, 1, 11), date(2026, 1, 18)),
        ("NEXT_YEAR", date(2027, 1, 1), date(2028, 1, 1)),
        *((day.isoformat(), day, day + timedelta(days=1)) for day in DAYS),
    ]
)
AMOUNTS = st.sampled_from([number for number in NUMBERS if number is not None] + [Decimal("10.55001"), Decimal(7)])


def instant_condition(operator: str, hours: int) -> Condition:
    text = (EPOCH + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return spanned("CreatedDate", operator, hours * 3600, hours * 3600 + 1, text)


LEAVES = st.one_of(
    st.builds(lambda f, o, v: compared(f, o, v, quoted(v)), TEXT_FIELDS, OPERATORS, WORDS),
    st.builds(lambda o, v: compared("Amount", o, v, format(v, "f")), OPERATORS, AMOUNTS),
    st.builds(lambda o, v: compared("FiscalYear", o, v, str(v)), OPERATORS, st.integers(2025, 2028)),
    st.builds(lambda o, v: compared("IsWon", o, v, str(v)), st.sampled_from(["=", "!="]), st.booleans()),
    st.builds(is_null, st.sampled_from(["NextStep", "Amount", "Account.Name"]), st.sampled_from(["=", "!="])),
    st.builds(
        lambda f, vs, n: within(f, vs, ["null" if v is None else quoted(v) for v in vs], n),
        TEXT_FIELDS,
        st.lists(st.one_of(st.none(), WORDS), min_size=1, max_size=4),
        st.booleans(),
    ),
    st.builds(
        lambda vs, n: within("Amount", vs, [format(v, "f") for v in vs], n),
        st.lists(AMOUNTS, min_size=1, max_size=3),
        st.booleans(),
    ),
    st.builds(like, TEXT_FIELDS, st.lists(PIECES, max_size=5)),
    st.builds(lambda o, s: spanned("CloseDate", o, s[1], s[2], s[0]), OPERATORS, SPANS),
    st.builds(instant_condition, OPERATORS, st.integers(0, 100)),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(negated, inner),
    ),
    max_leaves=6,
)
SORTS = st.lists(
    st.tuples(
        st.sampled_from(["Name", "NextStep", "Amount", "CloseDate", "IsWon", "CreatedDate", "Account.Name"]),
        st.sampled_from(["", "ASC", "DESC"]),
        st.sampled_from(["", "NULLS FIRST", "NULLS LAST"]),
    ),
    max_size=3,
    unique_by=lambda sort: sort[0],
)


def in_order(rows: list[Row], sorts: list[tuple[str, str, str]]) -> list[Row]:
    """Rows sorted as asked, by id where they are equal."""

    def compare(one: Row, two: Row) -> int:
        for field, direction, nulls in sorts:
            a, b = folded(one[field]), folded(two[field])
            if a == b:
                continue
            if a is None or b is None:
                return (1 if a is None else -1) * (1 if nulls == "NULLS LAST" else -1)
            return (1 if a > b else -1) * (-1 if direction == "DESC" else 1)
        return 0

    return sorted(rows, key=cmp_to_key(compare))


@settings(max_examples=250, deadline=None)
@given(CONDITIONS, SORTS, st.one_of(st.none(), st.integers(0, 50)), st.integers(0, 10))
def test_a_query_answers_like_a_filter_over_the_rows(
    condition: Condition, sorts: list[tuple[str, str, str]], limit: int | None, offset: int
) -> None:
    crm, rows = world()
    order = f" ORDER BY {', '.join(' '.join(sort) for sort in sorts)}" if sorts else ""
    cut = "" if limit is None else f" LIMIT {limit}"
    expected = [row["Id"] for row in in_order([row for row in rows if condition.holds(row)], sorts)][offset:][:limit]
    soql = f"SELECT Id FROM Opportunity WHERE {condition.text}{order}{cut} OFFSET {offset}"
    assert crm.column(soql, "Id") == expected, soql
    counted = crm.ask(f"SELECT COUNT() FROM Opportunity WHERE {condition.text}").json()
    assert counted["totalSize"] == sum(condition.holds(row) for row in rows)


@settings(max_examples=60, deadline=None)
@given(st.permutations(["Name", "NextStep", "Amount", "IsWon", "FiscalYear", "CloseDate"]))
def test_a_row_shows_the_fields_asked_for_in_their_order(fields: list[str]) -> None:
    crm, rows = world()
    found = crm.query(f"SELECT {', '.join(fields)} FROM Opportunity ORDER BY Id")
    for record, row in zip(found, rows, strict=True):
        assert list(record)[1:] == fields
        expected = [row[field].isoformat() if field == "CloseDate" else row[field] for field in fields]
        assert list(record.values())[1:] == expected


@given(st.text(max_size=30))
def test_any_text_at_all_is_answered_or_refused_but_breaks_nothing(text: str) -> None:
    crm, _ = world()
    assert crm.ask(text).status in (200, 400)
    assert crm.ask(f"SELECT Id FROM Opportunity WHERE Name = {text}").status in (200, 400)
