"""Characters that nobody sees: they are no part of a name, a number or an address."""

from __future__ import annotations

import re
import unicodedata

# Format characters (Unicode category Cf) and other characters that are drawn as nothing. Joiners and variation
# selectors are not among them: see below. Arabic number signs are format characters that people see, and stay.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff]"
)
# Scripts in which a joiner makes another letter or word: Arabic (Persian, Urdu), Syriac, those of India and its
# neighbours, Khmer and Mongolian.
_JOINING = "\u0600-\u07ff\u0860-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua8ff\ufb50-\ufdff\ufe70-\ufefc"
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff\ufe0f"
_JOINERS = re.compile(
    f"(?<![{_JOINING}{_EMOJI}])[\u200c\u200d]+|[\u200c\u200d]+(?=[\\s\u200c\u200d]|$)|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
# Forms of an ideograph or an emoji. The tags of U+E0020 spell the flag of a region after a black flag.
_SELECTORS = re.compile(
    f"(?<![\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff{_EMOJI}\u1800-\u18af])"
    "[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)
_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+")


def drop_invisible(written: str) -> str:
    """Return a text without invisible characters, apart from those that shape the letters beside them."""
    written = _INVISIBLE.sub("", written)
    written = _TAGS.sub("", _SELECTORS.sub("", written))
    return _JOINERS.sub(_keep_after_virama, written)


def _keep_after_virama(joiners: re.Match[str]) -> str:
    """Keep one joiner after the sign that ends a letter's vowel: at the end of a word it makes another letter."""
    before = joiners.string[joiners.start() - 1 : joiners.start()]
    return joiners[0][:1] if before and unicodedata.combining(before) == 9 else ""


def plain_digits(written: str) -> str:
    """Return a text with the digits of every script as 0 to 9."""
    if written.isascii():
        return written
    return "".join(str(unicodedata.decimal(character, character)) for character in written)
