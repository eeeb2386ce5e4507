"""The catalogue of outcomes: why an employee or a run ended as it did, who can fix it and how.

``{source}`` and ``{target}`` stand for the names of the two systems; ``SystemNames.fill`` puts them in.

All of this is one file, because it is one list to read from top to bottom.
"""

from __future__ import annotations

from connectors.contract.records import Reason
from core.models import Action, Decision
from core.runs.outcome_codes import Code, Explanation, Fixer

__all__ = ["CATALOGUE", "Code", "Explanation", "Fixer", "explain", "processor", "writer"]

APPROVE = "Check the changes in the run's report and approve them there, all or some, or reject them."

CATALOGUE: dict[str, Explanation] = {
    Reason.MISSING_FIELD: Explanation(
        "Missing field",
        "A field that {target} needs is empty in {source}.",
        Fixer.HR,
        "Fill in the field named in the message; the next run sends the employee.",
    ),
    Reason.BAD_FORMAT: Explanation(
        "Wrong format",
        "A field in {source} is not in a format that {target} accepts.",
        Fixer.HR,
        "Correct the field named in the message.",
    ),
    Reason.NO_VALUE_MAP: Explanation(
        "No matching value",
        "{target} has no value that matches the one in {source}.",
        Fixer.HR,
        "Choose a value in {source} that {target} has.",
    ),
    Reason.UNKNOWN_STATUS: Explanation(
        "No matching value",
        "{source} has an employment status that iHUB does not know, so nothing is done for this employee.",
        Fixer.SUPPORT,
        "Ask Support to say what the status means, in the file that describes {source} or in the job's filter.",
    ),
    Reason.IMPLAUSIBLE_DATE: Explanation(
        "Implausible date",
        "A date in {source} is too early or too late to be right.",
        Fixer.HR,
        "Correct the date named in the message; the next run sends the employee.",
    ),
    Reason.TOO_LONG: Explanation(
        "Too long",
        "A field in {source} is longer than {target} allows.",
        Fixer.HR,
        "Shorten the field named in the message.",
    ),
    Reason.MASKED_TFN: Explanation(
        "Masked tax number",
        "{source} returned the tax number with its digits hidden.",
        Fixer.SUPPORT,
        "Ask Support to allow iHUB to read tax numbers.",
    ),
    Reason.TOO_MANY_BANK_ACCOUNTS: Explanation(
        "Several bank accounts",
        "The employee has more bank accounts than {target} accepts.",
        Fixer.HR,
        "Keep one bank account in {source}, or enter this employee in {target} by hand.",
    ),
    Reason.NOT_IN_SCOPE: Explanation(
        "Not in scope",
        "The job's filter leaves out employees with this status, branch or employment type.",
        Fixer.NOBODY,
        "No action is needed: the job sends only employees that its filter includes.",
    ),
    Reason.FUTURE_START: Explanation(
        "Starts later",
        "The employee's start date is further ahead than the job's filter allows.",
        Fixer.NOBODY,
        "No action is needed: a later run sends the employee when the start date is closer.",
    ),
    Reason.UNREADABLE: Explanation(
        "Unreadable",
        "{source} could not return this employee's details.",
        Fixer.SUPPORT,
        "Open the employee in {source}; if nothing looks wrong, ask Support.",
    ),
    Reason.LISTED_TWICE: Explanation(
        "Duplicate in the source",
        "{source} lists this employee more than once, with different employments, so nothing was written.",
        Fixer.HR,
        "Leave one employment under this id in {source}, or give each an id of its own.",
    ),
    Reason.REFUSED: Explanation(
        "Refused",
        "{target} refused the record.",
        Fixer.PAYROLL,
        "Correct what the message from {target} names and run the job again.",
    ),
    Reason.NOT_FOUND: Explanation(
        "Not found",
        "The employee was in {target} when the run began, but is no longer there.",
        Fixer.PAYROLL,
        "Run the job again; it looks for the employee again.",
    ),
    Reason.LOCKED: Explanation(
        "Locked",
        "{target} has locked this employee, for example while a pay run is open.",
        Fixer.PAYROLL,
        "Finish what holds the lock in {target}, then run the job again.",
    ),
    Reason.UNANSWERED: Explanation(
        "No response",
        "{target} did not respond, so the record may or may not have been written.",
        Fixer.NOBODY,
        "Run the job again: it looks for the employee in {target} before it writes. "
        "If this stays, compare the employee in both systems.",
    ),
    Reason.SERVER_ERROR: Explanation(
        "Server error",
        "{target} failed each time this employee was sent, and does not show what was sent.",
        Fixer.PAYROLL,
        "Run the job again. If it fails again, ask the support of {target} why it responds with a server error.",
    ),
    Reason.NOT_SHOWN: Explanation(
        "Not shown",
        "{target} returned an error when iHUB looked up this employee, so nothing was written.",
        Fixer.PAYROLL,
        "Run the job again. If it fails again, open the employee in {target}; if nothing looks wrong, ask its support.",
    ),
    Code.SEVERAL_CANDIDATES: Explanation(
        "Several candidates",
        "More than one employee in {target} could be this one.",
        Fixer.PAYROLL,
        "Find out which one it is and enter the same employee number or tax number in both systems.",
    ),
    Code.WEAK_MATCH: Explanation(
        "Weak match",
        "An employee in {target} looks similar, but not enough to be certain.",
        Fixer.PAYROLL,
        "Complete birth date, e-mail or tax number in both systems.",
    ),
    Code.CONFLICTING_KEYS: Explanation(
        "Contradicting details",
        "{target} already uses this number for someone else, or the details match different people.",
        Fixer.PAYROLL,
        "Compare number, name, birth date and tax number in both systems and correct the wrong one.",
    ),
    Code.BECAME_ANOTHER: Explanation(
        "Possibly another person now",
        "The linked employee in {target} no longer has the name, birth date or tax number that iHUB knew.",
        Fixer.PAYROLL,
        "Compare both systems. If it is the same person, correct the details or link again; if not, choose Create new.",
    ),
    Code.OTHER_NUMBER: Explanation(
        "Different number",
        "{target} has an employee with this name and birth date under a different number.",
        Fixer.PAYROLL,
        "If it is the same person, enter the same employee number or tax number in both systems.",
    ),
    Code.SHARED_MATCH: Explanation(
        "Shared match",
        "Two employees in {source} match the same employee in {target}.",
        Fixer.HR,
        "Delete the duplicate in {source}, or complete the details that distinguish the two.",
    ),
    Code.DUPLICATE_AT_SOURCE: Explanation(
        "Duplicate employee",
        "Two employees in {source} have the same employee number or the same tax number.",
        Fixer.HR,
        "Correct the wrong number in {source}, or delete the duplicate there.",
    ),
    Code.ALREADY_LINKED: Explanation(
        "Already linked",
        "The matching {target} employee is already linked to someone else in {source}.",
        Fixer.HR,
        "If both are the same person, delete the duplicate in {source}; if not, complete details that set them apart.",
    ),
    Code.WOULD_CHANGE_PAY: Explanation(
        "Would change pay details",
        "An employee in {target} has this name and birth date, but another bank account or tax number.",
        Fixer.PAYROLL,
        "Compare the two. If it is the same person, confirm it; the next run then sends the new pay details.",
    ),
    Code.EMPLOYED_AGAIN: Explanation(
        "Employed again",
        "This employment has ended, and the same person is employed again under another record in {source}.",
        Fixer.NOBODY,
        "No action is needed: {target} keeps one record for the person, which now follows the new employment.",
    ),
    Code.NOT_ATTEMPTED: Explanation(
        "Not attempted",
        "The run ended before it reached this employee.",
        Fixer.NOBODY,
        "See why the run ended. The next run continues with this employee.",
    ),
    Code.CANCELLED: Explanation(
        "Cancelled",
        "The run was cancelled before it reached this employee.",
        Fixer.NOBODY,
        "Run the job again to write this employee.",
    ),
    Code.PREVIEW: Explanation(
        "Preview",
        "This run was a preview, so nothing was written.",
        Fixer.NOBODY,
        "Run the job to write this employee.",
    ),
    Code.NOTHING_READ: Explanation(
        "Nothing read",
        "{source} returned no employees, so the run was held and nothing was written.",
        Fixer.ADMIN,
        "Check the account in {source} and the permissions of the user who connected it.",
    ),
    Code.VOLUME_DROP: Explanation(
        "Far fewer employees",
        "{source} returned far fewer employees than before, so the run was held and nothing was written.",
        Fixer.ADMIN,
        "Check the permissions of the user who connected {source}; if the number is right, change the guard rails.",
    ),
    Code.ALL_FILTERED: Explanation(
        "Everybody filtered",
        "The first run filtered every employee for the same reason, so it was held and nothing was written.",
        Fixer.SUPPORT,
        "Check the job's filter, and whether iHUB understands the statuses and values of {source}.",
    ),
    Code.MANY_CREATES: Explanation(
        "New employees",
        "The run would have created more employees than the guard rails allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TERMINATIONS: Explanation(
        "Terminations",
        "The run would have terminated more employees than the guard rails allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BANK_CHANGES: Explanation(
        "Bank account changes",
        "The run would have changed more bank accounts than the guard rails allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TAX_CHANGES: Explanation(
        "Tax and super changes",
        "The run would have changed tax or super details of more employees than the guard rails allow.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BLANKED: Explanation(
        "Cleared fields",
        "The run would have cleared fields of more employees than the guard rails allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.SECOND_PERSON: Explanation(
        "Extra approval",
        "The run would have changed bank accounts, and this job requires extra approval for that.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.CHANGED_IN_PAYROLL: Explanation(
        "Changed in payroll",
        "Somebody has changed this in {target}; {source} still has the value that was sent.",
        Fixer.ADMIN,
        "Choose whose value counts: the one in {source} or the one in {target}.",
    ),
    Code.BOTH_CHANGED: Explanation(
        "Changed in both systems",
        "This was changed in {source} and in {target}, to different values.",
        Fixer.ADMIN,
        "Choose whose value counts: the one in {source} or the one in {target}.",
    ),
    Code.FIRST_CHANGES: Explanation(
        "First changes",
        "{target} already had another value before iHUB wrote anything there.",
        Fixer.ADMIN,
        "Choose whose value counts: the one in {source} or the one in {target}.",
    ),
    Code.STALE: Explanation(
        "Stale",
        "The employee's data changed after the plan was made, so the employee was left out.",
        Fixer.NOBODY,
        "Run the job again; it compares the employee again.",
    ),
    Code.NO_LONGER_LISTED: Explanation(
        "No longer listed",
        "{source} no longer lists this employee, who is linked to an employee in {target}. Nothing was ended.",
        Fixer.HR,
        "If they have left, end their employment in {target} and unlink them; if not, restore them in {source}.",
    ),
    Code.SEEN_SINCE: Explanation(
        "Seen since",
        "{target} has an employee who may be this one and was not in its list when the run began.",
        Fixer.NOBODY,
        "Run the job again; it compares the two.",
    ),
    Code.MAY_BE_CREATED: Explanation(
        "Perhaps created",
        "An earlier run may have created this employee, and {target} has a similar one.",
        Fixer.PAYROLL,
        "Compare the two. If it is the same person, link them; if not, choose Create new.",
    ),
}


# Why an employee is updated although only the target has changed.
OVERWRITTEN = (Code.CHANGED_IN_PAYROLL, Code.BOTH_CHANGED)


def explain(code: str) -> Explanation:
    """Return the explanation of a stored reason."""
    return CATALOGUE[code]


def processor(decision: Decision, reason: str | None) -> str:
    """Return the Processor column: the decision, with the reason of Filtered and Held."""
    is_said = decision in (Decision.FILTERED, Decision.HELD) or reason in OVERWRITTEN
    if reason and is_said:
        return f"{decision}: {_title(reason)}"
    return str(decision)


def writer(action: Action, reason: str | None) -> str:
    """Return the Writer column: what was done, with the reason of a failure or a stale plan."""
    if reason and (action is Action.FAILED or reason in (Code.STALE, Code.SEEN_SINCE)):
        return f"{action}: {_title(reason)}"
    return str(action)


def _title(reason: str) -> str:
    return CATALOGUE[reason].title if reason in CATALOGUE else reason
