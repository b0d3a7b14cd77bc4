"""What finance does for several currencies at the close: recharge, remeasure, then the reports of the group."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sandbox.firm.planning_office import Office
from sandbox.plan import Deed


def recharge_deeds(office: Office, period: str, on: date) -> Iterable[Deed]:
    """What people of one entity cost others, once a month (posting-map section 2, close order)."""
    if office.firm.intercompany:
        yield office.deed(f"recharge {period}", "controller", "intercompany", on, "16:30", {"period": period})


def revaluation_deeds(office: Office, period: str, on: date, after: Iterable[str]) -> Iterable[Deed]:
    """Open foreign items at the closing rate, entity by entity, after everything of the month is posted (J37)."""
    if not office.firm.fx_rates:
        return
    for number, entity in enumerate(office.firm.entities):
        args = {"entity": entity.code, "period": period}
        label = f"revalue {entity.code} {period}"
        yield office.deed(label, "controller", "revalue", on, "17:00", args, after=tuple(after), minutes=number)


def report_deeds(office: Office, period: str, on: date, close: str) -> Iterable[Deed]:
    """Elimination, then translation, when the ledger is closed and every entity is remeasured (O18)."""
    firm = office.firm
    if firm.group_currency is None:
        return
    before = [close]
    if firm.intercompany:
        args = {"period": period, "currency": firm.group_currency}
        before.append(f"eliminate {period}")
        yield office.deed(before[-1], "controller", "eliminate", on, "18:30", args, after=(close,))
    for number, entity in enumerate(firm.entities):
        args = {"entity": entity.code, "period": period, "currency": firm.group_currency}
        label = f"translate {entity.code} {period}"
        yield office.deed(label, "controller", "translate", on, "19:00", args, after=tuple(before), minutes=number)
