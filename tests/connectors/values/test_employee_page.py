"""The pattern of an employee's page is a safe address, and an id in it cannot change where it leads."""

from __future__ import annotations

import pytest

from connectors.values import employee_page


@pytest.mark.parametrize(
    "text",
    [
        "https://app.example.com/people/{id}",
        " https://app.example.com/{business_id}/people?open={id}#tab ",
        "http://localhost:8080/{id}",
        "",
        "  ",
    ],
)
def test_an_address_with_the_id_in_it_is_kept(text: str) -> None:
    assert employee_page.check(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://app.example.com/people", "{id}"),
        *(
            (text, "https://")
            for text in (
                "http://app.example.com/{id}",
                "javascript:alert({id})",
                "data:text/html,{id}",
                "//app.example.com/{id}",
                "https://{id}.example.com/",
                "https://a@b.example.com/{id}",
                "https://app.example.com/a b/{id}",
                "https://app.example.com\\{id}",
                "https://[/{id}",
                "https://app.example.com/\u202e{id}",
            )
        ),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="must") as refused:
        employee_page.check(text)
    assert reason in str(refused.value)


def test_an_id_is_written_as_one_part_of_the_address() -> None:
    pattern = "https://app.example.com/{business}/people/{id}"
    settings = {"business": "7 a"}
    assert employee_page.fill(pattern, "a/../b?c#d", settings) == (
        "https://app.example.com/7%20a/people/a%2F..%2Fb%3Fc%23d"
    )


@pytest.mark.parametrize(("pattern", "employee_id", "settings"), [("", "1", {}), ("https://a/{id}", "", {})])
def test_there_is_no_address_without_a_pattern_or_an_id(
    pattern: str, employee_id: str, settings: dict[str, object]
) -> None:
    assert employee_page.fill(pattern, employee_id, settings) is None


def test_there_is_no_address_while_a_setting_in_it_is_empty() -> None:
    for settings in ({}, {"business": ""}, {"business": None}):
        assert employee_page.fill("https://a.example/{business}/{id}", "1", settings) is None
