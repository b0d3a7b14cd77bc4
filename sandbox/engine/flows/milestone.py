"""Milestones: what the client accepted becomes revenue, or the right to it; what is sent back is taken back.

The feed says that somebody chose a state, or changed a billing milestone; what holds now is read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engine.connectors.revenue import Progress
from sandbox.engine.context import Context
from sandbox.engine.flows.obligations import BY_MILESTONE, obligation_id
from sandbox.engine.resilience import Missing
from sandbox.engine.store import NewWork, Work
from sandbox.interface import Interface

_OF_A_TASK = "task"


class MilestoneFlow:
    """Acceptances."""

    name = "milestone"

    def __init__(self, context: Context) -> None:
        self._c = context

    def work_of(self, events: Mapping[tuple[str, str], str]) -> Iterable[NewWork]:
        """Work for what the PSA's feed says of milestones: (subject, id) -> event id."""
        for (subject, subject_id), event_id in events.items():
            if subject in ("Story", "BillingMilestone"):
                key = f"{_OF_A_TASK} {subject_id}" if subject == "Story" else subject_id
                yield NewWork(self.name, self._c.policy.lane(key, event_id), key, tier=0)

    async def handle(self, work: Work) -> None:
        """Keep the day of acceptance, or that there is none."""
        context = self._c
        by_task, _, of_task = work.key.partition(" ")
        milestones = await context.psa.billing_milestones(
            {"story_ids": of_task} if by_task == _OF_A_TASK else {"only": work.key}
        )
        for milestone in milestones:
            line = await context.store.ref("psa", "line", milestone.story_id)
            if line is None:
                raise Missing(f"task {milestone.story_id} of milestone {milestone.milestone_id} is not known yet")
            known = await context.store.document("acceptance", line)
            if milestone.accepted_on is None and known is None:
                continue
            on = milestone.accepted_on.isoformat() if milestone.accepted_on else known["on"]
            accepted = {"on": on, "accepted": milestone.accepted_on is not None, "amount": str(milestone.amount)}
            await context.store.put_document("acceptance", line, accepted)


def accepted_progress(
    interface: Interface, deals: Mapping[str, dict[str, Any]], acceptances: Mapping[str, dict[str, Any]]
) -> Iterable[Progress]:
    """What acceptances mean for the obligations they belong to: all of a milestone, or what is due so far."""
    deal_of = {line: deal for deal in deals.values() for line in deal["lines"]}
    due: dict[str, Decimal] = {}
    for line, fact in sorted(acceptances.items(), key=lambda item: (item[1]["on"], item[0])):
        deal = deal_of[line]
        on, which = date.fromisoformat(fact["on"]), obligation_id(interface, deal, line, fact["on"][:7])
        if interface.posting[deal["kind"]].release == BY_MILESTONE:
            yield Progress(which, on, 100 if fact["accepted"] else 0, 100, "accepted")
            continue
        due[which] = due.get(which, Decimal(0)) + (Decimal(fact["amount"]) if fact["accepted"] else 0)
        yield Progress(which, on, due[which], due[which], "due")
