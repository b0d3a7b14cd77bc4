"""Live use: a CONNECT proxy for clients whose host is built in. It ends their TLS with certificates of a local
authority that is good for the vendors' domains alone, and hands their requests to our ports; any other host is refused.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.core.errors import UsageError
from sandbox.core.wire import dumps

# What concerns one connection and is not handed on (RFC 9110 section 7.6.1).
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
}
_LIFETIME_DAYS = 825
_PATIENCE_S = 150


def make_authority(domains: Iterable[str], folder: Path) -> Authority:
    """The authority in a folder, made on first use. Raises UsageError without the libraries for it."""
    try:
        return Authority(sorted(domains), folder)
    except ImportError as missing:
        raise UsageError(
            f"the gateway needs {missing.name}: pip install 'psa-integration-sandbox[gateway]'", code="no_gateway"
        ) from missing


class Authority:
    """A certificate authority limited to some domains by name constraints, kept in a folder."""

    def __init__(self, domains: list[str], folder: Path) -> None:
        import trustme

        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = folder / "ca.pem"
        key = folder / "ca.key"
        if not (self.certificate.is_file() and key.is_file()):
            made, secret = _constrained(domains)
            key.touch(0o600)
            key.write_bytes(secret)
            self.certificate.write_bytes(made)
        self._ca = trustme.CA.from_pem(self.certificate.read_bytes(), key.read_bytes())
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, host: str) -> ssl.SSLContext:
        """A server's side of TLS in the name of a host."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._ca.issue_cert(host).configure_cert(context)
                context.set_alpn_protocols(["http/1.1"])
                self._contexts[host] = context
            return self._contexts[host]


def _constrained(domains: list[str]) -> tuple[bytes, bytes]:
    """(certificate, key) in PEM of a new authority. Only the laptops that are told to trust it ever see it."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox gateway, for rehearsals on this machine")])
    now = datetime.now(UTC)
    constraints = x509.NameConstraints([x509.DNSName(domain) for domain in domains], None)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_LIFETIME_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret


class Gateway:
    """The proxy. ``address_of`` gives the base URL behind a host, None for a host that is no vendor's."""

    def __init__(
        self, authority: Authority, address_of: Callable[[str], str | None], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = _Server((host, port), _Proxy)
        self._server.authority = authority
        self._server.address_of = address_of
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="sandbox-gateway", daemon=True)

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Clients keep tunnels open, and nobody waits for them.
    block_on_close = False
    authority: Authority
    address_of: Callable[[str], str | None]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up, or does not trust the authority, is its own affair; it is told by TLS.
        return


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the library's
        return

    def refuse(self, status: int, message: str) -> None:
        """An answer of the gateway's own."""
        body = dumps({"error": {"code": "gateway", "message": message}})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


class _Proxy(_Quiet):
    """What a client says to its proxy."""

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        address = self.server.address_of(host)
        if address is None or port != "443":
            self.refuse(403, f"{self.path} is no vendor's host: the sandbox lets nothing out")
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        with self.server.authority.context(host).wrap_socket(self.connection, server_side=True) as secured:
            _Tunnel.serve(secured, self.client_address, self.server, address)
        self.close_connection = True

    def _elsewhere(self) -> None:
        self.refuse(403, f"{self.command} {self.path}: only CONNECT to a vendor's host, port 443")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _elsewhere  # noqa: N815


class _Tunnel(_Quiet):
    """What a client says to the vendor, inside the tunnel."""

    address = ""

    @classmethod
    def serve(cls, secured: ssl.SSLSocket, client: Any, server: _Server, address: str) -> None:
        """Answer requests until the client hangs up."""
        handler = type("_TunnelTo", (cls,), {"address": address})
        handler(secured, client, server)

    def _relay(self) -> None:
        parts = urlsplit(self.address)
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PATIENCE_S)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP and name.lower() != "content-length":
                    connection.putheader(name, value)
            body = self._body()
            connection.putheader("X-Forwarded-Proto", "https")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        except (HTTPException, OSError):
            # The system cut the connection: so does the vendor.
            self.close_connection = True
            return
        finally:
            connection.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP and name.lower() != "content-length":
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _relay  # noqa: N815
