"""Scenarios and firm profiles that ship, and a user's own: found by name or path, validated before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import scenarios
from sandbox.core.documents import parse_document
from sandbox.core.errors import UsageError, unknown_name
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
    scenario = parse_document(path.read_text(encoding="utf-8"), _shown(path), Scenario)
    firm = load_firm(scenario.firm, beside=path.parent)
    _fits(scenario, firm, _shown(path))
    return scenario, firm


def load_firm(name: str, beside: Path | None = None) -> FirmProfile:
    """A firm profile by name, or by path relative to the scenario's folder; raises UsageError."""
    if name.endswith(_SUFFIXES) and beside is not None and (beside / name).is_file():
        path = beside / name
    else:
        path = _find("firm", name, FOLDER / "firms", firm_names())
    return parse_document(path.read_text(encoding="utf-8"), _shown(path), FirmProfile)


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


def _fits(scenario: Scenario, firm: FirmProfile, shown: str) -> None:
    """What the shapes alone cannot say: names that refer to each other. Raises UsageError."""
    entities = [entity.code for entity in firm.entities]
    workers = [member.employee_id for member in firm.members]
    workers += [hire.employee_id for hire in scenario.workforce.hires]
    engagements = [*(each.code for each in scenario.scripted), *(each.code for each in scenario.generated)]
    mistakes: list[tuple[str, str, str, list[str]]] = []

    def refers(where: str, kind: str, name: str, known: list[str]) -> None:
        if name not in known:
            mistakes.append((where, kind, name, known))

    for terms in scenario.scripted:
        refers(f"scripted.{terms.code}.entity", "entity", terms.entity, entities)
        for person in (terms.approver, *terms.team, *(rule.person for rule in terms.time)):
            refers(f"scripted.{terms.code}", "employee", person, workers)
    for generated in scenario.generated:
        refers(f"generated.{generated.code}.entity", "entity", generated.entity, entities)
        for person in (generated.approver, *generated.pool):
            refers(f"generated.{generated.code}", "employee", person, workers)
    for card in scenario.unpostable:
        refers("unpostable.engagement", "engagement", card.engagement, engagements)
        refers("unpostable.role", "unposted role", card.role, list(firm.unposted_roles))
    for code in scenario.expectations:
        refers("expectations", "engagement", code, engagements)
    for where, kind, name, known in mistakes:
        hint = unknown_name(kind, name, known)
        raise UsageError(f"{shown}: {where}: {hint.message}", code="bad_document", **_without(hint.fields))
    _no_twice(shown, "engagement", engagements)


def _no_twice(shown: str, kind: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise UsageError(f"{shown}: {kind} {name} stands there twice", code="bad_document", name=name)


def _without(fields: dict[str, object]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "code"}
