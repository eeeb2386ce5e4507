"""The API tokens page: a token is shown once, and can be revoked."""

from __future__ import annotations

import re

from core.security.actor import ActingRole, Actor
from core.sign_in import api_tokens
from core.sign_in.api_tokens import ApiScope
from tests.pages.conftest import Show, text
from tests.web.conftest import People


def test_a_token_is_created_shown_once_and_revoked(show: Show, people: People) -> None:
    page = show("API_tokens", people.analyst)
    assert "There are no tokens." in text(page)
    create = next(button for button in page.button if button.label == "Create token")
    create.click().run()
    assert "Give the token a name" in page.error[0].value
    next(each for each in page.text_input if each.label == "Name").input("Power BI")
    next(button for button in page.button if button.label == "Create token").click().run()
    (token,) = {*re.findall(r"ihub_[\w-]{43}", " ".join(each.value for each in page.code))}
    use = api_tokens.use_token(token)
    assert use is not None and use.scopes == {ApiScope.RUNS} and use.actor.user_id == people.analyst
    assert "**Power BI**" in text(page) and "Last used: never" in text(page)
    page.run()
    assert token not in text(page) + " ".join(each.value for each in page.code)
    next(button for button in page.button if button.label == "Revoke").click().run()
    next(button for button in page.button if button.label == "Revoke the token").click().run()
    assert api_tokens.use_token(token) is None and "**Power BI**" not in text(page)


def test_an_admin_sees_whose_tokens_there_are(show: Show, people: People) -> None:
    analyst = Actor("Ana", ActingRole.ANALYST, people.analyst, people.account)
    api_tokens.create_token(analyst, "Notebook", list(ApiScope), 30)
    assert "Analyst · Runs, Employees of runs, People" in text(show("API_tokens", people.admin))
    assert "Notebook" not in text(show("API_tokens", people.stranger))
