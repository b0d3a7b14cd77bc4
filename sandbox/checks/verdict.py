"""The verdict: all checks on one case, what was required of them, and one result: fail beats unknown beats pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sandbox.checks import (
    business_figures,
    compare,
    composites,
    conv,
    deadlines,
    dlq,
    leak,
    lost,
    money,
    once,
    order,
    ordering,
    period,
    precedence,
    sync,
)
from sandbox.checks.books import Books
from sandbox.checks.business_figures import BusinessFigure
from sandbox.checks.case import Case
from sandbox.checks.controls import ControlResult, control_results
from sandbox.checks.findings import CheckResult, Finding, Result
from sandbox.checks.versions import Versions
from sandbox.core.errors import UsageError, nearest

CHECKS = (
    "ONCE.dup", "LOST.update", "CONV.final", "ORD.regress", "STALE.overwrite", "CAU.before", "ORDER.rules",
    "ATOM.partial", "PERIOD.closed", "DEADL.late", "LEAK.field", "DLQ.account", "MONEY.identity", "BOOKS.expected",
    "FIGURES.worked", "FIGURES.business", "SYNC.answer",
)  # fmt: skip
# What is wrong whenever it is seen. The others judge what stands when all is over.
AT_ANY_TIME = (
    "ONCE.dup", "ORD.regress", "STALE.overwrite", "CAU.before", "ORDER.rules", "PERIOD.closed", "LEAK.field",
)  # fmt: skip
EXIT_CODES: Mapping[Result, int] = {"pass": 0, "fail": 1, "unknown": 2}


@dataclass(slots=True)
class Verdict:
    """What all checks say together."""

    checks: list[CheckResult]
    fired: dict[str, int] = field(default_factory=dict)
    figures: list[BusinessFigure] = field(default_factory=list)
    # Whether the story is over and what was announced has had time to arrive.
    over: bool = True

    @property
    def result(self) -> Result:
        """Fail when one fails, else unknown when one required is unknown or the story is not over, else pass."""
        if any(check.result == "fail" for check in self.checks):
            return "fail"
        if not self.over or any(check.result == "unknown" for check in self.checks if check.required):
            return "unknown"
        return "pass"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 2 unknown."""
        return EXIT_CODES[self.result]

    def by_name(self, name: str) -> CheckResult:
        """One check; raises KeyError."""
        for check in self.checks:
            if check.check == name:
                return check
        raise KeyError(name)

    @property
    def controls(self) -> list[ControlResult]:
        """The identities of MONEY.identity as controls a finance person signs."""
        return control_results(self.checks)

    def as_json(self) -> dict[str, Any]:
        """JSON data of verdict.json, without what only the run knows."""
        return {
            "result": self.result,
            "over": self.over,
            "faults": self.fired,
            "checks": [check.as_json() for check in self.checks],
            "controls": [control.as_json() for control in self.controls],
            "figures": {figure.name: figure.as_json() for figure in self.figures},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Verdict:
        """What ``as_json`` told, without the figures."""
        checks = [CheckResult.from_json(each) for each in told["checks"]]
        return cls(checks, dict(told["faults"]), over=told["over"])


def judge(case: Case, books: Books, *, over: bool = True) -> Verdict:
    """Run all checks, or those the interface contract names; while the story is not ``over`` only what is wrong at any
    time counts. Raises UsageError for a check nobody knows."""
    _must_exist("the plan requires", case.plan.requires)
    _must_exist("the interface contract names", case.interface.checks)
    wanted = case.interface.checks or CHECKS
    versions = Versions(case)
    figures = business_figures.business_figures(books, versions) if "FIGURES.business" in wanted else []
    # One by one and only those asked for: an interface contract of a few flows need not hold what the others read.
    checks = _checks(case, books, versions, figures)
    results = [checks[name]() for name in CHECKS if name in wanted and (over or name in AT_ANY_TIME)]
    for result in results:
        result.required = result.check in case.plan.requires
    results.append(_vacuity(results))
    fired: dict[str, int] = {}
    for record in case.fired:
        fired[record["fkind"]] = fired.get(record["fkind"], 0) + 1
    return Verdict(results, dict(sorted(fired.items())), figures, over)


def _checks(
    case: Case, books: Books, versions: Versions, figures: list[BusinessFigure]
) -> Mapping[str, Callable[[], CheckResult]]:
    walked = cache(lambda: order.walk(case, versions))
    return {
        "ONCE.dup": lambda: once.check(case),
        "LOST.update": lambda: lost.check(case),
        "CONV.final": lambda: conv.check(case),
        "ORD.regress": lambda: order.check_regress(case, walked()),
        "STALE.overwrite": lambda: order.check_overwrite(case, walked()),
        "CAU.before": lambda: precedence.check(case),
        "ORDER.rules": lambda: ordering.check(books, walked()),
        "ATOM.partial": lambda: composites.check(case),
        "PERIOD.closed": lambda: period.check(case),
        "DEADL.late": lambda: deadlines.check(case, versions),
        "LEAK.field": lambda: leak.check(case),
        "DLQ.account": lambda: dlq.check(case),
        "MONEY.identity": lambda: money.check(books),
        "BOOKS.expected": lambda: compare.check_expected(books),
        "FIGURES.worked": lambda: compare.check_worked(books),
        "FIGURES.business": lambda: business_figures.check(figures),
        "SYNC.answer": lambda: sync.check(case),
    }


def _must_exist(who: str, names: Iterable[str]) -> None:
    for name in names:
        if name not in (*CHECKS, "VAC"):
            close = nearest(name, CHECKS)
            hint = f"; did you mean {close!r}?" if close else ""
            raise UsageError(f"{who} check {name!r}, which does not exist{hint}", code="unknown_check")


def _vacuity(results: list[CheckResult]) -> CheckResult:
    """VAC: a required check that met no hazard did not pass. Never a failure of the engine: the result is unknown."""
    required = [result for result in results if result.required]
    idle = [result.check for result in required if not result.exercised]
    vacuity = CheckResult("VAC", "every required check met a hazard")
    vacuity.required = bool(required)
    vacuity.compared = len(required)
    vacuity.exercised = 0 if idle else len(required)
    vacuity.parts = {name: {"compared": 0, "exercised": 0} for name in idle}
    return vacuity


__all__ = ["CHECKS", "EXIT_CODES", "Finding", "Verdict", "judge"]
