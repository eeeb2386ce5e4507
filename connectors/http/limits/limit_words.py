"""Tell from the words of a response what its status leaves open: too many requests, or too many employees.

A 403 may mean "not now", and a 429 may mean that the plan of the customer has no room for another employee, which no
patience helps.
"""

from __future__ import annotations

import re

_NOT_NOW = re.compile(
    r"rate.?limit|too many (?:requests|calls)|throttl|temporar(?:y|ily)|maintenance|unavailable|overload|slow down"
)
_LATER = re.compile(
    r"(?:try|retry|come back)[^.]{0,30}(?:again|later|after)|retry.?after|in a (?:moment|few)"
)
_NOT_ALLOWED = re.compile(r"permission|not allowed|forbidden|scope|unauthori[sz]ed|access denied|privilege")
_LIMIT = re.compile(
    r"limit|quota|maximum|max\b|licen[cs]e|subscription|upgrade|\bplan\b|\bseats?\b|exceed|\bfull\b|too many"
)
_OF_RECORDS = re.compile(r"employee|\brecords?\b|\bseats?\b|\bpeople\b|\bstaff\b|\bworkers?\b|\bpersons?\b")
_OF_REQUESTS = re.compile(
    r"request|\brate\b|rate.?limit|\bcalls?\b|\bapi\b|throttl|slow down|concurren|try again|retry|wait"
    r"|second|minute|hour"
)
_RATE = re.compile(
    r"rate.?limit|\brate\b|too many requests|requests?.limit|limit[^.]{0,20}requests|requests? (?:per|for)"
    r"|\bcalls?\b|throttl|per.(?:second|minute|hour)|slow down|retry|try again"
)
# The words of a refusal come at its beginning.
_LOOKED_AT = 4000


def asks_for_patience(body: bytes) -> bool:
    """Say whether a refusal means "not now"."""
    text = _text(body)
    return _NOT_NOW.search(text) is not None or (
        _LATER.search(text) is not None and _NOT_ALLOWED.search(text) is None
    )


def names_a_limit_of_records(body: bytes) -> bool:
    """Say whether a refusal is about a limit that waiting does not lift, such as the number of employees."""
    text = _text(body)
    if _LIMIT.search(text) is None:
        return False
    requests = _RATE if _OF_RECORDS.search(text) else _OF_REQUESTS
    return requests.search(text) is None


def _text(body: bytes) -> str:
    return body[:_LOOKED_AT].decode("utf-8", "replace").casefold()
