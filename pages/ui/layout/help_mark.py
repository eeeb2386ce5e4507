"""A question mark that says what a word means: by a click or tap, and by Enter or Space."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def mark_html(label: str, meaning: str) -> str:
    """Return the HTML of the mark beside a word, which opens its meaning."""
    summary = f'<summary title="{escape(meaning)}" aria-label="What {escape(label)} means">?</summary>'
    return f'<details class="hub-help">{summary}<div>{escape(meaning)}</div></details>'


def tile_html(label: str, value: int, meaning: str) -> str:
    """Return the HTML of a number with its name, which opens its meaning."""
    summary = f'<summary title="{escape(meaning)}"><span>{escape(label)}</span><b>{value:,}</b></summary>'
    return f'<details class="hub-tile">{summary}<div>{escape(meaning)}</div></details>'


def legend_html(heading: str, meanings: Iterable[tuple[str, str]], css_class: str = "") -> str:
    """Return the HTML of a list that is folded away, of words (as HTML) and their meanings (as text)."""
    rows = "".join(f"<div><dt>{word}</dt><dd>{escape(meaning)}</dd></div>" for word, meaning in meanings)
    return (
        f'<details class="hub-details hub-legend {css_class}"><summary>{escape(heading)}</summary>'
        f"<dl>{rows}</dl></details>"
    )
