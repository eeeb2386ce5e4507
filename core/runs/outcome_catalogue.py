"""The catalogue of outcomes: why an employee or a run ended as it did, who can fix it and how.

``{source}`` and ``{target}`` stand for the names of the two systems; ``SystemNames.fill`` puts them in.

All of this is one file, because it is one list to read from top to bottom.
"""

from __future__ import annotations

import re

from connectors.contract.records import Reason
from core.models import Action, Decision
from core.runs.outcome_codes import Code, Explanation, Fixer

__all__ = [
    "ANSWERS",
    "CATALOGUE",
    "FAILURES",
    "Code",
    "Explanation",
    "Fixer",
    "explain",
    "fixer",
    "processor",
    "writer",
]

# Decisions by which an employee is not written.
# Outcomes that only the target can give, when an employee is written.
ANSWERS = (Reason.REFUSED, Reason.NOT_FOUND, Reason.LOCKED)
FAILURES = (Decision.FILTERED, Decision.AMBIGUOUS, Decision.ALREADY_LINKED, Decision.ERROR)
APPROVE = "Check the changes in the run's report and approve them there, all or some, or reject them."
CHOOSE = "Choose whose value counts: the one in {source} or the one in {target}."
# Both in the message of a run, where the systems have their names.
DECIDE = re.compile(" ?(?:" + re.escape(APPROVE) + "|" + re.sub(r"\{\w+\}", ".+?", CHOOSE)[:-1] + r"\.)")

