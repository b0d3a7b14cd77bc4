"""Signed assertions: a JSON web token taken apart, and its RS256 signature checked against a certificate.

Written out here because it needs arithmetic and no secrets: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2).
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sandbox.core.wire import loads

# DigestInfo of SHA-256 before the digest itself (RFC 8017 section 9.2).
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_VERSION = 0xA0


class Unreadable(Exception):
    """Not a signed assertion."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key to verify with."""

    modulus: int
    exponent: int

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over those bytes."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        tail = _DIGEST_INFO + sha256(signed).digest()
        padding = b"\xff" * (size - len(tail) - 3)
        return pow(number, self.exponent, self.modulus).to_bytes(size, "big") == b"\x00\x01" + padding + b"\x00" + tail


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion whose signature is still to be verified."""

    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def read(text: str) -> Assertion:
    """The parts of a compact RS256 token; raises Unreadable."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise Unreadable("an assertion has three parts")
    header, claims = _object(parts[0]), _object(parts[1])
    if header.get("alg") != "RS256":
        raise Unreadable("an assertion is signed by RS256")
    return Assertion(claims, f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2]))


def public_key(pem: str) -> PublicKey:
    """The RSA key of a certificate, or of a public key, in PEM; raises ValueError when there is none."""
    lines = [line.strip() for line in pem.strip().splitlines()]
    if len(lines) < 3 or not lines[0].startswith("-----BEGIN "):
        raise ValueError("a certificate in PEM begins with -----BEGIN CERTIFICATE-----")
    try:
        der = b64decode("".join(lines[1:-1]), validate=True)
        ((_, outer),) = _items(der)
        parts = list(_items(outer))
        if "CERTIFICATE" in lines[0]:
            inner = list(_items(parts[0][1]))
            # Version 1 has no version; the key stands behind serial, algorithm, issuer, validity and subject.
            parts = list(_items(inner[6 if inner[0][0] == _VERSION else 5][1]))
        # A bit string begins with the count of unused bits.
        ((_, key),) = _items(parts[1][1][1:])
        modulus, exponent = (int.from_bytes(content, "big") for _, content in _items(key))
    except (IndexError, ValueError) as wrong:
        raise ValueError(f"no RSA key in this PEM: {wrong}") from None
    return PublicKey(modulus, exponent)


def _items(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each item of a sequence."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(der[at : at + octets], "big"), at + octets
        if at + length > len(der):
            raise ValueError("cut short")
        yield tag, der[at : at + length]
        at += length


def _object(part: str) -> dict[str, Any]:
    try:
        read_part = loads(_decoded(part))
    except ValueError as malformed:
        raise Unreadable(str(malformed)) from None
    if not isinstance(read_part, dict):
        raise Unreadable("a part of an assertion is a JSON object")
    return read_part


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as malformed:
        raise Unreadable(str(malformed)) from None
