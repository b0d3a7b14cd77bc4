"""Values of fields as the interface contract describes them: paths over references, tables, templates, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.core.observe import Row
from sandbox.interface import ByAny, ByFactor, ByKey, ByMap, ByTemplate, Constant, Flow, Interface, Value

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SLOT = re.compile(r"\{([^}]+)\}")


class Paths:
    """Walks references between rows, and reads both sides of a flow's fields."""

    def __init__(
        self, interface: Interface, rows: Mapping[str, Mapping[str, Row]], refs: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._interface = interface
        self._rows = rows
        self._refs = refs

    def walk(self, record: str, row: Row, path: str) -> Any:
        """The value a path names, None where a reference leads nowhere."""
        column, _, rest = path.partition(".")
        if not rest:
            return row.get(column)
        other = self._interface.records[record].references[column]
        found = self._rows.get(other, {}).get(row.get(column) or "")
        return None if found is None else self.walk(other, found, rest)

    def ref_of(self, record: str, row: Row, path: str) -> str | None:
        """The ref of the record a path names."""
        column, _, rest = path.partition(".")
        other = self._interface.records[record].references[column]
        native = row.get(column) or ""
        if rest:
            found = self._rows.get(other, {}).get(native)
            return None if found is None else self.ref_of(other, found, rest)
        return self._refs.get(other, {}).get(native)

    def source_values(self, flow: Flow, record: str, row: Row, names: Iterable[str]) -> tuple[Any, ...]:
        """What the named target fields must hold, from the source's row."""
        return tuple(self.read(record, row, flow.fields[name]) for name in names)

    def target_values(self, flow: Flow, row: Row, names: Iterable[str]) -> tuple[Any, ...]:
        """What the named target fields do hold; references as refs."""
        return tuple(self.target_value(flow, row, name) for name in names)

    def target_value(self, flow: Flow, row: Row, name: str) -> Any:
        """One field of a target's row."""
        if isinstance(flow.fields[name], ByKey):
            return self.ref_of(flow.target, row, name)
        return row.get(name)

    def read(self, record: str, row: Row, value: Value) -> Any:
        """A field's value from the source's row."""
        if isinstance(value, str):
            return self.walk(record, row, value)
        if isinstance(value, ByKey):
            return self.ref_of(record, row, value.key)
        return read_value(value, lambda path: self.walk(record, row, path))


def read_value(value: Value, walk: Any) -> Any:
    """A value that needs no references: table, template, factor, constant."""
    if isinstance(value, ByMap):
        found = walk(value.path)
        return value.map.get(str(found), value.map.get("*"))
    if isinstance(value, ByTemplate):
        return _SLOT.sub(lambda slot: str(walk(slot[1])), value.template)
    if isinstance(value, ByFactor):
        found = walk(value.path)
        return None if found is None else Decimal(str(found)) * value.times / value.over
    if isinstance(value, ByAny):
        return value.then if any(walk(path) in wanted for path, wanted in value.any.items()) else value.otherwise
    if isinstance(value, Constant):
        return value.constant
    return walk(value)


def same(left: Any, right: Any) -> bool:
    """Equal, or the same number written differently; absent and empty text are the same nothing."""
    if left == right or (left in (None, "") and right in (None, "")):
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    texts = [str(each) for each in (left, right)]
    return all(_NUMBER.fullmatch(text) for text in texts) and Decimal(texts[0]) == Decimal(texts[1])