CATALOGUE: dict[str, Explanation] = {
    Reason.MISSING_FIELD: Explanation(
        "Missing field",
        "A field that {target} needs is empty in {source}.",
        Fixer.HR,
        "Fill in the field named in the message; the next run sends the employee.",
    ),
    Reason.NOT_CONFIGURED: Explanation(
        "Not set up",
        "A field that {target} needs comes from the connection's settings or mapping, which give no value for it.",
        Fixer.ADMIN,
        "Enter the setting named in the message, or change how the field is filled in the connection's mapping.",
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
        Fixer.ADMIN,
        "Add the status on the connection's Scope tab, or ask Support to say what it means in the file that describes "
        "{source}.",
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
        "The scope of this connection leaves this employee out.",
        Fixer.NOBODY,
        "No action is needed. An Account Admin can change the scope on the connection's Scope tab.",
    ),
    Reason.FUTURE_START: Explanation(
        "Starts later",
        "The employee's start date is further ahead than the scope of this connection allows.",
        Fixer.NOBODY,
        "No action is needed: a later run sends the employee when the start date is closer.",
    ),
    Reason.CONTINUES_ELSEWHERE: Explanation(
        "Continues elsewhere",
        "{source} says that this person continues under another record, which was not among the chosen employees, so "
        "nothing was ended.",
        Fixer.ADMIN,
        "Choose the other record too, or run the job for everybody.",
    ),
    Reason.TRANSFERRED_AWAY: Explanation(
        "Transferred away",
        "{source} says that this record was transferred or merged, and no other record of the employee has taken over "
        "their {target} record. Nothing was ended.",
        Fixer.PAYROLL,
        "If they still work here, let this job include the new record in {source}; if not, end them in {target}.",
    ),
    Reason.LEFT_EARLIER: Explanation(
        "Left earlier",
        "The employee left longer ago than the scope of this connection allows.",
        Fixer.NOBODY,
        "No action is needed: the employee stays in {target} as they are.",
    ),
    Reason.ON_HOLD: Explanation(
        "On hold",
        "The employee is on hold, so nothing is written.",
        Fixer.NOBODY,
        "No action is needed. An Account Admin can release the employee on the connection's Scope tab.",
    ),
    Reason.EXCLUDED: Explanation(
        "Excluded",
        "The employee is on the list of people who are not synced.",
        Fixer.NOBODY,
        "No action is needed. An Account Admin can change the list on the connection's Scope tab.",
    ),
    Reason.SCOPE_UNDECIDED: Explanation(
        "Cannot be decided",
        "{source} did not show a value that the scope of this connection asks for, so nothing is written.",
        Fixer.ADMIN,
        "Give the person who connected {source} the right to read it, or change the condition on the connection's "
        "Scope tab.",
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
    Reason.PENDING: Explanation(
        "Pending",
        "{target} has accepted the request for this employee and has not finished it yet.",
        Fixer.NOBODY,
        "The next run asks {target} how it has ended, and sends nothing twice. "
        "If this stays for a day, look at the employee in {target}.",
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
    Reason.NOT_AT_SOURCE: Explanation(
        "Not in the source",
        "{source} has no employee with this id.",
        Fixer.NOBODY,
        "Look the id up in {source}. Nothing was changed in {target}.",
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
    Code.NOT_UNIQUE: Explanation(
        "Value used twice",
        "Another employee has, or would get, the same value in a field in which no two may have the same.",
        Fixer.ADMIN,
        "Change the value in the HR system, or how the mapping fills this field, and run the job again.",
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
    Code.TRANSFERRED: Explanation(
        "Transferred",
        "The employee was transferred to a new record in {source}; the {target} record stays theirs.",
        Fixer.NOBODY,
        "No action is needed: from now on the new record updates it.",
    ),
    Code.MERGED: Explanation(
        "Merged",
        "This record was merged into another one in {source}; the {target} record stays theirs.",
        Fixer.NOBODY,
        "No action is needed: from now on the other record updates it.",
    ),
    Code.TWO_ACTIVE_RECORDS: Explanation(
        "Two active records",
        "{source} has two active records of this employee, and the other one is linked to their {target} record.",
        Fixer.HR,
        "End or transfer the record that no longer applies in {source}; the next run then follows the other one.",
    ),
    Code.NOT_ATTEMPTED: Explanation(
        "Not attempted",
        "The run ended before it reached this employee.",
        Fixer.NOBODY,
        "See why the run ended. The next run continues with this employee.",
    ),
    Code.CANCELLED: Explanation(
        "Run stopped",
        "The run was stopped before it reached this employee.",
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
        "Check the permissions of the user who connected {source}; if the number is right, change the limits.",
    ),
    Code.ALL_FILTERED: Explanation(
        "Everybody filtered",
        "The first run filtered every employee for the same reason, so it was held and nothing was written.",
        Fixer.SUPPORT,
        "Check the connection's Scope tab, and whether iHUB understands the statuses and values of {source}.",
    ),
    Code.MANY_CREATES: Explanation(
        "New employees",
        "The run would have created more employees than the limits allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TERMINATIONS: Explanation(
        "Terminations",
        "The run would have terminated more employees than the limits allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BANK_CHANGES: Explanation(
        "Bank account changes",
        "The run would have changed more bank accounts than the limits allow, so nothing was written.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_TAX_CHANGES: Explanation(
        "Tax and super changes",
        "The run would have changed tax or super details of more employees than the limits allow.",
        Fixer.ADMIN,
        APPROVE,
    ),
    Code.MANY_BLANKED: Explanation(
        "Cleared fields",
        "The run would have cleared fields of more employees than the limits allow, so nothing was written.",
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
        CHOOSE,
    ),
    Code.BOTH_CHANGED: Explanation(
        "Changed in both systems",
        "This was changed in {source} and in {target}, to different values.",
        Fixer.ADMIN,
        CHOOSE,
    ),
    Code.FIRST_CHANGES: Explanation(
        "First changes",
        "{target} already had another value before iHUB wrote anything there.",
        Fixer.ADMIN,
        CHOOSE,
    ),
    Code.MAPPING_CHANGED: Explanation(
        "Because the mapping changed",
        "{source} has not changed this; the mapping of the connection sends another value than before.",
        Fixer.NOBODY,
        "No action is needed. To send the earlier values again, restore the earlier version of the mapping.",
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


# Why an employee is updated although the target has changed, or only the mapping.
OVERWRITTEN = (Code.CHANGED_IN_PAYROLL, Code.BOTH_CHANGED, Code.MAPPING_CHANGED)


def explain(code: str) -> Explanation:
    """Return the explanation of a stored reason."""
    return CATALOGUE[code]


def without_decision(message: str) -> str:
    """Return the message of a held run without the advice to decide, for when nobody can decide any more."""
    return DECIDE.sub("", message)


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


def fixer(decision: Decision, action: Action, reason: str | None) -> Fixer | None:
    """Return the person who must act on an employee's outcome; None when nothing has to be done about it."""
    if decision not in FAILURES and action is not Action.FAILED:
        return None
    found = CATALOGUE[reason].fixer if reason in CATALOGUE else Fixer.SUPPORT
    return None if found is Fixer.NOBODY else found


def _title(reason: str) -> str:
    return CATALOGUE[reason].title if reason in CATALOGUE else reason
