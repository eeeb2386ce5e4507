"""The settings of a described system, as a form for an administrator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, create_model

from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError
from connectors.http.limits.settings import closed_hours, concurrency, request_rate
from connectors.rest.description.base import Query
from connectors.rest.description.document import Description, Setting
from connectors.values.employee_page import employee_page
from connectors.values.web_address import WebAddress

_TYPES: dict[str, type] = {"text": str, "number": float, "yes or no": bool}
_BRACES = re.compile(r"\{(\w+)\}")


def settings_model(description: Description) -> type[SideSettings]:
    """Return the pydantic model of a system's settings."""
    fields = _standard_fields(description) | {
        name: (_type(setting), _field(setting)) for name, setting in description.settings.items()
    }
    title = f"{description.kind.title().replace('_', '')}Settings"
    model: type[SideSettings] = create_model(title, __base__=SideSettings, **fields)
    model.__doc__ = f"Settings of {description.name}."
    return model


def _standard_fields(description: Description) -> dict[str, Any]:
    """Return the fields that every described system has: its addresses, what it takes and when, and its page size."""
    name, size = description.name, description.page_size
    about_url = description.url_description or f"Where {name} is."
    fields: dict[str, Any] = {
        "url": (WebAddress, Field(description.url, title="Address", description=about_url)),
        "requests_per_second": request_rate(name, description.request_rate),
        "concurrency": concurrency(name, description.concurrency),
        "closed_hours": closed_hours(name, description.closed_hours),
        "employee_page": employee_page(name, description.employee_page),
    }
    authorisation, paging = description.authorisation, description.employees.list.paging
    if login_url := getattr(authorisation, "url", None):
        signs_in = authorisation.kind == "oauth2"
        about = f"Where people sign in to {name}." if signs_in else f"Where {name} gives iHUB a token."
        fields["login_url"] = (
            WebAddress,
            Field(login_url, title="Sign-in address", description=about),
        )
    if token_url := getattr(authorisation, "token_url", None):
        about = f"Where {name} gives iHUB its tokens."
        fields["token_url"] = (WebAddress, Field(token_url, title="Token address", description=about))
    if paging is not None and paging.size_parameter:
        default, about = min(size.default, size.most), "How many employees are listed in one request."
        fields["page_size"] = (
            int,
            Field(default, title="Employees per page", description=about, ge=1, le=size.most),
        )
    return fields


def _type(setting: Setting) -> Any:
    return Literal[setting.choices] if setting.choices else _TYPES[setting.type]


def _field(setting: Setting) -> Any:
    limits: dict[str, Any] = {"ge": setting.least, "le": setting.most} if setting.type == "number" else {}
    if setting.type == "text" and not setting.choices:
        limits = {"max_length": setting.max_length}
    return Field(setting.default, title=setting.title, description=setting.description, **limits)


def check_required(description: Description, settings: SideSettings) -> None:
    """Raise ConfigError when a required setting is blank."""
    for name, setting in description.settings.items():
        if setting.required and not str(getattr(settings, name)).strip():
            raise ConfigError(
                f"{description.name} needs the setting {setting.title}. Open Connections and enter it."
            )


def fill_braces(
    text: str, settings: SideSettings, values: Mapping[str, str] | None = None, *, encoded: bool = True
) -> str:
    """Replace each name in braces by the value or setting of that name, percent-encoded as a path needs it."""
    if "{" not in text:
        return text
    values = values or {}

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        value = values[name] if name in values else _as_text(getattr(settings, name))
        return quote(value, safe="") if encoded else value

    return _BRACES.sub(replacement, text)


def fill_query(query: Query, settings: SideSettings, values: Mapping[str, str] | None = None) -> Query:
    """Return a query with its names in braces filled in, without parameters that would be blank."""
    if not any(isinstance(text, str) and "{" in text for text in query.values()):
        return query
    filled = {
        name: fill_braces(text, settings, values, encoded=False) if isinstance(text, str) else text
        for name, text in query.items()
    }
    return {name: text for name, text in filled.items() if text or "{" not in str(query[name])}


def fill_json(content: Any, settings: SideSettings, values: Mapping[str, str] | None = None) -> Any:
    """Return JSON with names in braces filled in; a text that is only the name of a setting becomes its value."""
    if isinstance(content, dict):
        return {name: fill_json(inner, settings, values) for name, inner in content.items()}
    if isinstance(content, list):
        return [fill_json(inner, settings, values) for inner in content]
    if not isinstance(content, str):
        return content
    alone = _BRACES.fullmatch(content)
    if alone and alone[1] not in (values or {}):
        value = getattr(settings, alone[1])
        return int(value) if isinstance(value, float) and value.is_integer() else value
    return fill_braces(content, settings, values, encoded=False)


def fill_headers(headers: Mapping[str, str], settings: SideSettings) -> dict[str, str]:
    """Return headers with names in braces filled in, without those that would be blank."""
    filled = {name: fill_braces(text, settings, encoded=False).strip() for name, text in headers.items()}
    return {name: text for name, text in filled.items() if text}


def blank_settings(text: str, settings: SideSettings) -> bool:
    """Say whether a text names a setting in braces that is blank."""
    return any(not _as_text(getattr(settings, name)).strip() for name in _BRACES.findall(text))


def _as_text(value: Any) -> str:
    """Return a setting as it is written in a path: whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
