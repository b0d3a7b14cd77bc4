"""Business figures: each told by the systems' own surfaces and again by deeds and contracts, and compared.

FIGURES.business: what both sides show is the same, to the cent, the minute, or the tenth of a point or day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.checks.books import Books
from sandbox.checks.business_figures import documents, engagements, flow, work
from sandbox.checks.business_figures.figure import BusinessFigure, Told
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.versions import Versions

_OF_BOOKS: Mapping[str, Callable[[Books], Told]] = {
    "backlog": engagements.backlog,
    "utilisation": work.utilisation,
    "realisation": work.realisation,
    "margin": engagements.margin,
    "margin_variance": engagements.margin_variance,
    "wip": work.wip,
    "unbilled": work.unbilled,
    "billing_readiness": work.billing_readiness,
    "unposted_time": work.unposted_time,
    "deferred_revenue": engagements.deferred_revenue,
    "contract_assets": engagements.contract_assets,
    "recognised_revenue": engagements.recognised_revenue,
    "time_to_invoice": documents.time_to_invoice,
    "billing_accuracy": documents.billing_accuracy,
    "days_to_close": documents.days_to_close,
}
_OF_FLOW: Mapping[str, Callable[[Books, Versions], Told]] = {
    "project_setup_time": flow.project_setup_time,
    "exception_resolution_time": flow.exception_resolution_time,
    "straight_through_share": flow.straight_through_share,
    "event_lag": flow.event_lag,
    "queue_depth": flow.queue_depth,
}
# In the order of design section 7.
NAMES = (
    "backlog", "utilisation", "realisation", "margin", "margin_variance", "wip", "unbilled", "billing_readiness",
    "unposted_time", "deferred_revenue", "contract_assets", "recognised_revenue", "project_setup_time",
    "time_to_invoice", "billing_accuracy", "days_to_close", "exception_resolution_time", "straight_through_share",
    "event_lag", "queue_depth",
)  # fmt: skip


def business_figures(books: Books, versions: Versions) -> list[BusinessFigure]:
    """All twenty."""
    figures = []
    for name in NAMES:
        of_books = _OF_BOOKS.get(name)
        told = of_books(books) if of_books is not None else _OF_FLOW[name](books, versions)
        function = of_books or _OF_FLOW[name]
        figures.append(BusinessFigure(name, " ".join((function.__doc__ or "").split()), told))
    return figures


def check(figures: list[BusinessFigure]) -> CheckResult:
    """Part by part as both sides show them; a figure that is not nothing is one that could be missed."""
    result = CheckResult("FIGURES.business", "business figures are the same from the systems and from deeds")
    for figure in figures:
        if figure.told.deeds is None:
            continue
        left, right = figure.shown(figure.told.systems), figure.shown(figure.told.deeds)
        met = sum(bool(top) for top, _ in figure.told.deeds.values())
        parts = sorted(left.keys() | right.keys())
        result.parts[figure.name] = {"compared": len(parts), "exercised": met}
        result.compared += len(parts)
        result.exercised += met
        result.findings += [
            _finding(figure, part, left.get(part), right.get(part))
            for part in parts
            if left.get(part) != right.get(part)
        ]
    return result


def _finding(figure: BusinessFigure, part: str, left: str | None, right: str | None) -> Finding:
    return Finding(
        check="FIGURES.business",
        severity="S1",
        flow="",
        key=f"{figure.name} {part}",
        title=f"{figure.name} of {part} is {left or 'nothing'}, expected {right or 'nothing'} ({figure.told.unit})",
        let=(figure.says,),
        then=f"the systems tell {left or 'nothing'}, deeds and contracts {right or 'nothing'}",
        ruled_out="both sides are rounded alike, a ratio is one of sums",
    )


__all__ = ["NAMES", "BusinessFigure", "business_figures", "check"]
