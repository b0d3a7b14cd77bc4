"""The verdict as JUnit XML: one test case a check, so that any CI shows it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree


def junit_xml(verdict: dict[str, Any]) -> str:
    """A test suite of the run; failures carry the findings' text, unknown is an error."""
    checks = verdict["checks"]
    suite = ElementTree.Element(
        "testsuite",
        name=f"sandbox {verdict['scenario']} seed {verdict['seed']} engine {verdict['engine']}",
        tests=str(len(checks)),
        failures=str(sum(check["result"] == "fail" for check in checks)),
        errors=str(sum(_is_error(check) for check in checks)),
        skipped=str(sum(_is_skipped(check) for check in checks)),
    )
    for check in checks:
        case = ElementTree.SubElement(suite, "testcase", classname="sandbox.checks", name=check["id"])
        if check["result"] == "fail":
            text = "\n\n".join(_finding_text(finding) for finding in check["findings"])
            failure = ElementTree.SubElement(case, "failure", message=_printable(check["findings"][0]["title"]))
            failure.text = _printable(text)
        elif _is_error(check):
            ElementTree.SubElement(case, "error", message="required, but it met no hazard or had nothing to compare")
        elif _is_skipped(check):
            ElementTree.SubElement(case, "skipped", message="not required, and it had nothing to compare")
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Without the control characters XML 1.0 has no way to write."""
    return "".join(char if char in "\t\n\r" or char >= " " else "\N{REPLACEMENT CHARACTER}" for char in text)


def _is_error(check: dict[str, Any]) -> bool:
    return bool(check["result"] == "unknown" and check["required"])


def _is_skipped(check: dict[str, Any]) -> bool:
    return bool(check["result"] == "unknown" and not check["required"])


def _finding_text(finding: dict[str, Any]) -> str:
    lines = [finding["title"], *(f"  let  {line}" for line in finding["let"]), f"  then {finding['then']}"]
    if finding["ruled_out"]:
        lines.append(f"  not innocent because {finding['ruled_out']}")
    if finding["cause_hint"]:
        lines.append(f"  likely cause: {finding['cause_hint']}")
    return "\n".join(lines)
