"""nginx with the configuration of deploy/, in front of web processes of a test."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core.settings import ROOT

MAIN = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/ihub.conf;
}}
"""


def program() -> str | None:
    """Return the installed nginx, if there is one."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def write(folder: Path, port: int, web_ports: tuple[int, int]) -> Path:
    """Write the configuration of deploy/nginx.conf for other ports; return the main file."""
    folder.mkdir()
    folder.chmod(0o755)
    _write_certificate(folder)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "127.0.0.1:8501": f"127.0.0.1:{web_ports[0]}",
        "127.0.0.1:8502": f"127.0.0.1:{web_ports[1]}",
        "/etc/nginx/ihub.": f"{folder}/ihub.",
    }
    for stands, instead in changes.items():
        assert stands in text
        text = text.replace(stands, instead)
    (folder / "ihub.conf").write_text(text)
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder))
    return main


def start(main: Path) -> subprocess.Popen[bytes]:
    """Start nginx with a configuration file."""
    found = program()
    assert found is not None
    return subprocess.Popen([found, "-c", str(main)], stdin=subprocess.DEVNULL)


def _write_certificate(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ihub.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "ihub.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
