"""The pytest plugin as a user meets it: fixtures, failure texts, side by side."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PASSES = """
from sandbox.engine.policy import Policy

def test_the_reference_passes(sandbox):
    outcome = sandbox.run("tiny-thread").passes()
    assert outcome.figures["recognised_revenue"]["unit"] == "GBP"
    assert outcome.check("ONCE.dup").result == "pass"

def test_an_engine_of_ones_own(sandbox):
    class Trusting(Policy):
        name = "trusting"
        def looks_up_before_retry(self, capability):
            return False

    outcome = sandbox.run("tiny-thread", engine=Trusting, faults="lost-ack")
    assert outcome.result == "fail"
    assert "MONEY.identity" in {finding.check for finding in outcome.findings}
"""

FAILS = """
def test_a_naive_engine(sandbox):
    sandbox.run("tiny-thread", engine="naive", faults="lost-ack").passes()
"""

LIVE = """
import json
import urllib.request
import pytest

def users(up):
    request = urllib.request.Request(up.url("psa") + "/api/v1/users/me.json",
                                     headers={"Authorization": "Bearer " + up.credentials("psa")["access_token"]})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["count"]

@pytest.mark.parametrize("number", range(2))
def test_a_fresh_world_on_ports(sandbox_live, number):
    up = sandbox_live("tiny-thread", seed_only=True)
    assert up.now == "2026-01-19T00:00:00Z"
    assert users(up) == 1
    up.save("start")
    assert up.advance(by="2d") == "2026-01-21T00:00:00Z"
    up.restore("start")
    assert up.now == "2026-01-19T00:00:00Z"

def test_two_worlds_at_once_and_an_engine_of_ours_inside(sandbox_live):
    empty, living = sandbox_live("tiny-thread", seed_only=True), sandbox_live("tiny-thread", engine="reference")
    assert empty.url("crm") != living.url("crm")
    living.advance()
    living.passes()
    assert living.verdict().result == "pass"

def test_nothing_was_synced(sandbox_live):
    up = sandbox_live("tiny-thread")
    up.advance()
    up.passes()
"""


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # The outer run's workers are not the inner one's.
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return pytester


def test_a_scenario_is_run_by_a_fixture(folder: pytest.Pytester) -> None:
    folder.makepyfile(PASSES)
    folder.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_a_failed_verdict_is_told_as_its_findings(folder: pytest.Pytester) -> None:
    folder.makepyfile(FAILS)
    result = folder.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*NotPassed: the verdict is fail", "*S1 ONCE.dup*2 live records of *", "*    let   r*"]
    )


def test_worlds_live_on_ports_side_by_side(folder: pytest.Pytester) -> None:
    folder.makepyfile(LIVE)
    result = folder.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*NotPassed: the verdict is fail", "*LOST.update*"])


def test_the_seed_is_an_option(folder: pytest.Pytester) -> None:
    folder.makepyfile("def test_seed(sandbox): assert sandbox.seed == 7")
    folder.runpytest_subprocess("--sandbox-seed", "7", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_nothing_heavy_is_imported_until_a_fixture_is_asked_for(folder: pytest.Pytester) -> None:
    folder.makepyfile("import sys\ndef test_none(): assert not {'flask', 'simpy', 'sandbox.world'} & set(sys.modules)")
    folder.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
