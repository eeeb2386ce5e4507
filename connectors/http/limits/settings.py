"""The settings of a side that say how much a system takes: its rate, requests at the same time, closed hours."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from connectors.values import closed_hours as hours


def _none_if_unlimited(value: object) -> object:
    return None if value == "unlimited" else value


# How many requests per second a system allows; None, also written `unlimited`, where it has no limit.
RequestRate = Annotated[
    Annotated[float, Field(gt=0)] | None,
    BeforeValidator(_none_if_unlimited),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]


def _check_closed_hours(text: str) -> str:
    hours.parse(text)
    return text.strip()


# Raises ValueError, which becomes the message for the person who entered it.
ClosedHoursText = Annotated[str, Field(max_length=200), AfterValidator(_check_closed_hours)]
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


def closed_hours(system: str, default: str = "") -> tuple[Any, Any]:
    """Return type and field of the setting ``closed_hours``."""
    about = (
        f"When {system} takes no work, such as 22:00-06:00, or mon-fri 01:00-03:30, sun 00:00-24:00, in the time zone "
        "of the account. A scheduled run that is due then starts at their end."
    )
    return ClosedHoursText, Field(default, title="Closed hours", description=about)
