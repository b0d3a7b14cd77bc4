"""What a check says: findings with their evidence, and a result that is pass, fail or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Result = Literal["pass", "fail", "unknown"]

# How many findings of one check are written out; all are counted.
SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One proven fault, told as let, then, and why no innocent reading exists.

    ``records`` are sequence numbers in the history; ``delta`` is minor units of ``currency``; ``faults`` are the ids of
    the faults that struck there, for explanation only.
    """

    check: str
    severity: str
    flow: str
    key: str
    title: str
    let: tuple[str, ...] = ()
    then: str = ""
    ruled_out: str = ""
    delta: int = 0
    currency: str = ""
    records: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()
    cause: str = ""

    def as_json(self) -> dict[str, Any]:
        """JSON data in the shape of verification.md section 2."""
        return {
            "check": self.check,
            "class": self.check.partition(".")[0],
            "sev": self.severity,
            "flow": self.flow,
            "key": self.key,
            "title": self.title,
            "let": list(self.let),
            "then": self.then,
            "ruled_out": self.ruled_out,
            "delta_minor": self.delta,
            "cur": self.currency,
            "records": list(self.records),
            "requests": list(self.requests),
            "faults": list(self.faults),
            "cause_hint": self.cause,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Finding:
        """What ``as_json`` told."""
        return cls(
            check=told["check"],
            severity=told["sev"],
            flow=told["flow"],
            key=told["key"],
            title=told["title"],
            let=tuple(told["let"]),
            then=told["then"],
            ruled_out=told["ruled_out"],
            delta=told["delta_minor"],
            currency=told["cur"],
            records=tuple(told["records"]),
            requests=tuple(told["requests"]),
            faults=tuple(told["faults"]),
            cause=told["cause_hint"],
        )


@dataclass(slots=True)
class CheckResult:
    """A check's word. ``exercised`` counts hazards met, ``compared`` comparisons made; ``parts`` splits both."""

    check: str
    title: str
    findings: list[Finding] = field(default_factory=list)
    exercised: int = 0
    compared: int = 0
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    required: bool = False

    @property
    def result(self) -> Result:
        """Fail with a finding; unknown when nothing was compared, or required and no hazard was met."""
        if self.findings:
            return "fail"
        if not self.compared or (self.required and not self.exercised):
            return "unknown"
        return "pass"

    def as_json(self) -> dict[str, Any]:
        """JSON data of verdict.json."""
        return {
            "id": self.check,
            "title": self.title,
            "result": self.result,
            "required": self.required,
            "exercised": self.exercised,
            "compared": self.compared,
            "parts": self.parts,
            "found": len(self.findings),
            "findings": [finding.as_json() for finding in self.findings[:SHOWN_MAX]],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> CheckResult:
        """What ``as_json`` told; of many findings the first."""
        findings = [Finding.from_json(each) for each in told["findings"]]
        result = cls(told["id"], told["title"], findings, told["exercised"], told["compared"], dict(told["parts"]))
        result.required = told["required"]
        return result
