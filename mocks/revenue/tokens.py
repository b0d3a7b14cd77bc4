"""The tokens of the API: a signed JWT that carries its own expiry, so there is no session to keep.

Claims as seen in public samples (revenue-zuora.md section 2); the lifetime is the documented default. Seconds are
those of the simulated clock.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from sandbox.core.clock import SECOND_US, Clock, epoch_of, instant
from sandbox.core.wire import canonical, loads

LIFETIME_S = 1800
_UNIX = epoch_of(date(1970, 1, 1))
_REMEMBERED_MAX = 256


class Tokens:
    """Issues and checks tokens of one tenant. ``claims`` are the same in each of them."""

    def __init__(self, secret: str, claims: Mapping[str, Any], clock: Clock) -> None:
        self._secret = secret.encode()
        self._claims = dict(claims)
        self._clock = clock
        self._epoch_us = instant(_UNIX, clock.epoch)
        self._header = _encoded(canonical({"alg": "HS256", "typ": "JWT"}))
        # Expiry of tokens whose signature has been checked; a mere shortcut, never part of a snapshot.
        self._checked: dict[str, int] = {}

    def issue(self, number: int) -> str:
        """The ``number``-th token of the tenant, valid from now on."""
        now_s = self._now_s()
        times = {"iat": now_s, "nbf": now_s, "exp": now_s + LIFETIME_S, "jti": str(number)}
        signed = f"{self._header}.{_encoded(canonical({**self._claims, **times}))}"
        return f"{signed}.{self._signature(signed)}"

    def accepts(self, token: str) -> bool:
        """Whether this tenant issued the token and it has not expired."""
        expiry_s = self._checked.get(token)
        if expiry_s is None:
            expiry_s = self._expiry_s(token)
            if expiry_s is None:
                return False
            if len(self._checked) >= _REMEMBERED_MAX:
                self._checked.clear()
            self._checked[token] = expiry_s
        return self._now_s() < expiry_s

    def _expiry_s(self, token: str) -> int | None:
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return None
        # The signature is ours, so the claims are as issue() wrote them.
        claims = signed.partition(".")[2]
        return int(loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.new(self._secret, signed.encode(), sha256).digest())

    def _now_s(self) -> int:
        return (self._epoch_us + self._clock.now_us()) // SECOND_US


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
