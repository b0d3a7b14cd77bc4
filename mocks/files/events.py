"""How files leave: they do not. The customer looks into the folders; nothing is announced."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.core.observe import Change

RETENTION = "none: a file stays in its folder"


def announce(changes: Iterable[Change]) -> None:
    """Nothing to do: there is no outgoing stream."""
