"""SuiteQL: Oracle's SQL to SQLite's over the views of ``query_tables``, once per text, then run and printed in pages.

A translation is a pure function of text and tables, so it is remembered; parsing costs a hundred times what running
does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import TokenType
from sqlglot.errors import SqlglotError

from mocks.erp.errors import bad_query
from mocks.erp.query_kinds import Parameter, bound, printer
from mocks.erp.query_selects import Statement
from mocks.erp.query_tables import Catalogue
from mocks.kit.store import QueryTooLong, Store

# Rows a query may return in total (section 5).
ROWS_MAX = 100_000
_TEXT_MAX = 50_000
# Translations remembered.
_REMEMBERED = 2048


@dataclass(frozen=True, slots=True)
class Translation:
    """A compiled text: SQL of a page and of the count, kinds of parameters, and a printer per column."""

    page_sql: str
    count_sql: str
    parameters: tuple[Parameter, ...]
    printers: tuple[tuple[str, Callable[[Any], str]], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a result, printed, and how many rows there are in all."""

    items: list[dict[str, Any]]
    total: int


@lru_cache(maxsize=_REMEMBERED)
def translated(text: str, epoch: datetime, catalogue: Catalogue) -> Translation:
    """The translation of a query; raises ErpRefusal."""
    if len(text) > _TEXT_MAX or "\0" in text:
        raise bad_query("The query is too long or holds a null character.")
    try:
        marked, parameters = _marked(text)
        statement = Statement(epoch, parameters, catalogue)
        query, columns = statement.query(sqlglot.parse_one(marked, read="oracle"))
        sql = query.sql(dialect="sqlite")
    except SqlglotError as wrong:
        raise bad_query(f"Invalid or unsupported search: {_first_line(wrong)}") from wrong
    except RecursionError as deep:
        raise bad_query("The query is nested too deeply.") from deep
    limit, offset = f"?{parameters + 1}", f"?{parameters + 2}"
    limited = query.args.get("limit") or query.args.get("offset")
    inner = f"SELECT * FROM ({sql})" if limited else sql
    return Translation(
        f"{inner} LIMIT {limit} OFFSET {offset}",
        f"SELECT count(*) AS total FROM ({sql})",
        tuple(statement.compiler.parameters),
        tuple((name, printer(typed.kind, epoch)) for name, typed in columns.items()),
    )


class Queries:
    """Runs queries of a user on one store."""

    def __init__(self, store: Store, epoch: datetime, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._store = store
        self._epoch = epoch

    def run(self, text: str, given: Sequence[Any], limit: int, offset: int) -> Page:
        """A page of a result. All values are texts, columns without a value are left out. Raises ErpRefusal."""
        translation = translated(text, self._epoch, self._catalogue)
        specs = translation.parameters
        if len(given) != len(specs):
            raise bad_query(f"The query has {len(specs)} parameters, {len(given)} were given.")
        values = [bound(value, spec, self._epoch) for value, spec in zip(given, specs, strict=True)]
        try:
            # One row more than asked for tells a last page from a full one, so most answers need no count.
            rows = self._rows(translation.page_sql, [*values, limit + 1, offset])
            if len(rows) > limit or (offset and not rows):
                ((total,),) = self._rows(translation.count_sql, values)
            else:
                total = offset + len(rows)
        except QueryTooLong as long:
            raise bad_query("The query takes too long.") from long
        except sqlite3.Error as wrong:
            raise bad_query(f"Invalid or unsupported search: {wrong}") from wrong
        if total > ROWS_MAX:
            raise bad_query(f"The result has more than {ROWS_MAX} rows.")
        return Page([_printed(row, translation.printers) for row in rows[:limit]], total)

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Sequence[Any]]:
        return [list(row.values()) for row in self._store.select_for_user(sql, values)]


def _printed(row: Sequence[Any], printers: Sequence[tuple[str, Callable[[Any], str]]]) -> dict[str, Any]:
    item: dict[str, Any] = {"links": []}
    for (name, show), value in zip(printers, row, strict=True):
        if value is not None:
            item[name] = show(value)
    return item


def _marked(text: str) -> tuple[str, int]:
    """The text with its ``?`` named by position, and how many there are.

    Raises ErpRefusal for anything but one SELECT, and for parameters written in another way.
    """
    tokens = sqlglot.tokenize(text, read="oracle")
    statement = [each for each in tokens if each.token_type != TokenType.SEMICOLON]
    if tokens[: len(statement)] != statement or not statement:
        raise bad_query("One SELECT statement is expected.")
    if statement[0].token_type not in (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN):
        raise bad_query("Only SELECT statements are supported.")
    pieces, start, count = [], 0, 0
    for token in statement:
        if token.token_type == TokenType.PLACEHOLDER:
            pieces += [text[start : token.start], f":p{count}"]
            start, count = token.end + 1, count + 1
        elif token.token_type in (TokenType.COLON, TokenType.PARAMETER):
            raise bad_query("Parameters are written as question marks.")
    return "".join([*pieces, text[start : statement[-1].end + 1]]), count


def _first_line(wrong: Exception) -> str:
    return str(wrong).splitlines()[0][:200] if str(wrong) else "it cannot be read"
