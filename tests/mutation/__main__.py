"""``python -m tests.mutation``: draws mutants, tries each in a copy of the tree, and says which the tests found.

Exits 1 when fewer than 80 of 100 mutants that change something were found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.mutation.covering import Coverage, recorded
from tests.mutation.operators import Mutation
from tests.mutation.targets import candidates, drawn, equivalents
from tests.mutation.trial import Bench, Verdict, diff

ROOT = Path(__file__).resolve().parents[2]
WANTED_PERCENT = 80


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    areas = candidates(ROOT)
    _say(f"{sum(map(len, areas))} mutations of rules, flows and checks; {asked.sample} drawn, seed {asked.seed}")
    known = equivalents()
    sample = drawn(areas, asked.sample, asked.seed)
    wanted = [each for each in sample if not any(equivalent.is_about(each) for equivalent in known)]
    coverage = recorded(ROOT, asked.cache)
    verdicts: list[Verdict] = []
    for verdict in _tried(wanted, coverage, asked.workers, started + 60 * asked.minutes):
        verdicts.append(verdict)
        _tell(verdict)
    found = sum(verdict.found for verdict in verdicts)
    percent = 100 * found // len(verdicts) if verdicts else 0
    _say(f"{found} of {len(verdicts)} found ({percent}%), {len(sample) - len(wanted)} equivalent, "
         f"{len(wanted) - len(verdicts)} not tried for want of time; {time.monotonic() - started:.0f} s")  # fmt: skip
    return 0 if percent >= WANTED_PERCENT else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=50, help="how many mutants are drawn (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="which (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="trials at once (default 2)")
    parser.add_argument("--minutes", type=int, default=27, help="no trial begins after so many minutes (default 27)")
    parser.add_argument("--cache", type=Path, default=ROOT / ".mutation", help="where recorded coverage is kept")
    return parser


def _tried(wanted: list[Mutation], coverage: Coverage, workers: int, until: float) -> Iterator[Verdict]:
    """Verdicts in the order of the sample."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        benches: SimpleQueue[Bench] = SimpleQueue()
        for number in range(workers):
            benches.put(Bench(ROOT, Path(folder) / str(number)))

        def trial(mutation: Mutation) -> Verdict | None:
            if time.monotonic() > until:
                return None
            bench = benches.get()
            try:
                return bench.judge(mutation, coverage.of(mutation.file, mutation.line, mutation.last_line))
            finally:
                benches.put(bench)

        for verdict in pool.map(trial, wanted):
            if verdict is not None:
                yield verdict


def _tell(verdict: Verdict) -> None:
    mutation = verdict.mutation
    _say(f"{verdict.fate:<11} {mutation.file}:{mutation.line} {mutation.function}: {mutation.operator}"
         + (f" ({verdict.by})" if verdict.by else ""))  # fmt: skip
    if not verdict.found:
        _say(diff(ROOT, mutation))
        _say(f"mutation = '{mutation.told}'")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
