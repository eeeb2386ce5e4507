"""Texts can be read on what is behind them, in the light and in the dark theme."""

from __future__ import annotations

import tomllib

import pytest

from core.settings import ROOT
from pages.ui.layout import badges, colours

# What WCAG asks for of texts of ordinary size.
ENOUGH = 4.5
ON_THE_PAGE = ("ink", "head", "quiet-ink", "link", "accent", "red-ink")
LABELS = ("green", "red", "amber", "blue", "grey")
PAIRS = [
    *((ink, back) for ink in ON_THE_PAGE for back in ("page", "surface", "hover")),
    *((f"{label}-ink", f"{label}-back") for label in LABELS),
    *(("on-accent", back) for back in ("accent", "accent-strong")),
    ("head", "help-back"),
    ("page", "ink"),
]
THEMES = {"light": colours.LIGHT, "dark": colours.DARK}


@pytest.mark.parametrize("theme", THEMES)
def test_texts_of_our_own_parts_can_be_read(theme: str) -> None:
    palette = THEMES[theme]
    weak = {pair: contrast(*(palette[name] for name in pair)) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < ENOUGH} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_our_own_parts_have_the_colours_of_streamlits(theme: str) -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    given, palette = config[theme], THEMES[theme]
    assert "base" not in config, "the system decides"
    assert [given[name] for name in ("backgroundColor", "textColor", "linkColor", "primaryColor")] == [
        palette[name] for name in ("page", "ink", "link", "accent")
    ]
    backs = given["secondaryBackgroundColor"], given["sidebar"]["backgroundColor"]
    weak = [(ink, back) for ink in ON_THE_PAGE for back in backs if contrast(palette[ink], back) < ENOUGH]
    assert weak == []


def test_both_themes_name_the_same_colours_and_marks_can_be_read() -> None:
    assert colours.LIGHT.keys() == colours.DARK.keys()
    assert all(contrast("#ffffff", back) >= ENOUGH for back in badges.MARK_COLOURS)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG defines it, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    parts = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
