"""The close: period run, close and status. There is no vendor API for it; a revenue accountant does it at a screen.

One open period per organisation, closed in order (revenue-zuora.md section 7).
"""

from __future__ import annotations

from dataclasses import dataclass

from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from mocks.revenue.records import CLOSED, FUTURE, NET, OPEN, READY, REVENUE, REVERSAL
from mocks.revenue.rules_contracts import process_events
from mocks.revenue.rules_journal import make_batch, netting_entries, revenue_entries, reversed_entries
from mocks.revenue.rules_netting import net
from mocks.revenue.rules_release import release
from sandbox.core.errors import nearest
from sandbox.core.observe import Row
from sandbox.core.periods import Period


@dataclass(frozen=True, slots=True)
class Run:
    """What a period run did: events turned into progress, batches made."""

    events: int
    batches: tuple[Row, ...]


def run(store: Store, org: Row, period: Period) -> Run:
    """Events, release, netting, batches. Running again posts differences only.

    Raises FormRefused unless the period is the organisation's open one.
    """
    _require_open(store, org, period)
    events = process_events(store, org)
    released = revenue_entries(release(store, org, period))
    netted = netting_entries(net(store, org, period))
    made = (
        make_batch(store, org, REVENUE, released, run_period=period, gl_date=period.last),
        make_batch(store, org, NET, netted, run_period=period, gl_date=period.last),
        make_batch(store, org, REVERSAL, reversed_entries(netted), run_period=period, gl_date=period.next().first),
    )
    return Run(events, tuple(batch for batch in made if batch is not None))


def close(store: Store, org: Row, period: Period) -> str | None:
    """Close the open period and open the next one; returns its name, None when there is none left.

    Raises FormRefused for any other period, and while batches of the period wait to be transferred.
    """
    current = _require_open(store, org, period)
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
    """The organisation's open period, None after the last one is closed."""
    return store.one("period", {"org_id": org["org_id"], "status": OPEN})


def org_of_code(store: Store, code: str) -> Row:
    """The organisation of a business unit code; raises FormRefused with the nearest."""
    org = store.one("org", {"code": code})
    if org is None:
        close_to = nearest(code, [each["code"] for each in store.find("org")])
        hint = f"; did you mean {close_to!r}?" if close_to else ""
        raise FormRefused(f"no organisation {code!r}{hint}", field="org", status=404)
    return org


def _require_open(store: Store, org: Row, period: Period) -> Row:
    current = open_period(store, org)
    if current is None or current["name"] != str(period):
        is_open = "no period is open" if current is None else f"{current['name']} is open"
        raise FormRefused(f"{org['code']} period {period} is not the open one: {is_open}", field="period")
    return current
