"""Concurrency governance: how many requests an account may have under way at once (erp-netsuite.md section 7).

A mock answers each request in no time, so a request holds its place for the latency its tier has for it.
"""

from __future__ import annotations

from typing import Any

from mocks.erp import errors
from sandbox.core.tenants import ErpTier
from sandbox.core.wire import Request

_MS_US = 1000
# The part of the address after /services/rest/ says what kind of request it is.
_KINDS = {"record": "record", "query": "suiteql", "async": "async"}


class Governor:
    """Gives out the places of one account. A refused request holds none."""

    def __init__(self, tier: ErpTier) -> None:
        self.limit = tier.concurrency
        self._latency_us = {kind: latency * _MS_US for kind, latency in tier.latency_ms.items()}

    def admit(self, request: Request, volatile: dict[str, Any], now_us: int) -> None:
        """Take a place until the request's latency has passed; raises ErpRefusal when all are taken."""
        held = [until for until in volatile.get("places", ()) if until > now_us]
        if len(held) >= self.limit:
            volatile["places"] = held
            raise errors.too_many_at_once()
        held.append(now_us + self._latency(request))
        volatile["places"] = held

    def _latency(self, request: Request) -> int:
        parts = request.path.split("/", 4)
        kind = _KINDS.get(parts[3], "other") if len(parts) > 3 else "other"
        return self._latency_us.get(kind, self._latency_us.get("other", 0))
