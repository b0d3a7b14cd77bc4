"""Rails-style form bodies: ``workspace[title]=X``, ``ids[]=1``, ``time_entries[][notes]=Y`` (psa-kantata.md section 1).

Names nest as the vendor's framework reads them (rack's query parser): ``a[b]`` is an object, ``a[]`` a list,
``a[][b]`` a list of objects in which a name that comes again begins the next one, and ``a[0][b]`` counts. Every value
is a text; which kind it stands for is known to its field alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from mocks.psa.errors import malformed

FORM = "application/x-www-form-urlencoded"
_PAIRS_MAX, _DEPTH_MAX = 4096, 16
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_TRUTHS = {"true": True, "1": True, "t": True, "on": True, "false": False, "0": False, "f": False, "off": False}
_TEXTUAL = ("text", "reference", "picklist", "date")


class FormText(str):
    """A value of a form: text, until somebody knows what it stands for."""

    __slots__ = ()


def parse_form(body: bytes) -> dict[str, Any]:
    """The object a form describes; raises 400 when names contradict each other, or there are too many."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_PAIRS_MAX)
    except ValueError as broken:
        raise malformed("The body is not a valid form.") from broken
    content: dict[str, Any] = {}
    for name, value in pairs:
        _put(content, _parts(name), FormText(value))
    counted: dict[str, Any] = {name: _lists_of_counted(value) for name, value in content.items()}
    return counted


def _parts(name: str) -> list[str]:
    nested = _NAME.fullmatch(name)
    if nested is None:
        return [name]
    parts = [nested[1], *_PART.findall(nested[2])]
    if len(parts) > _DEPTH_MAX:
        raise malformed(f"{name[:40]}: names are nested too deeply.")
    return parts


def _put(content: dict[str, Any], parts: Sequence[str], value: FormText) -> None:
    name, rest = parts[0], parts[1:]
    if not rest:
        content[name] = value
    elif rest[0]:
        _put(_inside(content, name, {}), rest, value)
    elif len(rest) == 1:
        _inside(content, name, []).append(value)
    else:
        items = _inside(content, name, [])
        if not items or not isinstance(items[-1], dict) or _is_there(items[-1], rest[1:]):
            items.append({})
        _put(items[-1], rest[1:], value)


def _inside(content: dict[str, Any], name: str, empty: Any) -> Any:
    found = content.setdefault(name, empty)
    if type(found) is not type(empty):
        raise malformed(f"{name[:40]}: the form gives it as a list, an object and a text.")
    return found


def _is_there(item: Any, parts: Sequence[str]) -> bool:
    # A list takes any number of values, so a name that ends in one never begins the next object.
    if "" in parts:
        return False
    for part in parts:
        if not isinstance(item, dict) or part not in item:
            return False
        item = item[part]
    return True


def _lists_of_counted(value: Any) -> Any:
    if isinstance(value, list):
        return [_lists_of_counted(each) for each in value]
    if not isinstance(value, dict):
        return value
    inside = {name: _lists_of_counted(each) for name, each in value.items()}
    if inside and all(name.isascii() and name.isdigit() for name in inside):
        return [inside[name] for name in sorted(inside, key=int)]
    return inside


def typed(kind: str, value: FormText) -> Any:
    """What a field of a kind takes a text for; one that does not fit stays text, for the field to refuse."""
    text = str(value)
    if kind in _TEXTUAL:
        return None if kind != "text" and not text else text
    if not text:
        return None
    if kind == "bool":
        return _TRUTHS.get(text.lower(), text)
    if kind in ("int", "minutes"):
        return int(text) if _WHOLE.fullmatch(text) else text
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def whole_if_form(value: Any) -> Any:
    """A whole number, when a form has it as text; anything else as it is."""
    return int(value) if isinstance(value, FormText) and _WHOLE.fullmatch(value) else value
