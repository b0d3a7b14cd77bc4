"""Reads our own source for other sources of time, chance, ids and money than the one we have of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("sandbox", "mocks")

# Modules that bring a clock, chance, an id or a thread of their own.
_MODULES = {
    "time": "time is the injected clock",
    "random": "chance is a named stream of the seed",
    "secrets": "chance is a named stream of the seed",
    "uuid": "an id derives from a label",
    "threading": "only drivers have threads",
    "asyncio": "only drivers have a loop",
    "multiprocessing": "only drivers have processes",
}
# Calls by their dotted end.
_CALLS = {
    "datetime.now": "time is the injected clock",
    "datetime.utcnow": "time is the injected clock",
    "datetime.today": "time is the injected clock",
    "date.today": "time is the injected clock",
    "os.urandom": "chance is a named stream of the seed",
    "os.getpid": "nothing depends on the process",
    "os.getenv": "nothing depends on the environment",
}
_NAMES = {
    "hash": "hash() of a text differs by process",
    "id": "id() differs by process",
    "float": "money and figures are Decimal or int",
}
# Where real time is the subject: the benchmark, the wall time a run took, the live kernel, forking.
_ALLOWED = {
    ("sandbox/bench/simulated.py", "time"),
    ("sandbox/forks.py", "time"),
    ("sandbox/bench/simulated.py", "float"),
    ("sandbox/bench/ports.py", "time"),
    ("sandbox/bench/ports.py", "float"),
    ("sandbox/bench/storage.py", "time"),
    ("sandbox/bench/figures.py", "float"),
    ("sandbox/drivers/loading.py", "time"),
    ("sandbox/runs.py", "time"),
    ("sandbox/drivers/live_kernel.py", "asyncio"),
    # Live use: ports, the world's lock, the wall clock a running clock follows, how long an engine has been quiet.
    ("sandbox/drivers/serving.py", "threading"),
    ("sandbox/drivers/stage.py", "threading"),
    ("sandbox/drivers/stage.py", "time"),
    ("sandbox/drivers/stage.py", "float"),
    ("sandbox/drivers/doors.py", "time"),
    ("sandbox/drivers/gateway.py", "threading"),
    # A certificate is valid from the wall clock's now.
    ("sandbox/drivers/gateway.py", "datetime"),
    ("sandbox/live/advancing.py", "threading"),
    ("sandbox/drivers/simulated_kernel.py", "asyncio"),
    # The ratio of a text comparison.
    ("sandbox/core/errors.py", "float"),
}


@dataclass(frozen=True, slots=True)
class Offence:
    """Something banned: where, what, and what to use."""

    where: str
    line: int
    what: str
    rule: str


def own_files() -> Iterator[Path]:
    """Every source file of our packages."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def offences(source: str, where: str) -> list[Offence]:
    """What is banned in a source text, unless it is allowed there."""
    found = [offence for node in ast.walk(ast.parse(source)) for offence in _of(node, where)]
    return [each for each in found if (where, each.what.split(".", maxsplit=1)[0]) not in _ALLOWED]


def _of(node: ast.AST, where: str) -> Iterator[Offence]:
    line = getattr(node, "lineno", 0)
    for module in _imported(node):
        if module in _MODULES:
            yield Offence(where, line, module, _MODULES[module])
    if isinstance(node, ast.Call):
        dotted = ast.unparse(node.func)
        for end, rule in _CALLS.items():
            if dotted == end or dotted.endswith("." + end):
                yield Offence(where, line, end, rule)
        if dotted in _NAMES:
            yield Offence(where, line, dotted, _NAMES[dotted])
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield Offence(where, line, "float", _NAMES["float"])
    if isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
        yield Offence(where, line, "set", "the order of a set differs by process: sort it")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".", maxsplit=1)[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [(node.module or "").split(".", maxsplit=1)[0]]
    return []


def _is_set(node: ast.expr) -> bool:
    made = isinstance(node, ast.Set | ast.SetComp)
    return made or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("set", "frozenset"))
