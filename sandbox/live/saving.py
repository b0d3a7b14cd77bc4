"""Worlds on disk: a snapshot is a folder of databases, states and history that anybody can open; and the shelf of a
world's named snapshots.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from sandbox.core.clock import epoch_of, iso_z
from sandbox.core.errors import HarnessError, UsageError, unknown_name
from sandbox.core.wire import canonical, loads
from sandbox.live.world import Cast, LiveWorld
from sandbox.world import Snapshot

_MARK = "world.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def write_snapshot(folder: Path, snapshot: Snapshot, about: Mapping[str, Any]) -> None:
    """A snapshot as a folder, which takes the place of an earlier one in one step."""
    fresh = folder.with_name(f"{folder.name}.writing")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(parents=True)
    for name, saved in snapshot.systems.items():
        (fresh / f"{name}.sqlite").write_bytes(saved["database"])
        (fresh / f"{name}.state.json").write_bytes(saved["state"])
    (fresh / "engine.sqlite").write_bytes(snapshot.store)
    with (fresh / "history.jsonl").open("wb", buffering=1 << 20) as history:
        history.writelines(canonical(record, line=True) for record in snapshot.history)
    world = {
        "schema": 1,
        "clock_us": snapshot.clock_us,
        "outcomes": dict(snapshot.outcomes),
        "desk": snapshot.desk,
        "systems": sorted(snapshot.systems),
        "about": dict(about),
    }
    (fresh / _MARK).write_bytes(canonical(world))
    old = folder.with_name(f"{folder.name}.old")
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    if old.exists():
        shutil.rmtree(old)


def holds_snapshot(folder: Path) -> bool:
    """Whether there is a snapshot in a folder."""
    return (folder / _MARK).is_file()


def read_about(folder: Path) -> dict[str, Any]:
    """What was said of a snapshot when it was written; raises UsageError when there is none."""
    about: dict[str, Any] = _world(folder)["about"]
    return about


def read_snapshot(folder: Path) -> Snapshot:
    """A snapshot from its folder. Raises UsageError when there is none, HarnessError when it is damaged."""
    world = _world(folder)
    try:
        systems = {
            name: {
                "database": (folder / f"{name}.sqlite").read_bytes(),
                "state": (folder / f"{name}.state.json").read_bytes(),
            }
            for name in world["systems"]
        }
        store = (folder / "engine.sqlite").read_bytes()
        lines = (folder / "history.jsonl").read_bytes().splitlines()
        history = [orjson.loads(line) for line in lines]
    except (OSError, orjson.JSONDecodeError) as broken:
        raise HarnessError(f"the snapshot in {folder} is damaged: {broken}") from broken
    return Snapshot(world["clock_us"], systems, store, world["outcomes"], world["desk"], history)


def _world(folder: Path) -> dict[str, Any]:
    try:
        world = loads((folder / _MARK).read_bytes())
    except OSError as missing:
        raise UsageError(f"{folder} holds no snapshot", code="no_snapshot", path=str(folder)) from missing
    except ValueError as broken:
        raise HarnessError(f"{folder / _MARK} is damaged: {broken}") from broken
    if not isinstance(world, dict) or world.get("schema") != 1:
        raise HarnessError(f"{folder / _MARK} is damaged: it is no snapshot of ours")
    return world


class Shelf:
    """Named snapshots of one living world: in a folder, or in memory without one."""

    def __init__(self, live: LiveWorld, folder: Path | None) -> None:
        self._live = live
        self._folder = folder
        self._kept: dict[str, tuple[Snapshot, dict[str, Any]]] = {}

    def save(self, name: str) -> dict[str, Any]:
        """Keep the world as it is now; an earlier snapshot of that name is replaced. Raises UsageError for a name
        that would not be a file's."""
        if _NAME.fullmatch(name) is None:
            raise UsageError(f"{name!r} is no name for a snapshot; expected letters, digits, . _ -", code="bad_name")
        snapshot = self._live.snapshot()
        about = about_snapshot(self._live.cast, snapshot)
        if self._folder is None:
            self._kept[name] = (snapshot, about)
        else:
            write_snapshot(self._folder / name, snapshot, about)
        return {"name": name, **about}

    def listed(self) -> list[dict[str, Any]]:
        """What there is, by name."""
        if self._folder is None:
            return [{"name": name, **about} for name, (_, about) in sorted(self._kept.items())]
        if not self._folder.is_dir():
            return []
        return [
            {"name": path.name, **read_about(path)} for path in sorted(self._folder.iterdir()) if holds_snapshot(path)
        ]

    def restore(self, name: str) -> dict[str, Any]:
        """Go on from a snapshot; raises UsageError with the nearest name when there is none of that name."""
        names = [each["name"] for each in self.listed()]
        if name not in names:
            raise unknown_name("snapshot", name, names)
        snapshot = self._kept[name][0] if self._folder is None else read_snapshot(self._folder / name)
        self._live.restore(snapshot)
        return {"name": name, **about_snapshot(self._live.cast, snapshot)}


def about_snapshot(cast: Cast, snapshot: Snapshot) -> dict[str, Any]:
    """What people want to know of a snapshot; ``tenant`` marks the shape it was made with, when it has one."""
    plan = cast.plan
    about = {
        "at": iso_z(epoch_of(plan.start), snapshot.clock_us),
        "records": len(snapshot.history),
        "scenario": plan.scenario,
        "seed": plan.seed,
    }
    return about | ({"tenant": cast.shape.mark} if cast.shape.mark else {})
