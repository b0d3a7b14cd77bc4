"""What a tenant adds to Workday: custom fields of workers, as columns of reports and fields of the query language.

Values are set up, not entered: they are no records and have no history. Raises ShapeMistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from mocks.hris.columns import BOOLEAN, DATE, DECIMAL, STRING, Columns, columns_of
from mocks.hris.query import FIELDS
from mocks.hris.reports_absence import REPORTS
from sandbox.core.tenant_shape import HrisField, HrisShape, Place, ShapeMistake, unknown

_KINDS = {"text": STRING, "date": DATE, "number": DECIMAL, "boolean": BOOLEAN}
_QUERIED = {"text": "text", "date": "date", "number": "hundredths", "boolean": "boolean"}
# Reports with a row per worker; the others have nobody a field could belong to.
_ABOUT_WORKERS = tuple(name for name in REPORTS if "Employee_ID" in columns_of(name, with_salaries=False))
# How the query language tells a field of the tenant from Workday's own (assumed).
_PREFIX = "cf_"


@dataclass(frozen=True, slots=True)
class WorkerFields:
    """The custom fields of a tenant."""

    fields: tuple[HrisField, ...] = ()
    by_report: Mapping[str, tuple[HrisField, ...]] = field(default_factory=dict)

    def columns(self, report: str) -> Columns:
        """What a report has beyond the columns of every tenant."""
        return {each.name: _KINDS[each.type] for each in self.by_report.get(report, ())}

    def extended(self, report: str, entry: dict[str, str]) -> dict[str, str]:
        """An entry of a report with the worker's values behind it; blank ones are left out."""
        own = self.by_report.get(report)
        if own is None:
            return entry
        found = ((each.name, _value(each, entry["Employee_ID"])) for each in own)
        return {**entry, **{name: value for name, value in found if value is not None}}

    @property
    def queried(self) -> tuple[tuple[str, str], ...]:
        """Names and kinds of the fields in the query language."""
        return tuple((_PREFIX + each.name, _QUERIED[each.type]) for each in self.fields)

    def of_worker(self, employee_id: str) -> dict[str, str | int | None]:
        """A worker's values as the query language keeps them."""
        return {_PREFIX + each.name: _kept(each, _value(each, employee_id)) for each in self.fields}


def fields_of(shape: HrisShape) -> WorkerFields:
    """The custom fields of a tenant of this shape."""
    by_report: dict[str, tuple[HrisField, ...]] = {}
    names: set[str] = set()
    for at, each in enumerate(shape.worker_fields):
        place: Place = ("hris", "worker_fields", at)
        if each.name in names or _PREFIX + each.name in FIELDS:
            raise ShapeMistake((*place, "name"), f"workers have a field {each.name} already")
        names.add(each.name)
        _check_values(each, place)
        for number, report in enumerate(each.reports):
            if report not in _ABOUT_WORKERS:
                raise unknown((*place, "reports", number), "report about workers", report, _ABOUT_WORKERS)
            if each.name in columns_of(report, with_salaries=True):
                raise ShapeMistake((*place, "name"), f"{report} has a column {each.name} already")
            by_report[report] = (*by_report.get(report, ()), each)
    return WorkerFields(shape.worker_fields, by_report)


def _check_values(field: HrisField, place: Place) -> None:
    if field.value is not None and not _FITS[field.type](field.value):
        raise ShapeMistake((*place, "value"), f"{field.name}: {field.value!r} is no {field.type}")
    for employee_id, value in field.values.items():
        if not _FITS[field.type](value):
            raise ShapeMistake((*place, "values", employee_id), f"{field.name}: {value!r} is no {field.type}")


def _value(field: HrisField, employee_id: str) -> str | None:
    return field.values.get(employee_id, field.value)


def _kept(field: HrisField, value: str | None) -> str | int | None:
    if value is None:
        return 0 if field.type == "boolean" else None
    if field.type == "number":
        return int(Decimal(value) * 100)
    return int(value) if field.type == "boolean" else value


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    """At most two decimals, which is what the query language compares."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and abs(number) < 10**12 and number * 100 % 1 == 0


_FITS: Mapping[str, Callable[[str], bool]] = {
    "text": lambda text: True,
    "date": _is_date,
    "number": _is_number,
    "boolean": lambda text: text in ("0", "1"),
}
