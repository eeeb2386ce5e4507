"""What a run did, in parts that add up, each a link to the employees it counts."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.models import RunKind
from core.reports.outcomes import headline
from core.reports.outcomes.groups import Needs
from core.reports.outcomes.headline import Part
from core.reports.outcomes.sums import Sums
from core.reports.run_list import RunView
from pages.ui.layout import links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.reports import record_table


def render(user: CurrentUser, run: RunView, run_sums: Sums) -> bool:
    """Show the headline of a run that has read somebody; return whether there is one."""
    found = headline.headline(run_sums, run.kind, waits=run.waits_for_decision)
    if not found.parts:
        return False
    sentences = [", ".join(_part_html(run.id, part) for part in found.parts) + "."]
    if found.warned:
        address = links.address("/Reports", run=run.id, show=record_table.WARNINGS, needs=Needs.NOBODY)
        sentences.append(links.anchor(found.warned_text, address))
    if found.hidden:
        sentences.append(f'<span class="hub-quiet">{escape(found.hidden_text)}</span>')
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
    words = _link(run_id, part)
    if not part.reasons:
        return words
    return (
        f'{words} <span class="hub-quiet">({", ".join(_link(run_id, each) for each in part.reasons)})</span>'
    )


def _link(run_id: int, part: Part) -> str:
    address = links.address("/Reports", run=run_id, show=part.group, needs=part.needs, reason=part.reason)
    return links.anchor(part.text, address)
