"""The commands shown in our documents, run again: ``python -m tests.repo.console`` writes what they print now.

A block begins with ``$ command``; its output follows. Commands run one after another in one empty folder, 80 columns
wide. Seconds are not compared. ``make`` commands are not run: CI runs them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md",)

_BLOCK = re.compile(r"```console\n(?P<body>\$ .*?)\n```", re.DOTALL)
_SECONDS = re.compile(r"\d+\.\d s\b")


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as a document shows it: the whole block, the command and its output."""

    block: str
    command: str
    output: str


def shown(text: str) -> list[Shown]:
    """The commands of a document, in order."""
    found = []
    for match in _BLOCK.finditer(text):
        command, _, output = match["body"].partition("\n")
        found.append(Shown(match["body"], command.removeprefix("$ "), output))
    return found


def ran(command: str) -> str:
    """What a ``sandbox`` command prints on stdout, as a terminal of 80 columns shows it."""
    from sandbox.cli import exit_code

    words = shlex.split(command)
    assert words[0] == "sandbox", command
    said, aside = io.StringIO(), io.StringIO()
    plain = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    with mock.patch.dict(os.environ, plain), contextlib.redirect_stdout(said), contextlib.redirect_stderr(aside):
        exit_code(words[1:])
    return "\n".join(line.rstrip() for line in said.getvalue().rstrip().splitlines())


def compared(output: str) -> str:
    """Output without what differs from machine to machine."""
    return _SECONDS.sub("_ s", output)


@contextlib.contextmanager
def empty_folder() -> Iterator[None]:
    """Work in a new folder."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def rewrite(path: Path) -> None:
    """Replace the output of every command in a document by what it prints now."""
    text = path.read_text(encoding="utf-8")
    with empty_folder():
        for each in shown(text):
            if each.command.startswith("sandbox "):
                text = text.replace(each.block, f"$ {each.command}\n{ran(each.command)}", 1)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in DOCUMENTS:
        rewrite(ROOT / name)
        sys.stdout.write(f"wrote {name}\n")
