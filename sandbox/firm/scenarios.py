"""Scenarios and firm profiles that ship, and a user's own: found by name or path, validated before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import scenarios
from sandbox.core.documents import parse_document
from sandbox.core.errors import UsageError, unknown_name
from sandbox.firm.fitting import check_firm, check_scenario
from sandbox.plan import FirmProfile, Scenario

FOLDER = Path(scenarios.__path__[0])
_SUFFIXES = (".yaml", ".yml")


def scenario_names() -> list[str]:
    """The scenarios that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def firm_names() -> list[str]:
    """The firm profiles that ship."""
    return sorted(path.stem for path in (FOLDER / "firms").glob("*.yaml"))


def load_scenario(name: str) -> tuple[Scenario, FirmProfile]:
    """A scenario by name, or by path when it ends in .yaml, with its firm; raises UsageError."""
    path = _find("scenario", name, FOLDER, scenario_names())
    content, shown = path.read_bytes(), _shown(path)
    scenario = parse_document(content, shown, Scenario)
    firm = load_firm(scenario.firm, beside=path.parent)
    check_scenario(scenario, firm, content, shown)
    return scenario, firm


def load_firm(name: str, beside: Path | None = None) -> FirmProfile:
    """A firm profile by name, or by path relative to the scenario's folder; raises UsageError."""
    if name.endswith(_SUFFIXES) and beside is not None and (beside / name).is_file():
        path = beside / name
    else:
        path = _find("firm", name, FOLDER / "firms", firm_names())
    content, shown = path.read_bytes(), _shown(path)
    firm = parse_document(content, shown, FirmProfile)
    check_firm(firm, content, shown)
    return firm


def schema_text() -> str:
    """The JSON Schema of a scenario, for editors."""
    schema = Scenario.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sandbox scenario"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


SCHEMA_FILE = FOLDER / "scenario.schema.json"


def _find(kind: str, name: str, folder: Path, names: list[str]) -> Path:
    if name.endswith(_SUFFIXES):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"there is no {kind} file {name}", code=f"unknown_{kind}", name=name)
        return path
    if name not in names:
        raise unknown_name(kind, name, names)
    return folder / f"{name}.yaml"


def _shown(path: Path) -> str:
    """A path a user recognises, without the machine's own folders."""
    return path.name if path.is_relative_to(FOLDER) else str(path)
