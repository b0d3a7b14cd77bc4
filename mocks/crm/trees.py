"""New records with their children in one body: all of them or none (section 5, tree)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mocks.crm import errors, writes
from mocks.crm.batches import check_count, item_error
from mocks.crm.bodies import list_of, text_of
from mocks.crm.objects import SObject
from mocks.crm.records import Schema
from mocks.kit.app import Call

_DEPTH_MAX, _OBJECTS_MAX = 5, 5


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A record of the tree: its object, name, values, and the field and name of the record it hangs on."""

    sobject: SObject
    name: str
    values: dict[str, Any]
    field: str = ""
    parent: str = ""


class _Undone(Exception):
    """Everything is taken back; never seen outside."""


def planted(call: Call, sobject: str, sent: dict[str, Any]) -> tuple[bool, list[dict[str, Any]]]:
    """Whether anything was refused, and the ids of all records or the errors of those that were refused.

    Raises CrmRefusal for a body that is no tree.
    """
    root = writes.writable(call.mock.schema, sobject, "inserted")
    leaves = list(_level(call.mock.schema, root, list_of(sent, "records")))
    check_count(len(leaves))
    if len({leaf.name for leaf in leaves}) < len(leaves):
        raise errors.CrmRefusal(400, "INVALID_INPUT", "A referenceId is given twice in this request")
    if len({leaf.sobject.name for leaf in leaves}) > _OBJECTS_MAX:
        raise errors.CrmRefusal(400, "INVALID_INPUT", f"A tree has records of at most {_OBJECTS_MAX} objects")
    desk = writes.desk_of(call)
    ids: dict[str, str] = {}
    refused: list[dict[str, Any]] = []

    def plant() -> None:
        for leaf in leaves:
            # What hangs on a record that was refused says nothing more.
            if leaf.parent and leaf.parent not in ids:
                continue
            values = {**leaf.values, leaf.field: ids[leaf.parent]} if leaf.parent else leaf.values
            try:
                with call.store.savepoint():
                    ids[leaf.name] = writes.create(desk, leaf.sobject.name, values)["Id"]
            except errors.CrmRefusal as refusal:
                refused.append({"referenceId": leaf.name, "errors": [item_error(refusal)]})
        if refused:
            raise _Undone

    try:
        with call.store.savepoint():
            plant()
    except _Undone:
        return True, refused
    return False, [{"referenceId": leaf.name, "id": ids[leaf.name]} for leaf in leaves]


def _level(
    schema: Schema,
    sobject: SObject,
    records: list[Any],
    field: str = "",
    parents: tuple[str, ...] = (),
    depth: int = 1,
) -> Iterator[_Leaf]:
    """The records of a level, then what hangs on them; ``parents`` names the one each hangs on."""
    if depth > _DEPTH_MAX:
        raise errors.CrmRefusal(400, "INVALID_INPUT", f"A tree is at most {_DEPTH_MAX} levels deep")
    below: dict[str, tuple[SObject, str, list[Any], list[str]]] = {}
    for record, parent in zip(records, parents or ("",) * len(records), strict=True):
        name = writes.object_of_item(record)
        if name.lower() != sobject.name.lower():
            raise errors.CrmRefusal(400, "INVALID_TYPE", f"a {sobject.name} stands here, not a {name[:80]}")
        reference = text_of(record["attributes"], "referenceId")
        values: dict[str, Any] = {}
        for key, value in record.items():
            if not (isinstance(value, dict) and "records" in value):
                values[key] = value
                continue
            child, column = _relationship(schema, sobject, key)
            children = list_of(value, "records")
            _, _, known, names = below.setdefault(key.lower(), (child, column, [], []))
            known += children
            names += [reference] * len(children)
        yield _Leaf(sobject, reference, values, field, parent)
    for child, column, children, names in below.values():
        yield from _level(schema, child, children, column, tuple(names), depth + 1)


def _relationship(schema: Schema, sobject: SObject, name: str) -> tuple[SObject, str]:
    for child, column in schema.children[sobject.name]:
        if column.children is not None and column.children.lower() == name.lower():
            return child, column.name
    raise errors.no_such_field(name, sobject.name)
