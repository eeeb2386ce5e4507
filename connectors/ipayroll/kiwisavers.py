"""KiwiSaver: what of a membership iPayroll takes.

Since 2026-06-26 iPayroll no longer accepts "Not a Member" for new or changed employees; the HR system has
"Not Eligible" for it (release note of enableHR). iPayroll's API has no status, only whether somebody is a member.
"""

from __future__ import annotations

from connectors.employee import Employee, KiwiSaver
from connectors.ipayroll.canonical import number
from connectors.ipayroll.draft import Draft

_RATES = (
    ("kiwiSaverRate", "employee_rate", "KiwiSaver rate"),
    ("employerSubsidy", "employer_rate", "KiwiSaver employer rate"),
    ("esctRate", "esct_rate", "ESCT rate"),
)


def kiwisaver(draft: Draft, employee: Employee) -> None:
    """Put the KiwiSaver fields."""
    saver = employee.kiwisaver
    if saver is None:
        return
    match saver.status.upper().replace(" ", "_"):
        case "ACTIVE":
            draft.put("existingKiwiSaverMember", True)
            _rates(draft, saver)
        case "OPT_OUT":
            draft.put("kiwiSaverOptOutDate", saver.opt_out_date)
        case "SAVINGS_SUSPENSION":
            draft.put("existingKiwiSaverMember", True)
            draft.warn("KIWISAVER_SUSPENDED", "KiwiSaver savings are suspended. Enter the suspension in iPayroll by hand.")
        case "NOT_ELIGIBLE":
            draft.put("existingKiwiSaverMember", False)
        case "NOT_A_MEMBER":
            draft.warn(
                "KIWISAVER_NOT_A_MEMBER",
                "iPayroll no longer accepts the KiwiSaver status Not a Member, so no KiwiSaver details were sent. "
                "Change it to Not Eligible in the HR system where that is right.",
            )
        case _:
            draft.warn("KIWISAVER_UNKNOWN", "The KiwiSaver status is one iHUB does not know. Check KiwiSaver in iPayroll.")


def _rates(draft: Draft, saver: KiwiSaver) -> None:
    for field, attribute, label in _RATES:
        written: str | None = getattr(saver, attribute)
        value = None if written is None else number(written)
        if written is not None and value is None:
            draft.warn("BAD_RATE", f"The {label} is not a number and was not sent. Correct it in the HR system.")
        draft.put(field, value)
