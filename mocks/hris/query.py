"""WQL to SQL: conditions, order and pages over workers as of a date, as known at a moment.

The state of a worker is a projection of events and is computed in one place (``rules_state``); SQL sees it as JSON.
A comparison with a blank is false, its negation true; texts compare exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mocks.hris.wql_grammar import parse

if TYPE_CHECKING:
    from lark import Tree

# Fields by name: text, date, boolean, hundredths (a number kept as whole hundredths) or instance (id and descriptor).
FIELDS: dict[str, str] = {
    "workdayID": "text",
    "worker": "instance",
    "employeeID": "text",
    "fullName": "text",
    "firstName": "text",
    "lastName": "text",
    "email_Work": "text",
    "employeeType": "text",
    "workerActive": "boolean",
    "hireDate": "date",
    "originalHireDate": "date",
    "terminationDate": "date",
    "jobTitle": "text",
    "company": "instance",
    "location": "instance",
    "manager": "instance",
    "FTE": "hundredths",
    "onLeave": "boolean",
    "leaveType": "text",
    "isRehire": "boolean",
}
# Which workers a source has: those who work on the day, or everybody who was ever hired.
SOURCES = {"allWorkers": True, "allActiveAndTerminatedWorkers": False}
FILTERS = {"activeWorkersFilter": "workerActive"}
_PARAMETERS = ("effectiveAsOfDate", "entryMoment", "dataSourceFilter")
# Bounds of a condition: assumed. Below what SQLite takes as depth of an expression.
_DEPTH_MAX = 20
_TERMS_MAX = 800
_ORDERED = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query. ``columns`` are (alias, field); ``where`` and ``order`` are SQL; ``limit`` counts all pages."""

    columns: tuple[tuple[str, str], ...]
    parameters: Mapping[str, str]
    where: str
    arguments: tuple[Any, ...]
    order: str
    limit: int
    fields: Mapping[str, str]

    def count_sql(self) -> str:
        """How many rows there are in all."""
        return f"SELECT count(*) AS n FROM json_each(?) w WHERE {self.where}"

    def page_sql(self) -> str:
        """One page; takes the rows, the arguments, limit and offset."""
        return f"SELECT w.value AS row FROM json_each(?) w WHERE {self.where} ORDER BY {self.order} LIMIT ? OFFSET ?"

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of the wire."""
        return {alias: _RENDERERS[self.fields[name]](row, name) for alias, name in self.columns}


_RENDERERS: dict[str, Callable[[Mapping[str, Any], str], Any]] = {
    "text": lambda row, name: row[name],
    "date": lambda row, name: row[name],
    "boolean": lambda row, name: bool(row[name]),
    "hundredths": lambda row, name: Decimal(row[name]) / 100,
    "instance": lambda row, name: (
        None if row[name] is None else {"id": row[name], "descriptor": row[f"{name}.descriptor"]}
    ),
}


@lru_cache(maxsize=256)
def plan_of(text: str, added: tuple[tuple[str, str], ...] = ()) -> Plan:
    """Compile a query; ``added`` are the tenant's own fields. Raises ValueError saying what does not hold."""
    tree, fields = parse(text), {**FIELDS, **dict(added)}
    clauses = {str(each.data): each for each in _trees(tree)}
    source = _tokens(tree, "NAME")[0]
    if source not in SOURCES:
        raise ValueError(f"there is no data source {source}")
    parameters = _parameters(clauses.get("parameters"))
    conditions = _Conditions(fields)
    where = conditions.compile(_trees(clauses["where"])[0]) if "where" in clauses else "1"
    only = [_value("workerActive")] if SOURCES[source] else []
    if "dataSourceFilter" in parameters:
        only.append(_value(FILTERS[parameters["dataSourceFilter"]]))
    limit = Decimal(_tokens(clauses["limit"], "NUMBER")[0]) if "limit" in clauses else Decimal(2**40)
    if limit < 1 or limit % 1:
        raise ValueError("LIMIT takes a whole number from 1 on")
    return Plan(
        _columns(clauses["selection"], fields),
        parameters,
        " AND ".join([*only, f"({where})"]),
        tuple(conditions.arguments),
        _order(clauses.get("order"), fields),
        int(limit),
        fields,
    )


