"""What is mutated, which mutants are drawn, and which of them are known to change nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sandbox.core.chance import Chance
from tests.mutation.operators import Mutation, mutations

# One area's code may be more than another's: each gives its share of a sample.
AREAS = ("mocks/*/rules*.py", "sandbox/engine/flows/*.py", "sandbox/checks/*.py")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


class Equivalent(BaseModel):
    """A mutation that no test can find, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    function: str
    mutation: str
    why: str

    def is_about(self, mutation: Mutation) -> bool:
        """Whether this argues about a mutant."""
        return (self.file, self.function, self.mutation) == (mutation.file, mutation.function, mutation.told)


def files(root: Path) -> list[list[str]]:
    """The files of each area, relative to the tree."""
    return [
        sorted(path.relative_to(root).as_posix() for path in root.glob(pattern) if path.name != "__init__.py")
        for pattern in AREAS
    ]


def candidates(root: Path) -> list[list[Mutation]]:
    """Every mutation of each area."""
    return [
        [each for name in names for each in mutations(name, (root / name).read_text(encoding="utf-8"))]
        for names in files(root)
    ]


def drawn(areas: Iterable[list[Mutation]], count: int, seed: int) -> list[Mutation]:
    """A sample: areas in turn, and within an area every operator as likely as another, however often it applies."""
    queues = [_drawing(area, Chance(seed).under("mutation", str(number))) for number, area in enumerate(areas)]
    found: list[Mutation] = []
    while len(found) < count and queues:
        for queue in list(queues):
            mutation = next(queue, None)
            if mutation is None:
                queues.remove(queue)
            elif len(found) < count:
                found.append(mutation)
    return found


def _drawing(area: list[Mutation], chance: Chance) -> Iterator[Mutation]:
    by_operator: dict[str, list[Mutation]] = {}
    for each in area:
        by_operator.setdefault(each.operator, []).append(each)
    left = {name: chance.stream(name).shuffled(by_operator[name]) for name in sorted(by_operator)}
    turns = chance.stream("turns")
    while left:
        name = turns.choice(list(left))
        yield left[name].pop()
        if not left[name]:
            del left[name]


def equivalents() -> list[Equivalent]:
    """The mutations that are argued to change nothing."""
    data = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return [Equivalent.model_validate(each) for each in data.get("equivalent", [])]
