"""The bulk choice of a first run: whose values count where payroll had other ones before."""

from __future__ import annotations

import streamlit as st

from core.models import RunKind
from core.review import first_changes
from core.review.first_changes import Choices, FirstChanges, PersonChanges
from core.review.plans import PlanView
from pages.ui.layout import confirmation, errors, tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column

FIELD_COLUMNS = (Column("Field"), Column("Employees", "Employees with other values.", number=True))
PERSON_COLUMNS = (
    Column("Employee"),
    Column("Source ID"),
    Column("Field"),
    Column("HR", "The value in the HR system."),
    Column("Payroll", "The value in payroll."),
)


def render(user: CurrentUser, plan: PlanView) -> None:
    """Show what the first run would overwrite, and ask where payroll's values are to be kept."""
    st.header("Decision", anchor=False)
    if plan.kind is RunKind.PREVIEW:
        st.caption("A preview stores nothing. Run the job; then you choose here whose values count.")
        return
    found = first_changes.first_changes(user.actor, plan.run_id)
    if not found.fields:
        st.caption("Nothing of it is open any more. Run the job again.")
        return
    tables.render(FIELD_COLUMNS, [(field.label, field.people) for field in found.fields])
    if found.total > len(found.people):
        st.caption(f"The first {len(found.people):,} of {found.total:,} employees are shown.")
    with st.expander(f"Employees ({found.total:,})", key=f"first {plan.run_id}"):
        tables.render(PERSON_COLUMNS, [row for person in found.people for row in _rows(person)])
    if not plan.can_decide:
        st.caption("An Account Admin can decide here.")
        return
    _render_choice(user, plan, found)


def _rows(person: PersonChanges) -> list[tuple[str, ...]]:
    return [
        (person.name, person.source_id, value.label, value.hr or "empty", value.payroll or "empty")
        for value in person.values
    ]


def _render_choice(user: CurrentUser, plan: PlanView, found: FirstChanges) -> None:
    st.write("Values from HR are used, except where you keep those in payroll:")
    labels = {field.field: f"{field.label} ({field.people:,})" for field in found.fields}
    people = {person.source_id: f"{person.name} ({person.source_id})" for person in found.people}
    keep_fields = st.multiselect(
        "Keep payroll's values in these fields",
        list(labels),
        format_func=lambda field: labels.get(field, field),
        key=f"keep fields {plan.run_id}",
    )
    keep_people = st.multiselect(
        "Keep all values in payroll of these employees",
        list(people),
        format_func=lambda person: people.get(person, person),
        key=f"keep people {plan.run_id}",
    )
    use_hr_of = st.multiselect(
        "Use all values from HR for these employees",
        [person for person in people if person not in keep_people],
        format_func=lambda person: people.get(person, person),
        key=f"hr people {plan.run_id}",
    )
    key = f"first changes {plan.run_id}"
    confirmation.render_button("Decide and run", key, kind="primary")
    if confirmation.is_open(key) and confirmation.render(key, [_question(keep_fields, keep_people)], "Run"):
        with errors.shown():
            choices = Choices(keep_fields, keep_people, use_hr_of)
            st.query_params["run"] = str(first_changes.decide(user.actor, plan.run_id, choices))
            st.rerun()


def _question(keep_fields: list[str], keep_people: list[str]) -> str:
    if not keep_fields and not keep_people:
        return "A new run overwrites all of these values in payroll with those from HR."
    kept = [
        f"in {len(keep_fields)} field{'s' if len(keep_fields) > 1 else ''}" if keep_fields else "",
        f"of {len(keep_people)} employee{'s' if len(keep_people) > 1 else ''}" if keep_people else "",
    ]
    return (
        f"A new run keeps payroll's values {' and '.join(filter(None, kept))}, and overwrites the others with those "
        "from HR. What is kept is asked about again only when one of the two values changes."
    )
