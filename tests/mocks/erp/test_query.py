"""SuiteQL answers as NetSuite prints it, and refuses what it does not know instead of guessing."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.erp.query import translated
from mocks.erp.query_tables import STANDARD_CATALOGUE
from mocks.kit.store import QueryTooLong
from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.erp.client import EPOCH, HOST, SUITEQL, Caller, error, fixed, invoice_body, make, signed, text_of


def test_an_answer_has_the_vendors_envelope(erp: Caller) -> None:
    for code in ("P-2", "P-3"):
        erp.project(code)
    first = erp.ask("SELECT id, entityid FROM job ORDER BY entityid", query="limit=2&offset=0").json()
    assert (first["count"], first["hasMore"], first["offset"], first["totalResults"]) == (2, True, 0, 3)
    assert [link["rel"] for link in first["links"]] == ["self", "next", "last"]
    assert first["links"][1]["href"] == f"https://{HOST}{SUITEQL}?limit=2&offset=2"
    assert first["items"][0] == {"links": [], "id": erp.get("job", "eid:P-1")["id"], "entityid": "PRJ-P-1"}
    last = erp.ask("SELECT id, entityid FROM job ORDER BY entityid", query="limit=2&offset=2").json()
    assert (last["count"], last["hasMore"], last["totalResults"]) == (1, False, 3)
    beyond = erp.ask("SELECT id FROM job", query="limit=2&offset=8").json()
    assert (beyond["count"], beyond["hasMore"], beyond["totalResults"]) == (0, False, 3)


def test_every_value_is_a_text_and_a_null_is_left_out(erp: Caller) -> None:
    erp.time(hours="1:20", rate=Decimal("150.5"))
    (row,) = erp.rows("SELECT t.hours, rate, isbillable, trandate, memo, lastmodifieddate, posted FROM timebill t")
    assert row == {
        "hours": "1.333333",
        "rate": "150.50",
        "isbillable": "T",
        "trandate": "1/13/2026",
        "lastmodifieddate": "1/12/2026",
        "posted": "F",
    }


@pytest.mark.parametrize("name", sorted(STANDARD_CATALOGUE.tables))
def test_every_table_answers_a_star_with_known_columns(erp: Caller, name: str) -> None:
    erp.time()
    erp.put("invoice", "I-1", invoice_body("T-1"))
    for row in erp.rows(f"SELECT * FROM {name}"):
        assert row.keys() <= STANDARD_CATALOGUE.tables[name].columns.keys()
        assert all(isinstance(value, str) for value in row.values())


def test_the_chart_is_known_by_its_numbers(erp: Caller) -> None:
    rows = erp.rows("SELECT acctnumber, accttype FROM account WHERE acctnumber IN ('1100', '2100') ORDER BY 1 DESC")
    assert rows == [{"acctnumber": "2100", "accttype": "DeferRevenue"}, {"acctnumber": "1100", "accttype": "AcctRec"}]


def test_parameters_take_the_kind_of_what_they_are_compared_with(erp: Caller) -> None:
    erp.time(hours="1:30", rate=Decimal("150.25"))
    job = erp.get("job", "eid:P-1")["id"]
    sql = (
        "SELECT externalid FROM timebill WHERE customer = ? AND rate = ? AND hours = ? AND trandate = ? "
        "AND trandate >= TO_DATE(?, 'YYYY-MM-DD') AND isbillable = ? AND externalid LIKE ? AND approvalstatus IN (?, ?)"
    )
    good = [job, Decimal("150.25"), "1.5", "1/13/2026", "2026-01-13", "T", "T-%", 2, "3"]
    assert erp.rows(sql, *good) == [{"externalid": "T-1"}]
    for index, other in enumerate(["1", "150.26", 2, "1/14/2026", "2026-01-14", "F", "t-%", 3]):
        changed = [*good]
        changed[index] = other
        if index == 7:
            changed[8] = "1"
            changed[7] = "2"
        assert erp.rows(sql, *changed) == [], index


def test_a_delta_is_read_by_instant_and_keyset(erp: Caller, clock: ManualClock) -> None:
    clock.advance_to(10 * HOUR_US)
    erp.project("P-2")
    sql = "SELECT entityid FROM job WHERE lastmodifieddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI')"
    assert erp.rows(sql, "2026-01-12 10:00") == [{"entityid": "PRJ-P-2"}]
    assert erp.rows(sql, "2026-01-12 10:01") == []
    assert len(erp.rows(sql, "2026-01-12 00:00")) == 2
    stamp = "SELECT TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') s FROM job WHERE entityid = 'PRJ-P-2'"
    assert erp.rows(stamp) == [{"s": "2026-01-12 10:00:00"}]
    ids = sorted(int(row["id"]) for row in erp.rows("SELECT id FROM job"))
    assert erp.rows("SELECT id FROM job WHERE id > ?", str(ids[0])) == [{"id": str(ids[1])}]
    assert len(erp.rows("SELECT id FROM job WHERE id > 9")) == 2


def test_dates_compare_in_every_way_they_are_written(erp: Caller) -> None:
    erp.time(tranDate="2026-01-09")
    for condition in (
        "trandate = '1/9/2026'",
        "trandate = TO_DATE('2026-01-09', 'YYYY-MM-DD')",
        "trandate = TO_DATE('1/9/2026')",
        "trandate < '1/10/2026'",
        "trandate BETWEEN '1/9/2026' AND '01/09/2026'",
        "trandate < TO_DATE('2026-01-09 01:00', 'YYYY-MM-DD HH24:MI')",
        "TO_CHAR(trandate, 'YYYY-MM') = '2026-01'",
        "NOT trandate > '1/9/2026'",
    ):
        assert len(erp.rows(f"SELECT id FROM timebill WHERE {condition}")) == 1, condition


def test_sums_joins_and_groups(erp: Caller) -> None:
    erp.client("C-2")
    erp.project("P-2", "C-2")
    erp.time("T-1", hours="1:30")
    erp.time("T-2", hours="2:15")
    erp.time("T-3", customer={"externalId": "P-2"}, hours="0:20", isBillable=False)
    sql = """
        SELECT c.companyname AS Client, COUNT(*) entries, SUM(t.hours) hours,
               SUM(CASE WHEN t.isbillable = 'T' THEN t.rate ELSE 0 END) billable, MAX(t.trandate) latest
        FROM timebill t
        INNER JOIN job j ON j.id = t.customer
        LEFT JOIN customer c ON c.id = j.parent
        GROUP BY c.companyname HAVING COUNT(*) > 0 ORDER BY entries DESC"""
    assert erp.rows(sql) == [
        {"client": "Client C-1", "entries": "2", "hours": "3.75", "billable": "300.00", "latest": "1/13/2026"},
        {"client": "Client C-2", "entries": "1", "hours": "0.333333", "billable": "0.00", "latest": "1/13/2026"},
    ]


def test_names_of_references_and_lists(erp: Caller) -> None:
    erp.time()
    erp.put("invoice", "I-1", invoice_body("T-1"))
    sql = "SELECT BUILTIN.DF(customer) p, BUILTIN.DF(employee) e, BUILTIN.DF(approvalstatus) a FROM timebill"
    assert erp.rows(sql) == [{"p": "PRJ-P-1 Project P-1", "e": "Ada Byron", "a": "Approved"}]
    transaction = "SELECT BUILTIN.DF(type) t, BUILTIN.DF(entity) e, BUILTIN.DF(postingperiod) p FROM transaction"
    (row,) = erp.rows(transaction)
    assert (row["t"], row["p"]) == ("Invoice", "Jan 2026")
    assert row["e"].endswith("Client C-1")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("NVL(memo, 'none')", "none"),
        ("COALESCE(memo, externalid)", "T-1"),
        ("DECODE(approvalstatus, '3', 'yes', 'no')", "yes"),
        ("CASE approvalstatus WHEN '1' THEN 'open' END", None),
        ("UPPER(custcol_contract_line) || '-' || memo || LENGTH(externalid)", "CL-1-3"),
        ("CONCAT(externalid, 'x')", "T-1x"),
        ("SUBSTR(externalid, 1, 1)", "T"),
        ("LOWER(externalid)", "t-1"),
        ("rate + 1.5", "151.50"),
        ("rate - NVL(rate, 0)", "0.00"),
        ("2 * rate", "300.00"),
        ("ABS(-rate)", "150.00"),
        ("hours - 1", "1.5"),
        ("TO_CHAR(trandate)", "01/13/2026"),
        ("TO_CHAR(id)", "ID"),
        ("1 + 2 * 3", "7"),
        ("1.5", "1.5"),
        ("'text'", "text"),
        ("TO_DATE('2026-02-01', 'YYYY-MM-DD')", "2/1/2026"),
        ("(SELECT COUNT(*) FROM job)", "1"),
        ("NULL", None),
    ],
)
def test_an_expression_has_its_value(erp: Caller, expression: str, value: str | None) -> None:
    entry = erp.time()
    (row,) = erp.rows(f"SELECT {expression} AS v FROM timebill")
    assert row.get("v") == (entry if value == "ID" else value)


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT id FROM job WHERE EXISTS (SELECT 1 FROM timebill t WHERE t.customer = job.id)", 1),
        ("SELECT id FROM job WHERE id NOT IN (SELECT customer FROM timebill)", 1),
        ("WITH a AS (SELECT id, parent FROM job) SELECT c.id, a.* FROM a JOIN customer c ON c.id = a.parent", 2),
        ("SELECT id FROM job UNION ALL SELECT id FROM customer ORDER BY id", 3),
        ("SELECT parent FROM job UNION SELECT id FROM customer", 1),
        ("WITH a AS (SELECT id FROM job) SELECT id FROM a UNION SELECT id FROM customer ORDER BY id", 3),
        ("SELECT parent FROM job INTERSECT SELECT id FROM customer", 1),
        ("SELECT id FROM customer MINUS SELECT parent FROM job", 0),
        ("SELECT DISTINCT parent FROM job", 1),
        ("SELECT x.n FROM (SELECT entityid n FROM job WHERE entityid LIKE '%2') x", 1),
        ("SELECT id FROM job WHERE ROWNUM <= 1", 1),
        ("SELECT id FROM job WHERE parent IS NOT NULL AND ROWNUM < 2", 1),
        ("SELECT id FROM job ORDER BY id OFFSET 1 ROWS FETCH NEXT 5 ROWS ONLY", 1),
        ("SELECT id FROM job FETCH FIRST 1 ROWS ONLY", 1),
        ("SELECT j.id, c.id FROM job j, customer c", 2),
        ("SELECT j.id FROM customer c RIGHT JOIN job j ON j.parent = c.id OR 1 = 2", 2),
        ("SELECT id FROM job -- a remark", 2),
        ('SELECT "ID" FROM JOB j WHERE J.ID IS NOT NULL', 2),
    ],
)
def test_statements_of_many_forms_run(erp: Caller, sql: str, count: int) -> None:
    erp.project("P-2")
    erp.time()
    assert len(erp.rows(sql)) == count


def test_a_repeated_or_missing_column_name_is_made_up(erp: Caller) -> None:
    (row,) = erp.rows("SELECT j.id, c.id, COUNT(*) FROM job j JOIN customer c ON c.id = j.parent GROUP BY j.id, c.id")
    assert row == {"id": erp.get("job", "eid:P-1")["id"], "id_1": erp.client(), "expr3": "1"}


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("SELECT foo FROM job", "Field 'foo' not found."),
        ("SELECT j.foo FROM job j", "Field 'foo' not found."),
        ("SELECT x.id FROM job j", "Field 'id' not found."),
        ("SELECT id FROM nothing", "Record 'nothing' was not found."),
        ("SELECT id FROM sqlite_master", "Record 'sqlite_master' was not found."),
        ('SELECT id FROM "timeBill" t, "suiteql_job"', "Record 'suiteql_job' was not found."),
        ("SELECT id FROM job j JOIN customer c ON c.id = j.parent", "Field 'id' is ambiguous."),
        ("SELECT id FROM job, job", "The alias 'job' is used twice."),
        ("SELECT id, COUNT(*) FROM job", "Field 'id' must be grouped or aggregated."),
        ("SELECT entityid, COUNT(*) FROM job GROUP BY parent", "Field 'entityid' must be grouped or aggregated."),
        ("SELECT COUNT(*) FROM job ORDER BY entityid", "Field 'entityid' must be grouped or aggregated."),
        ("DELETE FROM job", "Only SELECT statements are supported."),
        ("UPDATE job SET id = 1", "Only SELECT statements are supported."),
        ("DROP TABLE job", "Only SELECT statements are supported."),
        ("SELECT id FROM job; SELECT id FROM job", "One SELECT statement is expected."),
        ("", "One SELECT statement is expected."),
        ("SELECT", "A query needs FROM."),
        ("SELECT 1", "A query needs FROM."),
        ("SELEKT id FROM job", "Only SELECT statements are supported."),
        ("SELECT id FROM job WHERE", "Invalid or unsupported search"),
        ("SELECT id FROM job WHERE id = 'x", "Invalid or unsupported search"),
        ("SELECT id FROM job WHERE parent = :name", "question marks"),
        ("SELECT id FROM job WHERE parent = ?", "1 parameters, 0 were given"),
        ("SELECT SYSDATE FROM job", "is not supported"),
        ("SELECT load_extension('x') FROM job", "is not supported"),
        ("SELECT AVG(jobprice) FROM job", "is not supported"),
        ("SELECT jobprice / 2 FROM job", "is not supported"),
        ("SELECT RANK() OVER (ORDER BY id) FROM job", "is not supported"),
        ("SELECT id FROM job WHERE parent = customer.id(+)", "(+)"),
        ("SELECT id FROM job a JOIN customer b USING (id)", "is not supported"),
        ("SELECT id FROM job NATURAL JOIN customer", "is not supported"),
        ("SELECT id FROM job CONNECT BY PRIOR id = parent", "is not supported"),
        ("SELECT id FROM job GROUP BY ROLLUP(id)", "is not supported"),
        ("SELECT jobprice * jobprice FROM job", "Only whole numbers"),
        ("SELECT id FROM job WHERE jobprice > 0.00001", "more decimals"),
        ("SELECT id FROM job WHERE jobprice > '1/1/2026'", "cannot be used as money"),
        ("SELECT id FROM job WHERE startdate > 5", "cannot be used as date"),
        ("SELECT id FROM job WHERE startdate = '2026-01-01'", "expected M/D/YYYY"),
        ("SELECT id FROM job WHERE startdate = '13/45/2026'", "expected M/D/YYYY"),
        ("SELECT id FROM job WHERE startdate = lastmodifieddate", "cannot be used as date"),
        ("SELECT id FROM job WHERE startdate = TO_DATE('x', 'YYYY')", "does not match its format"),
        ("SELECT TO_CHAR(startdate, 'Q') FROM job", "date format"),
        ("SELECT TO_CHAR(jobprice, '999') FROM job", "TO_CHAR is supported"),
        ("SELECT UPPER(jobprice) FROM job", "is no text"),
        ("SELECT SUM(entityid) FROM job", "is no number"),
        ("SELECT id FROM job WHERE entityid", "A condition is expected."),
        ("SELECT id = '1' FROM job", "A condition is no value"),
        ("SELECT id FROM job WHERE id IN (SELECT jobprice FROM job)", "one column of the kind"),
        ("SELECT (SELECT id, parent FROM job) FROM job", "one column"),
        ("SELECT id FROM job UNION SELECT jobprice FROM job", "same kinds"),
        ("SELECT id FROM job ORDER BY 2", "names no column"),
        ("SELECT id FROM job WHERE ROWNUM <= 2 ORDER BY id", "FETCH FIRST"),
        ("SELECT id FROM job WHERE parent IS 5", "IS is supported with NULL only."),
        ("SELECT id FROM job WHERE entityid LIKE companyname", "LIKE compares"),
        ("SELECT BUILTIN.CF(id) FROM job", "is not supported"),
        ("SELECT BUILTIN.DF(id, parent) FROM job", "one argument"),
        ("SELECT id FROM job FETCH FIRST 5 PERCENT ROWS ONLY", "is not supported"),
        ("SELECT id FROM job ORDER BY id FETCH FIRST 5 ROWS WITH TIES", "is not supported"),
        ("SELECT 1e99 FROM job", "Invalid number"),
        ("SELECT id FROM job WHERE COUNT(*) > 1", "Invalid or unsupported search"),
        ("SELECT \x00 FROM job", "null character"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000 + " FROM job", "nested too deeply"),
        ("SELECT id FROM job" + " " * 60_000, "too long"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_reason(erp: Caller, sql: str, detail: str) -> None:
    response = erp.ask(sql)
    assert error(response) == (400, "INVALID_PARAMETER", "q")
    assert response.json()["title"] == "Invalid search query."
    assert text_of(response).startswith("Search error occurred: ")
    assert detail in text_of(response)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT id FROM job WHERE jobprice = ?", "ten"),
        ("SELECT id FROM job WHERE jobprice = ?", "NaN"),
        ("SELECT id FROM job WHERE jobprice = ?", Decimal("1E+900")),
        ("SELECT id FROM job WHERE jobprice = ?", 10**15),
        ("SELECT id FROM job WHERE startdate = ?", "2026-01-01"),
        ("SELECT id FROM job WHERE startdate = TO_DATE(?, 'YYYY-MM-DD')", "1/1/2026"),
        ("SELECT id FROM job WHERE entityid = ?", ["x"]),
        ("SELECT id FROM job WHERE entityid = ?", {"x": 1}),
        ("SELECT id FROM job WHERE jobprice = TO_DATE(?, 'YYYY')", "2026"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(erp: Caller, sql: str, value: Any) -> None:
    assert error(erp.ask(sql, value)) == (400, "INVALID_PARAMETER", "q")


@pytest.mark.parametrize(
    ("body", "headers", "query", "expected"),
    [
        ({"q": "SELECT id FROM job"}, {}, "", (400, "INVALID_HEADER", "Prefer")),
        (b"{", {"prefer": "transient"}, "", (400, "INVALID_CONTENT", "")),
        ([], {"prefer": "transient"}, "", (400, "INVALID_CONTENT", "")),
        ({"query": "x"}, {"prefer": "transient"}, "", (400, "INVALID_CONTENT", "")),
        ({"q": "SELECT id FROM job", "params": "x"}, {"prefer": "transient"}, "", (400, "INVALID_CONTENT", "")),
        (
            {"q": "SELECT id FROM job"},
            {"prefer": "transient"},
            "limit=2&offset=1",
            (400, "INVALID_PARAMETER", "offset"),
        ),
        ({"q": "SELECT id FROM job"}, {"prefer": "transient"}, "offset=100000", (400, "INVALID_PARAMETER", "offset")),
    ],
)
def test_a_request_that_is_no_query_is_refused(
    erp: Caller, body: Any, headers: dict[str, str], query: str, expected: tuple[int, str, str]
) -> None:
    assert error(erp.mock.handle(signed("POST", SUITEQL, body, headers=headers, query=query))) == expected


def test_a_translation_is_made_once_per_text(erp: Caller) -> None:
    sql = "SELECT entityid FROM job WHERE entityid = ? AND 1 = 1"
    erp.rows(sql, "PRJ-P-1")
    hits = translated.cache_info().hits
    assert erp.rows(sql, "nobody") == []
    assert erp.rows(sql, "PRJ-P-1") == [{"entityid": "PRJ-P-1"}]
    assert translated.cache_info().hits == hits + 2


@pytest.mark.parametrize("times", [1, 2])
def test_a_query_of_too_many_steps_is_stopped_the_first_time_and_later(
    erp: Caller, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(60):
        erp.client(f"X-{n}")
    sql = "SELECT COUNT(*) n FROM customer a, customer b, customer c WHERE a.id <> b.id"
    if times == 2:
        assert erp.rows(sql) == [{"n": str(61 * 60 * 61)}]
    monkeypatch.setattr("mocks.kit.store._CALLS_MAX", 10)
    assert "takes too long" in text_of(erp.ask(sql))
    assert len(erp.rows("SELECT id FROM customer")) == 61


def test_a_query_after_a_restore_sees_the_restored_rows(erp: Caller) -> None:
    sql = "SELECT entityid FROM job"
    assert len(erp.rows(sql)) == 1
    other = Caller(make(ManualClock(EPOCH)))
    assert other.rows(sql) == []
    other.mock.deserialize(erp.mock.serialize())
    assert other.rows(sql) == [{"entityid": "PRJ-P-1"}]
    assert other.get("job", "eid:P-1") == erp.get("job", "eid:P-1")


def test_the_views_only_read(erp: Caller) -> None:
    with pytest.raises(sqlite3.DatabaseError):
        erp.mock.store.select_for_user("DELETE FROM customer")
    assert issubclass(QueryTooLong, Exception)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A-1", "A-2", "B-1", "b_1", "C%"]),
        st.integers(1, 300),
        st.sampled_from([None, "0", "10.5", "150", "150.2575"]),
        st.sampled_from(["2026-01-05", "2026-01-13", "2026-02-01"]),
        st.booleans(),
    ),
    max_size=6,
)
Row = tuple[str, int, str | None, str, bool]


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{int(month)}/{int(day)}/{year}"


CONDITIONS: st.SearchStrategy[tuple[str, Any]] = st.recursive(
    st.one_of(
        st.builds(
            lambda op, minutes: (f"hours {op} {Decimal(minutes) / 60}", lambda row: _compare(op, row[1], minutes)),
            st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
            st.sampled_from([3, 30, 60, 150, 300]),
        ),
        st.builds(
            lambda op, rate: (
                f"rate {op} {rate}",
                lambda row: row[2] is not None and _compare(op, Decimal(row[2]), Decimal(rate)),
            ),
            st.sampled_from(["=", "<>", "<", ">="]),
            st.sampled_from(["0", "10.5", "150.2575"]),
        ),
        st.builds(
            lambda op, day: (f"trandate {op} '{_day(day)}'", lambda row: _compare(op, row[3], day)),
            st.sampled_from(["=", "<", ">="]),
            st.sampled_from(["2026-01-05", "2026-01-13"]),
        ),
        st.sampled_from(
            [
                ("memo LIKE 'A%'", lambda row: row[0].startswith("A")),
                ("memo LIKE '_-1'", lambda row: row[0] in ("A-1", "B-1")),
                ("memo IN ('A-1', 'C%')", lambda row: row[0] in ("A-1", "C%")),
                ("isbillable = 'T'", lambda row: row[4]),
                ("rate IS NULL", lambda row: row[2] is None),
                ("NVL(rate, 7) = 7", lambda row: row[2] is None),
                ("hours BETWEEN 1 AND 2", lambda row: 60 <= row[1] <= 120),
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.builds(lambda a, b: (f"({a[0]} AND {b[0]})", lambda row: a[1](row) and b[1](row)), inner, inner),
        st.builds(lambda a, b: (f"({a[0]} OR {b[0]})", lambda row: a[1](row) or b[1](row)), inner, inner),
    ),
    max_leaves=4,
)


def _compare(op: str, left: Any, right: Any) -> bool:
    outcomes: dict[str, bool] = {
        "=": left == right,
        "<>": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return outcomes[op]


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, condition=CONDITIONS)
def test_a_condition_picks_what_the_same_filter_picks_in_python(rows: list[Row], condition: tuple[str, Any]) -> None:
    erp = Caller(make()).world()
    for index, (memo, minutes, rate, day, billable) in enumerate(rows):
        hours = f"{minutes // 60}:{minutes % 60:02d}"
        more = {"memo": memo, "hours": hours, "tranDate": day, "isBillable": billable}
        erp.time(f"T-{index}", rate=None if rate is None else Decimal(rate), approvalStatus="1", **more)
    sql, picks = condition
    # A combination stands without its outer parentheses, as people write it.
    sql = sql[1:-1] if sql.startswith("(") else sql
    found = erp.rows(f"SELECT externalid FROM timebill WHERE {sql} ORDER BY externalid")
    assert [row["externalid"] for row in found] == [f"T-{index}" for index, row in enumerate(rows) if picks(row)]


NAMES = ["it's", 'a "quoted" name', "back\\slash", "new\nline", "50% _ [x] *?", "--", "; DROP TABLE job", "Zürich"]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_stays_itself_as_literal_parameter_and_pattern(erp: Caller, name: str) -> None:
    erp.project("P-2", companyName=name)
    escaped = name.replace("'", "''")
    assert erp.rows(f"SELECT companyname FROM job WHERE companyname = '{escaped}'") == [{"companyname": name}]
    assert erp.rows("SELECT companyname FROM job WHERE companyname = ?", name) == [{"companyname": name}]
    assert erp.rows(f"SELECT '{escaped}' t FROM currency FETCH FIRST 1 ROWS ONLY") == [{"t": name}]
    pattern = name.replace("%", "_") + "%"
    assert erp.rows("SELECT companyname FROM job WHERE companyname LIKE ?", pattern) == [{"companyname": name}]
    quoted = pattern.replace("'", "''")
    assert erp.rows(f"SELECT companyname FROM job WHERE companyname LIKE '{quoted}'") == [{"companyname": name}]


SENTENCE = """
    SELECT DISTINCT t.type , SUM ( l.netamount ) AS s FROM transaction t
    LEFT JOIN transactionline l ON l.transaction = t.id
    WHERE t.trandate >= TO_DATE ( '2026-01-01' , 'YYYY-MM-DD' ) AND NVL ( t.memo , '-' ) LIKE '%'
    OR t.id IN ( SELECT id FROM job ) GROUP BY t.type HAVING COUNT ( * ) > 0 ORDER BY 1 FETCH FIRST 5 ROWS ONLY"""
TOKENS = SENTENCE.split()
PIECES = [*TOKENS, "CASE", "WHEN", "NULL", "?", "1.5", "''", "||", "DECODE", "NOT", "BUILTIN.DF", "\\", "{", "@"]
MUTILATION = st.tuples(st.integers(0, len(TOKENS)), st.sampled_from(["drop", "add", "swap"]), st.sampled_from(PIECES))


@settings(max_examples=40, deadline=None)
@given(st.lists(MUTILATION, max_size=3))
def test_a_mutilated_query_is_answered_or_refused_and_never_breaks(changes: list[tuple[int, str, str]]) -> None:
    tokens = list(TOKENS)
    for position, how, piece in changes:
        tokens[position : position + (how != "add")] = [] if how == "drop" else [piece]
    sql = " ".join(tokens)
    response = Caller(make()).ask(sql, *["1"] * sql.count("?"))
    assert response.status in (200, 400)
    assert response.status == 200 or changes


def test_a_fixed_amount_has_its_item_on_the_line(erp: Caller) -> None:
    invoice = erp.put("invoice", "I-1", invoice_body(item=fixed("10", quantity=Decimal("2.5"))))
    columns = "id, mainline, BUILTIN.DF(item) i, quantity, rate, netamount n"
    assert erp.rows(f"SELECT {columns} FROM transactionline WHERE transaction = ? ORDER BY id", invoice) == [
        {"id": "0", "mainline": "T", "n": "30.00"},
        {"id": "1", "mainline": "F", "i": "FIXED", "quantity": "2.5", "rate": "10.00", "n": "-25.00"},
        {"id": "2", "mainline": "F", "n": "-5.00"},
    ]
    paid = "SELECT amountunpaid u FROM transactionaccountingline WHERE transaction = ? AND transactionline = 0"
    assert erp.rows(paid, invoice) == [{"u": "30.00"}]
