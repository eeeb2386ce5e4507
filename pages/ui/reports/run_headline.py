"""What a run did, in parts that add up, each a link to the employees it counts."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.models import RunKind
from core.reports.outcomes import headline
from core.reports.outcomes.headline import Part
from core.reports.outcomes.sums import Sums
from core.reports.run_list import RunView
from pages.ui.layout import links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.reports import record_table


def render(user: CurrentUser, run: RunView, run_sums: Sums) -> bool:
    """Show the headline of a run that has read somebody; return whether there is one."""
    found = headline.headline(run_sums, run.status, run.kind)
    if not found.parts:
        return False
    sentences = [", ".join(_part_html(run.id, part) for part in found.parts) + "."]
    if found.warned:
        text = headline.warned_text(found.warned).strip()
        sentences.append(links.anchor(text, _address(run.id, record_table.WARNINGS)))
    if found.hidden:
        sentences.append(
            f'<span class="hub-quiet">{escape(headline.hidden_text(found.hidden).strip())}</span>'
        )
    if (others := run.need_action - run_sums.attention) > 0 and run.kind is not RunKind.PREVIEW:
        sentences.append(links.anchor(_not_listed_text(others), "/To_fix"))
    if same := headline.same_as_last_time(user.actor, run.id):
        sentences.append(f'<span class="hub-quiet">{escape(same)}</span>')
    st.html(f'<p class="hub-headline">{" ".join(sentences)}</p>')
    return True


def _not_listed_text(number: int) -> str:
    people = "1 more person needs" if number == 1 else f"{number:,} more people need"
    return f"{people} you who were not in the list of the source: see To fix."


def _part_html(run_id: int, part: Part) -> str:
    words = links.anchor(part.text, _address(run_id, part.group))
    if not part.reasons:
        return words
    reasons = ", ".join(
        links.anchor(reason.text, _address(run_id, reason.group, reason.reason)) for reason in part.reasons
    )
    return f'{words} <span class="hub-quiet">({reasons}{escape(headline.more_text(part))})</span>'


def _address(run_id: int, group: str, reason: str = "") -> str:
    return links.address("/Reports", run=run_id, show=group, reason=reason)
