"""Straight line over a service period: by its days, or by calendar months.

Both count first and last day in (accounting.md section 4.7). By months, every whole calendar month weighs the same and
a month served in part weighs the share of its days (assumed: the vendor leaves first and last month to the tenant), so
that a start on the 29th to 31st still earns something in that month.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sandbox.core.periods import Period


def by_days(first: date, last: date, day: date) -> Fraction:
    """Share of ``first`` to ``last`` that has passed at the end of ``day``, from 0 to 1."""
    if day < first:
        return Fraction(0)
    return Fraction((min(day, last) - first).days + 1, (last - first).days + 1)


def by_months(first: date, last: date, day: date) -> Fraction:
    """The same with every calendar month weighing as much as any other."""
    if day < first:
        return Fraction(0)
    return months(first, min(day, last)) / months(first, last)


def months(first: date, last: date) -> Fraction:
    """Calendar months from ``first`` to ``last``, both included: 17 January to 28 February is 15/31 + 1."""
    start, end = Period.of(first), Period.of(last)
    if start == end:
        return Fraction((last - first).days + 1, start.last.day)
    whole = 12 * (end.year - start.year) + end.month - start.month - 1
    return Fraction(start.last.day - first.day + 1, start.last.day) + whole + Fraction(last.day, end.last.day)
