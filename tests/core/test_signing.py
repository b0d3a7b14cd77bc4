"""Signatures: the base string is that of RFC 5849 section 3.4, however it is laid out."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.signing import base_string, parse_authorization, signature

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


def by_the_letter(method: str, url: str, params: list[tuple[str, str]]) -> str:
    """Encode, sort, join, and encode the whole once more."""
    encoded = sorted((quote(name, safe="-._~"), quote(value, safe="-._~")) for name, value in params)
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join((method.upper(), quote(url, safe="-._~"), quote(joined, safe="-._~")))


@settings(max_examples=300)
@given(
    method=st.sampled_from(["GET", "put"]),
    tail=st.text("abz09:/_-. ü%", max_size=12),
    params=st.lists(st.tuples(TEXT, TEXT), max_size=5),
)
def test_the_base_string_is_encoded_twice_by_the_letter(method: str, tail: str, params: list[tuple[str, str]]) -> None:
    url = f"https://erp.sandbox.test/{tail}"
    assert base_string(method, url, params) == by_the_letter(method, url, params)


def test_the_example_of_the_rfc_section_3_4_1() -> None:
    params = [
        ("b5", "=%3D"), ("a3", "a"), ("c@", ""), ("a2", "r b"), ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"), ("oauth_signature_method", "HMAC-SHA1"), ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"), ("c2", ""), ("a3", "2 q"),
    ]  # fmt: skip
    assert base_string("post", "http://example.com/request", params) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
        "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
        "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_a_header_is_read_with_its_escapes_and_another_scheme_is_not() -> None:
    header = 'OAuth realm="1_SB", oauth_nonce="a%2Bb", oauth_signature="x%3D"'
    assert parse_authorization(header) == {"realm": "1_SB", "oauth_nonce": "a+b", "oauth_signature": "x="}
    assert parse_authorization("Bearer abc") is None


def test_a_signature_depends_on_both_secrets() -> None:
    made = {signature("base", consumer, token) for consumer in ("a", "b") for token in ("a", "b")}
    assert len(made) == 4
