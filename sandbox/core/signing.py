"""OAuth 1.0a signatures (HMAC-SHA256), for the client that signs and the mock that verifies.

Own code because library verifiers read the wall clock. The base string follows RFC 5849 section 3.4: every
``oauth_*`` parameter present except the signature, realm left out, query parameters included, body not.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, unquote

_PAIR = re.compile(r'([A-Za-z_]+)="([^"]*)"')
_PARAMETERS_MAX = 16
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*").fullmatch
_PLAIN_URL = re.compile(r"[A-Za-z0-9._~:/-]*").fullmatch


@lru_cache(maxsize=4096)
def _escape(text: str) -> str:
    # Hardly any parameter needs it, most are the same in every request, and both ends of each pay for the look.
    return text if _PLAIN(text) else quote(text, safe="-._~")


def parse_authorization(header: str) -> dict[str, str] | None:
    """The parameters of an ``OAuth ...`` header, unescaped; None when it is another scheme."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return None
    pairs = _PAIR.findall(rest)[:_PARAMETERS_MAX]
    return {name: unquote(value) if "%" in value else value for name, value in pairs}


def base_string(method: str, url: str, params: Iterable[tuple[str, str]]) -> str:
    """Signature base string of a URL without query, and all parameters that are signed."""
    pairs = sorted([(_escape(name), _escape(value)) for name, value in params])
    joined = "&".join([f"{name}={value}" for name, value in pairs])
    # Escaped once more as a part of the string: three signs are all that the first time has left.
    again = joined.replace("%", "%25").replace("&", "%26").replace("=", "%3D")
    return f"{method.upper()}&{_escaped_url(url)}&{again}"


def _escaped_url(url: str) -> str:
    # Letters, digits and the separators are all that a record's address holds.
    if _PLAIN_URL(url):
        return url.replace(":", "%3A").replace("/", "%2F")
    return quote(url, safe="-._~")


def signature(base: str, consumer_secret: str, token_secret: str) -> str:
    """Base64 HMAC-SHA256 of a base string."""
    key = f"{_escape(consumer_secret)}&{_escape(token_secret)}".encode()
    return b64encode(hmac.digest(key, base.encode(), "sha256")).decode()


def body_hash(body: bytes) -> str:
    """``oauth_body_hash``: base64 SHA-1 of the body, also under HMAC-SHA256 (real-clients.md section 2, C1)."""
    return b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def signed_params(oauth: dict[str, str], query: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What goes into the base string: query and every oauth parameter but realm and signature."""
    return [
        *query,
        *((name, value) for name, value in oauth.items() if name not in ("realm", "oauth_signature")),
    ]


def authorization(oauth: dict[str, str]) -> str:
    """The header value of a parameter set."""
    return "OAuth " + ", ".join(f'{name}="{_escape(value)}"' for name, value in oauth.items())
