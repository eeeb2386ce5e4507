"""One person: who they are at both ends, what stops them, what would happen now, and what happened."""

from __future__ import annotations

from html import escape

import streamlit as st

from connectors.values.code_words import code_words
from core.errors import HubError, NotFoundError
from core.security.actor import Permission
from core.security.ownership import NO_CONNECTION
from core.story.person import Obstacle, PersonView, read_person
from pages.ui.layout import badges, errors, flash_messages, links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.people import person_actions, person_history, person_preview
from pages.ui.people.address import address

__all__ = ["address", "render"]


def render(user: CurrentUser, connection: str, source_id: str) -> None:
    """Show the person of the address."""
    links.render_link("← All people", "/People")
    person = _find(user, connection, source_id)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.title(plain(person.name), anchor=False, width="content")
    head.html(_state_html(person), width="content")
    flash_messages.render()
    _render_facts(person)
    person_actions.render(user, person)
    st.header("What stops them", anchor=False)
    _render_obstacles(person, may_decide=user.actor.may(Permission.DECIDE_PROBLEMS))
    st.header("What would happen now", anchor=False)
    person_preview.render(user, person)
    st.header("What happened", anchor=False)
    person_history.render(person)


def _find(user: CurrentUser, connection: str, source_id: str) -> PersonView:
    try:
        if not (connection.isascii() and connection.isdigit()) or len(connection) > 9:
            raise NotFoundError(NO_CONNECTION)
        return read_person(user.actor, int(connection), source_id)
    except HubError as error:
        st.title("People", anchor=False)
        errors.render(error)
        st.stop()


def _state_html(person: PersonView) -> str:
    if person.is_on_hold:
        return badges.label_html("On hold", "amber")
    if person.problems:
        return badges.label_html("Needs somebody", "amber")
    return (
        badges.label_html("Linked", "green") if person.target_id else badges.label_html("Not linked", "grey")
    )


def _render_facts(person: PersonView) -> None:
    facts = person.facts
    shown = [
        ("Connection", person.connection, links.address("/Connections", connection=person.connection_id)),
        (f"{person.systems.source} ID", person.source_id, person.source_url),
        (f"{person.systems.target} ID", person.target_id or "–", person.target_url),
    ]
    html = "".join(_fact_html(*each) for each in shown)
    if facts is not None:
        others = (
            ("Employee number", facts.employee_number),
            ("Status", code_words(facts.status or "")),
            ("Branch", facts.branch or facts.branch_id),
            ("Employment", code_words(facts.employment_type or "")),
            ("Starts", facts.start_date and f"{facts.start_date.day} {facts.start_date:%b %Y}"),
        )
        html += "".join(_fact_html(label, value, None) for label, value in others if value)
    st.html(f'<dl class="hub-facts">{html}</dl>')
    if facts is None:
        st.caption(plain(f"{person.systems.source} does not list them, as far as the last run knows."))
    st.markdown(plain(" ".join(person.story.link)))


def _fact_html(label: str, value: str, href: str | None) -> str:
    if href is None or value == "–":
        shown = escape(value)
    elif href.startswith("/"):
        shown = links.anchor(value, href)
    else:
        name = f"{value}, {label}, opens in another tab"
        shown = links.outside_anchor(value, href, aria_label=name)
    return f"<div><dt>{escape(label)}</dt><dd>{shown}</dd></div>"


def _render_obstacles(person: PersonView, *, may_decide: bool) -> None:
    if not person.obstacles:
        st.markdown("Nothing, as far as the last run knows.")
        return
    st.html(f'<ul class="hub-lines">{"".join(map(_obstacle_html, person.obstacles))}</ul>')
    if person.problems:
        label = "Decide on To fix" if may_decide else "Look at it on To fix"
        links.render_link(label, links.address("/To_fix", search=person.source_id))


def _obstacle_html(obstacle: Obstacle) -> str:
    who = badges.label_html(f"Who must act: {obstacle.who}", "grey" if obstacle.who == "Nobody" else "amber")
    about = f' <span class="hub-quiet">{escape(obstacle.about)}</span>' if obstacle.about else ""
    return f"<li>{who} {escape(obstacle.sentence)}{about}</li>"
