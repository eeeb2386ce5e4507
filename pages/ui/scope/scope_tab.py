"""The Scope tab: the employees that are synced, the effect of a change beside it, and people on hold."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.errors import HubError
from core.mapping import versions
from core.scope.rules import ScopeRules
from core.scope_editor import current, rule_documents, saving
from core.scope_editor.current import ScopeView
from core.scope_editor.saving import NumberNeededError
from pages.ui.layout import errors, flash_messages, unsaved
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import version_line
from pages.ui.scope import effect_panel, holds_panel, rule_form

TYPED = "typed number"


def render(user: CurrentUser, connection_id: int, may_change: bool) -> None:
    """Show the scope of a connection; only an Account Admin can change it."""
    with errors.shown():
        view = current.get_scope(user.actor, connection_id)
        if may_change:
            _render_editor(user, view)
        else:
            _render_rules(user, view)
            st.caption("Only an Account Admin can change the scope.")
        st.divider()
        holds_panel.render(user, view, may_change)


def _title(user: CurrentUser, view: ScopeView) -> str:
    if not view.version:
        return "Nobody has changed the scope yet."
    return f"Version {view.version}, {version_line.describe(view.saved, user.zone)}"


def _render_rules(user: CurrentUser, view: ScopeView) -> None:
    st.header("Employees that are synced", anchor=False)
    st.caption(plain(_title(user, view)))
    for sentence in view.sentences:
        st.markdown(plain(sentence))


def _render_editor(user: CurrentUser, view: ScopeView) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("Employees that are synced", anchor=False)
        st.caption(plain(_title(user, view)))
        place = st.empty()
        with place.container():
            draft, rules = _render_draft(user, view)
        if draft["version"] != view.version and rules == draft["opened"]:
            rule_form.forget(view)  # nothing was entered: show what is in force
            with place.container():
                draft, rules = _render_draft(user, view)
    if rules is None:
        with right:
            st.header("Effect", anchor=False)
            st.info("It is shown once the rules can be used. Below the rules is said what to correct.")
        if draft["opened"] is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                _render_discard(view)
        return
    with right:
        effect_panel.render(user, view, _with_theirs(user, view, draft, rules))
    _render_save(user, view, rules, is_changed=rules != draft["opened"])


def _render_draft(user: CurrentUser, view: ScopeView) -> tuple[dict[str, Any], ScopeRules | None]:
    """Show the form; return what is being edited, and the rules that are entered."""
    draft = rule_form.draft_of(view)
    if draft["version"] != view.version:
        st.warning(
            f"Somebody saved version {plain(view.version)} while you were editing version "
            f"{plain(draft['version'])}. "
            "When you save, your changes are added to theirs, unless you both changed the same. "
            "The effect shows both together."
        )
    rules = rule_form.render(user, view, draft)
    rule_form.keep(draft)
    draft.setdefault("opened", rules)
    return draft, rules


def _with_theirs(user: CurrentUser, view: ScopeView, draft: dict[str, Any], rules: ScopeRules) -> ScopeRules:
    """Return the rules that come of saving these; somebody may have saved others meanwhile."""
    if draft["version"] == view.version:
        return view.rules if rules == draft["opened"] else rules
    base = versions.get(user.actor, view.connection_id, draft["version"])
    return rule_documents.merge_rules(base.document, rules, view.saved.document, view.job_scope)


def _render_save(user: CurrentUser, view: ScopeView, rules: ScopeRules, *, is_changed: bool) -> None:
    draft = rule_form.draft_of(view)
    note = st.text_input("Why is it changed?", max_chars=500, key=f"scope note {draft['id']}")
    rule_form.keep(draft)
    asked = f"scope {TYPED} {view.connection_id}"
    typed = None
    if (number := st.session_state.get(asked)) is not None:
        typed = st.number_input(
            f"{number:,} employees would no longer be synced. Type this number to save all the same.",
            0,
            value=None,
            step=1,
            key=f"{asked} value",
        )
    save = st.container(horizontal=True, vertical_alignment="center")
    if save.button("Save", type="primary", disabled=not is_changed, key=f"save scope {view.connection_id}"):
        _save(user, view, rules, note, typed)
    if is_changed:
        with save:
            _render_discard(view)


def _render_discard(view: ScopeView) -> None:
    if unsaved.render_discard(f"discard scope {view.connection_id}"):
        _close(view)
        st.rerun()


def _save(user: CurrentUser, view: ScopeView, rules: ScopeRules, note: str, typed: int | None) -> None:
    based_on: int = rule_form.draft_of(view)["version"]
    try:
        saved = saving.save_scope(
            user.actor, view.connection_id, rules, note, based_on=based_on, typed_number=typed
        )
    except NumberNeededError as error:
        st.session_state[f"scope {TYPED} {view.connection_id}"] = error.number
        st.rerun()
    except HubError as error:
        errors.render(error)
        return
    _close(view)
    flash_messages.keep(f"Version {saved.number} saved. The next run uses it. {saved.remark or ''}".strip())
    st.rerun()


def _close(view: ScopeView) -> None:
    """Forget what was entered; widgets get new keys with the next draft."""
    rule_form.forget(view)
    st.session_state.pop(f"scope {TYPED} {view.connection_id}", None)
