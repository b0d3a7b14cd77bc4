"""At least 200 generated requests for every route, half of them meant to be accepted: ``tox -e fuzz``."""

from __future__ import annotations

import os
import sys

import pytest
from schemathesis.generation import GenerationMode

from sandbox.core.wire import SYSTEMS
from tests.openapi.fuzzing import Tally, fuzz, operations, share
from tests.openapi.stage import stage
from tests.openapi.test_generated import ACCEPTED_MIN

pytestmark = pytest.mark.fuzz

CASES = int(os.environ.get("SANDBOX_FUZZ_CASES", "200"))
SEED = int(os.environ.get("SANDBOX_FUZZ_SEED", "1"))


def run(system: str) -> dict[str, Tally]:
    """Tallies by operation. Where a request has few forms, the breaking ones make up the number."""
    tallies: dict[str, Tally] = {}
    for identity in operations(system, GenerationMode.POSITIVE):
        wanted = share(system, identity, CASES)
        tally = tallies[identity] = Tally()
        fuzz(system, identity, GenerationMode.POSITIVE, wanted // 2, tally, seed=SEED)
        fuzz(system, identity, GenerationMode.NEGATIVE, wanted - tally.positive, tally, seed=SEED)
    return tallies


def told(system: str, tallies: dict[str, Tally]) -> str:
    """The figures of a system, and the operations below the share."""
    lines = [f"{identity}: {tally.accepted} of {tally.positive}" for identity, tally in tallies.items() if _low(tally)]
    positive, accepted = (sum(getattr(each, name) for each in tallies.values()) for name in ("positive", "accepted"))
    negative = sum(each.negative for each in tallies.values())
    few = [
        identity for identity, each in tallies.items() if each.positive + each.negative < share(system, identity, CASES)
    ]
    head = f"{system}: {positive + negative} cases, {accepted} of {positive} positive ones accepted"
    return "\n  ".join([head, *lines, f"no more forms of a request than were sent: {', '.join(few) or 'none'}"])


def _low(tally: Tally) -> bool:
    return tally.accepted < ACCEPTED_MIN * tally.positive


def test_generated_requests(capsys: pytest.CaptureFixture[str]) -> None:
    problems: list[str] = []
    positive = accepted = 0
    for system in SYSTEMS:
        tallies = run(system)
        with capsys.disabled():
            sys.stdout.write(f"\n{told(system, tallies)}\n")
        for tally in tallies.values():
            problems += [f"{system}: {problem}" for problem in tally.problems]
            positive, accepted = positive + tally.positive, accepted + tally.accepted
        stage(system).restore()
    with capsys.disabled():
        sys.stdout.write(f"all: {accepted} of {positive} positive cases accepted ({accepted / positive:.0%})\n")
    assert not problems, "\n".join(problems[:50])
    assert accepted / positive >= ACCEPTED_MIN
