"""A TLS front for a TCP server, and the certificate it shows: `python -m tests.support.tls_front HOST PORT FOLDER`.

Writes FOLDER/certificate.pem, prints its own port once it listens, and copies bytes both ways until it is ended.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOOPBACK = "127.0.0.1"
COPY_BYTES = 65_536


def write_certificate(folder: Path, *, host: str = LOOPBACK, name: str = "") -> tuple[Path, Path]:
    """A self-signed certificate for a host (an address, or a name), and its key; `name` begins the files' names."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host if name else "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([_called(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}certificate.pem", folder / f"{name}key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def _called(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(IPv4Address(host))
    except ValueError:
        return x509.DNSName(host)


def serve(host: str, port: int, folder: Path) -> None:
    """Accept until the process is ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write_certificate(folder))
    listener = socket.create_server((LOOPBACK, 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=_front, args=(context, plain, (host, port)), daemon=True).start()


def _front(context: ssl.SSLContext, plain: socket.socket, target: tuple[str, int]) -> None:
    """One connection. Decrypted bytes pass through a socket pair, so that TLS is read and written by one thread."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    lock = threading.Lock()
    server = socket.create_connection(target)

    def flush() -> None:
        while data := outgoing.read():
            plain.sendall(data)

    def answer() -> None:
        while data := server.recv(COPY_BYTES):
            with lock:
                tls.write(data)
                flush()
        plain.shutdown(socket.SHUT_RDWR)

    answering = threading.Thread(target=answer, daemon=True)
    while data := plain.recv(COPY_BYTES):
        with lock:
            incoming.write(data)
            clear = _decrypted(tls)
            flush()
        if not answering.is_alive() and clear:
            answering.start()
        server.sendall(clear)
    server.shutdown(socket.SHUT_RDWR)


def _decrypted(tls: ssl.SSLObject) -> bytes:
    clear = b""
    try:
        tls.do_handshake()
        while True:
            clear += tls.read(COPY_BYTES)
    except ssl.SSLWantReadError:
        return clear


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
