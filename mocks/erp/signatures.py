"""Token-based authentication: who signed a request, and that it was not sent before (erp-netsuite.md section 2.1)."""

from __future__ import annotations

import hmac
from operator import itemgetter
from typing import Any

from sandbox.core.signing import base_string, body_hash, parse_authorization, signature, signed_params
from sandbox.core.wire import Request

_HOUR_S = 3600
_NEEDED = itemgetter(
    "oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature"
)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


class BadSignature(Exception):
    """``problem`` as OAuth's problem reporting names it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Verifier:
    """Checks the requests of one consumer and token of one account."""

    def __init__(self, account: str, consumer_key: str, consumer_secret: str, token_id: str, token_secret: str) -> None:
        self.account = account
        self._consumer_key = consumer_key
        self._token_id = token_id
        self._secrets = (consumer_secret, token_secret)

    def verify(self, request: Request, volatile: dict[str, Any]) -> None:
        """Raises BadSignature. A nonce is spent even when the request is refused later: it lives in ``volatile``."""
        oauth = parse_authorization(request.headers.get("authorization", "")) or {}
        try:
            consumer, token, method, stamp, nonce, sent = _NEEDED(oauth)
        except KeyError:
            raise BadSignature("parameter_absent" if oauth else "token_rejected") from None
        if oauth.get("realm") != self.account or method != "HMAC-SHA256" or not nonce:
            raise BadSignature("parameter_rejected")
        if consumer != self._consumer_key:
            raise BadSignature("consumer_key_unknown")
        if token != self._token_id:
            raise BadSignature("token_rejected")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15):
            raise BadSignature("timestamp_refused")
        base = base_string(request.method, called_url(request), signed_params(oauth, request.param_list()))
        if not hmac.compare_digest(signature(base, *self._secrets).encode(), sent.encode()):
            raise BadSignature("signature_invalid")
        hashed = oauth.get("oauth_body_hash")
        if hashed is not None and not hmac.compare_digest(body_hash(request.body).encode(), hashed.encode()):
            raise BadSignature("signature_invalid")
        if not spend(volatile, nonce, int(stamp)):
            raise BadSignature("nonce_used")


def spend(volatile: dict[str, Any], nonce: str, stamp_s: int) -> bool:
    """Whether the nonce is new; it is remembered until the greatest timestamp seen is an hour past its arrival.

    Two generations instead of one table to prune: no request pays for a sweep. The signature's own timestamp only
    moves the generations on, so clients of wall time and of sandbox time may mix.
    """
    nonces = volatile.setdefault("nonces", {"since_s": stamp_s, "young": {}, "old": {}})
    if stamp_s - nonces["since_s"] > _HOUR_S:
        nonces.update(since_s=stamp_s, old=nonces["young"], young={})
    if nonce in nonces["young"] or nonce in nonces["old"]:
        return False
    nonces["young"][nonce] = stamp_s
    return True


def called_url(request: Request) -> str:
    """The address as the client called it, without query: scheme, host in lower case, port unless the default."""
    scheme = request.headers.get("x-forwarded-proto", "https")
    host = request.host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    return f"{scheme}://{host}{request.path}"
