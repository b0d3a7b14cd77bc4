"""References from one part of a composite request to the answer of an earlier one: ``@{name.records[0].Id}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mocks.crm import errors

NAME = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)
_REFERENCE = re.compile(r"@\{([A-Za-z]\w*)((?:\.\w+|\[\d{1,6}\])*)\}", re.ASCII)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)


def resolved(value: Any, answers: Mapping[str, Any]) -> Any:
    """The same JSON with every reference replaced; raises CrmRefusal for one that leads nowhere.

    A text that is one reference takes over the type of what it refers to.
    """
    if isinstance(value, str):
        if "@{" not in value:
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole is not None:
            return _found(whole, answers)
        return _REFERENCE.sub(lambda reference: str(_found(reference, answers)), value)
    if isinstance(value, list):
        return [resolved(each, answers) for each in value]
    if isinstance(value, dict):
        return {key: resolved(each, answers) for key, each in value.items()}
    return value


def _found(reference: re.Match[str], answers: Mapping[str, Any]) -> Any:
    name, path = reference[1], reference[2]
    value = answers.get(name)
    for key, index in _STEP.findall(path):
        if key:
            value = value.get(key) if isinstance(value, dict) else None
        else:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    if value is None:
        raise errors.halted(f"Invalid reference specified. No value for {name}{path} found in {name}")
    return value
