"""Show text that others wrote as it stands: names, organisations, and what other systems say.

Streamlit's messages, titles and labels are Markdown: links, pictures, colours, emojis and formulas in a name would be
drawn. Whatever is not a text of iHUB goes through ``plain`` first; the label of an input goes through ``aloud``,
because screen readers are given it as it is written.
"""

from __future__ import annotations

import re

# Keeps apart what Streamlit would otherwise turn into a link or an emoji, even behind a backslash; it cannot be seen.
WORD_JOINER = "\u2060"
SPECIAL = re.compile(r"[\\`*_\[\]{}|<>~$]|&(?=[#\w])|^[#+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=^\d\d\d)[.)]")
# A colon before a letter begins a colour, an emoji or an address; one in a time of day does not.
COLON = re.compile(r":(?=\S)(?!(?<=\d:)[0-5]\d(?![\d:]))")
# The same without a `_` inside a word, which draws nothing.
SPOKEN = re.compile(r"[\\`*\[\]{}|<>~$]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])")
# What begins a heading or an entry of a list.
LEADING = re.compile(r"^(?:[#+=\s-]|\d{1,3}[.)])+")
ADDRESS = re.compile(r"@(?=\S)|www(?=\.)", re.IGNORECASE)


def plain(text: object) -> str:
    """Return text in which Markdown finds nothing to draw; line breaks become spaces."""
    line = " ".join(str(text).split())
    escaped = COLON.sub(rf"\\:{WORD_JOINER}", SPECIAL.sub(r"\\\g<0>", line))
    return ADDRESS.sub(rf"\g<0>{WORD_JOINER}", escaped)


def aloud(text: object) -> str:
    """Return text for the label of an input: nothing to draw, and no backslash that a screen reader would speak."""
    line = LEADING.sub("", " ".join(SPOKEN.sub(" ", " ".join(str(text).split())).split()))
    return ADDRESS.sub(rf"\g<0>{WORD_JOINER}", COLON.sub(f":{WORD_JOINER}", line))
