"""What is written by a command is what the command writes now."""

from __future__ import annotations

import json
from typing import Any

import yaml

from sandbox.firm.scenarios import SCHEMA_FILE, scenario_names, schema_text
from tests.repo.bans import ROOT


def test_the_schema_of_scenarios_is_fresh() -> None:
    # make schema writes it.
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_schema_knows_every_key_of_every_scenario_that_ships() -> None:
    schema = json.loads(schema_text())
    for name in scenario_names():
        # Every scalar as text: YAML 1.1 would take the key ``on`` for true.
        text = (ROOT / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
        assert unknown_keys(document, schema, schema["$defs"]) == []


def unknown_keys(value: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """Keys of a document that its schema does not have."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [key for item in value for key in unknown_keys(item, schema.get("items", {}), definitions)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    properties = schema["properties"]
    found = [key for key in value if key not in properties]
    inner = [key for name, item in value.items() if name in properties
             for key in unknown_keys(item, properties[name], definitions)]  # fmt: skip
    return found + inner
