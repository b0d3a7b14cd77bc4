"""Small data handed to a client and taken back unchanged: continuation tokens and signed addresses."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sandbox.core.wire import canonical, loads

_LENGTH_MAX = 2000


class Seals:
    """Seals data with a secret of the tenant."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def seal(self, purpose: str, content: Mapping[str, Any]) -> str:
        """Text without spaces and slashes that holds the content."""
        text = urlsafe_b64encode(canonical({**content, "for": purpose})).rstrip(b"=").decode()
        return f"{text}.{self._signature(text)}"

    def content(self, purpose: str, sealed: str) -> dict[str, Any] | None:
        """What was sealed for that purpose, None for what was not sealed here."""
        text, _, signature = sealed.rpartition(".")
        if len(sealed) > _LENGTH_MAX or not hmac.compare_digest(self._signature(text).encode(), signature.encode()):
            return None
        content: dict[str, Any] = loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return content if content.pop("for") == purpose else None

    def _signature(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "replace"), sha256).hexdigest()
