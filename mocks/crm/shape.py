"""What a tenant adds to its objects: fields, objects of its own, validation rules. Raises ShapeMistake.

A field that was added later is empty on the records there are; what it requires is asked of those that are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mocks.crm.fields import Column, currency, day, flag, lookup, number, percent, picklist, text
from mocks.crm.objects import SObject
from mocks.crm.organisation import Org
from mocks.crm.policies import Policies
from mocks.crm.records import STANDARD, Schema
from sandbox.core.errors import UsageError
from sandbox.core.ids import salesforce_id
from sandbox.core.tenant_shape import CrmField, CrmShape, Place, ShapeMistake, unknown
from sandbox.core.tenants import CrmValidationRule

# Prefixes of custom objects: a00, a01 and so on, in order of the document.
_OBJECTS_MAX = 100
_UNIQUE = ("text", "email")
_DEFAULTED = ("text", "picklist", "checkbox")


def schema_of(shape: CrmShape) -> Schema:
    """The objects of a tenant of this shape; that of every tenant when it adds nothing."""
    if not shape.objects and not shape.fields:
        return STANDARD
    if len(shape.objects) > _OBJECTS_MAX:
        raise ShapeMistake(("crm", "objects"), f"at most {_OBJECTS_MAX} custom objects")
    own = {each.name: _object(number, each.label, each.plural, each.name) for number, each in enumerate(shape.objects)}
    if len(own) < len(shape.objects):
        raise ShapeMistake(("crm", "objects"), "an object is named twice")
    known = {**STANDARD.by_name, **own}
    added: dict[str, list[Column]] = {}
    for at, each in enumerate(shape.objects):
        added[each.name] = _columns(each.fields, known, ("crm", "objects", at, "fields"))
    for name, fields in shape.fields.items():
        place: Place = ("crm", "fields", name)
        if name not in known:
            raise unknown(place, "object", name, known)
        if not known[name].writable:
            raise ShapeMistake(place, f"{name} takes no custom fields")
        added.setdefault(name, []).extend(_columns(fields, known, place))
    return Schema(_extended(sobject, added.get(name, [])) for name, sobject in known.items())


def rules_of(shape: CrmShape) -> tuple[CrmValidationRule, ...]:
    """The validation rules of a tenant of this shape."""
    return tuple(
        CrmValidationRule(each.name, each.object, each.condition, each.message, each.field)
        for each in shape.validation_rules
    )


def check(shape: CrmShape) -> None:
    """Raises ShapeMistake for anything the vendor would not take, conditions of rules included."""
    schema = schema_of(shape)
    org = Org(salesforce_id("00D", "shape"), "", datetime(2026, 1, 1, tzinfo=UTC), "", ("USD",), "USD", "", schema)
    for at, rule in enumerate(shape.validation_rules):
        place: Place = ("crm", "validation_rules", at)
        try:
            Policies(org, rules_of(CrmShape(validation_rules=(rule,))), ())
        except UsageError as wrong:
            raise ShapeMistake(place, wrong.message) from wrong
        fields = schema.by_lower[rule.object.lower()].by_name
        if rule.field and rule.field not in fields:
            raise unknown((*place, "field"), f"field of {rule.object}", rule.field, fields)


def _object(at: int, label: str, plural: str, name: str) -> SObject:
    return SObject(
        name, f"a{at:02d}", plural, (text("Name", 80, required=True, indexed=True),), owned=True, label=label
    )


def _extended(sobject: SObject, columns: list[Column]) -> SObject:
    if not columns:
        return sobject
    names = [each.name.lower() for each in (*sobject.columns, *columns)]
    for name in names:
        if names.count(name) > 1:
            raise ShapeMistake(("crm", "fields", sobject.name), f"{sobject.name} has a field {name} already")
    return replace(sobject, own=(*sobject.own, *columns))


def _columns(fields: Iterable[CrmField], known: Mapping[str, SObject], place: Place) -> list[Column]:
    return [_column(each, known, (*place, at)) for at, each in enumerate(fields)]


def _column(field: CrmField, known: Mapping[str, SObject], place: Place) -> Column:
    _check(field, known, place)
    common: dict[str, Any] = {
        "required": field.required,
        "unique": field.unique,
        "external_id": field.external_id,
        "title": field.label,
    }
    if field.default is not None:
        common |= {"default": int(field.default) if isinstance(field.default, bool) else field.default}
        common |= {"defaulted": True} if field.type != "checkbox" else {}
    return _MAKERS[field.type](field, common)


def _check(field: CrmField, known: Mapping[str, SObject], place: Place) -> None:
    """What the vendor's set-up does not offer either."""
    if field.type == "lookup" and field.to not in known:
        raise unknown((*place, "to"), "object", field.to, known)
    if field.type == "picklist" and not field.choices:
        raise ShapeMistake((*place, "choices"), f"{field.name}: a picklist has choices")
    if field.type == "checkbox" and field.required:
        raise ShapeMistake((*place, "required"), f"{field.name}: a checkbox always has a value")
    if (field.unique or field.external_id) and field.type not in _UNIQUE:
        where = "unique" if field.unique else "external_id"
        raise ShapeMistake((*place, where), f"{field.name}: only {' and '.join(_UNIQUE)} fields may be {where}")
    if field.scale >= field.precision:
        raise ShapeMistake((*place, "scale"), f"{field.name}: scale must be below precision")
    if field.default is None:
        return
    fits = isinstance(field.default, bool) == (field.type == "checkbox")
    if field.type not in _DEFAULTED or not fits:
        raise ShapeMistake((*place, "default"), f"{field.name}: no default of a {field.type} field, {field.default!r}")
    if field.type == "picklist" and field.default not in field.choices:
        raise unknown((*place, "default"), "choice", str(field.default), field.choices)


def _plain(kind: str) -> Callable[[CrmField, dict[str, Any]], Column]:
    return lambda field, common: Column(field.name, kind, length=field.length, **common)


def _checkbox(field: CrmField, common: dict[str, Any]) -> Column:
    default = common.pop("default", 0)
    return replace(flag(field.name, **common), default=default)


def _lookup(field: CrmField, common: dict[str, Any]) -> Column:
    """A required one keeps its parent from being deleted, as the vendor has it."""
    children = f"{field.children}__r" if field.children else None
    held = {"on_delete": "restrict"} if field.required else {}
    return lookup(field.name, field.to, children, **common, **held)


_MAKERS: Mapping[str, Callable[[CrmField, dict[str, Any]], Column]] = {
    "text": lambda field, common: text(field.name, field.length, **common),
    **{kind: _plain(kind) for kind in ("textarea", "email", "phone", "url")},
    "picklist": lambda field, common: picklist(field.name, *field.choices, restricted=field.restricted, **common),
    "number": lambda field, common: number(field.name, field.precision, field.scale, **common),
    "currency": lambda field, common: replace(currency(field.name, field.scale, **common), precision=field.precision),
    "percent": lambda field, common: percent(field.name, field.precision, field.scale, **common),
    "checkbox": _checkbox,
    "date": lambda field, common: day(field.name, **common),
    "datetime": lambda field, common: Column(field.name, "datetime", **common),
    "lookup": _lookup,
}
