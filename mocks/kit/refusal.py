"""A refusal: the typed way a rule or route says no. Each mock subclasses it in its errors.py with its vendor's body."""

from __future__ import annotations

from sandbox.core.errors import SandboxError
from sandbox.core.wire import Request, Response


class Refusal(SandboxError):
    """Ends the transaction without storing anything and becomes the vendor's error answer."""

    def response(self, request: Request) -> Response:
        """The answer in the vendor's shape."""
        raise NotImplementedError
