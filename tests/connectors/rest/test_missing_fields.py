"""A required field without a value says where it comes from and who acts; only what HR can enter is missing in HR."""

from __future__ import annotations

import pytest

from connectors.contract.employee import Employee
from connectors.contract.records import Problem, Reason
from connectors.rest.translation.to_target import EmployeePreparer
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.outcome_codes import Fixer
from tests.connectors.rest.test_custom_fields import TARGET
from tests.connectors.rest.test_values import loaded

SETTINGS = """\
settings:
  frequency: {title: Pay frequency, description: How often people are paid.}
  id_from: {title: Id, description: Where ids are., choices: [employee_number, title], default: employee_number}
target:
  choices:
    lists: {label: Lists, list: {path: /lists}}
"""
NOT_THERE = frozenset({"pay_rate", "cost_centre", "custom"})
JO = Employee("Jo", "Quill", unread=NOT_THERE | {"au_tax"}, not_offered=NOT_THERE)
NAMED = "An Account Admin has to change how this field is filled in the connection's mapping."


def problem(field: str, employee: Employee = JO) -> Problem:
    text = (
        TARGET.replace("target:\n", SETTINGS)
        + f"    - {{name: x, label: Field X, required: true, {field}}}\n"
    )
    system = loaded(text)
    [found] = EmployeePreparer(system, system.form.model_validate({})).prepare("1", employee).problems
    return found


@pytest.mark.parametrize(
    ("field", "fixer", "message"),
    [
        (
            "from: position",
            Fixer.HR,
            "Field X is missing and Payroll needs it. Enter it in the HR system and run the",
        ),
        (
            "from: au_tax.basis",
            Fixer.HR,
            "Field X is missing and Payroll needs it. Enter it in the HR system",
        ),
        (
            "from_setting: id_from",
            Fixer.HR,
            "Field X is missing and Payroll needs it. Enter it in the HR system",
        ),
        ('template: "{position} {title}"', Fixer.HR, "Field X is missing and Payroll needs it."),
        (
            "setting: frequency",
            Fixer.ADMIN,
            "Field X comes from the setting Pay frequency of Payroll, which has no value that can be sent, and Payroll "
            "needs it. An Account Admin has to enter it under Connections; then run the job again.",
        ),
        (
            "setting: frequency, steps: [tidy]",
            Fixer.ADMIN,
            "Field X comes from the setting Pay frequency of Payroll,",
        ),
        (
            "from: cost_centre",
            Fixer.ADMIN,
            "Field X is nothing that iHUB can read from the HR system, and Payroll needs it. An Account Admin has to "
            "fill it in another way in the connection's mapping, for example with a fixed value.",
        ),
        (
            "from: [custom.centre, cost_centre]",
            Fixer.ADMIN,
            "Field X is nothing that iHUB can read from the HR system,",
        ),
        (
            'template: "{custom.centre}"',
            Fixer.ADMIN,
            "Field X is nothing that iHUB can read from the HR system,",
        ),
        (
            "from: pay_rate, sensitive: true, type: number",
            Fixer.ADMIN,
            "Field X is nothing that iHUB can read",
        ),
        ("from: [cost_centre, position]", Fixer.HR, "Field X is missing and Payroll needs it."),
        (
            "from: surname, when: {at: title, is: [Dr]}",
            Fixer.ADMIN,
            f"Field X is filled under conditions which this employee does not meet, and Payroll needs it. {NAMED}",
        ),
        (
            "cases: [{when: {at: title, is: [Dr]}, value: A}]",
            Fixer.ADMIN,
            f"Field X is filled under conditions which this employee does not meet, and Payroll needs it. {NAMED}",
        ),
        (
            "choice: {of: lists, cases: [{when: {at: title, is: [Dr]}, id: A}]}",
            Fixer.ADMIN,
            "Field X is filled under conditions which this employee does not meet,",
        ),
        (
            "from: surname, max_length: 3",
            Fixer.HR,
            "Field X is longer than 3 characters. Shorten it in the HR system.",
        ),
        (
            "from: surname, map: {A: B}, unmapped: problem",
            Fixer.HR,
            "Field X cannot be sent and Payroll needs it: the value map does not have this value. Correct it in the HR "
            "system, or ask an administrator to change how this field is filled.",
        ),
    ],
)
def test_who_has_to_act(field: str, fixer: Fixer, message: str) -> None:
    found = problem(field)
    assert found.message.startswith(message)
    assert found.field == "Field X" and CATALOGUE[found.reason].fixer is fixer
    assert fixer is Fixer.HR or "in the HR system" not in found.message
    assert fixer is Fixer.HR or found.reason is Reason.NOT_CONFIGURED


def test_a_setting_that_is_too_long_is_corrected_there() -> None:
    text = TARGET.replace("target:\n", SETTINGS)
    system = loaded(
        f"{text}    - {{name: x, label: Field X, required: true, setting: frequency, max_length: 3}}\n"
    )
    settings = system.form.model_validate({"frequency": "Weekly"})
    [found] = EmployeePreparer(system, settings).prepare("1", JO).problems
    assert found.reason is Reason.NOT_CONFIGURED
    assert found.message == (
        "Field X is longer than 3 characters. Shorten the setting Pay frequency of Payroll under Connections."
    )


def test_what_a_person_may_not_read_is_no_matter_of_the_mapping() -> None:
    jo = Employee("Jo", "Quill", unread=frozenset({"au_tax"}), refused=True)
    found = problem("from: au_tax.basis", jo)
    assert found.reason is Reason.MISSING_FIELD and "was not read" in found.message
