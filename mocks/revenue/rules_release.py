"""Release: how much revenue of a line is earned by the end of a period, and the part not yet released.

Cumulative amounts are rounded, periods get the difference (accounting.md section 4.5). Late amounts of earlier periods
fall into the period of the run. What a modification catches up is kept apart: it is dated on the approval.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from mocks.kit.store import Store
from mocks.revenue.records import (
    BILLING_ERROR,
    CATCH_UP,
    CATCH_UP_KIND,
    CONCESSION,
    CONCESSION_DELIVERED,
    CONCESSION_KIND,
    ESTIMATE,
    ESTIMATE_REVERSAL,
    REVENUE,
    UPON_BILLING,
)
from mocks.revenue.rules_currency import Carried, carried
from mocks.revenue.rules_methods import earned, joined, method_of, price_of, rounded
from sandbox.core.observe import Row
from sandbox.core.periods import Period
from sandbox.core.wire import loads

# A line with what was released of it before the period, in it, and of concessions; its latest measuring event dated by
# the end of the period; what was billed of it when that matters; the concessions granted.
_LINES = """
    SELECT l.*, COALESCE(s.prior, 0) AS prior, COALESCE(s.prior_accounted, 0) AS prior_accounted,
           COALESCE(s.now, 0) AS now, COALESCE(s.now_accounted, 0) AS now_accounted,
           COALESCE(s.conceded, 0) AS conceded, COALESCE(s.conceded_accounted, 0) AS conceded_accounted,
           e.completed_qty, e.total_qty, e.event_percent, e.event_amount,
           CASE WHEN l.pob_template = :upon_billing THEN COALESCE((
               SELECT SUM(ext_sll_prc) FROM rc_bill
               WHERE rc_line_id = l.id AND inv_date <= :last AND _deleted = 0
                     AND (credit_rule IS NULL OR credit_rule = :billing_error)), 0) ELSE 0 END AS billed,
           c.spread, c.delivered, c.granted_accounted
    FROM rc_line l
    LEFT JOIN (
        SELECT rc_line_id,
               SUM(CASE WHEN kind <> :concession AND (period < :period OR kind = :reversal) THEN amount ELSE 0 END)
                   AS prior,
               SUM(CASE WHEN kind <> :concession AND (period < :period OR kind = :reversal) THEN accounted ELSE 0 END)
                   AS prior_accounted,
               SUM(CASE WHEN kind = :revenue AND period = :period THEN amount ELSE 0 END) AS now,
               SUM(CASE WHEN kind = :revenue AND period = :period THEN accounted ELSE 0 END) AS now_accounted,
               SUM(CASE WHEN kind = :concession THEN amount ELSE 0 END) AS conceded,
               SUM(CASE WHEN kind = :concession THEN accounted ELSE 0 END) AS conceded_accounted
        FROM schedule WHERE org_id = :org_id AND period <= :period AND _deleted = 0 GROUP BY rc_line_id
    ) s ON s.rc_line_id = l.id
    LEFT JOIN (
        SELECT rc_line_id, -SUM(accounted) AS granted_accounted,
               -SUM(CASE WHEN credit_rule = :spread THEN ext_sll_prc ELSE 0 END) AS spread,
               -SUM(CASE WHEN credit_rule = :delivered THEN ext_sll_prc ELSE 0 END) AS delivered
        FROM rc_bill
        WHERE credit_rule IN (:spread, :delivered) AND org_id = :org_id AND inv_date <= :last AND _deleted = 0
        GROUP BY rc_line_id
    ) c ON c.rc_line_id = l.id
    LEFT JOIN pob_event e ON e.id = (
        SELECT id FROM pob_event
        WHERE rc_line_id = COALESCE(l.lead_line_id, l.id) AND event_type = l.event_type AND event_date <= :last
              AND _deleted = 0
        ORDER BY event_date DESC, "position" DESC LIMIT 1
    )
    WHERE l.org_id = :org_id AND l._deleted = 0
    ORDER BY l.so_num, l.so_line_id
