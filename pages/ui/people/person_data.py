"""The right of one person: a file with everything that is kept of them, and their erasure."""

from __future__ import annotations

from core.personal_data import erasure
from core.security.actor import Permission
from core.story.person import PersonView
from pages.ui.layout import confirmation, errors, flash_messages, links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

ERASE = "erase person"


def render(user: CurrentUser, person: PersonView) -> None:
    """Show the link to the file, and the question before somebody is erased."""
    if user.actor.may(Permission.CHANGE_ACCOUNT):
        address = links.address(
            "/export/person.json", connection=person.connection_id, person=person.source_id
        )
        links.render_link("Export everything kept of this person (JSON)", address)
    if not user.actor.may(Permission.APPROVE_RUNS):
        return
    confirmation.render_button("Erase…", ERASE, kind="tertiary")
    if confirmation.is_open(ERASE) and confirmation.render(ERASE, _sentences(user, person), "Erase for good"):
        with errors.shown():
            name = erasure.erase(user.actor, person.connection_id, person.source_id)
            confirmation.close()
            sentence = f"The person is erased. Reports call them “{name}”."
            flash_messages.redirect("/People", sentence)


def _sentences(user: CurrentUser, person: PersonView) -> list[str]:
    source, target = plain(person.systems.source), plain(person.systems.target)
    said = [
        f"Everything that iHUB keeps of **{plain(person.name)}** ({plain(person.source_id)}) is erased: name, ids, "
        f"messages, link, holds and open problems. This cannot be undone. Counters of runs stay as they are, and the "
        f"audit keeps ids only. Nothing is changed in {source} or {target}.",
    ]
    if person.facts is not None:
        scope = links.address("/Connections", connection=person.connection_id, tab="scope")
        said.append(
            f"**{source} still lists this person, so the next run reads and writes them again as somebody new.** To "
            f"prevent that, delete them in {source} first, or [put them out of scope]({scope}); the scope then keeps "
            "their source ID."
        )
    if person.is_on_hold:
        said.append("Their hold ends with the erasure.")
    if erasure.is_read_by_a_run(user.actor, person.connection_id):
        said.append(
            "A run of this connection is in progress. What it has of them is erased when it has ended."
        )
    return said
