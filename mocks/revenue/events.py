"""How changes leave Zuora Revenue: as transfer batches, polled. A batch is announced when it is offered.

Offered again after a reset it carries the same id: a consumer posts it once by batch and line id.
"""

from __future__ import annotations

from collections.abc import Iterable

from mocks.kit.feeds import Feed
from mocks.revenue.records import READY
from sandbox.core.observe import Change

JOURNAL = "journal"
RETENTION = "none: a batch and its lines stay readable after their transfer"


def announce(feed: Feed, changes: Iterable[Change], now_us: int) -> None:
    """Put every batch on the stream that has become ready to transfer."""
    for change in changes:
        after = change.after
        if change.record_type == "batch" and after is not None and after["status"] == READY:
            feed.append(
                now_us,
                {"id": int(change.record_id), "name": after["name"]},
                event_id=change.record_id,
                covers=[("batch", change.record_id)],
            )
