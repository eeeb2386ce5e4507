"""What a system sends can have any length: the time to read it grows with the length, and never with its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from connectors.http.limits import limit_words
from connectors.http.link_header import next_link
from connectors.values import dates, invisible, normalise, redaction
from connectors.values.redaction import LIMIT, is_masked, redact, redact_all

Reader = Callable[[str], object]
# Texts that a pattern can begin to match at every character, and never ends to match.
UNITS = {
    "one word": "a",
    "words": "a ",
    "at signs": "a@",
    "dots": "a.",
    "addresses": "a@b.c",
    "digits": "1",
    "digits and spaces": "1     ",
    "digits and points": "1.0",
    "tags": "<",
    "links": "<a>;",
    "parameters": "<a>;a ",
    "quotes": ';a="',
    "empty tags": "<>",
    "entities": "&#",
    "percent signs": "%2",
    "masks": "xX",
    "spaces": " ",
    "midnights": "T0:00",
    "midnight": "T",
    "mailto": "mailto:",
    "joiners": "\u200d",
    "selectors": "\ufe0f",
    "slashes": "1/",
    "plus": "+",
    "try": "try ",
    "capitals": "AB",
    "codes": "a1-",
    "hidden": "a•••",
}
READERS: dict[str, Reader] = {
    "redact": redact,
    "mask_private": redaction.mask_private,
    "redact_all": lambda text: redact_all([text, text + "1"], ["123456"]),
    "is_masked": is_masked,
    "text": normalise.text,
    "email": normalise.email,
    "phone": normalise.phone,
    "state": normalise.state,
    "country": normalise.country,
    "postcode": normalise.postcode,
    "digits": normalise.digits,
    "tax_number": normalise.tax_number,
    "bank_account": normalise.bank_account,
    "money": normalise.money,
    "day": dates.day,
    "iso_day": dates.iso_day,
    "drop_invisible": invisible.drop_invisible,
    "next_link": next_link,
    "asks_for_patience": lambda text: limit_words.asks_for_patience(text.encode()),
    "names_a_limit": lambda text: limit_words.names_a_limit_of_records(text.encode()),
}
SHORT, LONG = 2_000, 16_000
# Quicker than this, a read is not timed further.
LEAST_SECONDS = 0.0005
# Eight times the length: a linear pattern takes about 8 times as long, a quadratic one 64 times.
MOST_TIMES = 24


def seconds(read: Reader, text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", sorted(READERS))
def test_time_grows_with_the_length(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "READ_LIMIT", 10 * LONG)  # the patterns are timed, not the cut before them
    read = READERS[name]
    read("warm up")
    for kind, unit in UNITS.items():
        for text in (unit, f"1{unit}", f"a@{unit}", f"+{unit}"):
            short, long = (text + unit * (size // len(unit)) + "\x00!" for size in (SHORT, LONG))
            if seconds(read, long) < MOST_TIMES * LEAST_SECONDS:
                continue
            allowed = MOST_TIMES * max(min(seconds(read, short) for _ in range(3)), LEAST_SECONDS)
            assert min(seconds(read, long) for _ in range(3)) < allowed, (kind, text)


@pytest.mark.parametrize("unit", ["a", "a@", "&#1", "x ", "<b>", "%20"])
def test_of_a_long_text_only_the_beginning_is_read(unit: str) -> None:
    assert len(redact(unit * 1_000_000)) <= LIMIT


@pytest.mark.parametrize("before", range(3_900, 4_010, 3))
def test_a_secret_at_the_cut_is_not_shown_in_part(before: int) -> None:
    tags = "<i>" * (before // 3)  # what is taken out, so that the cut is in sight
    for secret in ("sekret-token-4711", "jane.citizen@example.com", "876543210"):
        shown = redact(tags + secret + " " + "and more " * 100, [secret])
        assert secret[:6] not in shown, shown


def test_a_number_with_thousands_of_digits_is_no_character() -> None:
    assert redact("&#" + "1" * 5000 + ";").endswith("…")
