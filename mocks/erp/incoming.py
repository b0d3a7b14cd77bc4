"""JSON of a client into stored values: value formats of erp-netsuite.md section 3.1, sublists of 3.2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mocks.erp import errors
from mocks.erp.books import AMOUNT_MAX, Books
from mocks.erp.properties import Property, Sublist, properties_of, sublists_of
from mocks.erp.records_documents import ALL
from mocks.kit.records import BadValue, RecordType, coerce
from sandbox.core.money import plain
from sandbox.core.observe import Row

_HOURS = re.compile(r"(\d{1,3}):([0-5]\d)")
_MINUTES_A_DAY = 24 * 60
# What a client that sends back what it read carries along.
_CARRIED = frozenset({"id", "links", "refName", "createdDate", "lastModifiedDate"})
_SUBLIST_CARRIED = frozenset({"links", "totalResults", "count", "offset", "hasMore"})
# What a reference may be given by, the surest first, and the field that is looked up for it in each record type.
_HOW = ("id", "externalId", "refName")
_NAMES = {
    "currency": "name",
    "subsidiary": "name",
    "accountingPeriod": "periodName",
    "serviceSaleItem": "itemId",
    "salesTaxItem": "itemId",
    "account": "acctNumber",
    "customer": "entityId",
    "job": "entityId",
    "employee": "entityId",
    "vendor": "entityId",
    "invoice": "tranId",
    "expenseReport": "tranId",
    "salesOrder": "tranId",
    "expenseCategory": "name",
}
_FIELDS: dict[str, dict[str, str]] = {
    "id": {each.name: "id" for each in ALL},
    "externalId": {each.name: "externalId" for each in ALL if "externalId" in each.by_name},
    "refName": _NAMES,
}

Line = dict[str, Any]


@dataclass(slots=True)
class Incoming:
    """A body as stored values. ``sublists`` holds the given ones; those in ``replaced`` are meant as a whole.

    ``emptied`` names the sublists given as null: they are replaced by nothing, whatever the operation. ``cleared``
    names the body fields given as null.
    """

    values: dict[str, Any] = field(default_factory=dict)
    sublists: dict[str, list[Line]] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    emptied: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read(books: Books, record_type: RecordType, body: Any) -> Incoming:
    """The values of a body; raises ErpRefusal for one that does not fit its property.

    A null clears a field: it gets its default back, and a field that the record derives is left to it.
    """
    if not isinstance(body, dict):
        raise errors.invalid_content("The body must be a JSON object.")
    incoming = Incoming()
    properties, sublists = properties_of(record_type), sublists_of(record_type)
    for name, value in body.items():
        found = properties.get(name)
        if found is not None:
            if value is None:
                if found.writable and not found.derived:
                    incoming.values[name] = found.default
                    incoming.cleared.append(name)
            elif found.writable:
                incoming.values[name] = _READERS[found.kind](books, found, value, name)
        elif name in sublists:
            _read_sublist(books, sublists[name], value, incoming)
        elif name not in _CARRIED:
            incoming.unknown.append(name)
    return incoming


def clear_selected(record_type: RecordType, incoming: Incoming, replace: Iterable[str]) -> None:
    """``replaceSelectedFields``: the body fields named in ``replace`` are cleared when not given, no others are."""
    named = frozenset(replace)
    for name in incoming.cleared:
        if name not in named:
            del incoming.values[name]
    for name, found in properties_of(record_type).items():
        if name in named and name not in incoming.values and found.writable and not found.derived:
            incoming.values[name] = found.default


def _read_sublist(books: Books, spec: Sublist, value: Any, incoming: Incoming) -> None:
    if isinstance(value, dict) and "items" not in value and value.keys() <= _SUBLIST_CARRIED:
        # A sublist as it is read when not expanded: links, no lines.
        return
    if not any(each.writable for each in spec.properties.values()):
        return
    items = value.get("items", ()) if isinstance(value, dict) else value
    if items is None:
        incoming.emptied.append(spec.name)
        items = []
    if (
        not isinstance(items, list)
        or not isinstance(value, dict | None)
        or not all(isinstance(each, dict) for each in items)
    ):
        raise errors.invalid_content(f'The sublist {spec.name} must be an object {{"items": [...]}}.', spec.name)
    incoming.sublists[spec.name] = [
        _line(books, spec, item, f"{spec.name}.items[{index}]", incoming.unknown) for index, item in enumerate(items)
    ]


def _line(books: Books, spec: Sublist, item: Mapping[str, Any], path: str, unknown: list[str]) -> Line:
    line: Line = {}
    for name, value in item.items():
        found = spec.properties.get(name)
        if found is None:
            if name not in _CARRIED:
                unknown.append(f"{path}.{name}")
        elif found.writable:
            where = f"{path}.{name}"
            line[name] = None if value is None else _READERS[found.kind](books, found, value, where)
    return line


def _plain_value(books: Books, spec: Property, value: Any, path: str) -> Any:
    if value == "" and spec.kind == "text":
        # An empty text is no value, to NetSuite as to Oracle.
        return None
    try:
        stored = coerce(spec.stored, value)
    except BadValue as bad:
        raise errors.invalid_content(f"The field {spec.name} needs {bad.expected}.", path) from bad
    if spec.kind in ("money", "number") and abs(stored) > AMOUNT_MAX:
        raise errors.invalid_value(value, spec.name, path, "It is too large.")
    return stored


def _decimal_value(books: Books, spec: Property, value: Any, path: str) -> str:
    # 1.080 is 1.08: one spelling, so that the same again changes nothing.
    return plain(Decimal(_plain_value(books, spec, value, path)).normalize() + 0)


def _hours(books: Books, spec: Property, value: Any, path: str) -> int:
    found = _HOURS.fullmatch(value) if isinstance(value, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found else 0
    if not 0 < minutes <= _MINUTES_A_DAY:
        raise errors.invalid_value(value, spec.name, path, "Expected H:MM, more than 0:00 and at most 24:00.")
    return minutes


def _enum(books: Books, spec: Property, value: Any, path: str) -> str:
    given = value.get("id", value.get("refName")) if isinstance(value, dict) else value
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if isinstance(text, str):
        if text in spec.names:
            return text
        for key, label in spec.names.items():
            if label == text:
                return key
    raise errors.invalid_value(shown(value), spec.name, path)


def _reference(books: Books, spec: Property, value: Any, path: str) -> str:
    record_id: str = _document(books, spec, value, path)["id"]
    return record_id


def _document(books: Books, spec: Property, value: Any, path: str) -> Row:
    """The record a reference means: by id, external id or name; bare digits are an id, a bare text is a name."""
    for how, wanted in _ways(value):
        fields = _FIELDS[how]
        for target in spec.targets:
            found = books.by(target, fields[target], wanted) if wanted and target in fields else None
            if found is not None:
                return found
    raise errors.invalid_value(shown(value), spec.name, path)


def _ways(value: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(value, dict):
        for how in _HOW:
            if how in value:
                return ((how, _as_text(value[how])),)
        return ()
    text = _as_text(value)
    return (("id" if text.isdigit() else "refName", text),)


def _as_text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def shown(value: Any) -> str:
    """A reference as it is named in a message."""
    if isinstance(value, dict):
        return next((str(value[how]) for how in _HOW if how in value), "")
    return str(value)


_Reader = Callable[[Books, Property, Any, str], Any]
_READERS: dict[str, _Reader] = {
    "text": _plain_value,
    "date": _plain_value,
    "bool": _plain_value,
    "int": _plain_value,
    "money": _plain_value,
    "number": _plain_value,
    "decimal": _decimal_value,
    "hours": _hours,
    "enum": _enum,
    "reference": _reference,
    "document": _document,
}
