"""Reports an accountant runs: a view of one organisation as a file, made a while after it was asked for.

A file is kept for 48 hours (revenue-zuora.md section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mocks.kit.agenda import Agenda
from mocks.kit.store import Store
from mocks.revenue.records import COMPLETED, RUNNING
from mocks.revenue.rules_journal import next_position
from mocks.revenue.views import EVER, VIEWS, as_csv, rows
from sandbox.core.clock import HOUR_US, SECOND_US, moment
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Row

# Assumed: the vendor publishes no durations.
REPORT_DELAY_S = 30
RETENTION_US = 48 * HOUR_US
_ROWS_MAX = 10**6


@dataclass(frozen=True, slots=True)
class Layout:
    """What a report shows: a view, and how people call it."""

    name: str
    view: str
    category: str
    description: str


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("Contract Line Detail", "BI3_RC_LNS", "Contract", "Lines with what is recognised, deferred and billed"),
        Layout("Revenue Schedule Detail", "BI3_RC_SCHD", "Revenue", "What was released by line, period and kind"),
        Layout("Billing Detail", "BI3_RC_BILL", "Billing", "Invoice and credit memo lines"),
    )
}


def run_report(store: Store, agenda: Agenda, layout: Layout, org: Row, now_us: int, epoch: datetime) -> Row:
    """Ask for a report; its file is there ``REPORT_DELAY_S`` later."""
    position = next_position(store, "report")
    slug = layout.name.upper().replace(" ", "_")
    values = {
        "layout": layout.name,
        "org_code": org["code"],
        "file_name": f"{slug}_{org['code']}_{position}.csv",
        "report_date": moment(epoch, now_us).date().isoformat(),
        "status": RUNNING,
        "position": position,
    }
    report = store.insert("report", values, label=f"report {position} {layout.name} {org['code']}")
    agenda.add(now_us + REPORT_DELAY_S * SECOND_US, "finish_report", report_id=report["id"])
    return report


def finish_report(store: Store, report_id: str, now_us: int, epoch: datetime) -> None:
    """The file is made of what is there now."""
    report = store.get("report", report_id)
    if report is None:
        raise HarnessError(f"report {report_id} is on the agenda and not in the database")
    view = VIEWS[LAYOUTS[report["layout"]].view]
    column = view.names.index("SEC_ATR_VAL")
    found = [row for row in rows(store, view, EVER, _ROWS_MAX) if row[column] == report["org_code"]]
    content = as_csv(view, found, epoch).decode()
    store.update("report", report_id, {"status": COMPLETED, "made_us": now_us, "content": content})


def is_kept(made_us: int | None, now_us: int) -> bool:
    """Whether a file is made and not older than it is kept."""
    return made_us is not None and now_us - made_us <= RETENTION_US
