"""The OpenAPI document as one page of HTML that asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import orjson

from sandbox.core.wire import dumps

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222;"
    "background:#fff}summary{cursor:pointer;padding:.3rem 0}code,pre{font:13px/1.4 ui-monospace,monospace}"
    "pre{background:#f4f4f4;padding:.6rem;overflow:auto;max-height:30rem}table{border-collapse:collapse}"
    "td,th{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top}"
    "@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#ddd}pre{background:#262626}}"
)


def page(document: Mapping[str, Any]) -> str:
    """The whole page; a heading per tag, an operation opens on a click."""
    # Money among the examples becomes a number first, as in the document that is served.
    document = orjson.loads(dumps(document))
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    sections = [f"<h2>{escape(tag)}</h2>{''.join(shown)}" for tag, shown in by_tag.items()]
    title = escape(document["info"]["title"])
    errors = "".join(
        f"<details><summary>{status} {escape(answer['description'])}</summary>{_content(answer)}</details>"
        for status, answer in document["components"]["responses"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f'</head><body><h1>{title}</h1><p>The same as a document: <a href="openapi.json">openapi.json</a>.</p>'
        f"{''.join(sections)}<h2>Errors</h2>{errors}</body></html>\n"
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}</td>"
        f"<td>{'required' if each['required'] else ''}</td><td><code>{_json(each['schema'])}</code></td></tr>"
        for each in operation.get("parameters", ())
    )
    table = f"<table>{rows}</table>" if rows else ""
    body = operation.get("requestBody")
    sent = f"<p>Body{'' if body['required'] else ' (may be left out)'}</p>{_content(body)}" if body else ""
    answers = "".join(
        f"<p>{status} {escape(answer['description'])}</p>{_content(answer)}"
        if "description" in answer
        else f"<p>{status}: see Errors</p>"
        for status, answer in operation["responses"].items()
    )
    return (
        f"<details><summary><code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"{table}{sent}<h4>Answers</h4>{answers}</details>"
    )


def _content(holder: Mapping[str, Any]) -> str:
    return "".join(
        f"<p><code>{escape(kind)}</code></p><pre>{_json(each['schema'], indented=True)}</pre>"
        for kind, each in holder.get("content", {}).items()
    )


def _json(schema: Any, *, indented: bool = False) -> str:
    return escape(orjson.dumps(schema, option=orjson.OPT_INDENT_2 if indented else 0).decode())
