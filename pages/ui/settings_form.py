"""A form for a side's settings, made from the connector's own description of them."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic import BaseModel


def draw(kind: type[BaseModel], key: str) -> dict[str, Any]:
    """Draw one field for each setting and return those that differ from their defaults."""
    schema = kind.model_json_schema()
    entered = {name: _field(name, each, f"{key} {name}") for name, each in schema.get("properties", {}).items()}
    defaults = {name: each.get("default") for name, each in schema.get("properties", {}).items()}
    return {name: value for name, value in entered.items() if value != defaults[name] and value is not None}


def _field(name: str, schema: dict[str, Any], key: str) -> Any:
    label, meaning, default = schema.get("title") or name, schema.get("description"), schema.get("default")
    if options := schema.get("enum"):
        return st.selectbox(label, options, index=options.index(default) if default in options else 0, help=meaning, key=key)
    match schema.get("type"):
        case "boolean":
            return st.checkbox(label, bool(default), help=meaning, key=key)
        case "integer":
            return st.number_input(label, value=default, step=1, help=meaning, key=key)
        case "number":
            return st.number_input(label, value=default, help=meaning, key=key)
        case _:
            return st.text_input(label, default or "", help=meaning, key=key) or None
