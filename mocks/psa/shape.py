"""What a tenant adds to Kantata: custom fields, some of them required of every new project. Raises ShapeMistake.

The API shows which fields there are, not which an account requires; a project made without one is refused (assumed).
"""

from __future__ import annotations

from mocks.kit.records import RecordType
from mocks.psa import records
from mocks.psa.records_settings import FIELD_SUBJECTS, REQUIRED_FIELD, VALUE_TYPES
from sandbox.core.tenant_shape import PsaField, PsaShape, ShapeMistake, unknown
from sandbox.core.tenants import PsaCustomField

# A project takes its values in the request that makes it; tasks, users and groups get theirs afterwards.
_REQUIRABLE = "Workspace"


def record_types_of(shape: PsaShape) -> tuple[RecordType, ...]:
    """The record types of an account of this shape."""
    if not any(each.required for each in shape.custom_fields):
        return records.ALL
    return (*records.ALL, REQUIRED_FIELD)


def fields_of(shape: PsaShape) -> dict[PsaCustomField, bool]:
    """Custom fields, and whether they are required."""
    found: dict[PsaCustomField, bool] = {}
    for at, each in enumerate(shape.custom_fields):
        _check(each, at)
        field = PsaCustomField(each.subject, each.name, each.type, each.choices)
        if any((known.subject, known.name) == (field.subject, field.name) for known in found):
            raise ShapeMistake(("psa", "custom_fields", at, "name"), f"{each.subject} has a field {each.name} already")
        found[field] = each.required
    return found


def _check(field: PsaField, at: int) -> None:
    place = ("psa", "custom_fields", at)
    if field.subject not in FIELD_SUBJECTS:
        raise unknown((*place, "subject"), "subject of custom fields", field.subject, FIELD_SUBJECTS)
    if field.type not in VALUE_TYPES:
        raise unknown((*place, "type"), "type of custom field", field.type, VALUE_TYPES)
    if bool(field.choices) != (field.type in ("single", "multi")):
        raise ShapeMistake((*place, "choices"), f"{field.name}: choices are of single and multi fields alone")
    if field.required and field.subject != _REQUIRABLE:
        raise ShapeMistake((*place, "required"), f"{field.name}: only a field of {_REQUIRABLE} can be required")
