"""LEAK.field: what is private to a system reaches no other.

An engine's effect leaks when a column is named like a private field, or when it holds the private value of the very
worker it is about (a text: names the worker and holds the value). Values are never shown.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.checks.evidence import faults_of
from sandbox.checks.findings import CheckResult, Finding
from sandbox.core.money import SCALE

_BY_NAME = "a column named like a private field"
# A number shorter than this could be anything.
_DIGITS_MIN = 4
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class _Secrets:
    """Private values by whose they are: source field by every spelling of the value."""

    def __init__(self, case: Case) -> None:
        self.by_ref: dict[str, dict[str, str]] = {}
        self._names: dict[str, str] = {}
        for record, rule in case.interface.private.fields.items():
            for record_id, row in case.rows(record).items():
                ref = case.ref("hris.worker", row.get(rule.about) if rule.about is not None else record_id)
                if ref is None:
                    continue
                for column in rule.columns:
                    for spelling in _spellings(row.get(column)):
                        self.by_ref.setdefault(ref, {})[spelling] = f"{record}.{column}"
        for worker in case.rows("hris.worker").values():
            ref = worker["employee_id"]
            for name in (ref, worker["email"], f"{worker['first_name']} {worker['last_name']}"):
                self._names[name] = ref
        self._pattern = re.compile("|".join(re.escape(name) for name in self._names)) if self.by_ref else None

    def in_value(self, ref: str, value: Any) -> str | None:
        """The private field whose value a column holds that is about somebody."""
        known = self.by_ref.get(ref)
        if known is None:
            return None
        return next((known[spelling] for spelling in _spellings(value) if spelling in known), None)

    def in_text(self, text: str) -> str | None:
        """The private field a text tells of somebody it names."""
        if self._pattern is None or not _NUMBER.search(text):
            return None
        refs = {self._names[name] for name in self._pattern.findall(text)}
        if not refs:
            return None
        numbers = {spelling for number in _NUMBER.findall(text) for spelling in _spellings(number.replace(",", ""))}
        for ref in sorted(refs & self.by_ref.keys()):
            known = self.by_ref[ref]
            found = sorted(numbers & known.keys())
            if found:
                return known[found[0]]
        return None


def check(case: Case) -> CheckResult:
    """Everything engines wrote, column by column."""
    result = CheckResult("LEAK.field", "what is private stays in its system")
    secrets, words = _Secrets(case), case.interface.private.words
    homes = {record.partition(".")[0] for record in case.interface.private.fields}
    suspicious: dict[str, bool] = {}
    for effects in case.effects.values():
        for effect in effects:
            if effect["sys"] in homes:
                continue
            ref = effect["key"].partition(":")[2] if effect["key"].startswith("worker:") else ""
            result.exercised += ref in secrets.by_ref
            for column, value in effect["after"].items():
                if value is None or value == "":
                    continue
                result.compared += 1
                named = suspicious.get(column)
                if named is None:
                    named = suspicious[column] = any(word in column.lower() for word in words)
                field = _BY_NAME if named else secrets.in_value(ref, value) if ref else None
                if field is None and isinstance(value, str) and len(value) > _DIGITS_MIN:
                    field = secrets.in_text(value)
                if field is not None:
                    result.findings.append(_finding(case, effect, column, field))
    return result


def _spellings(value: Any) -> tuple[str, ...]:
    """A value as it may be written elsewhere: a number stored at 1e-4, in major units, with and without decimals."""
    if value is None or value == "" or isinstance(value, bool):
        return ()
    text = str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return (text,) if len(text) >= _DIGITS_MIN else ()
    found = [number.normalize()]
    if isinstance(value, int):
        found.append((number / SCALE).normalize())
    return tuple(f"{each:f}" for each in found if len(f"{each:f}".replace(".", "")) >= _DIGITS_MIN)


def _finding(case: Case, effect: Record, column: str, field: str) -> Finding:
    where = f"{effect['sys']}.{effect['record']}.{column}"
    return Finding(
        check="LEAK.field",
        severity="S1",
        flow="",
        key=f"{where} {effect['rec']}",
        title=f"{where} holds what is private: {field}",
        let=(f"{case.at(effect['t_us'])} {effect['actor']} {effect['op']} {effect['record']} {effect['rec']}",),
        then=f"{column} was written with (masked), which no flow carries",
        ruled_out="the value is that of the worker the record is about, or the column says so itself",
        records=(effect["seq"],),
        requests=(effect["rq"],),
        faults=faults_of(case, [effect["rq"]]),
        cause="a whole object was forwarded instead of the fields the flow names",
    )


__all__ = ["check"]
