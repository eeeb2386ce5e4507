"""Every setting of iHUB, read once from the environment.

docs/operations.md lists them in one table; a test keeps the two equal.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings, each with its default and what it is for."""

    model_config = SettingsConfigDict(env_prefix="IHUB_", extra="ignore", frozen=True)

    home: Path = Field(ROOT / ".ihub", description="Folder of keys, the embedded database and the embedded Redis server.")
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
    url: str = Field("http://localhost:8501", description="Address at which browsers reach iHUB, without a slash at the end.")
    host: str = Field("127.0.0.1", description="Address the web process listens on.")
    port: int = Field(8501, description="Port the web process listens on.")
    sandbox_port: int = Field(8600, description="Port of the demo systems (`make run` only).")
    demo: bool = Field(False, description="Whether the demo systems and the demo account are in use (`make run` sets it).")
    keys: SecretStr | None = Field(
        None,
        description="Encryption keys, newest first, separated by commas. Default: the file keys in the home folder.",
    )
    time_zone: str = Field("Australia/Brisbane", description="Time zone of new accounts; Brisbane is AEST all year.")
    session_idle_minutes: int = Field(60, description="Minutes without a click after which a person is signed out.")
    session_hours: int = Field(12, description="Hours after which a person signs in again in any case.")
    lease_seconds: int = Field(30, description="Seconds after which the run of a worker that fell silent is resumed.")
    schedule_tick_seconds: float = Field(1.0, description="Seconds between two looks of the scheduler for what is due.")
    reconcile_seconds: float = Field(15.0, description="Seconds between two repairs of Redis from the store.")
    write_concurrency: int = Field(8, description="Requests one run has under way at its target at most.")
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


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
