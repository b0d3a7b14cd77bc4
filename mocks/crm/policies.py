"""What an organisation forbids beyond the vendor's rules: its validation rules and duplicate rules (section 8).

Data of the tenant, looked at after a record was written and before it is committed: a refusal takes the write back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mocks.crm import errors
from mocks.crm.objects import SObject, url
from mocks.crm.organisation import Desk, Org
from mocks.crm.query import Query
from mocks.crm.records import Schema
from mocks.kit.answers import json_response
from sandbox.core.errors import UsageError, nearest
from sandbox.core.observe import Row
from sandbox.core.tenants import CrmDuplicateRule, CrmValidationRule
from sandbox.core.wire import Request, Response

_VERSION = "v59.0"
_DUPLICATES_SHOWN = 10


class DuplicatesDetected(errors.CrmRefusal):
    """A record like this one is there already; the answer says which, and whether it may be saved all the same."""

    def __init__(self, rule: CrmDuplicateRule, sobject: SObject, ids: Sequence[str]) -> None:
        super().__init__(400, "DUPLICATES_DETECTED", "Use one of these records?", [])
        self._rule = rule
        self._sobject = sobject
        self._ids = ids

    def response(self, request: Request) -> Response:
        name = self._sobject.name
        match = {
            "entityType": name,
            "errors": [],
            "matchEngine": "ExactMatchEngine",
            "matchRecords": [
                {
                    "additionalInformation": [],
                    "fieldDiffs": [],
                    "matchConfidence": 100,
                    "record": {"attributes": {"type": name, "url": url(_VERSION, name, each)}, "Id": each},
                }
                for each in self._ids
            ],
            "rule": self._rule.name,
            "size": len(self._ids),
            "success": True,
        }
        result = {
            "allowSave": self._rule.allow_save,
            "duplicateRule": self._rule.name,
            "duplicateRuleEntityType": name,
            "errorMessage": self.message,
            "matchResults": [match],
        }
        element = {"message": self.message, "errorCode": self.code, "fields": [], "duplicateResult": result}
        return json_response(400, [element])


@dataclass(frozen=True, slots=True)
class _OneOfAKind:
    rule: CrmDuplicateRule
    fields: tuple[str, ...]
    sql: str


class Policies:
    """The rules of one organisation, by object."""

    def __init__(
        self, org: Org, validations: Iterable[CrmValidationRule], duplicates: Iterable[CrmDuplicateRule]
    ) -> None:
        self._validations: dict[str, list[CrmValidationRule]] = {}
        self._duplicates: dict[str, list[_OneOfAKind]] = {}
        for rule in validations:
            sobject = _object(org.schema, rule.name, rule.sobject)
            _check_condition(rule, sobject, org)
            self._validations.setdefault(sobject.name, []).append(rule)
        for each in duplicates:
            sobject = _object(org.schema, each.name, each.sobject)
            self._duplicates.setdefault(sobject.name, []).append(_one_of_a_kind(each, sobject))

    def check(self, desk: Desk, sobject: SObject, row: Row, written: Collection[str]) -> None:
        """Raises CrmRefusal when the record, as it now stands, is forbidden; ``written`` are the fields that moved."""
        for rule in self._validations.get(sobject.name, ()):
            if _query(rule, sobject, row["Id"], desk.org, desk.now_us).rows(desk.store, 1):
                named = [rule.field] if rule.field else []
                raise errors.CrmRefusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, named)
        for each in self._duplicates.get(sobject.name, ()):
            if each.rule.allow_save and desk.allow_duplicates:
                continue
            if any(name in written for name in each.fields):
                self._check_kind(desk, sobject, row, each)

    def _check_kind(self, desk: Desk, sobject: SObject, row: Row, kind: _OneOfAKind) -> None:
        values: list[Any] = [row[name] for name in kind.fields]
        if None in values:
            return
        alike = desk.store.read(kind.sql, (row["Id"], *values, _DUPLICATES_SHOWN))
        if alike:
            raise DuplicatesDetected(kind.rule, sobject, [record_id for (record_id,) in alike])


def _object(schema: Schema, rule: str, name: str) -> SObject:
    sobject = schema.by_lower.get(name.lower())
    if sobject is None:
        raise _unknown(rule, "object", name, list(schema.by_name))
    return sobject


def _one_of_a_kind(rule: CrmDuplicateRule, sobject: SObject) -> _OneOfAKind:
    names = []
    for name in rule.fields:
        column = sobject.by_lower.get(name.lower())
        if column is None or column.column or column.type == "address":
            raise _unknown(rule.name, f"field of {sobject.name}", name, list(sobject.by_name))
        names.append(column.name)
    alike = " AND ".join(f'"{name}" = ? COLLATE NOCASE' for name in names)
    sql = f'SELECT "Id" FROM "{sobject.name}" WHERE "_deleted" = 0 AND "Id" != ? AND {alike} ORDER BY "Id" LIMIT ?'
    return _OneOfAKind(rule, tuple(names), sql)


def _check_condition(rule: CrmValidationRule, sobject: SObject, org: Org) -> None:
    try:
        _query(rule, sobject, org.id, org, 0)
    except errors.CrmRefusal as refusal:
        wrong = f"{rule.condition!r} is no condition: {refusal.message}"
        raise UsageError(f"validation rule {rule.name}: {wrong}") from None


def _query(rule: CrmValidationRule, sobject: SObject, record_id: str, org: Org, now_us: int) -> Query:
    return Query(f"SELECT Id FROM {sobject.name} WHERE Id = '{record_id}' AND ({rule.condition})", org, now_us)


def _unknown(rule: str, what: str, name: str, known: list[str]) -> UsageError:
    near = nearest(name, known)
    return UsageError(f"rule {rule}: no {what} is named {name!r}" + (f"; nearest: {near}" if near else ""))