"""

_EVENT = """
    SELECT completed_qty, total_qty, event_percent, event_amount FROM pob_event
    WHERE rc_line_id = ? AND event_type = ? AND event_date <= ? AND _deleted = 0
    ORDER BY event_date DESC, "position" DESC LIMIT 1
"""
_NO_EVENT: Row = {"completed_qty": None, "total_qty": None, "event_percent": None, "event_amount": None}

_CATCH_UPS = """
    SELECT m.*, COALESCE(s.amount, 0) AS booked, COALESCE(s.accounted, 0) AS booked_accounted
    FROM modification m
    LEFT JOIN schedule s ON s.rc_line_id = m.rc_line_id AND s.period = m.applied_period AND s.kind = ?
         AND s.modification_id = m.id AND s._deleted = 0
    WHERE m.org_id = ? AND m.applied_period = ? AND m.treatment = ? AND m._deleted = 0
    ORDER BY m.ct_mod_date, m."position"
"""


@dataclass(frozen=True, slots=True)
class Released:
    """A change of a line's released revenue, in its currency and the organisation's, at 1e-4; may be negative."""

    line: Row
    amount: int
    accounted: int
    kind: str
    period: Period
    gl_date: date
    modification_id: str | None = None


def release(store: Store, org: Row, period: Period) -> list[Released]:
    """Release what the lines of an organisation have earned by the end of the period; returns what changed."""
    done = list(_changes(store, org, period))
    for each in done:
        _schedule(store, each)
    return done


def earned_at(store: Store, line: Row, day: date) -> Fraction:
    """What a line has earned at the end of a day by the terms it has now, exactly, at 1e-4."""
    last = day.isoformat()
    ((billed,),) = store.read(
        'SELECT COALESCE(SUM(ext_sll_prc), 0) FROM rc_bill WHERE rc_line_id = ? AND inv_date <= ? AND "_deleted" = 0 '
        "AND (credit_rule IS NULL OR credit_rule = ?)",
        (line["id"], last, BILLING_ERROR),
    )
    together = joined(line, obligation_of(store, line))
    return earned(together, last, event_at(store, line, day), billed)


def event_at(store: Store, line: Row, day: date) -> Row:
    """The latest event that measures a line's progress at the end of a day; all None when there is none."""
    arguments = (line["lead_line_id"] or line["id"], line["event_type"], day.isoformat())
    found = store.select(_EVENT, arguments)
    return found[0] if found else _NO_EVENT


def obligation_of(store: Store, line: Row) -> list[Row]:
    """The lines of an obligation, the one that leads it first; ``line`` stands for itself."""
    lead_id = line["lead_line_id"] or line["id"]
    lead = line if lead_id == line["id"] else store.get("rc_line", lead_id)
    # A lead is set from a line that is there, and lines are never deleted.
    assert lead is not None, f"line {lead_id} leads an obligation and is not there"
    others = store.find("rc_line", {"rc_id": line["rc_id"], "lead_line_id": lead_id})
    return [lead, *(line if each["id"] == line["id"] else each for each in others)]


def _changes(store: Store, org: Row, period: Period) -> Iterator[Released]:
    arguments = {
        "org_id": org["org_id"],
        "period": str(period),
        "last": period.last.isoformat(),
        "upon_billing": UPON_BILLING,
        "concession": CONCESSION_KIND,
        "reversal": ESTIMATE_REVERSAL,
        "revenue": REVENUE,
        "spread": CONCESSION,
        "delivered": CONCESSION_DELIVERED,
        "billing_error": BILLING_ERROR,
    }
    lines = store.select(_LINES, arguments)
    shared = _shared(lines)
    caught_up = _catch_ups(store, org, period)
    for line in lines:
        together = joined(line, shared[line["lead_line_id"] or line["id"]]) if shared else line
        exact = earned(together, arguments["last"], line, line["billed"])
        running = carried(store, line, line["prior"], line["prior_accounted"], period)
        for modification in caught_up.get(line["id"], ()):
            yield from _caught_up(store, line, modification, running, period)
        yield from _earned(line, rounded(exact, line["curr"]), running, period)
        if line["spread"] is not None or line["conceded"]:
            yield from _conceded(line, exact, period)


