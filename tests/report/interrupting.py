"""A run that somebody interrupts after its first day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.core.clock import DAY_US
from sandbox.report.folder import RunFolder
from sandbox.world import World


@contextmanager
def interrupted_after_a_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RunFolder]]:
    """Inside, every run is interrupted; gives the folders that were begun, and closes what was left open."""
    begun: list[RunFolder] = []
    create = RunFolder.create

    def run(self: World, *_: Any, **__: Any) -> Any:
        self.run_to(DAY_US)
        raise KeyboardInterrupt

    def remembered(path: Path, *, force: bool) -> RunFolder:
        begun.append(create(path, force=force))
        return begun[-1]

    try:
        with monkeypatch.context() as patch:
            patch.setattr(World, "run", run)
            patch.setattr(RunFolder, "create", remembered)
            yield begun
    finally:
        for folder in begun:
            folder.history.close()
