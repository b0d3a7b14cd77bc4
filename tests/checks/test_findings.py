"""A check says fail with a finding, unknown with nothing behind it, pass otherwise; and shows what it found."""

from __future__ import annotations

import pytest

from sandbox.checks.findings import SHOWN_MAX, CheckResult, Finding


def result(findings: int = 0, exercised: int = 0, compared: int = 0, *, required: bool = False) -> CheckResult:
    found = [Finding("ONCE.dup", "S1", "time.actual", f"time:{number}", f"time {number}") for number in range(findings)]
    return CheckResult("ONCE.dup", "every fact stands once", found, exercised, compared, required=required)


def test_nothing_compared_is_unknown_whether_required_or_not() -> None:
    assert result().result == "unknown"
    assert result(exercised=3).result == "unknown"
    assert result(required=True, exercised=3).result == "unknown"


def test_a_required_check_that_met_no_hazard_is_unknown() -> None:
    assert result(compared=7, required=True).result == "unknown"
    assert result(compared=7, required=True, exercised=1).result == "pass"


def test_a_check_nobody_requires_passes_without_hazards() -> None:
    assert result(compared=7).result == "pass"


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("exercised", "compared"), [(0, 0), (0, 5), (5, 5)])
def test_a_finding_beats_everything(exercised: int, compared: int, required: bool) -> None:
    assert result(1, exercised, compared, required=required).result == "fail"


def test_a_check_as_json_counts_all_findings_and_shows_the_first_fifty() -> None:
    data = result(SHOWN_MAX + 1, 2, 60, required=True).as_json()
    assert SHOWN_MAX == 50
    assert (data["found"], len(data["findings"])) == (51, 50)
    assert data["findings"][-1]["key"] == "time:49"
    assert {name: data[name] for name in ("id", "title", "result", "required", "exercised", "compared", "parts")} == {
        "id": "ONCE.dup",
        "title": "every fact stands once",
        "result": "fail",
        "required": True,
        "exercised": 2,
        "compared": 60,
        "parts": {},
    }


def test_a_finding_as_json_has_the_shape_of_the_history_document() -> None:
    finding = Finding(
        check="ONCE.dup",
        severity="S1",
        flow="time.actual",
        key="time:TE-00417",
        title="2 live records",
        let=("r812 ...", "r815 ..."),
        then="one fact",
        ruled_out="neither was voided",
        delta=157_500,
        currency="USD",
        records=(4, 9),
        requests=(812, 815),
        faults=("W04#3",),
        cause="a new attempt without a key",
    )
    assert finding.as_json() == {
        "check": "ONCE.dup",
        "class": "ONCE",
        "sev": "S1",
        "flow": "time.actual",
        "key": "time:TE-00417",
        "title": "2 live records",
        "let": ["r812 ...", "r815 ..."],
        "then": "one fact",
        "ruled_out": "neither was voided",
        "delta_minor": 157_500,
        "cur": "USD",
        "records": [4, 9],
        "requests": [812, 815],
        "faults": ["W04#3"],
        "cause_hint": "a new attempt without a key",
    }
