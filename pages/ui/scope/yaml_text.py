"""Write plain values as YAML."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML


def to_yaml(value: Any) -> str:
    """Return a value as YAML, one entry on each line."""
    yaml, text = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, 100
    yaml.dump(value, text)
    return text.getvalue()
