"""Stored rows as JSON of the vendor: references with links and names, list values, durations, sublists, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mocks.erp.books import Books
from mocks.erp.properties import Property, Sublist, display_of, properties_of
from mocks.kit.records import RecordType
from sandbox.core.clock import iso_z
from sandbox.core.money import from_scaled
from sandbox.core.observe import Row

RECORD_PATH = "/services/rest/record/v1"
SINGULAR_JSON = "application/vnd.oracle.resource+json; type=singular"
COLLECTION_JSON = "application/vnd.oracle.resource+json; type=collection"


@dataclass(frozen=True, slots=True)
class Rendering:
    """How one answer is written: base address, and what the client asked for."""

    books: Books
    base: str
    simple_enums: bool = False
    fields: frozenset[str] | None = None

    def href(self, *parts: str) -> str:
        """The address of a record or a part of it."""
        return "/".join((self.base, *parts))


def link(rel: str, href: str) -> dict[str, str]:
    """One entry of ``links``."""
    return {"rel": rel, "href": href}


def singular(how: Rendering, record_type: RecordType, row: Row) -> dict[str, Any]:
    """The body fields of a record; fields without a value are left out."""
    content: dict[str, Any] = {
        "links": [link("self", how.href(record_type.name, row["id"]))],
        "id": row["id"],
    }
    for each in properties_of(record_type).values():
        if each.shown and row[each.name] is not None:
            content[each.name] = value_out(how, each, row[each.name])
    epoch = how.books.clock.epoch
    content["createdDate"] = iso_z(epoch, row["_created_us"])
    content["lastModifiedDate"] = iso_z(epoch, row["_modified_us"])
    if how.fields is not None:
        content = {name: value for name, value in content.items() if name == "links" or name in how.fields}
    return content


def sublist_out(how: Rendering, spec: Sublist, lines: Iterable[Mapping[str, Any]], href: str) -> dict[str, Any]:
    """A sublist written out."""
    items = [
        {
            "links": [link("self", f"{href}/{line['line']}")],
            **{
                name: value_out(how, each, line[name])
                for name, each in spec.properties.items()
                if line.get(name) is not None
            },
        }
        for line in lines
    ]
    return {"links": [link("self", href)], "items": items, "totalResults": len(items)}


def value_out(how: Rendering, spec: Property, value: Any) -> Any:
    """One stored value as JSON data."""
    return _WRITERS[spec.kind](how, spec, value)


def name_of(record_type: RecordType, row: Row) -> str:
    """The ``refName`` of a record."""
    return " ".join(str(row[name]) for name in display_of(record_type) if row[name] is not None)


def page_links(href: str, query: str, limit: int, offset: int, total: int) -> list[dict[str, str]]:
    """Links of a page of a collection: self, then next, last, first and prev as far as there are such."""

    def at(position: int) -> str:
        return f"{href}?{query}limit={limit}&offset={position}"

    links = [link("self", at(offset))]
    last = max(0, (total - 1) // limit * limit)
    if offset + limit < total:
        links += [link("next", at(offset + limit)), link("last", at(last))]
    if offset > 0:
        links += [link("first", at(0)), link("prev", at(max(0, offset - limit)))]
    return links


def page(
    href: str, items: Sequence[dict[str, Any]], limit: int, offset: int, total: int, query: str = ""
) -> dict[str, Any]:
    """A page of a collection."""
    return {
        "links": page_links(href, query, limit, offset, total),
        "count": len(items),
        "hasMore": offset + len(items) < total,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }


def duration(minutes: int) -> str:
    """``H:MM``."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def _same(how: Rendering, spec: Property, value: Any) -> Any:
    return value


def _enum(how: Rendering, spec: Property, value: str) -> Any:
    return value if how.simple_enums else {"id": value, "refName": spec.names[value]}


def _reference(how: Rendering, spec: Property, value: str) -> dict[str, Any]:
    for target in spec.targets:
        row = how.books.row(target, value)
        if row is not None:
            name = name_of(how.books.store.types[target], row)
            return {"links": [link("self", how.href(target, value))], "id": value, "refName": name}
    return {"links": [], "id": value}


_WRITERS: dict[str, Callable[[Rendering, Property, Any], Any]] = {
    "text": _same,
    "date": _same,
    "int": _same,
    "bool": lambda how, spec, value: bool(value),
    "decimal": lambda how, spec, value: Decimal(value),
    "money": lambda how, spec, value: from_scaled(value),
    "number": lambda how, spec, value: from_scaled(value).normalize() + 0,
    "hours": lambda how, spec, value: duration(value),
    "enum": _enum,
    "reference": _reference,
    "document": _reference,
}
