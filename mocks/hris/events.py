"""How changes leave Workday: they do not. Consumers pull reports by entry window; nothing is announced."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.core.observe import Change

RETENTION = "none: every event stays readable by its entry moment"


def announce(changes: Iterable[Change]) -> None:
    """Nothing to do: there is no outgoing stream (hris-workday.md, no webhooks)."""
