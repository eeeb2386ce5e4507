"""A form for the settings of a system, made from the connector's JSON schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st
from pydantic import BaseModel

# What a setting can be chosen from: its values, and what people call each of them.
Offers = Mapping[str, Mapping[str, str]]
# What a system takes, and where it is: a payroll officer needs neither, where iHUB knows them.
LIMITS = {"requests_per_second", "concurrency", "page_size"}
ADDRESSES = {"url", "api_url", "login_url", "token_url"}


def render(
    settings_type: type[BaseModel],
    key: str,
    current: Mapping[str, Any] | None = None,
    offers: Offers | None = None,
    *,
    fold: bool = True,
) -> dict[str, Any]:
    """Show a field for each setting with its current value; return the values that differ from their defaults.

    A secret must always be entered again: the stored one is never sent to the browser. A field whose schema says
    ``multiline`` (`Field(json_schema_extra={"multiline": True})`) takes several lines, such as a private key. A text
    with ``offers`` by the name of its setting is chosen from them, or typed where the list lacks it.

    Technical fields, and those whose schema says ``advanced``, come last. With ``fold`` they are folded away, unless
    they have to be filled in.
    """
    stored, fields = current or {}, settings_type.model_json_schema().get("properties", {})
    defaults = {name: schema.get("default") for name, schema in fields.items()}
    plain_fields = {name: schema for name, schema in fields.items() if not _is_advanced(name, schema)}
    entered = _inputs(plain_fields, stored, offers or {}, key)
    if folded := {name: schema for name, schema in fields.items() if name not in plain_fields}:
        if not fold:
            st.caption("Advanced")
        with st.expander("Advanced") if fold else st.container():
            entered |= _inputs(folded, stored, offers or {}, key)
    return {name: value for name, value in entered.items() if value != defaults[name] and value is not None}


def secret_names(settings_type: type[BaseModel]) -> set[str]:
    """Return the names of the settings that are secrets."""
    fields = settings_type.model_json_schema().get("properties", {})
    return {name for name, schema in fields.items() if schema.get("format") == "password"}


def _is_advanced(name: str, schema: Mapping[str, Any]) -> bool:
    has_default = schema.get("default") not in (None, "")
    return bool(schema.get("advanced")) or name in LIMITS or (name in ADDRESSES and has_default)


def _inputs(
    fields: Mapping[str, dict[str, Any]], stored: Mapping[str, Any], offers: Offers, key: str
) -> dict[str, Any]:
    return {
        name: _input(
            name,
            schema | {"default": stored.get(name, schema.get("default")), "offered": offers.get(name)},
            f"{key} {name}",
        )
        for name, schema in fields.items()
    }


def facts(settings_type: type[BaseModel], current: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the titles and values of the settings, for users with read-only access; secrets stay hidden."""
    fields = settings_type.model_json_schema().get("properties", {})
    return [
        (fields.get(name, {}).get("title") or name, _value_text(fields.get(name, {}), value))
        for name, value in current.items()
    ]


def _value_text(schema: dict[str, Any], value: Any) -> str:
    if schema.get("format") == "password":
        return "stored, never shown"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else _choice_label(str(value))


def _choice_label(value: str) -> str:
    """Return the label of a choice: "Move everything" for Move_Everything, "Source ID" for source_id."""
    if not re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)+", value):
        return value
    return value.replace("_", " ").capitalize().removesuffix(" id") + (" ID" if value.endswith("_id") else "")


def _input(name: str, schema: dict[str, Any], key: str) -> Any:
    label, meaning, default = schema.get("title") or name, schema.get("description"), schema.get("default")
    if options := schema.get("enum"):
        index = options.index(default) if default in options else 0
        return st.selectbox(label, options, index=index, format_func=_choice_label, help=meaning, key=key)
    match schema.get("type"):
        case "boolean":
            return st.checkbox(label, bool(default), help=meaning, key=key)
        case "integer":
            return st.number_input(label, value=default, step=1, help=meaning, key=key)
        case "number":
            number = default if isinstance(default, int | float) else None
            return st.number_input(label, value=number, help=meaning, key=key)
        case _:
            return _text_input(schema, label, key) or None


def _text_input(schema: dict[str, Any], label: str, key: str) -> str:
    meaning, secret = schema.get("description"), schema.get("format") == "password"
    default = "" if secret else schema.get("default") or ""
    if offered := schema.get("offered"):
        return _offered_input(offered, label, default, meaning, key)
    if schema.get("multiline"):  # a single-line field would remove the line breaks of a private key
        return st.text_area(label, default, help=meaning, key=key)
    if secret:
        return st.text_input(label, type="password", autocomplete="off", help=meaning, key=key)
    return st.text_input(label, default, help=meaning, key=key)


def _offered_input(
    offered: Mapping[str, str], label: str, current: str, meaning: str | None, key: str
) -> str:
    options = list(dict.fromkeys(["", *([current] if current else []), *offered]))
    chosen = st.selectbox(
        label,
        options,
        index=options.index(current),
        format_func=lambda value: offered.get(value, value) or "Not set",
        help=meaning,
        key=key,
        accept_new_options=True,
    )
    return (chosen or "").strip()
