"""The settings of a side that say how much a system takes: its rate, and how many requests at the same time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema


def _none_if_unlimited(value: object) -> object:
    return None if value == "unlimited" else value


# How many requests per second a system allows; None, also written `unlimited`, where it has no limit.
RequestRate = Annotated[
    Annotated[float, Field(gt=0)] | None,
    BeforeValidator(_none_if_unlimited),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
Concurrency = Annotated[int, Field(ge=1, le=1000)]


def request_rate(system: str, default: float | Literal["unlimited"]) -> tuple[Any, Any]:
    """Return type and field of the setting ``requests_per_second``."""
    number = None if default == "unlimited" else default
    about = f"How many requests per second {system} allows."
    if number is None:
        about += " Leave empty for no limit."
    return RequestRate, Field(number, title="Requests per second", description=about)


def concurrency(system: str, default: int) -> tuple[Any, Any]:
    """Return type and field of the setting ``concurrency``."""
    about = f"The most requests that {system} gets at the same time. iHUB finds out how many it takes."
    return Concurrency, Field(default, title="Requests at the same time", description=about)
