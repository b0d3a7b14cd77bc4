"""JUnit XML: one test case a check, findings as failures, unknown as error when required and skipped when not."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from sandbox.report.junit import junit_xml
from tests.report.conftest import Saved


def check(
    name: str, result: str, *, required: bool = True, findings: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    return {"id": name, "result": result, "required": required, "findings": list(findings)}


def finding(**fields: Any) -> dict[str, Any]:
    plain = {"title": "2 live records", "let": ["r812", "r815"], "then": "one fact", "ruled_out": "", "cause_hint": ""}
    return {**plain, **fields}


def suite(*checks: dict[str, Any], scenario: str = "first-thread") -> Element:
    text = junit_xml({"scenario": scenario, "seed": 3, "engine": "naive", "checks": list(checks)})
    assert text.startswith("<?xml version=")
    return fromstring(text)


def test_a_suite_counts_what_its_cases_say() -> None:
    root = suite(
        check("ONCE.dup", "fail", findings=(finding(),)),
        check("LOST.update", "fail", required=False, findings=(finding(),)),
        check("CONV.final", "unknown"),
        check("DLQ.account", "unknown", required=False),
        check("MONEY.identity", "pass"),
        check("VAC", "unknown"),
    )
    assert (root.tag, root.get("name")) == ("testsuite", "sandbox first-thread seed 3 engine naive")
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "2",
        "errors": "2",
        "skipped": "1",
    }
    shown = {case.get("name"): [child.tag for child in case] for case in root}
    assert shown == {
        "ONCE.dup": ["failure"],
        "LOST.update": ["failure"],
        "CONV.final": ["error"],
        "DLQ.account": ["skipped"],
        "MONEY.identity": [],
        "VAC": ["error"],
    }
    assert {case.get("classname") for case in root} == {"sandbox.checks"}


def test_a_failure_tells_every_finding_as_let_then_and_why_not_innocent() -> None:
    first = finding(ruled_out="neither was voided", cause_hint="sent again")
    failure = suite(check("ONCE.dup", "fail", findings=(first, finding(title="3 live records", let=[]))))[0][0]
    assert failure.get("message") == "2 live records"
    assert failure.text == (
        "2 live records\n  let  r812\n  let  r815\n  then one fact\n  not innocent because neither was voided\n"
        "  likely cause: sent again\n\n3 live records\n  then one fact"
    )


def test_names_with_the_marks_of_xml_are_escaped() -> None:
    root = suite(check("ONCE.dup", "fail", findings=(finding(title='Rail & Sons <"plc">'),)), scenario="a<b&c")
    assert root[0][0].get("message") == 'Rail & Sons <"plc">'
    assert root.get("name") == "sandbox a<b&c seed 3 engine naive"


def test_a_control_character_in_a_finding_leaves_valid_xml() -> None:
    assert suite(check("CONV.final", "fail", findings=(finding(then="name 'Rail\x0b', expected 'Rail'"),)))


def test_a_run_has_one_case_a_check_in_the_order_of_the_verdict(good: Saved, bad: Saved) -> None:
    for saved in (good, bad):
        root = fromstring((saved.path / "junit.xml").read_bytes())
        verdict = saved.json("verdict.json")
        assert [case.get("name") for case in root] == [each["id"] for each in verdict["checks"]]
        failed = [case.get("name") for case in root if case.find("failure") is not None]
        assert failed == [each["id"] for each in verdict["checks"] if each["result"] == "fail"]
        assert root.get("failures") == str(len(failed))


def test_a_passing_run_has_no_failure_no_error_and_skips_what_nobody_asked(good: Saved) -> None:
    root = fromstring((good.path / "junit.xml").read_bytes())
    checks = good.json("verdict.json")["checks"]
    # Nobody asked anything, and it is not required.
    assert [check["id"] for check in checks if check["result"] == "unknown"] == ["SYNC.answer"]
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == [str(len(checks)), "0", "0", "1"]
