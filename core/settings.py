"""Every setting of iHUB, read once from the environment.

docs/operations.md lists them in one table; a test keeps the two equal.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.values.web_address import WebAddress
from core.errors import StartError

ROOT = Path(__file__).resolve().parent.parent


class SignInWay(StrEnum):
    """How people who are no local users sign in."""

    LOCAL = "local"
    ENABLEHR_OAUTH = "enablehr_oauth"
    ENABLEHR_PASSWORD = "enablehr_password"  # noqa: S105 - a way, not a password


def _local_url(known: dict[str, Any]) -> str:
    return f"http://localhost:{known.get('port', 8501)}"


def _demo_or(path: str, real: str) -> Callable[[dict[str, Any]], str]:
    """Return the default of an address of enableHR: the sandbox's in the demo."""
    return lambda known: (
        f"http://127.0.0.1:{known.get('sandbox_port', 8600)}{path}" if known.get("demo") else real
    )


def _networks(text: str) -> str:
    for part in text.split(","):
        try:
            ip_network(part.strip() or "::/128")
        except ValueError:
            raise ValueError("is a list of networks such as 10.0.0.0/8, separated by commas") from None
    return text


class Settings(BaseSettings):
    """The settings, each with its default and what it is for."""

    model_config = SettingsConfigDict(env_prefix="IHUB_", extra="ignore", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        ROOT / ".ihub", description="Folder of keys, the embedded database and the embedded Redis server."
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL"),
        description="SQLAlchemy address of the store; PostgreSQL in production. Default: SQLite in the home folder.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("REDIS_URL"),
        description="Address of Redis or Valkey. Default: the embedded server on a socket in the home folder.",
    )
    host: str = Field("127.0.0.1", description="Address the web process listens on.")
    port: int = Field(8501, ge=1, le=65535, description="Port the web process listens on.")
    url: str = Field(
        default_factory=_local_url,
        description="Address at which browsers reach iHUB, no slash at the end. Default: http://localhost and the port.",
    )
    sandbox_port: int = Field(8600, ge=1, le=65535, description="Port of the demo systems (`make run` only).")
    demo: bool = Field(
        False, description="Whether the demo systems and the demo account are in use (`make run` sets it)."
    )
    keys: SecretStr | None = Field(
        None,
        description="Encryption keys, newest first, separated by commas. Default: the file keys in the home folder.",
    )
    fingerprint_key: SecretStr | None = Field(
        None,
        description="Key of the fingerprints. Default: the file fingerprint.key in the home folder, or the oldest key.",
    )
    time_zone: str = Field(
        "Australia/Brisbane", description="Time zone of new accounts; Brisbane is AEST all year."
    )
    session_idle_minutes: int = Field(
        60, gt=0, description="Minutes without a click after which a person is signed out."
    )
    session_hours: int = Field(12, gt=0, description="Hours after which a person signs in again in any case.")
    sign_in: SignInWay = Field(
        SignInWay.LOCAL,
        description="How people sign in beside local users: `local` (local users only), `enablehr_oauth` or `enablehr_password`.",
    )
    enablehr_url: WebAddress = Field(
        default_factory=_demo_or("/enablehr", "https://rest.enablehr.com"),
        description="API address of enableHR for signing in. Default: https://rest.enablehr.com, in the demo the sandbox's.",
    )
    enablehr_login_url: WebAddress = Field(
        default_factory=_demo_or("/enablehr/login", "https://login.enablehr.com"),
        description="Sign-in address of enableHR. Default: https://login.enablehr.com, in the demo the sandbox's.",
    )
    enablehr_pkce: bool = Field(False, description="Whether enableHR's sign-in takes PKCE.")
    enablehr_password_url: WebAddress | Literal[""] = Field(
        default_factory=_demo_or("/enablehr/login/password", ""),
        description="Where `enablehr_password` has user name and password checked. Default: none, in the demo the sandbox's.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Networks of the proxies whose X-Forwarded-For and -Proto are believed, separated by commas. Default: none.",
    )
    connectors: str | None = Field(
        None, description="Folders with descriptions of further systems, separated by colons. Default: none."
    )
    lease_seconds: int = Field(
        30, gt=0, description="Seconds after which the run of a worker that fell silent is resumed."
    )
    schedule_tick_seconds: float = Field(
        1.0, gt=0, description="Seconds between two looks of the scheduler for what is due."
    )
    reconcile_seconds: float = Field(
        15.0, gt=0, description="Seconds between two repairs of Redis from the store."
    )
    write_concurrency: int = Field(
        8, gt=0, description="Requests one run has under way at its target at most."
    )
    log_level: str = Field("INFO", description="Least severe level that is logged.")
    log_json: bool = Field(False, description="Log one JSON object a line instead of text.")

    def store_url(self) -> str:
        """Return the address of the store with its driver spelled out."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'ihub.db'}"
        url = self.database_url.get_secret_value()
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the proxies that are believed."""
        return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"IHUB_{name.upper()}"


def unknown_variables() -> list[str]:
    """Return the IHUB_ variables of the environment that no setting reads: most likely misspelt."""
    known = {variable(name) for name in Settings.model_fields}
    ours = (name for name in os.environ if name.startswith("IHUB_") and not name.startswith("IHUB_CLIENT_"))
    return sorted(name for name in ours if name not in known)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process. Raises StartError when one cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        place = variable(name) if name in Settings.model_fields else name
        raise StartError(
            f"The setting {place} cannot be used: {first['msg'][0].lower()}{first['msg'][1:]}."
        ) from None
