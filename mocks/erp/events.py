"""How changes leave NetSuite: they do not. Consumers poll by SuiteQL; nothing is announced (section 10)."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.core.observe import Change

RETENTION = "none: there is no stream; records stay readable, deleted ones vanish without a tombstone"


def announce(changes: Iterable[Change]) -> None:
    """Nothing to do: REST has no outgoing stream (erp-netsuite.md section 10)."""
