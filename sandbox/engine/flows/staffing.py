"""Staffing: a firm assignment of the PSA is a task of the project in the ERP, with its span and its hours.

Wishes stay in the PSA. All assignments are compared, because one that is taken back announces only that it is gone.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from sandbox.engine.canonical import Assignment
from sandbox.engine.context import Context, digest
from sandbox.engine.store import NewWork, Work

SOURCE = "psa.allocations"


class StaffingFlow:
    """Assignments to tasks."""

    name = "staffing"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Compare all assignments with what was told of them; queue what differs, and what is gone."""
        context = self._c
        found = {each.assignment_id: each for each in await context.psa.people.assignments() if each.hard}
        told = await context.store.documents("assignment")
        letters = await context.store.dead_letters()
        given_up = {letter.key: letter.payload for letter in letters if letter.flow == self.name}
        work = []
        for assignment_id, assignment in found.items():
            payload = {**asdict(assignment), "first": str(assignment.first), "last": str(assignment.last)}
            if told.get(assignment_id) != payload and given_up.get(assignment_id) != payload:
                work.append(self._work(assignment_id, payload))
        gone = [each for each, payload in told.items() if payload is not None and each not in found]
        work += [self._work(assignment_id, None) for assignment_id in gone]
        await context.take(SOURCE, (), work)

    def _work(self, assignment_id: str, payload: Any) -> NewWork:
        lane = self._c.policy.lane(assignment_id, digest(payload))
        return NewWork(self.name, lane, assignment_id, payload, tier=1)

    async def handle(self, work: Work) -> None:
        """Bring the task of an assignment up to date, or take it away."""
        context, payload = self._c, work.payload
        if payload is None:
            await context.erp.remove_task(work.key)
        else:
            assignment = Assignment(
                **{
                    **payload,
                    "first": date.fromisoformat(payload["first"]),
                    "last": date.fromisoformat(payload["last"]),
                }
            )
            engagement = await context.known("psa", "engagement", assignment.workspace_id)
            job_id = await context.native("engagement", engagement, "erp")
            await context.erp.put_task(assignment, job_id, await self._who(assignment))
        await context.store.put_document("assignment", work.key, payload)

    async def _who(self, assignment: Assignment) -> str:
        if assignment.user_id is None:
            return assignment.role
        return await self._c.known("psa", "worker", assignment.user_id)
