"""What the API takes in an address: checked by these models, which its OpenAPI document describes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import QueryParams

from core.errors import InvalidError
from core.exports.pages import MOST_ROWS
from core.folding import MAX_LENGTH
from core.models import RunKind, RunStatus, Trigger
from core.reports.outcomes.groups import Group
from core.security.ownership import LARGEST_ID

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
# No address may have control characters.
Text = Annotated[str, Field(max_length=MAX_LENGTH, pattern=r"^[^\x00-\x1f\x7f]*$")]
PageKey = Annotated[str, Field(max_length=2000, json_schema_extra={"pattern": "^[A-Za-z0-9_-]*$"})]
Day = Annotated[
    str, Field(pattern=r"^(19[7-9]\d|2[01]\d\d)-\d\d-\d\d$", json_schema_extra={"format": "date"})
]
# The parameters of pages, which files do not take.
PAGING = ("limit", "page")


class Outcome(StrEnum):
    """Which employees of runs: a counter, or what somebody has to look at."""

    ATTENTION = "attention"
    WARNINGS = "warnings"
    BY_HAND = "by-hand"
    ERRORS = Group.ERRORS
    HELD = Group.HELD
    FILTERED = Group.FILTERED
    PENDING = Group.PENDING
    CREATED = Group.CREATED
    UPDATED = Group.UPDATED
    TERMINATED = Group.TERMINATED
    UNCHANGED = Group.UNCHANGED


class PageQuery(BaseModel):
    """The parameters of each table."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many rows a page has at most.")] = (
        MOST_ROWS
    )
    page: Annotated[PageKey | None, Field(description="The `next` of the page before.")] = None
    connection: Annotated[Id | None, Field(description="Only of this integration.")] = None


class RunQuery(PageQuery):
    """Which runs."""

    status: Annotated[RunStatus | None, Field(description="Only runs with this status.")] = None
    type: Annotated[Trigger | None, Field(description="Only runs started by hand, or by the schedule.")] = (
        None
    )
    kind: Annotated[RunKind | None, Field(description="Only runs of this kind.")] = None
    since: Annotated[Day | None, Field(description="The first day, in the account's time zone.")] = None
    until: Annotated[Day | None, Field(description="The last day, in the account's time zone.")] = None


class RecordQuery(RunQuery):
    """The employees of which runs, and which of them."""

    run: Annotated[Id | None, Field(description="Only of this run.")] = None
    outcome: Annotated[Outcome | None, Field(description="Only employees with this outcome.")] = None
    reason: Annotated[Text, Field(description="Only with this reason, such as MISSING_FIELD.")] = ""
    search: Annotated[Text, Field(description="A name or a part of one, or a whole id.")] = ""


class PersonQuery(PageQuery):
    """Which people."""

    branch: Annotated[Text, Field(description="Only of this branch, by name or id.")] = ""
    search: Annotated[Text, Field(description="A part of a name, or a whole number or id.")] = ""


QUERIES: dict[str, type[PageQuery]] = {"runs": RunQuery, "records": RecordQuery, "people": PersonQuery}


def check(table: str, query: QueryParams, *, whole: bool) -> tuple[int, str | None, QueryParams]:
    """Return the limit, the page key and the filters of an address. Raises InvalidError.

    A parameter that is not known is refused: numbers of more rows than somebody meant look right. ``whole`` is a file,
    which takes no page.
    """
    given = query.multi_items()
    names = [name for name, _ in given]
    for name in names:
        if names.count(name) > 1:
            raise InvalidError(f"The parameter {_shown(name)} is there twice. Leave one of them out.")
    model, taken = QUERIES[table], dict(given)
    known = [name for name in model.model_fields if not (whole and name in PAGING)]
    for name in taken:
        if name not in known:
            raise InvalidError(f"There is no parameter {_shown(name)} here. Known are: {', '.join(known)}.")
    try:
        values = model.model_validate(taken)
    except ValidationError as error:
        raise InvalidError(_sentence(error)) from None
    filters = {name: value for name, value in taken.items() if name not in PAGING and value != ""}
    if "outcome" in filters:
        filters["decision"] = filters.pop("outcome")
    return values.limit, values.page, QueryParams(filters)


def _shown(name: str) -> str:
    return repr(name[:40])


def _sentence(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "string_pattern_mismatch":
        return "A day is written like 2026-07-31, from 1970 to 2199."
    name, message = ".".join(map(str, first["loc"])), str(first["msg"])
    return f"The parameter {name} cannot be used: {message[:1].lower()}{message[1:].rstrip('.')}."
