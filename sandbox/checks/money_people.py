"""Identities of people: headcount and utilisation, told by two systems each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sandbox.checks import workforce
from sandbox.checks.books import Books
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.workforce import workers
from sandbox.core.clock import moment

# A full day of work.
_DAY_MINUTES = 480


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
    told = {case.ref("psa.cost_rate", each) for each in case.rows("psa.cost_rate")}
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
        currency = case.plan.entity(entity).currency
        unknown = tuple(ref for ref in active if f"{ref} {currency}" not in told)
        yield Difference(
            f"{entity} cost rates in the PSA", len(unknown), 0, "workers", "without one", "nobody", unknown[:8]
        )


def utilisation_agrees(books: Books) -> Iterable[Difference]:
    """I30: billable and available minutes, which utilisation is the ratio of, are the same from PSA and HRIS as from
    what people did, by entity, grade and month; and billable minutes of the ERP are those of the PSA."""
    case = books.case
    first, last = case.plan.start, case.plan.start + timedelta(microseconds=case.plan.end_us)
    jobs = workforce.jobs(case, first, last)
    yield from side_by_side(
        _named("available", workforce.available(case, jobs)),
        _named("available", books.expected.available),
        "min", "available by the HRIS", "by what HR did",
    )  # fmt: skip
    erp: dict[tuple[str, ...], int] = {}
    told: dict[tuple[str, ...], int] = {}
    for entry in case.rows("psa.time_entry").values():
        if entry["approved"] and entry["billable"] and f"time:{entry['id']}" not in case.letters:
            at = workforce.job_at(jobs, case.ref("psa.user", entry["user_id"]), entry["date_performed"])
            _add(told, (at[0], at[2], "billable"), entry["time_in_minutes"])
    for row in case.rows("erp.timeBill").values():
        if row["isBillable"]:
            at = workforce.job_at(jobs, case.ref("erp.employee", row["employee"]), row["tranDate"])
            _add(erp, (at[0], at[2], "billable"), row["hours"])
    psa, expected = workforce.billable(case, jobs), books.expected.billable
    yield from side_by_side(
        _named("billable", psa), _named("billable", expected), "min", "billable by the PSA", "by what people did"
    )
    yield from side_by_side(told, erp, "min", "billable by the PSA", "by the ERP")


def nobody_works_too_long(books: Books) -> Iterable[Difference]:
    """I06: nobody books more on a day than the hours they are there for times the overtime limit, and nothing on a day
    they are away all of; days without employment are O04's."""
    case = books.case
    first, last = case.plan.start, case.plan.start + timedelta(microseconds=case.plan.end_us)
    jobs, away = workforce.jobs(case, first, last), workforce.absences(case)
    worked: dict[tuple[str, str], int] = {}
    for entry in case.rows("psa.time_entry").values():
        at = (case.ref("psa.user", entry["user_id"]) or "?", entry["date_performed"])
        worked[at] = worked.get(at, 0) + entry["time_in_minutes"]
    excess: dict[tuple[str, str], int] = {}
    lines: dict[tuple[str, str], list[str]] = {}
    for (ref, day), minutes in sorted(worked.items()):
        job = jobs.get(ref, {}).get(day)
        if job is None or not job.employed:
            continue
        off = away.get(f"{ref} {day}", {"minutes": 0})["minutes"]
        limit = max(_DAY_MINUTES - off, 0) * case.interface.overtime_percent // 100
        where = (job.entity, day[:7])
        excess[where] = excess.get(where, 0) + max(minutes - limit, 0)
        if minutes > limit:
            lines.setdefault(where, []).append(f"{ref} booked {minutes} min on {day}, {limit} at most")
    for where, minutes in sorted(excess.items()):
        shown = tuple(lines.get(where, ())[:8])
        yield Difference(" ".join(where), minutes, 0, "min", "booked beyond what is possible", "nothing", shown)


def _named(what: str, minutes: Mapping[tuple[str, str, str], int]) -> dict[tuple[str, ...], int]:
    return {(*at, what): amount for at, amount in minutes.items()}


def _add(found: dict[tuple[str, ...], int], at: tuple[str, ...], minutes: int) -> None:
    found[at] = found.get(at, 0) + minutes


def _entity(books: Books, ref: str) -> str:
    """The entity of a worker: where HR hired or moved them last."""
    return books.company_of.get(ref) or books.case.plan.people[ref].entity
