"""A form for a side's settings, made from the connector's own description of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from pydantic import BaseModel


def render(kind: type[BaseModel], key: str, current: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Draw one field for each setting, as it is now, and return those that differ from their defaults.

    A secret is always asked for anew: what is kept is never sent to the browser. A field whose schema says ``multiline``
    (`Field(json_schema_extra={"multiline": True})`) takes several lines, such as a private key.
    """
    known, fields = current or {}, kind.model_json_schema().get("properties", {})
    defaults = {name: each.get("default") for name, each in fields.items()}
    entered = {
        name: _field(name, each | {"default": known.get(name, defaults[name])}, f"{key} {name}")
        for name, each in fields.items()
    }
    return {name: value for name, value in entered.items() if value != defaults[name] and value is not None}


def facts(kind: type[BaseModel], current: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the settings that were entered with their titles, for those who may only look; secrets stay hidden."""
    fields = kind.model_json_schema().get("properties", {})
    return [
        (fields.get(name, {}).get("title") or name, _told(fields.get(name, {}), value))
        for name, value in current.items()
    ]


def _told(schema: dict[str, Any], value: Any) -> str:
    if schema.get("format") == "password":
        return "kept and never shown"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _field(name: str, schema: dict[str, Any], key: str) -> Any:
    label, meaning, default = schema.get("title") or name, schema.get("description"), schema.get("default")
    if options := schema.get("enum"):
        return st.selectbox(
            label, options, index=options.index(default) if default in options else 0, help=meaning, key=key
        )
    match schema.get("type"):
        case "boolean":
            return st.checkbox(label, bool(default), help=meaning, key=key)
        case "integer":
            return st.number_input(label, value=default, step=1, help=meaning, key=key)
        case "number":
            return st.number_input(label, value=default, help=meaning, key=key)
        case _:
            return _text(schema, label, key) or None


def _text(schema: dict[str, Any], label: str, key: str) -> str:
    meaning, secret = schema.get("description"), schema.get("format") == "password"
    default = "" if secret else schema.get("default") or ""
    if schema.get("multiline"):  # a private key, which a field of one line would rob of its line breaks
        return st.text_area(label, default, help=meaning, key=key)
    if secret:
        return st.text_input(label, type="password", autocomplete="off", help=meaning, key=key)
    return st.text_input(label, default, help=meaning, key=key)
