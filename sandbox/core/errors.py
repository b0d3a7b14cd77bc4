"""Errors of the sandbox: one base class, a stable code, fields as attributes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SandboxError(Exception):
    """Base of every error raised on purpose. ``code`` is stable, ``fields`` carry the particulars."""

    def __init__(self, message: str, *, code: str = "sandbox_error", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fields = fields


class UsageError(SandboxError):
    """A user's mistake on the command line or in a file; exit code 64, never a traceback."""

    def __init__(self, message: str, *, code: str = "usage", **fields: object) -> None:
        super().__init__(message, code=code, **fields)


class HarnessError(SandboxError):
    """The sandbox itself is broken; exit code 3, never blamed on the engine."""

    def __init__(self, message: str, *, code: str = "harness", **fields: object) -> None:
        super().__init__(message, code=code, **fields)


class NoAnswer(SandboxError):
    """A request was sent and no answer came; whether it was executed is unknown to the caller."""

    def __init__(self, message: str = "no answer", *, code: str = "no_answer", **fields: object) -> None:
        super().__init__(message, code=code, **fields)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like ``name``, or None when nothing is close."""
    found = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.5)
    return found[0] if found else None


def unknown_name(kind: str, name: str, candidates: Iterable[str]) -> UsageError:
    """The refusal of an unknown name, with the nearest valid one."""
    names = sorted(candidates)
    close = nearest(name, names)
    hint = f"; did you mean {close!r}?" if close else f"; known: {', '.join(names) or 'none'}"
    return UsageError(f"unknown {kind} {name!r}{hint}", code=f"unknown_{kind}", name=name, nearest=close)
