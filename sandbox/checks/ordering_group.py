"""O18: every entity is remeasured before elimination, and elimination comes before translation (accounting.md section
5): what the group is told rests on closing rates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sandbox.checks.books import Books
from sandbox.checks.case import Case, Record
from sandbox.checks.ledger import period_names
from sandbox.checks.money_group import ELIMINATION, TRANSLATION, reports_of
from sandbox.core.periods import Period


class Notes(Protocol):
    """Where a comparison is written down."""

    def met(self, *, holds: bool, key: str, then: str, entries: Iterable[Record] = (), hazard: bool = False) -> None:
        """One comparison; a finding when it does not hold."""


def remeasured_before_the_group(books: Books, scribe: Notes) -> None:
    """O18, month by month: remeasurement of each entity, elimination, translation of each entity."""
    case = books.case
    reports, asked, posted = reports_of(case), _asked(case), _remeasured(case)
    for (report, entity, period), shown in sorted(reports.items(), key=lambda each: each[0]):
        before = ELIMINATION if (ELIMINATION, "", period) in reports else TRANSLATION
        if report == before:
            for one in books.case.plan.firm.entities if report == ELIMINATION else (books.case.plan.entity(entity),):
                at = asked.get((one.code, period))
                if at is not None:
                    scribe.met(
                        holds=at < shown["seq"], key=f"period:{period} {one.code}",
                        then=f"{report} was looked at before the entity was remeasured", hazard=True,
                    )  # fmt: skip
        for entry in posted.get(period, ()):
            scribe.met(
                holds=entry["seq"] < shown["seq"], key=f"period:{period} {report} {entity}".rstrip(),
                then="an entity was remeasured after it", entries=(entry,), hazard=True,
            )  # fmt: skip
        if report == TRANSLATION and before == ELIMINATION:
            scribe.met(
                holds=reports[ELIMINATION, "", period]["seq"] < shown["seq"], key=f"period:{period} {entity}",
                then="it was translated before elimination", hazard=True,
            )  # fmt: skip


def _asked(case: Case) -> dict[tuple[str, Period], int]:
    """(Entity, month) -> when its remeasurement was last asked for, as a number of the history."""
    of_deed = {
        deed.label: (str(deed.args["entity"]), Period.parse(str(deed.args["period"])))
        for deed in case.plan.deeds
        if deed.verb == "revalue"
    }
    found: dict[tuple[str, Period], int] = {}
    for record in case.invokes.values():
        at = of_deed.get(record.get("deed", ""))
        if at is not None:
            found[at] = max(found.get(at, 0), record["seq"])
    return found


def _remeasured(case: Case) -> dict[Period, list[Record]]:
    """Month -> commits of journals that remeasure something in it."""
    periods = period_names(case)
    found: dict[Period, list[Record]] = {}
    for entry in case.commits:
        if f"{entry['sys']}.{entry['record']}" == "erp.transaction" and entry["after"].get("type") == "FxReval":
            found.setdefault(Period.parse(periods[entry["after"]["postingPeriod"]]), []).append(entry)
    return found
