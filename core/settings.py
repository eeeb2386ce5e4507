"""Every setting of iHUB, read once from the environment.

docs/operations.md lists them in a table; a test keeps it equal to the descriptions here. One file, because it is one
table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.http import addresses
from connectors.http.addresses import LOOPBACK, Network
from connectors.values.web_address import WebAddress
from core.errors import StartError

ROOT = Path(__file__).resolve().parent.parent

SHORTEST_TOKEN = 20
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_PATH = re.compile(r"(/[A-Za-z0-9_~-]+)*")


class SignInMethod(StrEnum):
    """How everyone except local users signs in."""

    LOCAL = "local"
    ENABLEHR_OAUTH = "enablehr_oauth"
    ENABLEHR_PASSWORD = "enablehr_password"  # noqa: S105 - a method, not a password


class SmtpSecurity(StrEnum):
    """How the way to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def _mail_address(text: str) -> str:
    if text and not _MAIL_ADDRESS.fullmatch(text):
        raise ValueError("enter one e-mail address, such as ihub@example.com")
    return text


def _local_url(values: dict[str, Any]) -> str:
    return f"http://localhost:{values.get('port', 8501)}"


def _sandbox_or(path: str, real: str) -> Callable[[dict[str, Any]], str]:
    """Return the default of one of enableHR's addresses: in the demo the sandbox's."""
    return lambda values: (
        f"http://127.0.0.1:{values.get('sandbox_port', 8600)}{path}" if values.get("demo") else real
    )


def _networks(text: str) -> str:
    for part in text.split(","):
        try:
            ip_network(part.strip() or "::/128")
        except ValueError:
            raise ValueError("enter networks such as 10.0.0.0/8, separated by commas") from None
    return text


def _parse_networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _token(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().strip()) < SHORTEST_TOKEN:
        raise ValueError(f"enter a random token of {SHORTEST_TOKEN} characters or more")
    return secret


def _browser_url(text: str) -> str:
    """Return IHUB_URL without a slash at the end, with its host as browsers write it."""
    parts = urlsplit(text.strip())
    path = parts.path.rstrip("/")
    plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not plain or not _PATH.fullmatch(path):
        raise ValueError(
            "enter the whole address, such as https://ihub.example.com or https://example.com/ihub"
        )
    port = parts.port
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own_port = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{own_port}{path}"