def _columns(selection: Tree[Any], fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    columns = []
    for item in _trees(selection):
        names = _tokens(item, "NAME")
        columns.append((names[-1], _known(names[0], fields)))
    if len({alias for alias, _ in columns}) < len(columns):
        raise ValueError("two columns have the same name")
    return tuple(columns)


def _parameters(tree: Tree[Any] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in _trees(tree) if tree is not None else ():
        name, value = (str(child) for child in each.children)
        if name not in _PARAMETERS or name in found:
            raise ValueError(f"{name} is no parameter here, or stands twice")
        found[name] = _unquoted(value)
    if found.get("dataSourceFilter", "activeWorkersFilter") not in FILTERS:
        raise ValueError(f"there is no filter {found['dataSourceFilter']}")
    return found


def _order(tree: Tree[Any] | None, fields: Mapping[str, str]) -> str:
    terms = []
    for each in _trees(tree) if tree is not None else ():
        name = _known(_tokens(each, "NAME")[0], fields)
        # An instance is ordered by what a person reads.
        column = _value(f"{name}.descriptor" if fields[name] == "instance" else name)
        terms.append(f"{column} DESC" if _tokens(each, "DESC") else column)
    return ", ".join([*terms, _value("employeeID")])


class _Conditions:
    """Compiles conditions; ``arguments`` are their literals in order."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self.arguments: list[Any] = []
        self._terms = 0

    def compile(self, tree: Tree[Any], depth: int = 0) -> str:
        """SQL of a condition; raises ValueError, also for what is larger than SQLite takes."""
        kind = str(tree.data)
        self._terms += len(tree.children)
        if depth > _DEPTH_MAX or self._terms > _TERMS_MAX:
            raise ValueError("there are too many conditions")
        if kind == "negation":
            return f"NOT {self.compile(_trees(tree)[0], depth + 1)}"
        if kind in ("all_of", "any_of"):
            parts = [self.compile(each, depth + 1) for each in _trees(tree)]
            return "(" + (" AND " if kind == "all_of" else " OR ").join(parts) + ")"
        name = _known(_tokens(tree, "NAME")[0], self._fields)
        if kind in ("empty", "filled"):
            return f"({_value(name)} IS {'NOT ' if kind == 'filled' else ''}NULL)"
        literals = _trees(tree)
        if kind == "compared":
            return self._compared(name, _tokens(tree, "OP")[0], literals[0])
        self.arguments += [_literal(name, self._fields[name], each) for each in literals]
        within = f"coalesce({_value(name)} IN ({', '.join('?' * len(literals))}), 0)"
        return within if kind == "within" else f"NOT {within}"

    def _compared(self, name: str, operator: str, literal: Tree[Any]) -> str:
        if operator in _ORDERED and self._fields[name] in ("boolean", "instance"):
            raise ValueError(f"{name} compares with = and != only")
        self.arguments.append(_literal(name, self._fields[name], literal))
        if operator in _ORDERED:
            return f"coalesce({_value(name)} {operator} ?, 0)"
        equal = f"coalesce({_value(name)} = ?, 0)"
        return equal if operator == "=" else f"NOT {equal}"


def _literal(name: str, kind: str, tree: Tree[Any]) -> str | int:
    literal = str(tree.data)
    if kind == "boolean" and literal in ("true", "false"):
        return int(literal == "true")
    if kind == "hundredths" and literal == "number":
        scaled = Decimal(str(tree.children[0])) * 100
        if scaled % 1 == 0:
            return int(scaled)
        raise ValueError(f"{name} has two decimals")
    if kind in ("text", "date", "instance") and literal == "string":
        text = _unquoted(str(tree.children[0]))
        if kind == "date" and not _is_date(text):
            raise ValueError(f"{name}: expected 'YYYY-MM-DD', got {text!r}")
        return text
    raise ValueError(f"{name} is of type {kind}, which a {literal} does not fit")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _known(name: str, fields: Mapping[str, str]) -> str:
    if name not in fields:
        raise ValueError(f"there is no field {name}")
    return name


def _value(key: str) -> str:
    return f"json_extract(w.value, '$.\"{key}\"')"


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote) if quote in "'\"" else text


def _trees(tree: Tree[Any]) -> list[Tree[Any]]:
    return [each for each in tree.children if hasattr(each, "data")]


def _tokens(tree: Tree[Any], kind: str) -> list[str]:
    return [str(each) for each in tree.children if getattr(each, "type", None) == kind]