def _shared(lines: list[Row]) -> Mapping[str, list[Row]]:
    """Lines by the one that leads their obligation; empty when every line is on its own."""
    if all(line["lead_line_id"] is None for line in lines):
        return {}
    found: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        found[line["lead_line_id"] or line["id"]].append(line)
    return found


def _catch_ups(store: Store, org: Row, period: Period) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in store.select(_CATCH_UPS, (CATCH_UP_KIND, org["org_id"], str(period), CATCH_UP)):
        found[row["rc_line_id"]].append(row)
    return found


def _caught_up(store: Store, line: Row, modification: Row, running: Carried, period: Period) -> Iterator[Released]:
    """New progress x new price - what was recognised, on the approval date or the period's first day if later (J30)."""
    approved = date.fromisoformat(modification["ct_mod_date"])
    as_of = max(approved, period.previous().last)
    then = {**line, **loads(modification["applied_terms"].encode())}
    amount, accounted = running.to(rounded(earned_at(store, then, as_of), line["curr"]))
    amount, accounted = amount - modification["booked"], accounted - modification["booked_accounted"]
    if amount or accounted:
        gl_date = max(approved, period.first)
        yield Released(line, amount, accounted, CATCH_UP_KIND, period, gl_date, modification["id"])


def _earned(line: Row, target: int, running: Carried, period: Period) -> Iterator[Released]:
    amount, accounted = running.to(target)
    amount, accounted = amount - line["now"], accounted - line["now_accounted"]
    if not amount and not accounted:
        return
    yield Released(line, amount, accounted, REVENUE, period, period.last)
    if method_of(line) == ESTIMATE:
        following = period.next()
        yield Released(line, -amount, -accounted, ESTIMATE_REVERSAL, following, following.first)


def _conceded(line: Row, exact: Fraction, period: Period) -> Iterator[Released]:
    """The part of concessions that is about what is earned (J24); what is about delivered work alone, at once."""
    price = price_of(line)
    spread, delivered = line["spread"] or 0, line["delivered"] or 0
    share = exact / price if price else Fraction(1)
    target = rounded(spread * share, line["curr"]) + delivered
    granted = spread + delivered
    accounted = target
    if line["curr"] != line["f_cur"]:
        accounted = rounded(Fraction(line["granted_accounted"] * target, granted), line["f_cur"]) if granted else 0
    # Released amounts are revenue: a concession counts below zero.
    amount, accounted = -target - line["conceded"], -accounted - line["conceded_accounted"]
    if amount or accounted:
        yield Released(line, amount, accounted, CONCESSION_KIND, period, period.last)


def _schedule(store: Store, released: Released) -> None:
    line, period = released.line, str(released.period)
    key = {
        "rc_line_id": line["id"],
        "period": period,
        "kind": released.kind,
        "modification_id": released.modification_id,
    }
    entry = store.one("schedule", key)
    if entry is None:
        values = {
            **key,
            "rc_id": line["rc_id"],
            "org_id": line["org_id"],
            "curr": line["curr"],
            "amount": released.amount,
            "f_cur": line["f_cur"],
            "accounted": released.accounted,
        }
        label = f"schedule {line['so_line_id']} {period}"
        store.insert("schedule", values, label=label if released.kind == REVENUE else f"{label} {released.kind}")
        return
    values = {
        "amount": entry["amount"] + released.amount,
        "accounted": entry["accounted"] + released.accounted,
    }
    store.update("schedule", entry["id"], values)
