"""What a tenant adds to its upload templates: attributes, which of them must be filled, and with what.

Raises ShapeMistake. A row that breaks such a rule is staged in error under the tenant's own code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mocks.kit.records import Field, RecordType
from mocks.revenue import records
from mocks.revenue.rules_rows import Check, Staged
from mocks.revenue.templates import PSA_TXN, TEMPLATES, Column, Template
from mocks.revenue.views import VIEWS, View, with_attributes
from sandbox.core.observe import Row
from sandbox.core.tenant_shape import RevenueField, RevenueShape, ShapeMistake, unknown


@dataclass(frozen=True, slots=True)
class Uploads:
    """The templates of a tenant by name, the rules it adds to each, and the record types its rows are staged in."""

    templates: Mapping[str, Template]
    checks: Mapping[str, tuple[Check, ...]]
    record_types: tuple[RecordType, ...]
    views: Mapping[str, View]


def uploads_of(shape: RevenueShape) -> Uploads:
    """The uploads of a tenant of this shape; those of every tenant when it adds nothing."""
    if not shape.templates:
        return Uploads(TEMPLATES, {}, records.ALL, VIEWS)
    templates = dict(TEMPLATES)
    checks: dict[str, tuple[Check, ...]] = {}
    added: dict[str, tuple[Field, ...]] = {}
    for name, fields in shape.templates.items():
        if name not in TEMPLATES:
            raise unknown(("revenue", "templates", name), "upload template", name, TEMPLATES)
        template = TEMPLATES[name]
        for at, each in enumerate(fields):
            _check(each, (*template.columns, *map(_column, fields[:at])), name, at)
        templates[name] = replace(template, columns=(*template.columns, *map(_column, fields)))
        checks[name] = tuple(_rule(each) for each in fields if each.required or each.choices)
        added[template.stage] = tuple(Field(each.name.lower()) for each in fields)
    types = [
        replace(each, fields=(*each.fields, *added[each.name])) if each.name in added else each for each in records.ALL
    ]
    attributes = added.get(PSA_TXN.stage, ())
    types[types.index(records.RC_LINE)] = _line_with(attributes)
    return Uploads(templates, checks, tuple(types), with_attributes([each.name for each in attributes]))


def _line_with(attributes: tuple[Field, ...]) -> RecordType:
    """Lines keep what their order row says; bills and events keep theirs on the staged row alone."""
    line = records.RC_LINE
    info = {**line.info, records.ATTRIBUTES: tuple(each.name for each in attributes)}
    return replace(line, fields=(*line.fields, *attributes), info=info)


def _column(field: RevenueField) -> Column:
    """A required attribute has to be in the heading; the others may be left out."""
    return Column(field.label, field.name.lower(), optional=not field.required)


def _check(field: RevenueField, known: tuple[Column, ...], template: str, at: int) -> None:
    for part, value, names in (
        ("name", field.name.lower(), [each.name for each in known]),
        ("label", field.label, [each.label for each in known]),
    ):
        if value in names:
            raise ShapeMistake(("revenue", "templates", template, at, part), f"{template} has {value!r} already")


def _rule(field: RevenueField) -> Check:
    name = field.name.lower()

    def check(row: Staged, org: Row | None) -> str | None:
        value = row.cells[name]
        if not value:
            return f"{field.code} {field.label} is missing" if field.required else None
        if field.choices and value not in field.choices:
            return f"{field.code} {field.label} {value!r} is not one of {', '.join(field.choices)}"
        return None

    return check
