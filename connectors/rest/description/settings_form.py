"""The settings of a described system, as a form that an administrator fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, create_model

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError
from connectors.rest.description.document import Description, OAuth2, Setting
from connectors.values.web_address import WebAddress

_TYPES: dict[str, type] = {"text": str, "number": float, "yes or no": bool}
_BRACES = re.compile(r"\{(\w+)\}")


def form(described: Description) -> type[SideSettings]:
    """Return the model of the settings."""
    entries = _own(described) | {
        name: (_type(setting), _entry(setting)) for name, setting in described.settings.items()
    }
    title = f"{described.kind.title().replace('_', '')}Settings"
    made: type[SideSettings] = create_model(title, __base__=SideSettings, **entries)
    made.__doc__ = f"Settings of {described.name}."
    return made


def _own(described: Description) -> dict[str, Any]:
    name, size = described.name, described.page_size
    own: dict[str, Any] = {
        "url": (
            WebAddress,
            Field(
                described.url, title="Address", description=described.url_description or f"Where {name} is."
            ),
        ),
        "requests_per_second": (
            float,
            Field(
                described.requests_per_second,
                title="Requests per second",
                description=f"How many requests per second {name} allows.",
                gt=0,
                le=1000,
            ),
        ),
    }
    if isinstance(described.authorisation, OAuth2) and described.authorisation.url:
        about = f"Where people sign in to {name}."
        own["login_url"] = (
            WebAddress,
            Field(described.authorisation.url, title="Sign-in address", description=about),
        )
    if described.employees.list.paging is not None and described.employees.list.paging.size_parameter:
        about = "How many employees are listed in one request."
        own["page_size"] = (
            int,
            Field(
                min(size.default, size.most),
                title="Employees per page",
                description=about,
                ge=1,
                le=size.most,
            ),
        )
    return own


def _type(setting: Setting) -> Any:
    return Literal[setting.choices] if setting.choices else _TYPES[setting.type]


def _entry(setting: Setting) -> Any:
    limits: dict[str, Any] = {"ge": setting.least, "le": setting.most} if setting.type == "number" else {}
    if setting.type == "text" and not setting.choices:
        limits = {"max_length": setting.max_length}
    return Field(setting.default, title=setting.title, description=setting.description, **limits)


def require(described: Description, settings: SideSettings) -> None:
    """Raise ConfigError when something that nothing works without is blank."""
    for name, setting in described.settings.items():
        if setting.required and not str(getattr(settings, name)).strip():
            raise ConfigError(
                f"{described.name} needs the setting {setting.title}. Open Connections and enter it."
            )


def _written(value: Any) -> str:
    """Return a setting as it is written in a path: whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def filled(
    text: str, settings: SideSettings, more: Mapping[str, str] | None = None, *, encoded: bool = True
) -> str:
    """Return a text with its names in braces replaced; for a path each value is percent-encoded."""
    values = dict(more or {})

    def value(match: re.Match[str]) -> str:
        found = values[match[1]] if match[1] in values else _written(getattr(settings, match[1]))
        return quote(found, safe="") if encoded else found

    return _BRACES.sub(value, text)
