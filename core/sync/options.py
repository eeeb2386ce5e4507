"""What a job's settings say about scope and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from connectors.errors import ConfigError

DEFAULT_STATUSES = ("Current", "Leave", "LeaveWithoutPay", "Suspended", "Terminating")


class Scope(BaseModel):
    """Which employees a job is about; an empty list of branches or types means all of them."""

    model_config = {"frozen": True, "extra": "ignore"}

    statuses: tuple[str, ...] = DEFAULT_STATUSES
    branches: tuple[str, ...] = ()
    employment_types: tuple[str, ...] = ()
    future_start_days: int | None = Field(None, ge=0, description="Leave out who starts more than this many days ahead.")


class Limits(BaseModel):
    """When a run is held before its first write."""

    model_config = {"frozen": True, "extra": "ignore"}

    allow_none_read: bool = False
    least_share: float = Field(0.5, ge=0, le=1, description="Least share of the usual number of employees that must be read.")
    usual_from: int = Field(20, ge=1, description="The share is not looked at while the usual number is below this.")


class Options(BaseModel):
    """Everything the engine takes from ``job.settings``."""

    model_config = {"frozen": True, "extra": "ignore"}

    scope: Scope = Scope()
    limits: Limits = Limits()
    full_read_days: int = Field(7, ge=0, description="Days after which an employee is read in full although unchanged.")


def parse(settings: Mapping[str, Any]) -> Options:
    """Read a job's settings. Raises ConfigError that names what cannot be used, never its value."""
    try:
        return Options.model_validate(settings)
    except ValidationError as error:
        wrong = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors(include_input=False)})
        raise ConfigError(f"The job's settings cannot be used: {', '.join(wrong)}. Correct them on the Jobs page.") from None
