"""The README shows what the commands print, and its links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.repo.console import DOCUMENTS, ROOT, compared, empty_folder, ran, shown

_LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_shown_prints_what_is_shown(name: str) -> None:
    # python -m tests.repo.console writes it anew.
    blocks = shown((ROOT / name).read_text(encoding="utf-8"))
    assert [each for each in blocks if each.command.startswith("sandbox run")]
    with empty_folder():
        for each in blocks:
            if each.command.startswith("sandbox "):
                assert compared(ran(each.command)) == compared(each.output), each.command


def test_every_link_to_a_file_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in _LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_figures_of_the_benchmark_are_those_it_prints() -> None:
    # make bench prints and writes them; the names must be the ones shown.
    from sandbox.bench.figures import LIVE_NAMES, NAMES

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme[readme.index("$ make bench") :]
    assert [name for name in (*NAMES, *LIVE_NAMES) if name not in block[: block.index("```")]] == []


def test_the_first_command_of_the_readme_is_the_one_make_demo_runs() -> None:
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(BIN)/sandbox run month-end --faults rough" in make
    assert "$ make demo" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_engine_of_ones_own_shown_runs_and_is_judged() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (command,) = re.findall(r"`(sandbox run [^`]*trusting\.py[^`]*)`", readme)
    with empty_folder():
        Path("trusting.py").write_text(source, encoding="utf-8")
        assert "Verdict: fail" in ran(command)


def test_the_scenarios_named_in_the_readme_are_there() -> None:
    schema = json.loads((ROOT / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8"))
    assert schema["title"] == "Sandbox scenario"
