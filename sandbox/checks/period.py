"""PERIOD.closed: nothing is posted into a month that is closed when it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.checks.evidence import faults_of
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.precedence import accepted
from sandbox.interface import ClosedPeriods

# Days of what a posting is about: one in a closed month is a temptation to post it there.
_DATES = ("serviceDate", "tranDate", "date")
# What makes a change of a posting one of its month or its amount; any other leaves the closed books as they are.
_POSTING = frozenset({"debit", "credit", "account", "hours", "rate", "amount", "accounted"})


class _Periods:
    """Periods of one record type as they stand while the history goes by."""

    def __init__(self, record: str, rule: ClosedPeriods) -> None:
        self.record, self.rule = record, rule
        self._rows: dict[str, dict[str, Any]] = {}
        self._by_name: dict[tuple[Any, ...], str] = {}
        self._closed_by: dict[str, Record] = {}
        # First and last day of what is closed.
        self._spans: dict[str, tuple[str, str]] = {}

    def take(self, entry: Record) -> None:
        """A period changes."""
        period_id = entry["rec"]
        row = self._rows.setdefault(period_id, {})
        row.update(entry["after"])
        if self.rule.named:
            self._by_name[tuple(row.get(column) for column in self.rule.named)] = period_id
        if not accepted(row, self.rule.closed):
            self._closed_by.pop(period_id, None)
            self._spans.pop(period_id, None)
        elif period_id not in self._closed_by:
            self._closed_by[period_id] = entry
            if row.get("startDate") and row.get("endDate"):
                self._spans[period_id] = (row["startDate"], row["endDate"])

    def of(self, columns: str | tuple[str, ...], row: Mapping[str, Any]) -> str | None:
        """The period a posting names."""
        if isinstance(columns, str):
            return row.get(columns)
        return self._by_name.get(tuple(row.get(column) for column in columns))

    def closed_by(self, period_id: str | None) -> Record | None:
        """What closed a period, None while it is open."""
        return self._closed_by.get(period_id or "")

    def tempts(self, row: Mapping[str, Any]) -> bool:
        """Whether a posting is about a day of a closed month."""
        days = [row[column] for column in _DATES if row.get(column)]
        return any(first <= day <= last for day in days for first, last in self._spans.values())


def check(case: Case) -> CheckResult:
    """Every posting of engines and systems against the periods as they stood at its commit."""
    result = CheckResult("PERIOD.closed", "nothing is posted into a closed month")
    periods = [_Periods(record, rule) for record, rule in case.interface.closed_periods.items()]
    by_record = {each.record: each for each in periods}
    postings: dict[str, list[tuple[_Periods, str | tuple[str, ...]]]] = {}
    for each in periods:
        for record, columns in each.rule.postings.items():
            postings.setdefault(record, []).append((each, columns))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in case.commits_of(*by_record, *postings):
        record = f"{entry['sys']}.{entry['record']}"
        if record in by_record:
            by_record[record].take(entry)
        for of, columns in postings.get(record, ()):
            row = rows.setdefault((record, entry["rec"]), {})
            row.update(entry["after"])
            if entry["phase"] == "warmup" or not _posts(entry, columns):
                continue
            result.compared += 1
            closed = of.closed_by(of.of(columns, row))
            if closed is not None:
                result.findings.append(_finding(case, entry, closed))
            else:
                result.exercised += of.tempts(row)
    return result


def _posts(entry: Record, columns: str | tuple[str, ...]) -> bool:
    if entry["op"] in ("create", "delete"):
        return True
    names = {columns} if isinstance(columns, str) else set(columns)
    return not (names | _POSTING).isdisjoint(entry["after"])


def _finding(case: Case, entry: Record, closed: Record) -> Finding:
    requests = [entry["rq"]] if isinstance(entry.get("rq"), int) else []
    what = f"{entry['sys']}.{entry['record']} {entry['rec']}"
    return Finding(
        check="PERIOD.closed",
        severity="S1",
        flow="",
        key=f"{entry['sys']}.{entry['record']}:{entry['rec']}",
        title=f"{what} was posted into a closed month",
        let=(
            f"{case.at(closed['t_us'])} {closed['actor']} closed {closed['sys']} {closed['record']} {closed['rec']}",
            f"{case.at(entry['t_us'])} {entry['actor']} {entry['op']} {what}",
        ),
        then="the month was closed when it was committed, and nobody had reopened it",
        records=(closed["seq"], entry["seq"]),
        requests=tuple(requests),
        faults=faults_of(case, requests),
        cause="the posting month was chosen when the work was queued and not looked at again",
    )
