"""The catalogue of outcomes: why an employee or a run ended as it did, who can fix it and how."""

from __future__ import annotations

from connectors.contract.records import Reason
from core.models import Action, Decision
from core.runs.outcome_codes import Code, Explanation, Fixer

__all__ = ["CATALOGUE", "Code", "Explanation", "Fixer", "explain", "processor", "writer"]

APPROVE = "Look at the changes in the run's report and approve them there, all or some; if they are wrong, refuse them."

CATALOGUE: dict[str, Explanation] = {
    Reason.MISSING_FIELD: Explanation(
        "Missing field",
        "A field the target needs is empty at the source.",
        Fixer.HR,
        "Fill in the field that the record names; the next run sends the employee.",
    ),
    Reason.BAD_FORMAT: Explanation(
        "Wrong format",
        "A field at the source is not in a form the target takes.",
        Fixer.HR,
        "Correct the field that the record names.",
    ),
    Reason.NO_VALUE_MAP: Explanation(
        "No equal value",
        "A field at the source holds a value that the target has no equal for.",
        Fixer.HR,
        "Choose another value at the source, or ask Support to add a mapping.",
    ),
    Reason.TOO_LONG: Explanation(
        "Too long",
        "A field at the source is longer than the target allows.",
        Fixer.HR,
        "Shorten the field that the record names.",
    ),
    Reason.MASKED_TFN: Explanation(
        "Masked tax number",
        "The source gave the tax number with its digits hidden.",
        Fixer.SUPPORT,
        "Ask Support to allow iHUB to read tax numbers.",
    ),
    Reason.TOO_MANY_BANK_ACCOUNTS: Explanation(
        "Several bank accounts",
        "The employee has more bank accounts than the target takes.",
        Fixer.HR,
        "Leave one bank account at the source, or enter this employee in payroll by hand.",
    ),
    Reason.NOT_IN_SCOPE: Explanation(
        "Not in scope",
        "The job's filter leaves out employees of this status, branch or employment type.",
        Fixer.ADMIN,
        "Nothing has to be done, unless this employee belongs in payroll: then change the job's filter.",
    ),
    Reason.FUTURE_START: Explanation(
        "Starts later",
        "The employee starts later than the job's filter looks ahead.",
        Fixer.NOBODY,
        "Nothing has to be done: a later run sends the employee when the day comes nearer.",
    ),
    Reason.UNREADABLE: Explanation(
        "Unreadable",
        "The source could not give this employee's details.",
        Fixer.SUPPORT,
        "Open the employee at the source; if nothing looks wrong, ask Support.",
    ),
    Reason.REFUSED: Explanation(
        "Refused",
        "The target refused the record.",
        Fixer.PAYROLL,
        "Correct what the target's words name and run the job again.",
    ),
    Reason.NOT_FOUND: Explanation(
        "Not found",
        "The employee was there when the run began and is no longer at the target.",
        Fixer.PAYROLL,
        "Run the job again; it looks for the employee anew.",
    ),
    Reason.LOCKED: Explanation(
        "Locked",
        "The target has locked this employee, for instance while a pay run is open.",
        Fixer.PAYROLL,
        "Finish what holds the lock in payroll, then run the job again.",
    ),
    Reason.UNANSWERED: Explanation(
        "No answer",
        "The target did not answer, so the record may or may not have been written.",
        Fixer.NOBODY,
        "Run the job again: it looks for the employee at the target before it writes.",
    ),
    Reason.NOT_SHOWN: Explanation(
        "Not shown",
        "The target failed when it was asked for this employee, who was left alone.",
        Fixer.PAYROLL,
        "Run the job again. If it stays so, open the employee in payroll; if nothing looks wrong there, ask its support.",
    ),
    Code.SEVERAL_CANDIDATES: Explanation(
        "Several candidates",
        "More than one employee at the target could be this one.",
        Fixer.PAYROLL,
        "Find out which of them it is and give both systems the same employee number or tax number.",
    ),
    Code.WEAK_MATCH: Explanation(
        "Weak match",
        "One employee at the target looks alike, but not enough to be certain.",
        Fixer.PAYROLL,
        "Complete birth date, e-mail or tax number in both systems.",
    ),
    Code.CONFLICTING_KEYS: Explanation(
        "Contradicting details",
        "The same number stands for somebody else at the target, or two details point at different people.",
        Fixer.PAYROLL,
        "Compare number, name, birth date and tax number in both systems and correct the wrong one.",
    ),
    Code.BECAME_ANOTHER: Explanation(
        "Perhaps another person now",
        "The employee at the target whom this one was linked to no longer has the name, birth date or tax number that iHUB knew.",
        Fixer.PAYROLL,
        "Compare both systems. If they are one person, correct the wrong one or link them again; if not, choose Create new.",
    ),
    Code.OTHER_NUMBER: Explanation(
        "Other number",
        "An employee with this name and birth date is at the target under another number.",
        Fixer.PAYROLL,
        "If it is the same person, give both systems the same number or the same tax number.",
    ),
    Code.SHARED_MATCH: Explanation(
        "Shared match",
        "Two employees at the source fit the same employee at the target.",
        Fixer.HR,
        "Remove the double at the source, or complete the details that tell the two apart.",
    ),
    Code.DUPLICATE_AT_SOURCE: Explanation(
        "Double at the source",
        "Two employees at the source have the same employee number or the same tax number.",
        Fixer.HR,
        "Correct the wrong number, or remove the double.",
    ),
    Code.ALREADY_LINKED: Explanation(
        "Already linked",
        "The employee at the target belongs to another employee of the source.",
        Fixer.HR,
        "If the two are one person, remove the double at the source; if not, complete the details that tell them apart.",
    ),
    Code.NOT_ATTEMPTED: Explanation(
        "Not attempted",
        "The run ended before this employee's turn.",
        Fixer.NOBODY,
        "See why the run ended; the next run continues with this employee.",
    ),
    Code.CANCELLED: Explanation(
        "Cancelled",
        "Somebody cancelled the run before this employee's turn.",
        Fixer.NOBODY,
        "Run the job again to write it.",
    ),
    Code.PREVIEW: Explanation(
        "Preview", "This run was a preview, so nothing was written.", Fixer.NOBODY, "Run the job to write it."
    ),
    Code.NOTHING_READ: Explanation(
        "Nothing read",
        "The source gave no employees at all, so the run was held and nothing was written.",
        Fixer.ADMIN,
        "Check the source's account and what its sign-in may see.",
    ),
    Code.VOLUME_DROP: Explanation(
        "Far fewer employees",
        "The source gave far fewer employees than in the last runs, so the run was held and nothing was written.",
        Fixer.ADMIN,
        "Check what the source's sign-in may see; if the number is right, change the job's limit.",
    ),
    Code.MANY_CREATES: Explanation(
        "Many new employees",
        "The run would have created more employees than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TERMINATIONS: Explanation(
        "Many terminations",
        "The run would have ended more employments than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BANK_CHANGES: Explanation(
        "Many bank changes",
        "The run would have changed more bank accounts than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TAX_CHANGES: Explanation(
        "Many tax or super changes",
        "The run would have changed tax or super details of more employees than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BLANKED: Explanation(
        "Many blanked fields",
        "The run would have emptied fields of more employees than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.SECOND_PERSON: Explanation(
        "Needs a second person",
        "The run would have changed bank accounts, and this job asks for others to agree to that first.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.STALE: Explanation(
        "Stale",
        "The employee changed at the source or at the target after the plan was made, so this part of it was left out.",
        Fixer.NOBODY,
        "Run the job again; it compares the employee anew.",
    ),
}


def explain(code: str) -> Explanation:
    """Return the explanation of a stored reason."""
    return CATALOGUE[code]


def processor(decision: Decision, reason: str | None) -> str:
    """Return the Processor column: the decision, with the reason where it says more."""
    return (
        f"{decision}: {_title(reason)}"
        if reason and decision in (Decision.FILTERED, Decision.HELD)
        else str(decision)
    )


def writer(action: Action, reason: str | None) -> str:
    """Return the Writer column: what was done, with the reason of a failure or of a refusal."""
    telling = action is Action.FAILED or reason == Code.STALE
    return f"{action}: {_title(reason)}" if reason and telling else str(action)


def _title(reason: str) -> str:
    return CATALOGUE[reason].title if reason in CATALOGUE else reason
