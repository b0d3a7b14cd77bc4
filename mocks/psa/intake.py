"""Reads request bodies: unwraps ``{"workspace": {...}}`` or ``{"workspaces": [{...}, ...]}`` and coerces values.

Attributes nobody knows are dropped, as the vendor does; a value that does not fit is a validation error of its field,
and all of them are reported together. Ids come as numbers or strings and are kept as strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.kit.records import BadValue, Field, coerce
from mocks.psa.errors import PsaRefusal, invalid, invalid_all, malformed, validation
from mocks.psa.forms import FORM, FormText, parse_form, typed
from sandbox.core.wire import Request

BULK_MAX = 100
# ``null`` means "not given" for these: they have no blank state.
_NOT_CLEARED = ("bool", "picklist")
_WHOLE = {"int": 10**12, "minutes": 10**6, "money": 10**16}
Given = dict[str, Any]


class Intake:
    """The attributes one kind of object is written with.

    ``nested`` are objects in it, ``lists`` are lists of ids, ``raw`` is JSON that a rule judges.
    """

    def __init__(
        self,
        singular: str,
        fields: tuple[Field, ...],
        *,
        plural: str = "",
        lists: tuple[str, ...] = (),
        raw: tuple[str, ...] = (),
        nested: Mapping[str, Intake] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self.singular = singular
        self.plural = plural or f"{singular}s"
        self._fields = {each.name: each for each in fields}
        self._required = tuple(each.name for each in fields if each.required)
        self._lists = lists
        self._raw = raw
        self._nested = nested or {}
        self._texts = texts or {}

    @property
    def fields(self) -> tuple[Field, ...]:
        """The attributes with a value of their own, for the API document."""
        return tuple(self._fields.values())

    @property
    def lists(self) -> tuple[str, ...]:
        """The attributes that are lists of ids."""
        return self._lists

    @property
    def nested(self) -> Mapping[str, Intake]:
        """The attributes that are objects or lists of them."""
        return self._nested

    @property
    def raw(self) -> tuple[str, ...]:
        """The attributes whose value a rule judges."""
        return self._raw

    def many(self, request: Request) -> list[Given]:
        """Objects to create: one under the singular key, or up to 100 under the plural one."""
        body = body_of(request)
        if self.plural not in body:
            return [self.create(body.get(self.singular))]
        items = body[self.plural]
        if not isinstance(items, list) or not items:
            raise malformed(f"{self.plural} must be a list of objects.")
        if len(items) > BULK_MAX:
            raise malformed(f"At most {BULK_MAX} {self.plural} can be created at once.")
        return [self.create(item) for item in items]

    def one(self, request: Request) -> Given:
        """The object to create under the singular key."""
        return self.create(body_of(request).get(self.singular))

    def change(self, request: Request) -> Given:
        """The attributes to change under the singular key; a required one may be absent but not blank."""
        given = self._read(body_of(request).get(self.singular))
        self._refuse_blanks([name for name in self._required if name in given and given[name] in (None, "")])
        return given

    def create(self, item: Any) -> Given:
        """The attributes of a new object."""
        given = self._read(item)
        self._refuse_blanks([name for name in self._required if given.get(name) in (None, "")])
        return given

    def _refuse_blanks(self, names: list[str]) -> None:
        if names:
            raise invalid_all(validation(name, self._texts.get(name, f"{name} can't be blank")) for name in names)

    def _read(self, item: Any) -> Given:
        if not isinstance(item, dict):
            raise malformed(f"The body must hold an object under {self.singular!r}.")
        given: Given = {}
        wrong: list[dict[str, str]] = []
        fields = self._fields
        for name, value in item.items():
            try:
                field = fields.get(name)
                if field is not None:
                    stored = _value(field, value)
                    if stored is not None or field.kind not in _NOT_CLEARED:
                        given[name] = stored
                elif name in self._lists:
                    given[name] = id_list(name, value)
                elif name in self._nested:
                    given[name] = self._nested_value(name, value)
                elif name in self._raw:
                    given[name] = value
            except BadValue as bad:
                wrong.append(validation(name, f"{name} must be {bad.expected}"))
        if wrong:
            raise invalid_all(wrong)
        return given

    def _nested_value(self, name: str, value: Any) -> Any:
        intake = self._nested[name]
        try:
            if name == intake.singular:
                return intake.create(value)
            if not isinstance(value, list):
                raise malformed("a list of objects is expected")
            return [intake.create(each) for each in value]
        except PsaRefusal as refusal:
            raise invalid(name, f"{name}: {refusal.message}") from refusal


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object, JSON or Rails form; raises 400. A body that says nothing of its type is JSON."""
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith(FORM):
        return parse_form(request.body)
    if content_type and "json" not in content_type:
        raise malformed(f"Send JSON or {FORM}, got {content_type.partition(';')[0][:60]!r}.")
    try:
        body = request.json()
    except ValueError as broken:
        raise malformed("The body is not valid JSON.") from broken
    if not isinstance(body, dict):
        raise malformed("The body must be a JSON object.")
    return body


def _value(field: Field, value: Any) -> Any:
    """The stored form of an attribute; raises BadValue. Bounds keep sums and date arithmetic within their types."""
    kind = field.kind
    if type(value) is FormText:
        value = typed(kind, value)
    if kind == "reference":
        return record_id(field, value)
    stored = coerce(field, value)
    if stored is None:
        return None
    if kind == "date" and not "1970" <= stored[:4] <= "2200":
        raise BadValue(field.name, "a date between 1970 and 2200", value)
    if kind in _WHOLE and abs(stored) > _WHOLE[kind]:
        raise BadValue(field.name, "a smaller number", value)
    return stored


def record_id(field: Field, value: Any) -> str | None:
    """An id as text; raises BadValue."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None:
        return None
    raise BadValue(field.name, "an id", value)


_ANY_ID = Field("id", "reference")


def id_list(name: str, value: Any) -> list[str]:
    """A list of ids as text, repeats dropped; raises BadValue."""
    if not isinstance(value, list):
        raise BadValue(name, "a list of ids", value)
    ids = [record_id(_ANY_ID, each) for each in value]
    return list(dict.fromkeys(each for each in ids if each is not None))
