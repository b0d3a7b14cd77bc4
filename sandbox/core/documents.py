"""YAML documents with a typed shape: a mistake is reported with file, line, path in the document and what was expected.

Takes text, reads no file. Duplicate keys are a mistake, not a surprise.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sandbox.core.errors import UsageError, nearest

try:
    from yaml import CSafeLoader
except ImportError:
    from yaml import SafeLoader as CSafeLoader  # type: ignore[assignment]

_BOOLEAN = re.compile(r"^(?:true|false)$", re.IGNORECASE)

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses duplicate keys, takes only true and false for booleans, and reads fractions exactly."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key is a text", key_node.start_mark)
            # As texts, which keys become: 7 and '7' are one.
            if str(key) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", key_node.start_mark)
            seen.add(str(key))
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as wrong:
            # What the tag promised, the text does not hold: PyYAML lets Python's own error through.
            text = f"{node.value}: {wrong}" if isinstance(wrong, ValueError) else f"{node.value!r} is no value"
            raise yaml.constructor.ConstructorError(None, None, text, node.start_mark) from wrong


def _exact(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node).replace("_", ""))


class _QuickComposer(CSafeLoader):
    """Makes the same nodes fourteen times as fast, where libyaml is there; it takes tabs that the other refuses."""


for _each in (_Loader, _QuickComposer):
    # YAML 1.1 takes on, off, yes and no for booleans: ``on:`` is a good name for a date.
    _each.yaml_implicit_resolvers = {
        letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _each.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, list("tTfF"))
_Loader.add_constructor("tag:yaml.org,2002:float", _exact)


def parse_document(content: bytes | str, name: str, model: type[M]) -> M:
    """The document as a model; raises UsageError for what is no UTF-8 or no YAML, or does not fit."""
    text = content if isinstance(content, str) else _decoded(content, name)
    try:
        node, data = _read(text)
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        raise UsageError(
            f"{name}:{line}: not YAML: {broken.problem}", code="bad_yaml", file=name, line=line
        ) from broken
    except yaml.reader.ReaderError as broken:
        line = text[: broken.position].count("\n") + 1
        raise UsageError(f"{name}:{line}: not YAML: {broken.reason}", code="bad_yaml", file=name, line=line) from broken
    if node is None or not isinstance(data, dict):
        raise UsageError(f"{name}:1: expected a mapping, got {_kind(data)}", code="bad_document", file=name, line=1)
    try:
        return model.model_validate(_texts(data))
    except RecursionError as endless:
        raise UsageError(f"{name}:1: a part of it contains itself", code="bad_yaml", file=name, line=1) from endless
    except ValidationError as wrong:
        raise _mistake(name, node, model, wrong) from wrong


def line_of(content: bytes | str, path: Path) -> int:
    """The line a place of a document stands on; the nearest place above it when there is none such."""
    node = yaml.compose(content, Loader=_Loader)
    return 1 if node is None else _line(node, path)


def _read(text: str) -> tuple[yaml.Node | None, Any]:
    """The document as nodes, which know their lines, and as the data they are; raises YAMLError."""
    loader = _Loader(text)
    try:
        node = _composed(text) or loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _composed(text: str) -> yaml.Node | None:
    """The nodes of a document that is beyond doubt; None leaves it to the loader that tells best what is wrong."""
    if "\t" in text:
        return None
    composer = _QuickComposer(text)
    try:
        return composer.get_single_node()
    except yaml.YAMLError:
        return None
    finally:
        composer.dispose()


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as other:
        line = content[: other.start].count(b"\n") + 1
        raise UsageError(
            f"{name}:{line}: not UTF-8: byte {content[other.start]:#04x}", code="bad_encoding", file=name, line=line
        ) from other


def _texts(data: Any) -> Any:
    # A YAML key may be a number or a date; a document of ours is keyed by text.
    if isinstance(data, dict):
        return {str(key): _texts(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_texts(item) for item in data]
    return data


def _mistake(name: str, node: yaml.Node, model: type[BaseModel], wrong: ValidationError) -> UsageError:
    # A key nobody knows explains the one that is missing, not the other way round.
    first = min(wrong.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    path: Path = tuple(first["loc"])
    if first["type"] == "extra_forbidden":
        close = nearest(str(path[-1]), _field_names(model, path[:-1]))
        expected = f"unknown key {path[-1]!r}" + (f"; did you mean {close!r}?" if close else "")
    elif first["type"] == "missing":
        expected = f"{path[-1]!r} is missing"
    else:
        expected = f"{first['msg'][:1].lower()}{first['msg'][1:]}, got {_short(first['input'])}"
    line = _line(node, path)
    where = ".".join(str(part) for part in path) or "(document)"
    others = len(wrong.errors()) - 1
    more = f" (and {others} more)" if others else ""
    return UsageError(
        f"{name}:{line}: {where}: {expected}{more}", code="bad_document", file=name, line=line, path=where
    )


def _line(node: yaml.Node, path: Path) -> int:
    line = node.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(part)]
            if not pairs:
                break
            line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _field_names(model: Any, path: Path) -> list[str]:
    """Keys allowed at a path, as far as plain models say."""
    schema = model.model_json_schema(by_alias=True)
    definitions, here = schema.get("$defs", {}), schema
    for part in path:
        here = _resolve(here, definitions)
        if isinstance(part, int):
            here = here.get("items", here.get("prefixItems", [{}])[0] if here.get("prefixItems") else {})
        else:
            here = here.get("properties", {}).get(str(part), here.get("additionalProperties", {}))
        if not isinstance(here, dict):
            return []
    return list(_resolve(here, definitions).get("properties", {}))


def _resolve(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = definitions.get(schema["$ref"].rpartition("/")[2], {})
        return found
    return schema


def _kind(value: Any) -> str:
    return {"list": "a list", "str": "a text", "NoneType": "nothing"}.get(type(value).__name__, type(value).__name__)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
