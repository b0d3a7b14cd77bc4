"""MONEY.identity: what must add up, to the minor unit (accounting.md section 6). One function an identity.

Each returns the comparisons it made and the differences it found. Right-hand sides come from deeds and terms or from
another system than the left-hand side; nothing is compared with itself.
"""

from __future__ import annotations

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.identities import IDENTITIES, Named
from sandbox.checks.identity import Difference, is_currency, shown
from sandbox.checks.once import created_by


def check(books: Books) -> CheckResult:
    """All identities; ``parts`` says for each how much was compared, and how often it met a hazard."""
    case = books.case
    result = CheckResult("MONEY.identity", "every hour and cent is conserved")
    for named in IDENTITIES:
        compared = 0
        for difference in named.holds(books):
            compared += 1
            if not difference.holds:
                result.findings.append(_finding(named, difference))
        met = _struck(case, named.records) + sum(books.expected.hazards[name] for name in named.hazards)
        result.parts[named.number] = {"compared": compared, "exercised": met if compared else 0}
        result.compared += compared
    everything = frozenset[str]().union(*(named.records for named in IDENTITIES))
    result.exercised = _struck(case, everything) + sum(books.expected.hazards.values())
    return result


def _finding(named: Named, difference: Difference) -> Finding:
    delta = difference.left - difference.right
    unit = difference.unit
    left, right, gap = (shown(value, unit) for value in (difference.left, difference.right, delta))
    return Finding(
        check="MONEY.identity",
        severity="S1",
        flow=named.number,
        key=difference.key,
        title=f"{named.number} {named.says}: {difference.key} differs by {gap}",
        let=(f"{difference.left_is} = {left}", f"{difference.right_is} = {right}", *difference.lines[:8]),
        then=f"{named.number} does not hold: difference {gap}",
        ruled_out="compared at rest, after the drain, exact to the minor unit; dead letters are left out",
        delta=delta if is_currency(unit) else 0,
        currency=unit if is_currency(unit) else "",
    )


def _struck(case: Case, records: frozenset[str]) -> int:
    """Creates of these records that were executed although the answer was lost, late or a failure."""
    return sum(
        fault["rq"] is not None and created_by(case, fault["rq"], records)
        for fault in case.fired
        if fault["fkind"] in ("W04", "W06", "M05")
    )


__all__ = ["IDENTITIES", "check"]