class Settings(BaseSettings):
    """The settings, each with its default and its purpose."""

    model_config = SettingsConfigDict(env_prefix="IHUB_", extra="ignore", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        ROOT / ".ihub", description="Folder of the keys, the embedded database and the embedded Redis server."
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL"),
        description="SQLAlchemy URL of the store; PostgreSQL in production. Default: SQLite in the home "
        "folder.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("REDIS_URL"),
        description="URL of Redis or Valkey, or of its sentinels. Default: the embedded server on a socket in "
        "the home folder.",
    )
    host: str = Field("127.0.0.1", description="Address that the web process listens on.")
    port: int = Field(8501, ge=1, le=65535, description="Port that the web process listens on.")
    url: Annotated[str, AfterValidator(_browser_url)] = Field(
        default_factory=_local_url,
        description="URL at which browsers reach iHUB; it may have a path. Default: "
        "http://localhost and the port.",
    )
    sandbox_port: int = Field(8600, ge=1, le=65535, description="Port of the demo systems (`make run` only).")
    demo: bool = Field(
        False, description="Whether the demo systems and the demo account are in use (`make run` sets it)."
    )
    keys: SecretStr | None = Field(
        None,
        description="Encryption keys, newest first, separated by commas. Default: the file keys in the "
        "home folder.",
    )
    fingerprint_key: SecretStr | None = Field(
        None,
        description="Key for the fingerprints. Default: the file fingerprint.key in the home folder, or "
        "the oldest key.",
    )
    time_zone: str = Field(
        "Australia/Brisbane", description="Time zone of new Australian accounts; Brisbane has AEST all year."
    )
    session_idle_minutes: int = Field(
        60, gt=0, description="Minutes of inactivity after which a person is signed out."
    )
    session_hours: int = Field(
        12, gt=0, description="Hours after which a person has to sign in again in any case."
    )
    sign_in: SignInMethod = Field(
        SignInMethod.LOCAL,
        description="How people sign in: `local` (local users only), `enablehr_oauth` or "
        "`enablehr_password` (local users too).",
    )
    enablehr_url: WebAddress = Field(
        default_factory=_sandbox_or("/enablehr", "https://rest.enablehr.com"),
        description="enableHR's API address, used for signing in. Default: https://rest.enablehr.com, in "
        "the demo the sandbox's.",
    )
    enablehr_login_url: WebAddress = Field(
        default_factory=_sandbox_or("/enablehr/login", "https://login.enablehr.com"),
        description="enableHR's sign-in address. Default: https://login.enablehr.com, in the demo the "
        "sandbox's.",
    )
    enablehr_pkce: bool = Field(False, description="Whether enableHR's sign-in supports PKCE.")
    enablehr_password_url: WebAddress | Literal[""] = Field(
        default_factory=_sandbox_or("/enablehr/login/password", ""),
        description="Address at which `enablehr_password` checks a user name and password. Default: none, "
        "in the demo the sandbox's.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Networks of the proxies whose X-Forwarded-For and -Proto are trusted, separated by "
        "commas. Default: none.",
    )
    allowed_networks: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Private networks that systems may be in, separated by commas, such as 10.1.0.0/16. "
        "Default: none, in the demo this machine.",
    )
    connectors: str | None = Field(
        None, description="Folders with descriptions of more systems, separated by colons. Default: none."
    )
    files: Path | None = Field(
        None,
        description="Folder with a folder for each account, named by its id, whose files its connections may read and "
        "write. Default: none, in the demo files in the home folder.",
    )
    smtp_host: str = Field(
        "", description="Mail server that sends alerts. Default: none, so that none are sent."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: SmtpSecurity = Field(
        SmtpSecurity.STARTTLS,
        description="How the way to the mail server is encrypted: `starttls`, `tls` (from the first byte) or `none`.",
    )
    smtp_user: str = Field("", description="User name at the mail server. Default: none, without a sign-in.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server. Default: none.")
    mail_from: Annotated[str, AfterValidator(_mail_address)] = Field(
        "", description="Address that mails come from; bounces go to it. Default: none."
    )
    lease_seconds: int = Field(
        30, gt=0, description="Seconds without a heartbeat after which another worker resumes a run."
    )
    schedule_tick_seconds: float = Field(
        1.0, gt=0, description="Seconds between two checks of the scheduler for due schedules."
    )
    reconcile_seconds: float = Field(
        15.0, gt=0, description="Seconds between two comparisons of Redis with the store, which repair Redis."
    )
    refresh_seconds: float = Field(
        15.0,
        gt=0,
        description="Seconds after which a page that is left open looks for news; while a run is in progress, "
        "it looks every 2.",
    )
    concurrency: int = Field(
        64,
        gt=0,
        description="Most requests that a run sends to one system at the same time; the settings of a "
        "system can say fewer.",
    )
    run_max_employees: int = Field(
        500_000, gt=0, description="Most employees that a run reads from one system before it ends as ERROR."
    )
    run_max_pages: int = Field(
        50_000, gt=0, description="Most pages that a run reads from one system before it ends as ERROR."
    )
    run_stall_minutes: float = Field(
        60, gt=0, description="Minutes after which a run that reads and writes nothing ends as ERROR."
    )
    metrics_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        None,
        description="Token with which Prometheus reads `/metrics`, 20 characters or more. Default: none, and no "
        "`/metrics`.",
    )
    otlp_endpoint: WebAddress | Literal[""] = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="Address of an OpenTelemetry collector that gets a trace of each run. Default: none.",
    )
    otlp_headers: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_HEADERS"),
        description="Headers for it, such as `authorization=Bearer%20TOKEN`, separated by commas. Default: none.",
    )
    log_level: str = Field("INFO", description="Lowest level that is logged.")
    log_json: bool = Field(False, description="Whether to log one JSON object per line instead of text.")

    @property
    def base_path(self) -> str:
        """Return the path under which browsers reach iHUB, without a slash at the end; blank for none."""
        return urlsplit(self.url).path

    @property
    def origin(self) -> str:
        """Return scheme, host and port of the URL at which browsers reach iHUB."""
        return self.url.removesuffix(self.base_path) if self.base_path else self.url

    def store_url(self) -> str:
        """Return the URL of the store with its driver spelled out."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'ihub.db'}"
        url = self.database_url.get_secret_value()
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    def otlp_header_lines(self) -> dict[str, str]:
        """Return the headers for the OpenTelemetry collector."""
        pairs = (each.partition("=") for each in self.otlp_headers.get_secret_value().split(","))
        return {name.strip(): unquote(value.strip()) for name, _, value in pairs if name.strip()}

    def proxy_networks(self) -> tuple[Network, ...]:
        """Return the networks of the trusted proxies."""
        return _parse_networks(self.trusted_proxies)

    def system_networks(self) -> tuple[Network, ...]:
        """Return the networks, apart from public ones, that systems may be in."""
        return (*_parse_networks(self.allowed_networks), *(LOOPBACK if self.demo else ()))


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"IHUB_{name.upper()}"


def unknown_variables() -> list[str]:
    """Return the IHUB_ variables of the environment that no setting reads; most likely they are misspelt."""
    read = {variable(name) for name in Settings.model_fields}
    ours = (name for name in os.environ if name.startswith("IHUB_") and not name.startswith("IHUB_CLIENT_"))
    return sorted(name for name in ours if name not in read)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process; connectors learn the allowed networks. Raises StartError when one is bad."""
    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        setting = variable(name) if name in Settings.model_fields else name
        reason = first["msg"][0].lower() + first["msg"][1:]
        raise StartError(f"The setting {setting} cannot be used: {reason}.") from None
    addresses.allow(found.system_networks())
    return found
