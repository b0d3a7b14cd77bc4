"""A run is one folder: run.json, plan.json, history.jsonl, truth.json, verdict.json, report.html, junit.xml."""

from __future__ import annotations

import shutil
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import ValidationError

from sandbox.checks.books import Books
from sandbox.core.errors import HarnessError, UsageError
from sandbox.core.wire import SYSTEMS, loads
from sandbox.plan import Plan
from sandbox.report.html import html_page
from sandbox.report.junit import junit_xml
from sandbox.report.lines import letter_lines
from sandbox.report.staffing import staffing_report

_MARK = "run.json"
_OURS = {
    _MARK, "plan.json", "history.jsonl", "truth.json", "verdict.json", "report.html", "junit.xml", "repro.json",
    *(f"{system}.sqlite" for system in SYSTEMS),
}  # fmt: skip
_TRUTH = {"systems": dict, "dead_letters": list, "pending": int, "end_us": int}
# A run writes tens of megabytes of history, a few hundred bytes at a time.
_BUFFER = 1 << 20
_AS_IT_IS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._history: IO[bytes] | None = None

    @classmethod
    def create(cls, path: Path, *, force: bool) -> RunFolder:
        """A fresh folder. One that holds anything but a run is refused, an earlier run only replaced with ``force``."""
        if path.exists():
            if not path.is_dir():
                raise UsageError(f"{path} is not a folder", code="bad_out", path=str(path))
            content = sorted(each.name for each in path.iterdir())
            foreign = [name for name in content if name not in _OURS]
            if content and not foreign and not _is_mark(path / _MARK):
                foreign = content
            if foreign:
                raise UsageError(
                    f"{path} holds something else ({', '.join(foreign[:3])}); choose another --out",
                    code="bad_out",
                    path=str(path),
                )
            if content and not force:
                raise UsageError(f"{path} holds a run already; --force replaces it", code="bad_out", path=str(path))
            shutil.rmtree(path)
        path.mkdir(parents=True)
        # Marked at once: an interrupted run is still recognised as one.
        (path / _MARK).write_bytes(orjson.dumps({"schema": 1, "result": "interrupted"}, option=_PRETTY))
        return cls(path)

    def close(self) -> None:
        """Whatever happened, what was written is there."""
        if self._history is not None:
            self._history.close()

    @property
    def history(self) -> IO[bytes]:
        """The history file, open for writing."""
        if self._history is None:
            self._history = (self.path / "history.jsonl").open("wb", buffering=_BUFFER)
        return self._history

    def write(
        self, plan: Plan, truth: dict[str, Any], verdict: dict[str, Any], about: dict[str, Any], books: Books
    ) -> None:
        """Everything but the history, which is written while the run goes on."""
        self.close()
        verdict["letters"] = [line.as_json() for line in letter_lines(books.case)]
        staffing = staffing_report(books.case)
        if staffing:
            verdict["staffing"] = staffing
        plan_data = plan.model_dump(mode="json", by_alias=True)
        # In its own order, which is part of it: grades seed roles in theirs.
        (self.path / "plan.json").write_bytes(orjson.dumps(plan_data, option=_AS_IT_IS))
        self._json("truth.json", truth)
        self._json("verdict.json", verdict)
        (self.path / "junit.xml").write_text(junit_xml(verdict), encoding="utf-8")
        (self.path / "report.html").write_text(html_page(verdict, about, books), encoding="utf-8")
        if verdict["result"] == "fail":
            self._json("repro.json", {"schema": 1, "command": about["command"], "plan": plan_data})
        self._json(_MARK, about)

    def write_databases(self, databases: dict[str, bytes]) -> None:
        """The five databases as files anybody can open."""
        for name, content in databases.items():
            (self.path / f"{name}.sqlite").write_bytes(content)

    def read_about(self) -> dict[str, Any]:
        """``run.json``; raises UsageError when there is none."""
        about: dict[str, Any] = self._load(_MARK)
        if not isinstance(about, dict):
            raise HarnessError(f"{self.path / _MARK} is damaged: it is no run of ours")
        if "command" not in about:
            raise UsageError(f"{self.path} holds a run that was interrupted", code="bad_run", path=str(self.path))
        return about

    def read_verdict(self) -> dict[str, Any]:
        """``verdict.json``."""
        verdict = self._load("verdict.json")
        if not isinstance(verdict, dict) or not isinstance(verdict.get("figures"), dict):
            raise HarnessError(f"{self.path / 'verdict.json'} is damaged: it has no figures")
        return verdict

    def read(self) -> tuple[Plan, list[dict[str, Any]], dict[str, Any]]:
        """Plan, history and final states; raises HarnessError naming the first record that is not as it was written."""
        try:
            plan = Plan.model_validate(self._load("plan.json"))
        except ValidationError as wrong:
            raise HarnessError(f"{self.path / 'plan.json'} is damaged: {wrong.errors()[0]['msg']}") from wrong
        return plan, self._read_history(), self._read_truth()

    def _read_truth(self) -> dict[str, Any]:
        truth = self._load("truth.json")
        parts = truth if isinstance(truth, dict) else {}
        wrong = [name for name, kind in _TRUTH.items() if not isinstance(parts.get(name), kind)]
        wrong = wrong or [name for name in SYSTEMS if not isinstance(parts["systems"].get(name), dict)]
        if wrong:
            raise HarnessError(f"{self.path / 'truth.json'} is damaged: it has no {wrong[0]}")
        return parts

    def lines(self) -> list[bytes]:
        """The lines of the history; raises UsageError when there is none."""
        return self._bytes("history.jsonl").splitlines()

    def _read_history(self) -> list[dict[str, Any]]:
        path = self.path / "history.jsonl"
        records: list[dict[str, Any]] = []
        digest = blake2b(digest_size=16)
        for number, line in enumerate(self.lines()):
            try:
                record = loads(line)
            except ValueError as broken:
                raise HarnessError(f"{path}: record {number} is damaged: {broken}") from broken
            if not isinstance(record, dict) or "kind" not in record or "seq" not in record:
                raise HarnessError(f"{path}: record {number} is damaged: it is no record")
            if record["seq"] != number:
                raise HarnessError(f"{path}: record {number} has sequence number {record['seq']}")
            digest.update(line + b"\n")
            records.append(record)
        if not records or records[-1]["kind"] != "final":
            raise HarnessError(f"{path} is cut off after record {len(records) - 1}")
        if digest.hexdigest() != self.read_about()["digest"]:
            raise HarnessError(f"{path} is not as it was written: its digest is not the one in {_MARK}")
        return records

    def _load(self, name: str) -> Any:
        try:
            return loads(self._bytes(name))
        except ValueError as broken:
            raise HarnessError(f"{self.path / name} is damaged: {broken}") from broken

    def _bytes(self, name: str) -> bytes:
        path = self.path / name
        if not path.is_file():
            raise UsageError(f"{self.path} is no run folder: {name} is missing", code="bad_run", path=str(self.path))
        return path.read_bytes()

    def _json(self, name: str, data: Any) -> None:
        (self.path / name).write_bytes(orjson.dumps(data, option=_PRETTY))


def _is_mark(path: Path) -> bool:
    """Whether a run.json is one of ours."""
    try:
        content = loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("schema") == 1 and "result" in content
