"""The engines that must fail do, for the reason they must; they differ from the reference by one policy class only."""

from __future__ import annotations

import pytest

from sandbox.engine.policy import POLICIES, NaivePolicy, NoPolicy, Policy
from tests.system.worlds import Judged, run


def test_engines_are_one_engine_with_another_policy() -> None:
    assert {"reference": Policy, "naive": NaivePolicy, "none": NoPolicy} == POLICIES
    assert issubclass(NaivePolicy, Policy)
    assert issubclass(NoPolicy, Policy)


@pytest.fixture(scope="module")
def silent() -> Judged:
    """No engine at all."""
    return run(engine="none", faults="none")


def test_without_an_engine_updates_are_lost(silent: Judged) -> None:
    lost = silent.verdict.by_name("LOST.update")
    assert silent.verdict.result == "fail"
    assert silent.verdict.exit_code == 1
    assert lost.result == "fail"


def test_without_an_engine_it_begins_with_the_first_won_deal(silent: Judged) -> None:
    won = [
        record
        for record in silent.case.history
        if record["kind"] == "change" and record["record"] == "Opportunity" and record["after"].get("IsWon")
    ]
    first = silent.case.ref("crm.Opportunity", won[0]["rec"])
    lost = [finding.key for finding in silent.verdict.by_name("LOST.update").findings]
    assert f"engagement:{first}" in lost
    assert not any(record["kind"] == "effect" for record in silent.case.history)


def test_the_naive_engine_passes_when_nothing_goes_wrong() -> None:
    # Otherwise its failures under faults would prove nothing.
    judged = run("tiny-thread", engine="naive", faults="none")
    assert judged.verdict.by_name("ONCE.dup").findings == []
    assert judged.verdict.by_name("LOST.update").findings == []


@pytest.mark.seeds
def test_the_naive_engine_doubles_facts_when_answers_are_lost() -> None:
    failed = [seed for seed in range(20) if doubles(run(seed=seed, engine="naive", faults="lost-ack"))]
    assert len(failed) >= 18


def doubles(judged: Judged) -> bool:
    """Whether ONCE.dup fails; then its findings must name the requests, one of them in the fault log, and an amount."""
    struck = {record["rq"] for record in judged.case.fired}
    findings = judged.verdict.by_name("ONCE.dup").findings
    blamed = [finding for finding in findings if finding.faults]
    for finding in blamed:
        assert len(finding.requests) >= 2
        assert struck.intersection(finding.requests)
        assert all(fid.startswith("W04#") for fid in finding.faults)
    assert not findings or any(finding.delta > 0 and finding.currency for finding in blamed)
    return judged.verdict.result == "fail" and bool(blamed)
