"""The colours of iHUB's own parts of a page, in the light and in the dark theme; the browser chooses by the system.

Streamlit's parts have theirs from ``.streamlit/config.toml``.
"""

from __future__ import annotations

LIGHT = {
    "page": "#ffffff",
    "surface": "#ffffff",
    "ink": "#1d2b36",
    "head": "#4d5f6c",
    "quiet-ink": "#566773",
    "line": "#d9e1e7",
    "soft-line": "#e8edf1",
    "border": "#c3ced6",
    "hover": "#f6f9fa",
    "help-back": "#e3eaef",
    "link": "#0b5f8a",
    "accent": "#0f6e84",
    "accent-strong": "#0c5a6d",
    "on-accent": "#ffffff",
    "green-back": "#e0f3e6",
    "green-ink": "#17633a",
    "red-back": "#fde5e3",
    "red-ink": "#9c2218",
    "amber-back": "#fdf0d5",
    "amber-ink": "#7a4b00",
    "blue-back": "#e0eefb",
    "blue-ink": "#124f87",
    "grey-back": "#e8edf1",
    "grey-ink": "#43525d",
}
DARK = {
    "page": "#11181d",
    "surface": "#1a242b",
    "ink": "#e3eaef",
    "head": "#b6c4ce",
    "quiet-ink": "#a9b8c3",
    "line": "#35444f",
    "soft-line": "#263039",
    "border": "#5a6c79",
    "hover": "#1a242b",
    "help-back": "#2c3a44",
    "link": "#7cc4ee",
    "accent": "#5cc0d6",
    "accent-strong": "#7fd0e2",
    "on-accent": "#06222a",
    "green-back": "#163a26",
    "green-ink": "#9fe0b5",
    "red-back": "#4a1f1c",
    "red-ink": "#ffb4ab",
    "amber-back": "#43310c",
    "amber-ink": "#f3cf8a",
    "blue-back": "#15324f",
    "blue-ink": "#a9d0f8",
    "grey-back": "#2a363f",
    "grey-ink": "#c3cfd8",
}


def variables_css() -> str:
    """Return the colours as variables of CSS: ``--hub-ink`` and so on."""
    light, dark = _declarations(LIGHT), _declarations(DARK)
    return f":root {{{light}}}\n@media (prefers-color-scheme: dark) {{:root {{{dark}}}}}"


def _declarations(colours: dict[str, str]) -> str:
    return "; ".join(f"--hub-{name}: {colour}" for name, colour in colours.items())
