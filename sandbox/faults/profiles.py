"""Fault profiles: YAML data, by name or path, read and judged: what no engine could survive is not planned."""

from __future__ import annotations

from pathlib import Path

from sandbox.core.documents import line_of, parse_document
from sandbox.core.errors import UsageError, unknown_name
from sandbox.faults.legality import objection
from sandbox.faults.shapes import FaultProfile, FaultRule
from sandbox.interface import Interface, load_interface

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "faults"


def profile_names() -> list[str]:
    """The profiles that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_profile(name: str, interface: Interface | None = None) -> FaultProfile:
    """A profile by name or path, fit for the systems of an interface contract (the default one when none is given).

    Raises UsageError with the nearest name, or file, line and what was expected: of the form, and of what may strike.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise unknown_name("fault profile", name, profile_names())
    shown, text = path.name if path.parent == FOLDER else str(path), path.read_bytes()
    profile = parse_document(text, shown, FaultProfile)
    offered = interface or load_interface()
    for number, rule in enumerate(profile.faults):
        found = objection(rule, offered)
        if found is not None:
            field, reason = found
            line = line_of(text, ("faults", number, field))
            raise UsageError(
                f"{shown}:{line}: faults.{number}.{field}: {reason}", code="illegal_fault", file=shown, line=line
            )
    return profile


__all__ = ["FaultProfile", "FaultRule", "load_profile", "profile_names"]
