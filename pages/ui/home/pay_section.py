"""The next pay days on Home: when they are, and who would miss them or be paid wrong."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.pay_days.calendar import in_words
from core.pay_days.who_misses import coming
from core.pay_days.who_misses.coming import ComingPay, MissNumbers
from core.security.actor import Permission
from pages.ui.home.viewer import Viewer
from pages.ui.layout import badges, links, times

# How many connections are shown.
SHOWN = 6


def render(looking: Viewer) -> None:
    """Show the next pay of each connection with a pay calendar, the first ones; nothing where there is none."""
    if looking.everywhere:
        return
    pays, more = coming.next_pays(looking.actor, SHOWN)
    if not pays:
        return
    lines = [_line(looking, each) for each in pays]
    rest = f'<li class="hub-quiet">and {more:,} more</li>' if more else ""
    st.html(f'<h2 class="hub-heading">Next pay days</h2><ul class="hub-lines">{"".join(lines)}{rest}</ul>')


def _line(looking: Viewer, each: ComingPay) -> str:
    numbers = each.numbers
    if numbers is None:
        return ""
    cut_off = times.format_time(each.pay.cut_off, each.zone)
    has_passed = "the cut-off has passed" if numbers.is_past_cut_off else f"cut-off {cut_off}"
    text = f"Pay of {in_words(each.pay.paid_on)}: {_say(numbers, each.names)}"
    return (
        f"<li>{badges.label_html(*_label(numbers))} <b>{escape(each.connection)}</b> <span>{escape(text)}</span> "
        f'<span class="hub-quiet">{escape(has_passed)}</span> {_link(looking, each)}</li>'
    )


def _label(numbers: MissNumbers) -> tuple[str, str]:
    if numbers.total:
        return f"{numbers.total:,} to fix", "red"
    return ("Not known", "amber") if numbers.unsure or numbers.stopped_run_id else ("All right", "green")


def _say(numbers: MissNumbers, names: tuple[str, ...]) -> str:
    parts = [
        f"{number:,} {words}"
        for number, words in (
            (numbers.misses, "will miss it"),
            (numbers.wrong, "will be paid wrong"),
            (numbers.unsure, "not known"),
        )
        if number
    ]
    if numbers.stopped_run_id is not None:
        parts.append(f"run #{numbers.stopped_run_id} could not continue, so more may be affected")
    if not parts:
        return "nobody misses it, as far as iHUB knows"
    more = numbers.total - len(names)
    who = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
    return f"{', '.join(parts)}{f' ({who})' if names else ''}"


def _link(looking: Viewer, each: ComingPay) -> str:
    if not looking.actor.may(Permission.SEE_CONNECTIONS):
        return ""
    href = links.address("/Connections", connection=each.connection_id, tab="pay days")
    return links.anchor("Open", href, aria_label=f"Open pay days of {each.connection}")
