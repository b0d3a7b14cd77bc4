"""What gets a token besides a password: authorization codes, refresh tokens, signed assertions (section 1).

Codes and refresh tokens are volatile like the sessions they lead to.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from mocks.crm import jwt
from mocks.crm.credentials import same
from mocks.crm.errors import OAuthRefusal
from mocks.kit.app import Mock
from sandbox.core.clock import MINUTE_US
from sandbox.core.ids import secret_for

# A code is good for fifteen minutes, once (help page of the web server flow).
CODE_US = 15 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Code:
    """What a code was given out for: a user, where it was sent, the challenge to answer ("" for none), its end."""

    username: str
    redirect_uri: str
    challenge: str
    until_us: int


class Grants:
    """The codes and refresh tokens of one organisation."""

    def __init__(self, mock: Mock, *, rotates: bool, certificate: str) -> None:
        self._mock = mock
        self._rotates = rotates
        self._key = jwt.public_key(certificate) if certificate else None

    # -- codes --------------------------------------------------------------------------------------------------------

    def give_code(self, code: Code, now_us: int) -> str:
        """A new code; those that ended are forgotten."""
        codes = self._kept("codes")
        for text in [text for text, kept in codes.items() if kept["until_us"] <= now_us]:
            del codes[text]
        text = self._secret("code", code.username)
        codes[text] = asdict(code)
        return text

    def use_code(self, form: dict[str, str], now_us: int) -> str:
        """The user a code was given to; raises OAuthRefusal. A code is spent by the first try."""
        kept = self._kept("codes").pop(form.get("code", ""), None)
        if kept is None:
            raise OAuthRefusal("invalid_grant", "invalid authorization code")
        code = Code(**kept)
        if code.until_us <= now_us:
            raise OAuthRefusal("invalid_grant", "expired authorization code")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthRefusal("redirect_uri_mismatch", "redirect_uri must match configuration")
        if code.challenge and not same(_challenge(form.get("code_verifier", "")), code.challenge):
            raise OAuthRefusal("invalid_grant", "invalid code verifier")
        return code.username

    # -- refresh tokens -----------------------------------------------------------------------------------------------

    def give_refresh_token(self, username: str) -> str:
        """A new refresh token: good until it is revoked, or replaced where they rotate."""
        token = "5Aep861" + self._secret("refresh", username)
        self._kept("refresh_tokens")[token] = {"username": username}
        return token

    def use_refresh_token(self, token: str) -> tuple[str, str]:
        """Its user, and the refresh token that is good from now on; raises OAuthRefusal."""
        tokens = self._kept("refresh_tokens")
        if token not in tokens:
            raise OAuthRefusal("invalid_grant", "expired access/refresh token")
        username = str(tokens[token]["username"])
        if not self._rotates:
            return username, token
        del tokens[token]
        return username, self.give_refresh_token(username)

    def revoke_refresh_token(self, token: str) -> bool:
        """Forget a refresh token; False when it was none."""
        return self._kept("refresh_tokens").pop(token, None) is not None

    def knows_refresh_token(self, token: str) -> str | None:
        """Whose refresh token it is; None when nobody's."""
        kept = self._kept("refresh_tokens").get(token)
        return None if kept is None else str(kept["username"])

    # -- assertions ---------------------------------------------------------------------------------------------------

    def use_assertion(self, text: str, consumer_key: str) -> str:
        """The user a signed assertion speaks for; raises OAuthRefusal.

        ``aud`` is the vendor's own host whatever the client was told, and ``exp`` is the client's wall clock: neither
        is judged. The signature is, against the connected app's certificate where the tenant has one.
        """
        try:
            assertion = jwt.read(text)
        except jwt.Unreadable:
            raise OAuthRefusal("invalid_grant", "invalid assertion") from None
        claims = assertion.claims
        if not same(str(claims.get("iss", "")), consumer_key):
            raise OAuthRefusal("invalid_client_id", "client identifier invalid")
        if self._key is not None and not self._key.verifies(assertion.signed, assertion.signature):
            raise OAuthRefusal("invalid_grant", "invalid assertion")
        if not {"aud", "exp"} <= claims.keys():
            raise OAuthRefusal("invalid_grant", "invalid assertion")
        return str(claims.get("sub", ""))

    # -- inside -------------------------------------------------------------------------------------------------------

    def _kept(self, name: str) -> dict[str, dict[str, Any]]:
        kept: dict[str, dict[str, Any]] = self._mock.volatile.setdefault(name, {})
        return kept

    def _secret(self, kind: str, username: str) -> str:
        """A new secret; its label counts, so the same history gives the same ones."""
        self._mock.volatile["granted"] = count = self._mock.volatile.get("granted", 0) + 1
        return secret_for(self._mock.context.seed_label, "crm", kind, username, str(count))


def _challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
