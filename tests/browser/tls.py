"""A proxy that ends TLS, as in front of iHUB in production: a certificate made for the test, and pipes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.clock import now

BLOCK = 65536


@contextmanager
def proxy(folder: Path, port: int, inside: int, browser: str) -> Iterator[None]:
    """Take TLS at one port of localhost and pass what is in it to another, from a thread with a loop of its own.

    The first request of each connection, which a websocket's is, says that the browser is at the address ``browser``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(folder))
    ready, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        async with await asyncio.start_server(
            partial(_connected, inside, browser), "127.0.0.1", port, ssl=context
        ):
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60), "the proxy did not start"
    try:
        yield
    finally:
        ended.set()
        thread.join(10)


async def _connected(
    inside: int, browser: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    to_reader, to_writer = await asyncio.open_connection("127.0.0.1", inside)
    with suppress(OSError, asyncio.IncompleteReadError):
        to_writer.write(await reader.readuntil(b"\r\n") + f"X-Forwarded-For: {browser}\r\n".encode())
    await asyncio.gather(_pipe(reader, to_writer), _pipe(to_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.CancelledError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()


def make_certificate(folder: Path) -> Path:
    """Write a key and a certificate for localhost that nobody has signed; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(plain + certificate.public_bytes(serialization.Encoding.PEM))
    return file
