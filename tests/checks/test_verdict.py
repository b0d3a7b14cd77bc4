"""Fail beats unknown beats pass; a required check that met nothing makes the whole unknown."""

from __future__ import annotations

import itertools

import pytest

from sandbox.checks.findings import CheckResult, Finding, Result
from sandbox.checks.verdict import CHECKS, Verdict
from sandbox.core.errors import UsageError
from tests.checks.builders import PENNY, Scene, failed


def said(result: Result, *, required: bool = True) -> CheckResult:
    """A check that says this."""
    check = CheckResult("ONCE.dup", "every fact stands once", compared=1, exercised=1, required=required)
    if result == "fail":
        check.findings = [Finding("ONCE.dup", "S1", "", "key", "title")]
    if result == "unknown":
        check.compared = check.exercised = 0
    return check


@pytest.mark.parametrize("results", list(itertools.product(("pass", "unknown", "fail"), repeat=3)))
def test_fail_beats_unknown_beats_pass_in_any_order(results: tuple[Result, ...]) -> None:
    worst: Result = next(each for each in ("fail", "unknown", "pass") if each in results)
    verdict = Verdict([said(each) for each in results])
    assert verdict.result == worst
    assert verdict.exit_code == {"pass": 0, "fail": 1, "unknown": 2}[worst]


def test_an_unknown_nobody_requires_spoils_nothing_and_a_failure_always_counts() -> None:
    assert Verdict([said("pass"), said("unknown", required=False)]).result == "pass"
    assert Verdict([said("pass"), said("fail", required=False)]).result == "fail"


def test_a_check_is_found_by_its_name_and_another_name_is_refused() -> None:
    check = said("pass")
    assert Verdict([check]).by_name("ONCE.dup") is check
    with pytest.raises(KeyError, match=r"ONCE\.dupe"):
        Verdict([check]).by_name("ONCE.dupe")


def test_a_verdict_as_json_names_result_faults_and_checks() -> None:
    data = Verdict([said("fail")], {"W04": 2}).as_json()
    assert (data["result"], data["faults"], [each["id"] for each in data["checks"]]) == (
        "fail",
        {"W04": 2},
        ["ONCE.dup"],
    )


# -- judging -----------------------------------------------------------------------------------------------------------


def test_every_check_speaks_once_and_the_watch_over_them_last(tiny: Scene) -> None:
    names = [check.check for check in tiny.verdict().checks]
    assert names == [
        "ONCE.dup", "LOST.update", "CONV.final", "ORD.regress", "STALE.overwrite", "CAU.before", "ORDER.rules",
        "ATOM.partial", "PERIOD.closed", "DEADL.late", "LEAK.field", "DLQ.account", "MONEY.identity", "BOOKS.expected",
        "FIGURES.worked", "FIGURES.business", "SYNC.answer", "VAC",
    ]  # fmt: skip
    assert names[:-1] == list(CHECKS)


def test_the_plan_says_what_is_required(tiny: Scene) -> None:
    assert tiny.plan.requires == ("BOOKS.expected", "FIGURES.worked", "MONEY.identity")
    required = {check.check for check in tiny.verdict().checks if check.required}
    assert required == {"BOOKS.expected", "FIGURES.worked", "MONEY.identity", "VAC"}


def test_a_required_check_that_met_no_hazard_makes_the_verdict_unknown(tiny: Scene) -> None:
    tiny.alter_plan(requires=("MONEY.identity", "ONCE.dup", "CONV.final"))
    verdict = tiny.verdict()
    assert (verdict.result, verdict.exit_code) == ("unknown", 2)
    assert {name: verdict.by_name(name).result for name in ("MONEY.identity", "ONCE.dup", "CONV.final", "VAC")} == {
        "MONEY.identity": "pass",
        "ONCE.dup": "unknown",
        "CONV.final": "unknown",
        "VAC": "unknown",
    }
    watch = verdict.by_name("VAC")
    assert set(watch.parts) == {"ONCE.dup", "CONV.final"}
    assert (watch.compared, watch.exercised) == (3, 0)


def test_a_required_check_with_nothing_to_compare_makes_the_verdict_unknown(tiny: Scene) -> None:
    tiny.alter_plan(expectations={}, requires=("FIGURES.worked",))
    verdict = tiny.verdict()
    assert verdict.by_name("FIGURES.worked").compared == 0
    assert verdict.result == "unknown"


def test_a_failure_beats_the_unknown_of_a_check_that_met_nothing(tiny: Scene) -> None:
    tiny.alter_plan(requires=("ONCE.dup",))
    (invoice,) = tiny.rows("erp.invoice").values()
    invoice["total"] += PENNY
    verdict = tiny.verdict()
    assert verdict.by_name("ONCE.dup").result == "unknown"
    assert (verdict.result, verdict.exit_code) == ("fail", 1)
    assert failed(verdict) == {"CONV.final", "MONEY.identity"}


def test_the_watch_itself_never_fails_and_can_be_required(tiny: Scene) -> None:
    tiny.alter_plan(requires=("VAC", "MONEY.identity"))
    watch = tiny.verdict().by_name("VAC")
    assert (watch.result, watch.findings) == ("pass", [])


def test_nothing_required_leaves_the_watch_with_nothing_to_say(tiny: Scene) -> None:
    tiny.alter_plan(requires=())
    watch = tiny.verdict().by_name("VAC")
    assert (watch.required, watch.compared, watch.result) == (False, 0, "unknown")


def test_a_required_check_nobody_knows_is_refused_with_the_nearest_name(tiny: Scene) -> None:
    tiny.alter_plan(requires=("MONEY.idenity",))
    with pytest.raises(
        UsageError, match=r"check 'MONEY\.idenity', which does not exist; did you mean 'MONEY\.identity'\?"
    ):
        tiny.verdict()


def test_a_required_check_like_no_other_is_refused_without_a_guess(tiny: Scene) -> None:
    tiny.alter_plan(requires=("zzz",))
    with pytest.raises(UsageError, match=r"which does not exist$"):
        tiny.verdict()


def test_faults_that_struck_are_counted_by_kind_in_order(tiny: Scene) -> None:
    for number, kind in enumerate(("W04", "E01", "W04")):
        tiny.write({"kind": "fault", "t_us": 0, "sys": "psa", "fid": f"{kind}#{number}", "fkind": kind, "rq": None})
    assert list(tiny.verdict().fired.items()) == [("E01", 1), ("W04", 2)]


def test_a_good_engine_passes_with_and_without_faults(calm: Scene, rough: Scene) -> None:
    for scene in (calm, rough):
        verdict = scene.verdict()
        assert (verdict.result, failed(verdict)) == ("pass", set())
    assert rough.verdict().by_name("VAC").compared == 11
