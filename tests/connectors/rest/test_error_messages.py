"""A system's own words are found in whatever form it gives them, with the field they are about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.connectors.people import AUSTRALIAN
from tests.connectors.rest.test_target import DESCRIPTION, opened, with_accounts
from tests.connectors.stand_ins import reply, scripted

# Nothing is said about where the words are.
UNSAID = DESCRIPTION.replace("  messages: [error.text, errors]\n  each: detail\n", "").replace(
    "errors:\n", ""
)

# The file names the place of the message itself.
PLAIN = DESCRIPTION.replace(
    "messages: [error.text, errors]\n  each: detail\n", "messages: [message, error]\n"
)


@pytest.mark.parametrize("text", [UNSAID, DESCRIPTION], ids=["unsaid", "said"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"errors": {"nick": ["taken"]}}, "Nickname: taken."),
        ({"errors": {"nick": "taken", "name.last": ["too long", "odd"]}}, None),
        ({"nick": ["This field is required."]}, "Nickname: This field is required."),
        (
            {
                "type": "https://x.example",
                "title": "Not valid",
                "status": 422,
                "detail": "One field is wrong.",
            },
            "Not valid. One field is wrong.",
        ),
        (
            {"title": "Not valid", "errors": [{"detail": "is taken", "pointer": "#/nick"}]},
            "Not valid. Nickname: is taken.",
        ),
        ({"title": "Not valid", "invalid-params": [{"name": "nick", "reason": "taken"}]}, None),
        ({"errors": [{"field": "nick", "message": "taken"}]}, "Nickname: taken."),
        ([{"field": "nick", "message": "taken"}], "Nickname: taken."),
        (
            {"errors": [{"source": {"pointer": "/data/attributes/nick"}, "detail": "taken"}]},
            "Nickname: taken.",
        ),
        ({"detail": [{"loc": ["body", "nick"], "msg": "field required", "input": "Mo"}]}, None),
        ({"Message": "Not valid.", "ModelState": {"request.Nick": ["taken"]}}, "Not valid. Nickname: taken."),
        ({"errors": [{"field": "nick", "errors": ["taken", "odd"]}]}, "Nickname: taken. Nickname: odd."),
        ({"errors": {"nick": [{"code": "unique", "message": "taken"}]}}, "Nickname: taken."),
        ({"errors": {"name": {"last": ["too long"]}}}, "Surname: too long."),
        ({"errors": [["Bad branch"], [["No pay group"]]]}, "Bad branch. No pay group."),
        ({"errors": {"non_field_errors": ["Closed"]}}, "Closed."),
        ({"non_field_errors": ["Closed"]}, "Closed."),
        ({"details": [{"field": "nick", "issue": "taken"}]}, "Nickname: taken."),
        ({"errors": {"shift": ["unknown"]}}, "shift: unknown."),
        ({"errors": {"nick": {"value": "Mo", "reason": "taken"}}}, "Nickname: taken."),
        ({"error": {"code": 422, "message": "Closed"}}, "Closed."),
        ({"error": "invalid", "error_description": "Closed"}, "invalid. Closed."),
        ("Employee limit reached", "Employee limit reached."),
        ({"errors": {"nick": ["111111 is not m@desk.example.com"]}}, "Nickname: ••• is not •••."),
        ({"errors": []}, "No reason was given (status 422)."),
        ({"errors": {"code": 7}}, "No reason was given (status 422)."),
    ],
)
async def test_the_words_of_every_shared_form_are_found(
    tmp_path: Path, text: str, body: object, reason: str | None
) -> None:
    async with scripted(reply(422, body)) as system, opened(tmp_path, system.url, text) as target:
        outcome = await target.create(target.prepare("1", with_accounts(1)))
    assert outcome.problem is not None
    said = outcome.problem.message.removeprefix("Desk refused this employee: ")
    if reason is None:
        assert "Nickname: " in said and "No reason" not in said and "Mo" not in said
    elif text is DESCRIPTION and "••" not in reason:
        assert set(said.removesuffix(".").split(". ")) <= set(reason.removesuffix(".").split(". "))
        assert "No reason" in reason or "No reason" not in said
    else:
        assert said == reason


@pytest.mark.parametrize("text", [UNSAID, DESCRIPTION, PLAIN], ids=["unsaid", "said", "plain"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"field": "nick", "message": "taken"}, "Nickname: taken."),
        ([{"field": "nick", "message": "taken"}], "Nickname: taken."),
        ({"field": "nick", "error": "taken"}, "Nickname: taken."),
        ({"error": {"field": "nick", "message": "taken"}}, "Nickname: taken."),
        ({"errors": [{"field": "nick", "message": "taken"}]}, "Nickname: taken."),
        ({"name": "nick", "reason": "taken"}, "Nickname: taken."),
        ({"message": "taken", "errors": [{"field": "nick", "message": "taken"}]}, "Nickname: taken."),
        ({"code": "unique", "path": ["nick"], "message": "taken"}, "Nickname: taken."),
        ({"source": {"pointer": "/data/attributes/nick"}, "detail": "taken"}, "Nickname: taken."),
        ({"message": "taken", "fields": ["nick"]}, "Nickname: taken."),
        ({"message": "Not valid", "fields": {"nick": "taken"}}, "Not valid. Nickname: taken."),
        ({"message": "taken", "field": {"name": "nick"}}, "Nickname: taken."),
        # Fields that the file does not have keep their own names.
        ({"field": "payGroup", "message": "unknown"}, "payGroup: unknown."),
        ({"errors": [{"name": "payGroup", "reason": "unknown"}]}, "payGroup: unknown."),
        (
            {"errors": [{"source": {"pointer": "/data/attributes/payGroup"}, "detail": "unknown"}]},
            "payGroup: unknown.",
        ),
        (
            {"errors": [{"type": "field", "path": "payGroup", "msg": "unknown", "location": "body"}]},
            "payGroup: unknown.",
        ),
        ({"errors": [{"path": ["body", "payGroup"], "message": "unknown"}]}, "payGroup: unknown."),
        ({"details": [{"code": "x", "target": "payGroup", "message": "unknown"}]}, "payGroup: unknown."),
        # What is no field does not become one.
        ({"name": "ValidationError", "message": "Closed"}, "Closed."),
        ({"errors": [{"name": "ValidationError", "message": "Closed"}]}, "Closed."),
        ({"path": "/api/staff", "error": "Closed"}, "Closed."),
        ({"name": "Mary", "reason": "Closed", "message": "Closed"}, "Closed."),
    ],
)
async def test_the_field_that_stands_beside_a_message_is_kept(
    tmp_path: Path, text: str, body: object, reason: str
) -> None:
    async with scripted(reply(422, body)) as system, opened(tmp_path, system.url, text) as target:
        outcome = await target.create(target.prepare("1", with_accounts(1)))
    assert outcome.problem is not None
    assert outcome.problem.message == f"Desk refused this employee: {reason}"


async def test_every_error_of_an_array_is_said(tmp_path: Path) -> None:
    body = [{"field": "nick", "message": "taken"}, {"field": "name.last", "message": "too long"}]
    for text in (UNSAID, PLAIN):
        async with scripted(reply(422, body)) as system, opened(tmp_path, system.url, text) as target:
            outcome = await target.create(target.prepare("1", with_accounts(1)))
        assert outcome.problem is not None
        assert outcome.problem.message.endswith(": Nickname: taken. Surname: too long.")


async def test_the_only_field_of_all_reasons_is_the_field_of_the_problem(tmp_path: Path) -> None:
    body = {"title": "Not valid", "errors": [{"field": "nick", "message": "taken"}]}
    async with scripted(reply(422, body)) as system, opened(tmp_path, system.url, UNSAID) as target:
        outcome = await target.create(target.prepare("1", replace(AUSTRALIAN, bank_accounts=())))
    assert outcome.problem is not None and outcome.problem.field == "Nickname"


async def test_what_a_file_names_comes_first_and_fields_are_added(tmp_path: Path) -> None:
    body = {"error": {"text": "Not valid"}, "violations": [{"propertyPath": "nick", "message": "taken"}]}
    async with scripted(reply(422, body)) as system, opened(tmp_path, system.url) as target:
        outcome = await target.create(target.prepare("1", with_accounts(0)))
    assert outcome.problem is not None
    assert outcome.problem.message == "Desk refused this employee: Not valid. Nickname: taken."


async def test_words_nested_without_end_are_no_endless_search(tmp_path: Path) -> None:
    body: object = ["deep"]
    for _ in range(100):
        body = {"errors": [body]}
    async with scripted(reply(422, body)) as system, opened(tmp_path, system.url, UNSAID) as target:
        outcome = await target.create(target.prepare("1", with_accounts(0)))
    assert outcome.problem is not None and "No reason was given" in outcome.problem.message
