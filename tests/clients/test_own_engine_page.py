"""docs/your-own-engine.md does what it says: its commands, run one after another, print what it shows.

``python -m tests.clients.test_own_engine_page`` writes what they print now.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.clients.environments import ROOT, clean_environment
from tests.repo.console import Shown, shown

# What the page's commands call besides ours.
_CALLED = ("node", "curl")
_ABSENT = [name for name in _CALLED if shutil.which(name) is None]
pytestmark = [pytest.mark.clients, pytest.mark.skipif(bool(_ABSENT), reason=f"not installed: {', '.join(_ABSENT)}")]

PAGE = ROOT / "docs" / "your-own-engine.md"
# What the page says, and how many ports from there on are needed.
BASE, ENGINE, PORTS = 9000, 8077, 8
_MARK = "-- next --"


def free_base() -> int:
    """The first of several neighbouring ports nobody listens on."""
    for base in range(21_000, 60_000, 100):
        taken = []
        for port in range(base, base + PORTS):
            with socket.socket() as probe:
                taken.append(probe.connect_ex(("127.0.0.1", port)) == 0)
        if not any(taken):
            return base
    raise AssertionError("no free ports")


def script(commands: list[Shown], base: int) -> str:
    """All commands in one shell, each followed by a mark. What stays in the background is waited for, then ended."""
    lines = ["trap 'kill $(jobs -p)' EXIT"]
    for each in commands:
        command = each.command.replace(str(BASE), str(base))
        if "engine.mjs" in command:
            lines += ["rm -f said", command.removesuffix("&") + "> said &", _until("said"), "cat said"]
        elif "sandbox up" in command:
            lines += [command, _until("up.json")]
        else:
            lines.append(command)
        lines.append(f"echo; echo '{_MARK}'")
    return "\n".join(lines)


def _until(file: str) -> str:
    return f"for n in $(seq 100); do [ -s {file} ] && break; sleep 0.1; done"


def printed(folder: Path) -> list[tuple[Shown, str]]:
    """Every command of the page with what it prints now."""
    (folder / "docs").symlink_to(ROOT / "docs")
    commands, base = shown(PAGE.read_text(encoding="utf-8")), free_base()
    engine = base + PORTS - 1
    environment = {"PYTHONPATH": str(ROOT), "PORT": str(engine), "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    environment["SANDBOX_TRIGGER"] = f"sync=http://127.0.0.1:{engine}/jobs/sync"
    command = folder / "sandbox"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m sandbox.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        subprocess.run(
            ["/bin/bash", "-c", script(commands, base)], cwd=folder, stdout=out, stderr=err, timeout=120, check=False,
            env=clean_environment(environment),
        )  # fmt: skip
    outputs = (folder / "out").read_text(encoding="utf-8").split(_MARK)
    assert len(outputs) == len(commands) + 1, (folder / "err").read_text(encoding="utf-8")
    return list(zip(commands, (_told(output, base, engine) for output in outputs), strict=False))


def _told(output: str, base: int, engine: int) -> str:
    lines = [line.rstrip() for line in output.strip().splitlines()]
    text = re.sub(rf":{engine}\b", f":{ENGINE}", "\n".join(lines))
    return re.sub(rf":{base}\b", f":{BASE}", text)


def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    for each, output in printed(tmp_path):
        assert output == each.output, each.command


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        text = PAGE.read_text(encoding="utf-8")
        start = 0
        for each, output in printed(Path(place)):
            block = f"$ {each.command}\n{output}".rstrip()
            at = text.index(each.block, start)
            text = text[:at] + block + text[at + len(each.block) :]
            start = at + len(block)
        PAGE.write_text(text, encoding="utf-8")
