"""Kantata's query conventions (psa-kantata.md section 3) as SQL on the store: filters, ``only``, order, paging.

Paging, unknown orders and unknown parameters behave like the vendor's open presenter library (mavenlink/brainstem):
numbers that are none count as 0, an unknown order falls back to the default, an unknown parameter is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from mocks.psa.errors import malformed
from sandbox.core.clock import instant
from sandbox.core.wire import Request

PER_PAGE, PER_PAGE_MAX = 20, 200
REFERENCES_MAX = 200

Params = Mapping[str, str]
# A condition in SQL and the values bound in it.
Clause = tuple[str, list[Any]]
Filter = Callable[[str, str, datetime], Clause]


def params_of(request: Request) -> Params:
    """The parameters of a query; a Rails list ``only[]=1&only[]=2`` means the same as ``only=1,2``."""
    params = request.params()
    if not any(name.endswith("[]") for name in params):
        return params
    lists: dict[str, list[str]] = {}
    for name, value in request.param_list():
        if name.endswith("[]"):
            lists.setdefault(name.removesuffix("[]"), []).append(value)
    plain = {name: value for name, value in params.items() if not name.endswith("[]")}
    return {**plain, **{name: ",".join(values) for name, values in lists.items()}}


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are wanted, and how the answer calls them."""

    limit: int
    offset: int
    number: int


FIRST_PAGE = Page(PER_PAGE, 0, 1)


def page_of(params: Params) -> Page:
    """``limit`` and ``offset`` together win over ``page`` and ``per_page``; sizes are clamped to 1..200."""
    if params.get("limit") and params.get("offset"):
        limit = min(max(_whole(params["limit"]), 1), PER_PAGE_MAX)
        offset = max(_whole(params["offset"]), 0)
        return Page(limit, offset, offset // limit + 1)
    limit = min(_whole(params.get("per_page", "")), PER_PAGE_MAX)
    if limit < 1:
        limit = PER_PAGE
    number = max(_whole(params.get("page", "")), 1)
    return Page(limit, limit * (number - 1), number)


def _whole(text: str) -> int:
    # Nine digits are more than any page and keep the product within SQLite's integers.
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def order_sql(orders: Mapping[str, str], default: str, wanted: str | None) -> str:
    """``ORDER BY`` terms of ``field:asc|desc``, made total by the id."""
    name, _, direction = (wanted or default).partition(":")
    if name not in orders:
        name, _, direction = default.partition(":")
    way = "DESC" if direction == "desc" else "ASC"
    return f'"{orders[name]}" {way}, "id" {way}'


# -- values ---------------------------------------------------------------------------------------------------------


def datetime_us(name: str, text: str, epoch: datetime) -> int:
    """An ISO datetime of the query string as an instant; without a zone it is UTC. Raises 400."""
    try:
        # An unescaped "+" of an offset arrives as a blank.
        when = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return instant(epoch, when if when.tzinfo is not None else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as wrong:
        raise malformed(f"{name}: expected an ISO 8601 datetime, got {text!r}.") from wrong


def flag_of(name: str, text: str) -> bool:
    """``true`` or ``false``; raises 400."""
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    raise malformed(f"{name}: expected true or false, got {text!r}.")


def ids_of(text: str) -> list[str]:
    """Comma-separated values."""
    return [each for part in text.split(",") if (each := part.strip())]


def in_list(column: str, values: list[str]) -> Clause:
    """One statement text for any number of values."""
    if len(values) == 1:
        return f"{column} = ?", values
    return f"{column} IN (SELECT value FROM json_each(?))", [orjson.dumps(values).decode()]


# -- filters --------------------------------------------------------------------------------------------------------


def equals(column: str) -> Filter:
    """One value, or any of a comma-separated list."""
    return lambda name, text, epoch: in_list(column, ids_of(text) or [""])


def flag(yes: str, no: str) -> Filter:
    """One condition for true and one for false."""
    return lambda name, text, epoch: (yes if flag_of(name, text) else no, [])


def column_flag(column: str) -> Filter:
    """A boolean attribute."""
    return flag(f"{column} = 1", f"{column} = 0")


def whatever(sql: str) -> Filter:
    """True when present, whatever the value (section 3: the vendor's trap)."""
    return lambda name, text, epoch: (sql, [])


def after(column: str) -> Filter:
    """Strictly after an instant."""
    return lambda name, text, epoch: (f"{column} > ?", [datetime_us(name, text, epoch)])


def before(column: str) -> Filter:
    """Strictly before an instant."""
    return lambda name, text, epoch: (f"{column} < ?", [datetime_us(name, text, epoch)])


def dates_between(column: str) -> Filter:
    """``2026-01-01:2026-01-31``, both days included."""

    def condition(name: str, text: str, epoch: datetime) -> Clause:
        try:
            first, last = (date.fromisoformat(each).isoformat() for each in text.split(":"))
        except ValueError as wrong:
            raise malformed(f"{name}: expected two dates YYYY-MM-DD:YYYY-MM-DD, got {text!r}.") from wrong
        return f"{column} BETWEEN ? AND ?", [first, last]

    return condition


def members_of(sql: str) -> Filter:
    """Any of a comma-separated list, bound into a condition of our own as a JSON list."""
    return lambda name, text, epoch: (sql, [orjson.dumps(ids_of(text)).decode()])


STAMPS: Mapping[str, Filter] = {
    "only": equals("id"),
    "created_after": after("_created_us"),
    "created_before": before("_created_us"),
    "updated_after": after("_modified_us"),
    "updated_before": before("_modified_us"),
}

# -- keys in other systems ------------------------------------------------------------------------------------------

_PREFIX = "external_reference_"
_KEYS = ("service_name", "service_model", "service_model_ref", "status")
_REFERENCED = "id IN (SELECT subject_id FROM external_reference WHERE subject_type = ? AND _deleted = 0{})"


def reference_clauses(subject_type: str, params: Params) -> list[Clause]:
    """Conditions on external references: those of one query must hold for one and the same reference."""
    terms, values = "", [subject_type]
    for name in params:
        if not name.startswith(_PREFIX):
            continue
        key = name.removeprefix(_PREFIX)
        if key in _KEYS:
            terms, values = f"{terms} AND {key} = ?", [*values, params[name]]
        elif key == "service_model_refs":
            wanted = ids_of(params[name])
            if len(wanted) > REFERENCES_MAX:
                raise malformed(f"{name}: at most {REFERENCES_MAX} values.")
            condition, bound = in_list("service_model_ref", wanted or [""])
            terms, values = f"{terms} AND {condition}", [*values, *bound]
    clauses: list[Clause] = [(_REFERENCED.format(terms), values)] if terms else []
    if "has_external_references" in params:
        wants = flag_of("has_external_references", params["has_external_references"])
        clauses.append((("" if wants else "NOT ") + _REFERENCED.format(""), [subject_type]))
    if "without_external_reference_service_name" in params:
        name = params["without_external_reference_service_name"]
        clauses.append((f"NOT {_REFERENCED.format(' AND service_name = ?')}", [subject_type, name]))
    return clauses
