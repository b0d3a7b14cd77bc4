"""Fault profiles: YAML data that says which kinds strike, how often, where, and which checks they make required."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sandbox.core.documents import parse_document
from sandbox.core.errors import unknown_name

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "faults"


def _ascending(span: tuple[int, int]) -> tuple[int, int]:
    if span[0] > span[1]:
        raise ValueError(f"expected the smaller number first, got {span[0]} and {span[1]}")
    return span


Percent = Annotated[int, Field(ge=0, le=100)]
Size = Annotated[int, Field(ge=1)]
Part = Annotated[tuple[Percent, Percent], AfterValidator(_ascending)]
Span = Annotated[tuple[Size, Size], AfterValidator(_ascending)]
Kind = Literal["W02", "W04", "M01", "M05", "E01", "E02"]
System = Literal["crm", "psa", "hris", "erp", "revenue"]


class FaultRule(BaseModel):
    """One line of a profile. ``between`` is percent of the simulated span; delays and windows are seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    count: Annotated[int, Field(ge=1, le=1000)]
    system: System | None = None
    actors: Literal["engine", "any"] = "engine"
    created: bool = False
    between: Part = (0, 100)
    delay_s: Span = (1, 30)
    window_s: Span = (20, 60)
    retry_after: Literal["seconds", "date"] = "seconds"
    copies: Span = (1, 2)


class FaultProfile(BaseModel):
    """A named set of rules. ``requires`` lists the checks that must have met a hazard for a verdict to be more
    than unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    requires: tuple[str, ...]
    faults: tuple[FaultRule, ...]

    @property
    def kinds(self) -> list[str]:
        """The kinds the profile can fire, in order of appearance."""
        return list(dict.fromkeys(rule.kind for rule in self.faults))


def profile_names() -> list[str]:
    """The profiles that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_profile(name: str) -> FaultProfile:
    """A profile by name or path; raises UsageError with the nearest name, or file, line and what was expected."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise unknown_name("fault profile", name, profile_names())
    shown = path.name if path.parent == FOLDER else str(path)
    return parse_document(path.read_bytes(), shown, FaultProfile)
