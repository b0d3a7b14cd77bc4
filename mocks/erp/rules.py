"""What all records share: created whole or not at all, changed only where they differ, deleted only when free.

A rule takes the books and stored values, and returns the row or raises ErpRefusal. No HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from mocks.erp import errors
from mocks.erp.books import Books, differing, require
from mocks.erp.properties import added_of, defaults_of
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

Check = Callable[[Books, Row], dict[str, Any]]


def create(books: Books, type_name: str, values: Mapping[str, Any], check: Check) -> Row:
    """A new record. ``check`` refuses what its kind does not allow and returns what it derives."""
    whole = {**defaults(books, type_name), **values}
    require(books.store, type_name, whole)
    return books.insert(type_name, {**whole, **check(books, whole)})


def update(books: Books, type_name: str, row: Row, values: Mapping[str, Any], check: Check) -> Row:
    """A change; the same values again change nothing."""
    changes = differing(row, values)
    if not changes:
        return row
    whole = {**row, **changes}
    require(books.store, type_name, whole)
    changes = differing(row, {**changes, **check(books, whole)})
    return books.update(type_name, row["id"], changes) if changes else row


def defaults(books: Books, type_name: str) -> dict[str, Any]:
    """The defaults of a record type, and None where there is none."""
    return defaults_of(books.store.types[type_name])


def hard(books: Books, type_name: str, changes: Iterable[str], soft: Container[str]) -> list[str]:
    """What may no longer be changed of a posted document: neither ``soft`` nor a custom field of the account, which
    no posting depends on."""
    custom = added_of(books.store.types[type_name])
    return [name for name in changes if name not in soft and name not in custom]


def label_of(values: Mapping[str, Any]) -> str:
    """What a record is told apart by before it has an id: its external id, else its content."""
    external_id = values.get("externalId")
    return f"external id {external_id}" if external_id else canonical(dict(values)).decode()


def unused(books: Books, uses: tuple[tuple[str, str], ...], record_id: str) -> None:
    """Raises ErpRefusal when a record of one of the (type, field) pairs refers to this one."""
    for type_name, field in uses:
        if books.store.one(type_name, {field: record_id}) is not None:
            raise errors.dependent_records(type_name)
