"""Identities of people: headcount and utilisation, told by two systems each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.checks.books import Books
from sandbox.checks.identity import Difference
from sandbox.checks.workforce import workers
from sandbox.core.calendars import workdays
from sandbox.core.clock import moment

# A full day of work, and accounting.md's tolerance of 0.1 percentage points in basis points.
_DAY_MINUTES = 480
_TOLERANCE = 10


@dataclass(frozen=True, slots=True)
class _Employment:
    """Where and from when to when somebody is employed."""

    entity: str
    first: str
    last: str | None


def headcount_agrees(books: Books) -> Iterable[Difference]:
    """I35: active workers of the HRIS are active users of the PSA, and the ERP has a cost rate for each."""
    case = books.case
    known = {ref: row for ref, row in workers(case).items() if f"worker:{ref}" not in case.letters}
    enabled = {
        case.ref("psa.account_membership", each)
        for each, row in case.rows("psa.account_membership").items()
        if not row["disabled"]
    }
    today = moment(case.epoch, case.truth["end_us"]).date().isoformat()
    rates = {
        (row["custrecord_role"], case.ref("erp.subsidiary", row["custrecord_subsidiary"]))
        for row in case.rows("erp.customrecord_standard_cost").values()
        if row["custrecord_effective"] <= today
    }
    by_entity: dict[str, list[str]] = {}
    for ref in sorted(known):
        by_entity.setdefault(_entity(books, ref), []).append(ref)
    for entity, refs in sorted(by_entity.items()):
        active = [ref for ref in refs if not known[ref]["gone"]]
        there = [ref for ref in refs if ref in enabled]
        # As many on both sides can still be different people.
        odd = tuple(f"{ref} is active in one system only" for ref in sorted(set(active) ^ set(there)))
        yield Difference(entity, len(odd), 0, "workers", "active in HRIS or PSA only", "nobody", odd[:8])
        unpriced = tuple(ref for ref in active if (known[ref]["grade"], entity) not in rates)
        yield Difference(
            f"{entity} cost rates", len(unpriced), 0, "workers", "without a cost rate", "nobody", unpriced[:8]
        )


def utilisation_agrees(books: Books) -> Iterable[Difference]:
    """I30: billable hours over available hours is the same from PSA and HRIS as from the ERP alone, to 0.1 points.

    Available are 8 hours on each working day of the entity's calendar while employed: assumed.
    """
    case = books.case
    hris = {
        ref: _Employment(_entity(books, ref), row["hire_date"], row["last_day"]) for ref, row in workers(case).items()
    }
    erp = {
        ref: _Employment(case.ref("erp.subsidiary", row["subsidiary"]) or "?", row["hireDate"], row["releasedate"])
        for each, row in case.rows("erp.employee").items()
        if (ref := case.ref("erp.employee", each)) is not None
    }
    left, right = _psa_minutes(books), _erp_minutes(books)
    first, last = case.plan.start, moment(case.epoch, case.plan.end_us).date()
    for entity in case.plan.firm.entities:
        days = [day.isoformat() for day in workdays(entity.country, first, last)]
        for month in sorted({day[:7] for day in days}):
            sides = []
            open_days = [day for day in days if day[:7] == month]
            for minutes, people in ((left, hris), (right, erp)):
                available = sum(_days_of(each, open_days) for each in people.values() if each.entity == entity.code)
                billable = sum(
                    amount
                    for (ref, period), amount in minutes.items()
                    if period == month and ref in people and people[ref].entity == entity.code
                )
                sides.append(10_000 * billable // (available * _DAY_MINUTES) if available else 0)
            yield Difference(
                f"{entity.code} {month}", sides[0], sides[1], "basis points",
                "billable by PSA, available by HRIS", "both by the ERP", tolerance=_TOLERANCE,
            )  # fmt: skip


def _days_of(who: _Employment, days: list[str]) -> int:
    """How many of some ascending days somebody is employed on."""
    end = len(days) if who.last is None else bisect_right(days, who.last)
    return max(end - bisect_left(days, who.first), 0)


def _psa_minutes(books: Books) -> Mapping[tuple[str, str], int]:
    case = books.case
    found: dict[tuple[str, str], int] = {}
    for entry in case.rows("psa.time_entry").values():
        if entry["approved"] and entry["billable"] and f"time:{entry['id']}" not in case.letters:
            _add(found, case.ref("psa.user", entry["user_id"]), entry["date_performed"], entry["time_in_minutes"])
    return found


def _erp_minutes(books: Books) -> Mapping[tuple[str, str], int]:
    case = books.case
    found: dict[tuple[str, str], int] = {}
    for row in case.rows("erp.timeBill").values():
        if row["isBillable"]:
            _add(found, case.ref("erp.employee", row["employee"]), row["tranDate"], row["hours"])
    return found


def _add(found: dict[tuple[str, str], int], ref: str | None, day: str, minutes: int) -> None:
    at = (ref or "?", day[:7])
    found[at] = found.get(at, 0) + minutes


def _entity(books: Books, ref: str) -> str:
    """The entity of a worker: where HR hired or moved them last."""
    return books.company_of.get(ref) or books.case.plan.people[ref].entity
