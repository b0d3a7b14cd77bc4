"""Worlds that were played to the end, and what one looks up in them; a verb may be done twice on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.core.wire import Request
from sandbox.engine.policy import Policy
from sandbox.firm.deeds import VERBS, Verb
from sandbox.firm.desk import Blocked, Desk
from sandbox.interface import Interface, load_interface
from sandbox.plan import Plan
from sandbox.world import Snapshot, World

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Played:
    """A world at its end."""

    world: World
    truth: dict[str, Any]

    @property
    def history(self) -> Rows:
        """Every record."""
        return self.world.recorder.records

    @property
    def outcomes(self) -> dict[str, str]:
        """How every deed ended."""
        return self.world.firm.outcomes

    def rows(self, system: str, record: str, **wanted: Any) -> Rows:
        """Records of a type with these values, in no order worth relying on."""
        found = self.truth["systems"][system][record].values()
        return [row for row in found if all(row[name] == value for name, value in wanted.items())]

    def row(self, system: str, record: str, **wanted: Any) -> dict[str, Any]:
        """The only such record."""
        (found,) = self.rows(system, record, **wanted)
        return found

    def changes(self, deed: str) -> list[tuple[str, str, str]]:
        """What a deed changed: system, record type, create or update."""
        return [
            (record["sys"], record["record"], record["op"])
            for record in self.history
            if record["kind"] == "change" and record.get("deed") == deed
        ]

    def notes(self, kind: str, deed: str) -> Rows:
        """What a person noted about a deed."""
        return [record for record in self.history if record["kind"] == kind and record["deed"] == deed]

    def counts(self) -> dict[str, int]:
        """How many records of every type there are."""
        return {
            f"{system}.{record}": len(rows)
            for system, types in self.truth["systems"].items()
            for record, rows in types.items()
            if rows
        }

    def content(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Every record without its times and its bookkeeping."""
        return {
            (system, record, row_id): {
                name: value for name, value in row.items() if name[0] != "_" and not name.endswith("_us")
            }
            for system, types in self.truth["systems"].items()
            for record, rows in types.items()
            for row_id, row in rows.items()
        }

    def entries(self, engagement: str) -> Rows:
        """Time of an engagement in the PSA, by day."""
        workspaces = [row["id"] for row in self.rows("psa", "workspace") if row["title"].startswith(f"{engagement} ")]
        found = [row for row in self.rows("psa", "time_entry") if row["workspace_id"] in workspaces]
        return sorted(found, key=lambda row: (row["date_performed"], row["billable"]))


def lazy() -> Interface:
    """The interface contract with an engine that looks once an hour, so that a world costs less."""
    interface = load_interface()
    polling = {
        source: rule.model_copy(update={"office_s": 3600}) if rule.office_s else rule
        for source, rule in interface.polling.items()
    }
    return interface.model_copy(update={"polling": polling})


def play(plan: Plan, policy: type[Policy] = Policy, snapshot: Snapshot | None = None) -> Played:
    """A world run to its end."""
    world = World(plan, lazy(), policy, snapshot=snapshot)
    return Played(world, world.run())


@dataclass
class Again:
    """Deeds done a second time at once: how the second time ended, by verb and deed."""

    refusals: dict[str, dict[str, str | None]] = field(default_factory=dict)
    played: Played | None = None


@contextmanager
def twice() -> Iterator[Again]:
    """Everybody does everything twice, the second time as somebody who does not know whether the first got through."""
    again = Again()
    with pytest.MonkeyPatch.context() as patch:
        for name, verb in list(VERBS.items()):
            patch.setitem(VERBS, name, _doubled(name, verb, again))
        yield again


def _doubled(name: str, verb: Verb, again: Again) -> Verb:
    async def both(desk: Desk, args: dict[str, Any]) -> None:
        await verb(desk, args)
        label = desk.ports._meta.deed
        ports = desk.ports.for_deed(f"again: {label}")
        second = Desk(desk.plan, ports, desk.records, desk.person.name)
        second.attempts = desk.attempts + 1
        refusal: str | None = None
        try:
            await verb(second, args)
        except Blocked as blocked:
            refusal = blocked.message
        again.refusals.setdefault(name, {})[str(label)] = refusal

    return both


def play_losing_first_answers(plan: Plan) -> Played:
    """A world in which whoever writes something gets no answer the first time, although it was done."""
    world = World(plan, lazy())
    lost: set[tuple[str | None, str, str]] = set()

    def loses(system: str, request: Request, *, committed: bool, created: bool) -> bool:
        meta = request.meta
        if not committed or meta is None or not meta.actor.startswith("biz:") or "oauth2" in request.path:
            return False
        key = (meta.deed, request.method, request.path)
        first = key not in lost
        lost.add(key)
        return first

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.desk, "loses_answer", loses)
        return Played(world, world.run())
