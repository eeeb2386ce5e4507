"""The options of a job: its scope and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from connectors.contract.errors import ConfigError

DEFAULT_STATUSES = ("Current", "Leave", "LeaveWithoutPay", "Suspended", "Terminating")


class Scope(BaseModel):
    """Which employees a job includes. An empty list of branches or types means all of them."""

    model_config = {"frozen": True, "extra": "ignore"}

    statuses: tuple[str, ...] = DEFAULT_STATUSES
    branches: tuple[str, ...] = ()
    employment_types: tuple[str, ...] = ()
    future_start_days: int | None = Field(
        None, ge=0, description="Exclude employees who start more than this many days ahead."
    )


class Limit(BaseModel):
    """How many are too many: more than ``count``, or more than ``share`` of those read. None means no limit."""

    model_config = {"frozen": True, "extra": "ignore"}

    count: int | None = Field(None, ge=0)
    share: float | None = Field(None, ge=0, le=1)


class Limits(BaseModel):
    """When a run is held before its first write, and what happens to its plan."""

    model_config = {"frozen": True, "extra": "ignore"}

    creates: Limit = Field(Limit(share=0.5), description="The share applies from the second run.")
    terminations: Limit = Limit(share=0.1)
    bank: Limit = Limit(share=0.25)
    tax_and_super: Limit = Limit(share=0.25)
    blanked: Limit = Limit(share=0.1)
    shares_from: int = Field(
        10, ge=0, description="This number of employees is always allowed, whatever the shares say."
    )
    people_for_bank: int | None = Field(
        None,
        ge=0,
        le=2,
        description="How many people other than the one who started the run must approve changed bank accounts. "
        "None: one where two or more people can approve.",
    )
    held_days: int = Field(7, ge=1, le=90, description="Days for which the plan of a held run is kept.")
    preview_hours: int = Field(24, ge=1, le=168, description="Hours for which the plan of a preview is kept.")
    allow_none_read: bool = False
    least_share: float = Field(
        0.5, ge=0, le=1, description="Smallest share of the usual number of employees that must be read."
    )
    most_fewer: int | None = Field(
        None, ge=0, description="Largest allowed drop from the usual number read. None means no limit."
    )
    usual_from: int = Field(20, ge=1, description="Ignore the share while the usual number is below this.")


class Options(BaseModel):
    """Everything the engine takes from ``job.settings``."""

    model_config = {"frozen": True, "extra": "ignore"}

    scope: Scope = Scope()
    limits: Limits = Limits()
    full_read_days: int = Field(
        7, ge=0, description="Days after which an unchanged employee is read in full."
    )


def parse(settings: Mapping[str, Any]) -> Options:
    """Parse a job's settings. Raises ConfigError with the names of invalid settings, never their values."""
    try:
        return Options.model_validate(settings)
    except ValidationError as error:
        invalid = sorted(
            {".".join(str(part) for part in item["loc"]) for item in error.errors(include_input=False)}
        )
        raise ConfigError(
            f"The job's settings cannot be used: {', '.join(invalid)}. Ask Support to correct them."
        ) from None
