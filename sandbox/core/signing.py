"""OAuth 1.0a signatures (HMAC-SHA256), for the client that signs and the mock that verifies.

Own code because library verifiers read the wall clock. The base string follows RFC 5849 section 3.4: every
``oauth_*`` parameter present except the signature, realm left out, query parameters included, body not.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import quote, unquote

_PAIR = re.compile(r'([A-Za-z_]+)="([^"]*)"')


def _escape(text: str) -> str:
    return quote(text, safe="-._~")


def parse_authorization(header: str) -> dict[str, str] | None:
    """The parameters of an ``OAuth ...`` header, unescaped; None when it is another scheme."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return None
    return {name: unquote(value) for name, value in _PAIR.findall(rest)}


def base_string(method: str, url: str, params: Iterable[tuple[str, str]]) -> str:
    """Signature base string of a URL without query, and all parameters that are signed."""
    pairs = sorted((_escape(name), _escape(value)) for name, value in params)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), _escape(url), _escape(joined)))


def signature(base: str, consumer_secret: str, token_secret: str) -> str:
    """Base64 HMAC-SHA256 of a base string."""
    key = f"{_escape(consumer_secret)}&{_escape(token_secret)}".encode()
    return b64encode(hmac.new(key, base.encode(), sha256).digest()).decode()


def signed_params(oauth: dict[str, str], query: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What goes into the base string: query and every oauth parameter but realm and signature."""
    return [
        *query,
        *((name, value) for name, value in oauth.items() if name not in ("realm", "oauth_signature")),
    ]


def authorization(oauth: dict[str, str]) -> str:
    """The header value of a parameter set."""
    return "OAuth " + ", ".join(f'{name}="{_escape(value)}"' for name, value in oauth.items())
