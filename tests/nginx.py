"""The configurations of nginx in deploy/, made to run on this machine where nginx is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.paths import ROOT

WEBHOOK: Final = ROOT / "deploy" / "nginx.conf"
RASAS: Final = ROOT / "deploy" / "nginx-rasa.conf"
_SERVERS: Final = re.compile(r"(?:^ *(?:# )?server 127\.0\.0\.1:\d+ max_fails.*;\n)+", re.MULTILINE)


def find_program() -> str:
    """The program. Skips the test where it is not installed."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        pytest.skip("nginx is not installed (Debian: apt-get install nginx)")
    return found


def check(configuration: Path) -> str:
    """What `nginx -t` finds; empty when all is well."""
    command = [find_program(), "-t", "-q", "-e", "stderr", "-c", configuration]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bot.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = folder / "tls.crt", folder / "tls.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return files


def whole(folder: Path, *parts: str) -> Path:
    """A main configuration around parts that are for its `conf.d`; everything nginx writes goes to `folder`."""
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"worker_processes 1;\ndaemon off;\npid {folder}/nginx.pid;\nerror_log stderr crit;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n{temporary}\n{''.join(parts)}\n}}\n"
    )
    return file


def webhook(port: int, bots: Sequence[int], log: Path) -> str:
    """deploy/nginx.conf for bots on this machine, without TLS and for everybody here."""
    text = _with_servers(WEBHOOK.read_text(encoding="utf-8"), bots)
    text = re.sub(r"(?m)^ *(ssl_\w+ .*|listen \[::\].*)\n", "", text)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace(
        "deny all;\n\n", "allow 127.0.0.1;\n\n", 1
    )
    return text.replace("/var/log/nginx/musafir.error.log", str(log))


def rasas(port: int, ports: Sequence[int], log: Path) -> str:
    """deploy/nginx-rasa.conf for Rasas on this machine."""
    text = _with_servers(RASAS.read_text(encoding="utf-8"), ports)
    return text.replace("127.0.0.1:5004;", f"127.0.0.1:{port};").replace("/var/log/nginx/musafir.error.log", str(log))


def _with_servers(text: str, ports: Sequence[int]) -> str:
    lines = "".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;\n" for port in ports)
    changed, count = _SERVERS.subn(lines, text)
    assert count == 1
    return changed
