"""Ids and secrets, derived from labels: deleting one thing never moves the id of another.

Shapes follow the vendors: Salesforce 18 characters with checksum, NetSuite and Kantata numeric strings,
Workday 32 hex digits. Nothing here draws from chance or counts.
"""

from __future__ import annotations

from hashlib import blake2b

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SEPARATOR = "\x1f"


def _digest(labels: tuple[str, ...], size: int) -> bytes:
    return blake2b(_SEPARATOR.join(labels).encode(), digest_size=size).digest()


def digest64(*labels: str) -> int:
    """A 64-bit number of the labels."""
    return int.from_bytes(_digest(labels, 8), "big")


def salesforce_checksum(id15: str) -> str:
    """The three characters that make a 15-character id case-insensitively unique (crm-salesforce.md section 4)."""
    if len(id15) != 15:
        raise ValueError(f"a short Salesforce id has 15 characters, got {len(id15)}")
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << k for k, char in enumerate(id15[start : start + 5]) if "A" <= char <= "Z")
        suffix += _CHECKSUM[bits]
    return suffix


def salesforce_id(prefix: str, *labels: str) -> str:
    """An 18-character id of an object whose key prefix is ``prefix``."""
    number = int.from_bytes(_digest((prefix, *labels), 8), "big")
    tail = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        tail = _BASE62[digit] + tail
    id15 = f"{prefix}S00{tail}"
    return id15 + salesforce_checksum(id15)


def numeric_id(*labels: str, digits: int = 7) -> str:
    """A decimal id of exactly ``digits`` digits, first digit not zero."""
    low = 10 ** (digits - 1)
    return str(low + digest64(*labels) % (9 * low))


def wid(*labels: str) -> str:
    """A Workday id: 32 lower-case hex digits."""
    return _digest(labels, 16).hex()


def secret_for(*labels: str) -> str:
    """A sandbox credential: 32 hex digits, recognisably not a vendor's."""
    return _digest(("secret", *labels), 16).hex()
