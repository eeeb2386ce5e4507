"""The pay-day forecast as a list: who misses the next pay or is paid wrong, why, and who must act."""

from __future__ import annotations

import streamlit as st

from core.paging import PAGE_SIZE, page_count
from core.pay_days.calendar import PayDay, in_words
from core.pay_days.super_due import super_list
from core.pay_days.super_due.super_list import SuperList, SuperName
from core.pay_days.who_misses import misses, two_calendars
from core.pay_days.who_misses.forecast import Forecast
from core.pay_days.who_misses.misses import Miss, MissKind
from pages.ui.layout import badges, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.people.address import story_link

COLOURS = {
    MissKind.MISSES: "red",
    MissKind.WRONG: "red",
    MissKind.UNSURE: "amber",
    MissKind.NEXT_PAY: "blue",
}
COLUMNS = (
    Column("Employee"),
    Column(
        "What happens",
        "Misses this pay: payroll does not have them at the cut-off. Paid wrong: payroll has other bank, tax, super or "
        "employment details than HR. Not known: who they are in payroll has to be decided first, or the newest run "
        "could not continue before it had sent their changes. From the next pay: "
        "what was sent came after the cut-off.",
    ),
    Column("Why"),
    Column("Who must act"),
    Column("What to do", wide=True),
)
SUPER_COLUMNS = (Column("Employee"), Column("Missing for super"), Column("By when", wide=True))


def render(user: CurrentUser, connection_id: int, found: Forecast) -> None:
    """Show the forecast of the next pay, and the dates of super of those who lack something for it."""
    for both in two_calendars.find(user.actor, connection_id):
        st.warning(plain(both.sentence))
    lacking = super_list.super_list(user.actor, connection_id)
    if found.pay is None:
        st.info(plain(found.problem))
    else:
        _render_head(user, found, found.pay)
        _render_rows(connection_id, found, {row.source_id: row for row in lacking.rows}, lacking)
    _render_super(connection_id, lacking)


def _render_head(user: CurrentUser, found: Forecast, pay: PayDay) -> None:
    st.header(plain(f"Pay of {in_words(pay.paid_on)}"), anchor=False)
    cut_off = times.format_time(pay.cut_off, found.stored.zone)
    if found.is_past_cut_off:
        text = f"The cut-off of this pay has passed: {cut_off}."
        if found.sent_for is not None:
            text += f" What is sent now counts for the pay of {in_words(found.sent_for.paid_on)}."
        st.warning(plain(text))
    else:
        st.caption(
            f"Cut-off {cut_off}. If nothing changes until then, this is what payroll has at the cut-off."
        )
    if found.blocked is not None:
        st.error(plain(f"{found.blocked.reason}. {found.blocked.remedy}"))
    if found.stopped is not None:
        st.error(plain(found.stopped.sentence))
    if found.read_at is None:
        st.info("Nobody has been read yet. Run the job or a preview once.")
    else:
        st.caption(f"Everybody was last read {times.format_time(found.read_at, user.zone)}.")


def _render_rows(
    connection_id: int, found: Forecast, lacking: dict[str, SuperName], supers: SuperList
) -> None:
    if found.read_at is None and not found.rows:
        return
    if not found.rows and found.stopped is not None:
        return
    if not found.rows:
        st.success("Nobody misses this pay, and nobody is paid wrong, as far as iHUB knows.")
        return
    st.write(summary(found))
    key = f"forecast page {connection_id}"
    pages = page_count(len(found.rows))
    first = (min(st.session_state.get(key, 1), pages) - 1) * PAGE_SIZE
    rows = found.rows[first : first + PAGE_SIZE]
    tables.render(COLUMNS, [_cells(connection_id, row, lacking.get(row.source_id), supers) for row in rows])
    if pages > 1:
        st.pagination(pages, key=key)


def summary(found: Forecast) -> str:
    """Return the numbers of a forecast in one sentence."""
    counts = {kind: found.count(kind) for kind in MissKind}
    words = {
        MissKind.MISSES: "will miss this pay",
        MissKind.WRONG: "will be paid wrong",
        MissKind.UNSURE: "not known",
        MissKind.NEXT_PAY: "changed after the cut-off, for the next pay",
    }
    return "; ".join(f"{counts[kind]:,} {words[kind]}" for kind in MissKind if counts[kind]) + "."


def _cells(connection_id: int, row: Miss, lacks: SuperName | None, supers: SuperList) -> tuple[object, ...]:
    name = story_link(connection_id, row.source_id, row.name)
    badge = badges.label_html(misses.TITLES[row.kind], COLOURS[row.kind])
    remedy = row.remedy
    if lacks is not None and (said := lacks.sentence(supers.today)):
        remedy = f"{remedy} Super: {lacks.lacks}. {said}"
    return Html(name), Html(badge), row.reason, row.fixer, remedy


def _render_super(connection_id: int, lacking: SuperList) -> None:
    if not lacking.rows:
        return
    st.header("Super", anchor=False)
    st.caption(
        "Super has to be at the fund within 7 business days of the pay day, a first contribution to a fund within 20. "
        "Two dates are given where it is disputed which holidays count: plan by the first. No system tells iHUB when "
        "the fund has received the money."
    )
    if lacking.problem:
        st.warning(plain(lacking.problem))
    key = f"super dates page {connection_id}"
    pages = page_count(len(lacking.rows))
    first = (min(st.session_state.get(key, 1), pages) - 1) * PAGE_SIZE
    rows = lacking.rows[first : first + PAGE_SIZE]
    tables.render(SUPER_COLUMNS, [(row.name, row.lacks, row.sentence(lacking.today) or "–") for row in rows])
    if pages > 1:
        st.pagination(pages, key=key)
