"""The catalogue of outcomes: the cause of each, who can fix it, and how."""

from __future__ import annotations

from connectors.contract.records import Reason
from core.models import Action, Decision
from core.runs.outcome_codes import Code, Explanation, Fixer

__all__ = ["CATALOGUE", "Code", "Explanation", "Fixer", "explain", "processor", "writer"]

APPROVE = "Check the changes in the run's report. Approve all or some of them there, or reject them."

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
        "No matching value",
        "The target has no value that matches the one at the source.",
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
        "The job's filter excludes employees of this status, branch or employment type.",
        Fixer.ADMIN,
        "Nothing to do, unless this employee belongs in payroll: then change the job's filter.",
    ),
    Reason.FUTURE_START: Explanation(
        "Starts later",
        "The employee starts later than the job's filter looks ahead.",
        Fixer.NOBODY,
        "Nothing to do: a later run sends the employee when the start date is nearer.",
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
        "Correct what the target's message names, then run the job again.",
    ),
    Reason.NOT_FOUND: Explanation(
        "Not found",
        "The employee was there when the run began and is no longer at the target.",
        Fixer.PAYROLL,
        "Run the job again; it looks for the employee again.",
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
        "Run the job again: it checks the target for the employee before it writes.",
    ),
    Reason.NOT_SHOWN: Explanation(
        "Not shown",
        "The target failed when iHUB asked for this employee, so nothing was changed.",
        Fixer.PAYROLL,
        "Run the job again. If it fails again, check the employee in payroll; if all is right there, ask its support.",
    ),
    Code.SEVERAL_CANDIDATES: Explanation(
        "Several candidates",
        "More than one employee at the target could be this one.",
        Fixer.PAYROLL,
        "Find out which of them it is and give both systems the same employee number or tax number.",
    ),
    Code.WEAK_MATCH: Explanation(
        "Weak match",
        "One employee at the target is similar, but not enough to be certain.",
        Fixer.PAYROLL,
        "Complete birth date, e-mail or tax number in both systems.",
    ),
    Code.CONFLICTING_KEYS: Explanation(
        "Contradicting details",
        "The target already uses this number for someone else, or the details match different people.",
        Fixer.PAYROLL,
        "Compare number, name, birth date and tax number in both systems and correct the wrong one.",
    ),
    Code.BECAME_ANOTHER: Explanation(
        "Perhaps another person now",
        "The linked employee at the target no longer has the name, birth date or tax number that iHUB knew.",
        Fixer.PAYROLL,
        "Compare both systems. If it is the same person, correct the details or link them again; if not, Create new.",
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
        "Remove the duplicate at the source, or complete the details that distinguish the two.",
    ),
    Code.DUPLICATE_AT_SOURCE: Explanation(
        "Duplicate at the source",
        "Two employees at the source have the same employee number or the same tax number.",
        Fixer.HR,
        "Correct the wrong number, or remove the duplicate.",
    ),
    Code.ALREADY_LINKED: Explanation(
        "Already linked",
        "The employee at the target is already linked to another employee of the source.",
        Fixer.HR,
        "If both are the same person, remove the duplicate at the source; if not, complete their details.",
    ),
    Code.NOT_ATTEMPTED: Explanation(
        "Not attempted",
        "The run ended before this employee's turn.",
        Fixer.NOBODY,
        "See why the run ended. The next run continues with this employee.",
    ),
    Code.CANCELLED: Explanation(
        "Cancelled",
        "The run was cancelled before this employee's turn.",
        Fixer.NOBODY,
        "Run the job again to write the employee.",
    ),
    Code.PREVIEW: Explanation(
        "Preview", "This run was a preview, so nothing was written.", Fixer.NOBODY, "Run the job to write it."
    ),
    Code.NOTHING_READ: Explanation(
        "Nothing read",
        "The source returned no employees, so the run was held and nothing was written.",
        Fixer.ADMIN,
        "Check the source's account and what its sign-in is allowed to see.",
    ),
    Code.VOLUME_DROP: Explanation(
        "Far fewer employees",
        "The source returned far fewer employees than in the last runs, so the run was held and nothing was written.",
        Fixer.ADMIN,
        "Check what the source's sign-in is allowed to see. If the number is right, change the job's limit.",
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
        "Bank account changes",
        "The run would have changed more bank accounts than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TAX_CHANGES: Explanation(
        "Many tax or super changes",
        "The run would have changed more tax or super details than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BLANKED: Explanation(
        "Many cleared fields",
        "The run would have cleared fields of more employees than the job's limit allows, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.SECOND_PERSON: Explanation(
        "Needs a second person",
        "The run would have changed bank accounts, which this job allows only after other people have approved it.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.STALE: Explanation(
        "Stale",
        "The employee changed at the source or the target after the plan was made, so this change was not written.",
        Fixer.NOBODY,
        "Run the job again; it compares the employee again.",
    ),
}


def explain(code: str) -> Explanation:
    """Return the explanation of a stored reason."""
    return CATALOGUE[code]


def processor(decision: Decision, reason: str | None) -> str:
    """Return the Processor column: the decision, with the reason of Filtered and Held."""
    if reason and decision in (Decision.FILTERED, Decision.HELD):
        return f"{decision}: {_title(reason)}"
    return str(decision)


def writer(action: Action, reason: str | None) -> str:
    """Return the Writer column: what was done, with the reason of a failure or a stale plan."""
    if reason and (action is Action.FAILED or reason == Code.STALE):
        return f"{action}: {_title(reason)}"
    return str(action)


def _title(reason: str) -> str:
    return CATALOGUE[reason].title if reason in CATALOGUE else reason
