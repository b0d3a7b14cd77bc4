"""Client assertions of OAuth 2.0 machine to machine: JSON Web Tokens signed with RSA-PSS (erp-netsuite.md section 2.2).

Own code because library verifiers read the wall clock, and a token signed with wall time is as good here as one with
sandbox time (design 4.5): a token's times are compared with each other, never with a clock.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from sandbox.core.tenants import ErpOAuth2Client
from sandbox.core.wire import loads

LIFETIME_S_MAX = 3600
SCOPE = "rest_webservices"
_HASHES = {"PS256": "sha256", "PS384": "sha384", "PS512": "sha512"}
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03
_TOKEN_MAX = 16_384

RsaKey = tuple[int, int]


class BadAssertion(Exception):
    """``problem`` is OAuth's error code, the text says what does not hold."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(text)
        self.problem = problem


class Assertions:
    """Verifies assertions of the clients a tenant has certificates of."""

    def __init__(self, clients: tuple[ErpOAuth2Client, ...]) -> None:
        self._clients = {each.certificate_id: (each.client_id, rsa_key(each.public_key)) for each in clients}

    def client_of(self, token: str, audience_path: str) -> str:
        """The id of the client that signed; raises BadAssertion. ``aud`` must be an address with that path."""
        try:
            head, claims, signed, signature = _parts(token)
        except ValueError:
            raise BadAssertion("invalid_request", "The assertion is no JSON Web Token.") from None
        hash_name = _HASHES.get(str(head.get("alg")))
        if hash_name is None:
            raise BadAssertion("invalid_request", f"alg must be one of {', '.join(_HASHES)}.")
        client_id, key = self._clients.get(str(head.get("kid")), ("", (0, 0)))
        if not client_id or not _pss_holds(signed, signature, key, hash_name):
            raise BadAssertion("invalid_client", "The signature is not of a known certificate.")
        _check_claims(claims, client_id, audience_path)
        return client_id


def _check_claims(claims: Mapping[str, Any], client_id: str, audience_path: str) -> None:
    scope = claims.get("scope")
    scopes = scope if isinstance(scope, list) else str(scope).replace(",", " ").split()
    issued, expires = claims.get("iat"), claims.get("exp")
    if claims.get("iss") != client_id:
        raise BadAssertion("invalid_client", "iss is not the client of the certificate.")
    if not str(claims.get("aud", "")).endswith(audience_path):
        raise BadAssertion("invalid_grant", "aud is not this token address.")
    if SCOPE not in scopes:
        raise BadAssertion("invalid_scope", f"scope must hold {SCOPE}.")
    if type(issued) is not int or type(expires) is not int or not 0 < expires - issued <= LIFETIME_S_MAX:
        raise BadAssertion("invalid_grant", f"exp must be after iat by at most {LIFETIME_S_MAX} s.")


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    pieces = token.split(".")
    if len(pieces) != 3 or len(token) > _TOKEN_MAX or not token.isascii():
        raise ValueError(token)
    signed = f"{pieces[0]}.{pieces[1]}".encode()
    return _object(pieces[0]), _object(pieces[1]), signed, _decoded(pieces[2])


def _object(piece: str) -> dict[str, Any]:
    content = loads(_decoded(piece))
    return content if isinstance(content, dict) else {}


def _decoded(piece: str) -> bytes:
    return urlsafe_b64decode(piece + "=" * (-len(piece) % 4))


def _pss_holds(message: bytes, signature: bytes, key: RsaKey, hash_name: str) -> bool:
    """RSASSA-PSS of RFC 8017 section 8.1.2, the salt as long as the hash (RFC 7518 section 3.5)."""
    modulus, exponent = key
    bits = modulus.bit_length() - 1
    length, size = (bits + 7) // 8, hashlib.new(hash_name).digest_size
    number = int.from_bytes(signature, "big")
    if len(signature) != (modulus.bit_length() + 7) // 8 or number >= modulus or length < 2 * size + 2:
        return False
    opened = pow(number, exponent, modulus)
    if opened.bit_length() > bits:
        return False
    encoded = opened.to_bytes(length, "big")
    masked, hashed = encoded[: -size - 1], encoded[-size - 1 : -1]
    block = int.from_bytes(masked, "big") ^ int.from_bytes(_mask(hashed, len(masked), hash_name), "big")
    # The leftmost bits beyond the modulus' length do not count.
    data = (block & ((1 << (bits - 8 * (size + 1))) - 1)).to_bytes(len(masked), "big")
    salt, padding = data[-size:], data[:-size]
    again = hashlib.new(hash_name, b"\0" * 8 + hashlib.new(hash_name, message).digest() + salt).digest()
    return encoded[-1] == 0xBC and padding == b"\0" * (len(padding) - 1) + b"\1" and hmac.compare_digest(hashed, again)


def _mask(seed: bytes, length: int, hash_name: str) -> bytes:
    mask = b""
    for counter in range(length // len(seed) + 1):
        mask += hashlib.new(hash_name, seed + counter.to_bytes(4, "big")).digest()
    return mask[:length]


def rsa_key(pem: str) -> RsaKey:
    """Modulus and exponent of a PEM ``PUBLIC KEY``; raises ValueError for anything else."""
    lines = [line.strip() for line in pem.strip().splitlines()]
    if len(lines) < 3 or lines[0] != "-----BEGIN PUBLIC KEY-----":
        raise ValueError("expected a PEM that begins with -----BEGIN PUBLIC KEY-----")
    whole, _ = _element(b64decode("".join(lines[1:-1])), _SEQUENCE)
    _, after_algorithm = _element(whole, _SEQUENCE)
    bits, _ = _element(after_algorithm, _BITS)
    numbers, _ = _element(bits[1:], _SEQUENCE)
    modulus, rest = _element(numbers, _INTEGER)
    exponent, _ = _element(rest, _INTEGER)
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Content of the first DER element, and what follows it; raises ValueError when it has another tag."""
    if len(der) < 2 or der[0] != tag:
        raise ValueError(f"expected DER tag {tag:#04x}: is it an RSA key?")
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    return der[start : start + length], der[start + length :]
