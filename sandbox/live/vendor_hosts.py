"""The vendors' host names, and which of our systems stands behind each. Nothing else is ever let through."""

from __future__ import annotations

from collections.abc import Mapping

# Domains under which every host belongs to a system (dialects, section on hosts; real-clients.md mode B).
DOMAINS: Mapping[str, str] = {
    "salesforce.com": "crm",
    "force.com": "crm",
    "mavenlink.com": "psa",
    "kantata.com": "psa",
    "workday.com": "hris",
    "myworkday.com": "hris",
    "netsuite.com": "erp",
    "zuora.com": "revenue",
}


def system_of(host: str) -> str | None:
    """The system behind a vendor's host, None for any other host."""
    name = host.lower().rstrip(".")
    for domain, system in DOMAINS.items():
        if name == domain or name.endswith(f".{domain}"):
            return system
    return None


# What each family of clients must be told: variables, and the step for clients that do not listen to them.
CLIENTS: tuple[tuple[str, Mapping[str, str], str], ...] = (
    (
        "requests (simple-salesforce, zuora-sdk, taps)",
        {"HTTPS_PROXY": "{proxy}", "REQUESTS_CA_BUNDLE": "{ca}", "NO_PROXY": "127.0.0.1"},
        "",
    ),
    ("httpx (netsuite)", {"HTTPS_PROXY": "{proxy}", "SSL_CERT_FILE": "{ca}", "NO_PROXY": "127.0.0.1"}, ""),
    ("curl", {"HTTPS_PROXY": "{proxy}", "CURL_CA_BUNDLE": "{ca}", "NO_PROXY": "127.0.0.1"}, ""),
    (
        "airbyte-cdk",
        {"HTTPS_PROXY": "{proxy}", "REQUESTS_CA_BUNDLE": "{ca}", "NO_PROXY": "127.0.0.1"},
        "it reads certificates from certifi alone: cat {ca} >> $(python -m certifi)",
    ),
    (
        "Node (jsforce, netsuite-rest)",
        {"NODE_EXTRA_CA_CERTS": "{ca}"},
        "its HTTP clients know no proxy: give them the base URL that sandbox up tells",
    ),
)
