"""Chains of requests along the links of a document: what a create answers is read, changed and removed by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis
import schemathesis
from schemathesis.generation import GenerationMode

from tests.openapi.fuzzing import Tally, exchange, planted, with_pool

# Requests of one chain.
_STEPS = 6


@dataclass
class Linked:
    """What came of chains: the tally of all requests, how many came along a link, and how many of those succeeded."""

    tally: Tally
    followed: int = 0
    accepted: int = 0


def chains(system: str, count: int, *, seed: int = 1) -> Linked:
    """Go ``count`` chains, each from the same state; changes stay within a chain."""
    there = planted(system)
    found = Linked(Tally())
    schema = schemathesis.openapi.from_dict(with_pool(there.document))
    schema.config.generation.update(modes=[GenerationMode.POSITIVE])
    base: Any = schema.as_state_machine()

    def setup(self: Any) -> None:
        there.restore()

    def call(self: Any, case: Any, **_: Any) -> Any:
        wrapped, answer = exchange(there.keep, case, found.tally)
        self.answered = answer.ok
        return wrapped

    def step(self: Any, given: Any) -> Any:
        output = base.step(self, given)
        if given.transition is not None and given.is_applied:
            found.followed += 1
            found.accepted += self.answered
        return output

    def validate_response(self: Any, response: Any, case: Any, *_: Any, **__: Any) -> None:
        """Judged in the exchange already."""

    parts = {"setup": setup, "call": call, "step": step, "validate_response": validate_response}
    machine: Any = type("Chain", (base,), parts)
    settings = hypothesis.settings(
        max_examples=count,
        stateful_step_count=_STEPS,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        machine.run(settings=settings)
    finally:
        there.restore()
    return found
