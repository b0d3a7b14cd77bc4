"""One way to do each thing: time, chance, ids, money. The others are not in our source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.repo.bans import ROOT, offences, own_files


@pytest.mark.parametrize("file", list(own_files()), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_source_file_uses_the_one_way_of_each_thing(file: Path) -> None:
    assert offences(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT))) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import time", "time"),
        ("from time import monotonic", "time"),
        ("import random as r", "random"),
        ("from uuid import uuid4", "uuid"),
        ("import secrets", "secrets"),
        ("from datetime import datetime\nx = datetime.now()", "datetime.now"),
        ("import datetime\nx = datetime.date.today()", "date.today"),
        ("import os\nx = os.urandom(8)", "os.urandom"),
        ("x = hash('a')", "hash"),
        ("x = float('1.5')", "float"),
        ("total = 0.1 + n", "float"),
        ("for each in {1, 2}:\n    pass", "set"),
        ("x = [each for each in set(names)]", "set"),
        ("import asyncio", "asyncio"),
    ],
)
def test_what_is_banned_is_found(source: str, what: str) -> None:
    assert [each.what for each in offences(source, "sandbox/engine/x.py")] == [what]


def test_what_is_allowed_in_one_place_is_banned_in_the_next() -> None:
    assert offences("import time", "sandbox/bench/simulated.py") == []
    assert offences("import time", "sandbox/world.py") != []


def test_no_note_of_work_to_be_done_is_left_behind() -> None:
    marks = ("TO" + "DO", "FIX" + "ME")
    left = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in (*own_files(), *sorted((ROOT / "tests").rglob("*.py")))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if any(mark in line for mark in marks)
    ]
    assert left == []


def test_the_engine_awaits_nothing_inside_a_store_transaction() -> None:
    # An external call there would hold a database lock for as long as a vendor pleases (design, decision 7).
    source = (ROOT / "sandbox/engine/store.py").read_text(encoding="utf-8")
    assert awaits_in_transactions(source) == []


def awaits_in_transactions(source: str) -> list[int]:
    """Lines of an await inside ``with self._transaction()``."""
    return [
        inner.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.With) and any("_transaction()" in ast.unparse(item) for item in node.items)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Await | ast.AsyncWith | ast.AsyncFor)
    ]


def test_an_await_inside_a_transaction_would_be_found() -> None:
    bad = "async def f(self):\n    with self._transaction() as db:\n        await self.wire.send('crm', request)\n"
    assert awaits_in_transactions(bad) == [3]


def test_only_the_engines_store_opens_a_database() -> None:
    opened = [
        str(file.relative_to(ROOT)) for file in own_files() if "sqlite3.connect(" in file.read_text(encoding="utf-8")
    ]
    assert opened == ["sandbox/engine/store.py", "mocks/kit/store.py"]
