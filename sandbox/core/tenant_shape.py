"""What a tenant adds to the shape of each system: fields, objects, choices, what is required, rules.

Values only, as a tenant file (``--tenant``) spells them: vendors' names, for they are what a client sees. Each mock's
``shape.py`` says what they mean there and refuses what its vendor does not have, naming the place in the document.
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from sandbox.core.errors import UsageError, nearest
from sandbox.core.money import plain

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Place = tuple[str | int, ...]


def _on_the_wire(value: Any) -> Any:
    """A date, number or truth of YAML as a report spells it."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return plain(Decimal(value)) if isinstance(value, int | Decimal) else value


Wire = Annotated[Text, BeforeValidator(_on_the_wire)]


class ShapeMistake(UsageError):
    """Something a system does not take; ``place`` leads to it in the tenant file."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{'.'.join(str(part) for part in place)}: {message}", code="bad_tenant")
        self.place = place


def unknown(place: Place, what: str, name: str, known: Any) -> ShapeMistake:
    """The refusal of a name nobody has, with the nearest that there is."""
    names = sorted(known)
    near = nearest(name, names)
    hint = f"; did you mean {near!r}?" if near else f"; known: {', '.join(names)}"
    return ShapeMistake(place, f"no {what} is named {name!r}{hint}")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CrmField(_Model):
    """A custom field of an object. ``length`` is of texts, ``precision`` and ``scale`` of numbers, ``to`` and
    ``children`` (the name of the relationship as the parent sees it, without ``__r``) of lookups."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z](_?[A-Za-z0-9])*__c$", max_length=43)]
    type: Literal[
        "text", "textarea", "email", "phone", "url", "picklist", "number", "currency", "percent", "checkbox", "date",
        "datetime", "lookup",
    ]  # fmt: skip
    label: str = ""
    required: bool = False
    unique: bool = False
    external_id: bool = False
    length: Annotated[int, Field(ge=1, le=255)] = 255
    precision: Annotated[int, Field(ge=1, le=18)] = 18
    scale: Annotated[int, Field(ge=0, le=4)] = 2
    choices: tuple[Text, ...] = ()
    restricted: bool = False
    default: Text | bool | None = None
    to: str = ""
    children: str = ""


class CrmObject(_Model):
    """A custom object; it has ``Name`` and its own fields."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z](_?[A-Za-z0-9])*__c$", max_length=43)]
    label: Text
    plural: Text
    fields: tuple[CrmField, ...] = ()


class CrmRule(_Model):
    """A validation rule: a record of ``object`` for which ``condition`` (that of a SOQL query) holds is refused."""

    name: Text
    object: str
    condition: Text
    message: Text
    field: str = ""


class CrmShape(_Model):
    """``fields`` by object, custom ones included; objects; rules."""

    fields: dict[str, tuple[CrmField, ...]] = {}
    objects: tuple[CrmObject, ...] = ()
    validation_rules: tuple[CrmRule, ...] = ()


class PsaField(_Model):
    """A custom field of a subject; a project or task that is made without a ``required`` one is refused."""

    subject: str
    name: Text
    type: str
    choices: tuple[Text, ...] = ()
    required: bool = False


class PsaShape(_Model):
    """Custom fields of projects, tasks, users and groups."""

    custom_fields: tuple[PsaField, ...] = ()


class ErpField(_Model):
    """A custom field of a record type: its name's prefix says where it belongs (custbody, custentity, custrecord,
    custevent, custcol). ``choices`` maps ids to names; ``to`` is the record type a reference names."""

    name: Annotated[str, StringConstraints(pattern=r"^cust(body|entity|record|event|col)_[a-z0-9_]{1,40}$")]
    type: Literal["text", "date", "checkbox", "integer", "number", "currency", "list", "record"]
    label: str = ""
    mandatory: bool = False
    length: Annotated[int, Field(ge=1, le=4000)] = 300
    choices: dict[str, Text] = {}
    to: str = ""


class ErpShape(_Model):
    """Custom ``fields`` by record type, and standard fields that the forms of this account make ``mandatory``."""

    fields: dict[str, tuple[ErpField, ...]] = {}
    mandatory: dict[str, tuple[str, ...]] = {}


class HrisField(_Model):
    """A custom field of workers: ``value`` for everybody, another for those in ``values`` (by employee id): a text, a
    date, a number, true or false. It is a column of ``reports`` and a field ``cf_`` name of the query
    language."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
    type: Literal["text", "date", "number", "boolean"] = "text"
    value: Wire | None = None
    values: dict[str, Wire] = {}
    reports: tuple[str, ...] = ("Workers_Full", "Workers_Delta")


class HrisShape(_Model):
    """Custom fields of workers."""

    worker_fields: tuple[HrisField, ...] = ()


class RevenueField(_Model):
    """A custom attribute of an upload template: staging column (``Atr1`` to ``Atr60``) and heading. A row without a
    ``required`` one, or with something that is not among ``choices``, is in error with ``code``."""

    name: Annotated[str, StringConstraints(pattern=r"^Atr([1-9]|[1-5][0-9]|60)$")]
    label: Text
    required: bool = False
    choices: tuple[Text, ...] = ()
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,8}-[0-9]{2,5}$")] = "CUST-0001"


class RevenueShape(_Model):
    """Columns added to upload templates, by template."""

    templates: dict[str, tuple[RevenueField, ...]] = {}


class TenantShape(_Model):
    """What a tenant file may add to each system."""

    crm: CrmShape = CrmShape()
    psa: PsaShape = PsaShape()
    erp: ErpShape = ErpShape()
    hris: HrisShape = HrisShape()
    revenue: RevenueShape = RevenueShape()

    @property
    def mark(self) -> str:
        """What tells shapes apart, blank for one that adds nothing: a world on disk goes on in its own alone."""
        return "" if self == AS_SOLD else hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


# Nothing is added: what every tenant of this sandbox has.
AS_SOLD = TenantShape()
