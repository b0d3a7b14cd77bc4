"""What the conformance suite must know of each mock, supplied by ``tests/mocks/<system>/adapter.py``."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Protocol

from mocks.kit.app import Mock
from sandbox.core.clock import Clock
from sandbox.core.damage import FaultPort
from sandbox.core.observe import CommitObserver
from sandbox.core.wire import SYSTEMS, Request, Response


class Adapter(Protocol):
    """Ready requests of one vendor's dialect, and how to read its answers. ``n`` makes different records."""

    name: str

    def make(
        self, clock: Clock | None = None, observer: CommitObserver | None = None, faults: FaultPort | None = None
    ) -> Mock:
        """A small tenant at 2026-01-12T00:00:00Z."""

    def read(self) -> Request:
        """An authenticated read that answers 200 with a body."""

    def create(self, n: int) -> Request:
        """An authenticated write that creates a record."""

    def bad_token(self) -> Request:
        """The read with credentials nobody gave out."""

    def bad_json(self) -> Request:
        """The create with a body that does not parse."""

    def unknown_field(self) -> Request | None:
        """The create with a field nobody knows; None where the vendor ignores it."""

    def unknown_path(self) -> Request:
        """A path the vendor does not have."""

    def wrong_method(self) -> Request:
        """A path the vendor has, with a method it does not."""

    def list_page(self, size: int, cursor: str | None) -> Request | None:
        """A page of the created records; None where the vendor does not page. First cursor: None."""

    def page_content(self, response: Response) -> tuple[list[str], str | None]:
        """Ids on a page, and the cursor of the next one or None."""

    def error_ok(self, response: Response) -> bool:
        """Whether the body is an error in the vendor's shape."""


def adapters() -> list[Adapter]:
    """One per system and one of the file partners; ``SANDBOX_ADAPTERS=crm,erp`` picks some."""
    names = os.environ.get("SANDBOX_ADAPTERS", ",".join(SYSTEMS)).split(",")
    return [import_module(f"tests.mocks.{name}.adapter").Adapter() for name in names]
