"""Which workers or organisations a request means: by reference, or by criteria and the transaction log.

A transaction is in a window of entry when it was entered in it (a correction and a rescind are entered too), in a
window of effect when it counts and its date, midnight in the tenant's zone, lies in it. All ends are inclusive
(hris-workday.md sections 6 and 7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

from mocks.hris.organisations import Organisation
from mocks.hris.projections import Standing
from mocks.hris.prompts import TENANT_ZONE
from mocks.hris.rules_state import counted_at
from mocks.hris.soap_errors import invalid
from mocks.hris.soap_request import Asked, LogCriteria, Reference
from sandbox.core.clock import at_local

# Instant of entry, instant of effect (None: it does not count), process type.
_Transaction = tuple[int, int | None, str]
_T = TypeVar("_T")


def selected(everybody: Sequence[Standing], asked: Asked, known_us: int, epoch: datetime) -> list[Standing]:
    """Workers in the order of their employee ids, or of the references. Raises SoapFault for an unknown id."""
    if asked.references is not None:
        return list(_by_reference(everybody, asked.references, skip=asked.skip_unknown))
    if asked.exclude_employees:
        # There are employees only.
        return []
    return [
        each
        for each in everybody
        if (each.state["active"] or not asked.exclude_inactive) and _touched(each, asked.log, known_us, epoch)
    ]


def _by_reference(everybody: Sequence[Standing], references: Sequence[Reference], *, skip: bool) -> Iterator[Standing]:
    known = {("WID", each.worker["wid"]): each for each in everybody}
    known |= {("Employee_ID", each.worker["employee_id"]): each for each in everybody}
    return _found(known, references, skip=skip)


def selected_organisations(everything: Sequence[Organisation], asked: Asked) -> list[Organisation]:
    """Organisations by type and name, or in the order of the references. Raises SoapFault for an unknown id."""
    if asked.references is None:
        return [each for each in everything if not asked.kinds or each.kind in asked.kinds]
    known = {("WID", each.wid): each for each in everything}
    known |= {("Organization_Reference_ID", each.code): each for each in everything}
    return list(_found(known, asked.references, skip=asked.skip_unknown))


def _found(known: Mapping[tuple[str, str], _T], references: Sequence[Reference], *, skip: bool) -> Iterator[_T]:
    for reference in references:
        found = known.get((reference.kind, reference.value))
        if found is not None:
            yield found
        elif not skip:
            text = f"'{reference.value}' is not a valid ID value for type = '{reference.kind}'"
            raise invalid(f"Invalid ID value. {text}", reference.xpath)


def _touched(found: Standing, log: Sequence[LogCriteria], known_us: int, epoch: datetime) -> bool:
    if not log:
        return True
    transactions = list(_transactions(found, known_us, epoch))
    return any(_within(each, criteria) for criteria in log for each in transactions)


def _transactions(found: Standing, known_us: int, epoch: datetime) -> Iterator[_Transaction]:
    for row in found.log:
        effect = effect_us(epoch, row["effective_date"]) if counted_at(row, known_us) else None
        yield row["entered_us"], effect, row["process"]
        if row["rescinded_us"] is not None and row["rescinded_us"] <= known_us:
            yield row["rescinded_us"], None, row["process"]


def _within(transaction: _Transaction, criteria: LogCriteria) -> bool:
    entered, effect, process = transaction
    if criteria.processes and process not in criteria.processes:
        return False
    if criteria.entered is not None and not criteria.entered[0] <= entered <= criteria.entered[1]:
        return False
    if criteria.effective is None:
        return True
    return effect is not None and criteria.effective[0] <= effect <= criteria.effective[1]


@lru_cache(maxsize=4096)
def effect_us(epoch: datetime, day: str) -> int:
    """The instant an effective date begins in the tenant's zone."""
    return at_local(epoch, date.fromisoformat(day), "00:00", TENANT_ZONE)
