"""The close: period run, close and status. There is no vendor API for it; a revenue accountant does it at a screen.

One open period per organisation, closed in order (revenue-zuora.md section 7).
"""

from __future__ import annotations

from dataclasses import dataclass

from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from mocks.revenue.records import (
    CATCH_UP_KIND,
    CLOSED,
    ESTIMATE_REVERSAL,
    FUTURE,
    NET,
    OPEN,
    PENDING_CLOSE,
    READY,
    REVENUE,
    REVERSAL,
    UNDECIDED,
)
from mocks.revenue.rules_contracts import process_events
from mocks.revenue.rules_currency import residues
from mocks.revenue.rules_journal import (
    make_batches,
    netting_entries,
    residue_entries,
    revenue_entries,
    reversed_entries,
)
from mocks.revenue.rules_modifications import apply_decided, queue
from mocks.revenue.rules_netting import net
from mocks.revenue.rules_release import Released, release
from sandbox.core.errors import nearest
from sandbox.core.observe import Row
from sandbox.core.periods import Period


@dataclass(frozen=True, slots=True)
class Run:
    """What a period run did: events turned into progress, modifications applied, batches made; lines undecided."""

    events: int
    modifications: int
    batches: tuple[Row, ...]
    undecided: tuple[str, ...]


def run(store: Store, org: Row, period: Period) -> Run:
    """Events, decided modifications, release, netting, batches. Running again posts differences only.

    Raises FormRefused unless the period is the organisation's current one, and for a missing exchange rate.
    """
    _require_current(store, org, period)
    events = process_events(store, org)
    modifications = apply_decided(store, org, period)
    batches = _released(store, org, period)
    netted = netting_entries(net(store, org, period))
    batches.extend(make_batches(store, org, NET, netted, run_period=period, gl_date=period.last))
    following = period.next().first
    batches.extend(make_batches(store, org, REVERSAL, reversed_entries(netted), run_period=period, gl_date=following))
    undecided = tuple(each["so_line_id"] for each in queue(store, org, UNDECIDED))
    return Run(events, modifications, tuple(batches), undecided)


def _released(store: Store, org: Row, period: Period) -> list[Row]:
    """Batches of released revenue: the period's own with residues, catch-ups by their dates, reversals of estimates."""
    of_kind: dict[str, list[Released]] = {REVENUE: [], CATCH_UP_KIND: [], ESTIMATE_REVERSAL: []}
    for each in release(store, org, period):
        of_kind[each.kind if each.kind in of_kind else REVENUE].append(each)
    entries = revenue_entries(of_kind[REVENUE]) + residue_entries(residues(store, org, period))
    batches = make_batches(store, org, REVENUE, entries, run_period=period, gl_date=period.last)
    for gl_date in sorted({each.gl_date for each in of_kind[CATCH_UP_KIND]}):
        entries = revenue_entries(each for each in of_kind[CATCH_UP_KIND] if each.gl_date == gl_date)
        batches.extend(make_batches(store, org, CATCH_UP_KIND, entries, run_period=period, gl_date=gl_date))
    entries = revenue_entries(of_kind[ESTIMATE_REVERSAL])
    following = period.next().first
    batches.extend(make_batches(store, org, ESTIMATE_REVERSAL, entries, run_period=period, gl_date=following))
    return batches


def start_close(store: Store, org: Row, period: Period) -> None:
    """Soft close: jobs of integrations are refused, accountants go on. Raises FormRefused unless the period is open."""
    current = _require_current(store, org, period)
    if current["status"] != OPEN:
        raise FormRefused(f"period {period} of {org['code']} is {current['status']} already", field="period")
    store.update("period", current["id"], {"status": PENDING_CLOSE})


def cancel_close(store: Store, org: Row, period: Period) -> None:
    """Open the current period again for integrations. Raises FormRefused unless its close was started."""
    current = _require_current(store, org, period)
    if current["status"] != PENDING_CLOSE:
        raise FormRefused(f"the close of period {period} of {org['code']} was not started", field="period")
    store.update("period", current["id"], {"status": OPEN})


def close(store: Store, org: Row, period: Period) -> str | None:
    """Close the current period and open the next one; returns its name, None when there is none left.

    Raises FormRefused for any other period, and while batches of the period wait to be transferred.
    """
    current = _require_current(store, org, period)
    waiting = store.find("batch", {"status": READY, "org_id": org["org_id"], "period": str(period)}, order='"position"')
    if waiting:
        names = ", ".join(batch["name"] for batch in waiting)
        raise FormRefused(f"period {period} of {org['code']} has batches ready to transfer: {names}", field="period")
    store.update("period", current["id"], {"status": CLOSED})
    following = store.find("period", {"org_id": org["org_id"], "status": FUTURE}, order='"name"', limit=1)
    if not following:
        return None
    store.update("period", following[0]["id"], {"status": OPEN})
    return str(following[0]["name"])


def statuses(store: Store, org: Row) -> list[tuple[str, str]]:
    """Every period of an organisation with its status, in order."""
    rows = store.find("period", {"org_id": org["org_id"]}, order='"name"')
    return [(row["name"], row["status"]) for row in rows]


def open_period(store: Store, org: Row) -> Row | None:
    """The organisation's current period, open or pending close; None after the last one is closed."""
    org_id = org["org_id"]
    current = store.one("period", {"org_id": org_id, "status": OPEN})
    return current or store.one("period", {"org_id": org_id, "status": PENDING_CLOSE})


def org_of_code(store: Store, code: str) -> Row:
    """The organisation of a business unit code; raises FormRefused with the nearest."""
    org = store.one("org", {"code": code})
    if org is None:
        close_to = nearest(code, [each["code"] for each in store.find("org")])
        hint = f"; did you mean {close_to!r}?" if close_to else ""
        raise FormRefused(f"no organisation {code!r}{hint}", field="org", status=404)
    return org


def _require_current(store: Store, org: Row, period: Period) -> Row:
    current = open_period(store, org)
    if current is None or current["name"] != str(period):
        is_open = "no period is open" if current is None else f"{current['name']} is {current['status'].lower()}"
        raise FormRefused(f"{org['code']} period {period} is not the open one: {is_open}", field="period")
    return current
