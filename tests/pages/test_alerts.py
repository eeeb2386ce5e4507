"""The Alerts page: what happened, what did not arrive, what somebody chooses, and the webhooks of a connection."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core.alerts import choices, feed, states, webhooks
from core.alerts.preferences import ALL
from core.alerts.sending import delivery
from core.models import AlertTopic
from core.security.actor import OPERATOR, ActingRole, Actor
from harness.receivers import HOST, free_port
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def enter(test: AppTest, label: str, entered: str) -> None:
    next(box for box in test.text_input if box.label == label).input(entered)


def test_what_happened_is_new_once_and_what_did_not_arrive_is_said(
    show: Show, people: People, connection: int
) -> None:
    admin = Actor("Ada", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    webhooks.save_webhook(admin, connection, {"alerts": f"http://{HOST}:{free_port()}/in"})
    reported_runs.whole_run(connection)
    states.refresh()
    delivery.deliver_due()
    assert feed.count_new(admin) == 1
    page = show("Alerts", people.admin)
    assert "The last run could not write 1 employee." in text(page) and "New" in text(page)
    assert [warning.value.partition(":")[0] for warning in page.warning] == [
        "Not delivered (Webhook, enablehr → ipayroll, 1 message)"
    ]
    assert feed.count_new(admin) == 0 and "New</span>" not in text(show("Alerts", people.admin))


def test_somebody_chooses_and_a_wrong_choice_is_a_sentence(
    show: Show, people: People, connection: int
) -> None:
    admin = Actor("Ada", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    page = show("Alerts", people.admin)
    assert [info.value.partition(".")[0] for info in page.info] == ["E-mail is not set up"]
    enter(page, "E-mail address", "nobody")
    assert [error.value for error in press(page, "Save").error] == [
        choices.WRONG_ADDRESS.replace("@", "@\u2060")
    ]
    enter(page, "E-mail address", "ada@example.com")
    next(group for group in page.button_group if group.label == "Send by e-mail").set_value([AlertTopic.HELD])
    page = press(page, "Save")
    assert not page.error and "Your alerts are saved." in [message.value for message in page.success]
    chosen = choices.get_preferences(admin)
    assert (chosen.email, chosen.choices[ALL].mail) == ("ada@example.com", (AlertTopic.HELD,))
    assert chosen.choices[ALL].page == tuple(AlertTopic)


def test_webhooks_are_set_by_account_admins_and_seen_by_their_host(
    show: Show, people: People, connection: int
) -> None:
    assert "Webhooks" not in [tab.label for tab in show("Alerts", people.analyst).tabs]
    page = show("Alerts", people.admin)
    enter(page, "A run has started", "https://10.0.0.1/start")
    page = [button for button in page.button if button.label == "Save"][-1].click().run()
    assert "private network, which iHUB does not call" in page.error[0].value
    port = free_port()
    enter(page, "A run has started", f"http://{HOST}:{port}/secret-path")
    next(group for group in page.button_group if group.label.startswith("What this")).set_value(
        [AlertTopic.HELD]
    )
    page = [button for button in page.button if button.label == "Save"][-1].click().run()
    assert page.code[0].value.startswith("whsec_") and f"{HOST}:{port}" in text(page)
    page = press(page, "Test start")
    assert [error.value for error in page.error] == ["The receiver could not be reached."]
    view = webhooks.get_webhook(OPERATOR, connection)
    assert view is not None and view.topics == (AlertTopic.HELD,)
    seen = show("Alerts", people.support, people.account)
    assert f"{HOST}:{port}" in text(seen) and "Test start" not in labels(seen)
    assert "secret-path" not in text(seen) + text(show("Alerts", people.admin))
    page = press(show("Alerts", people.admin), "Remove start")
    admin = Actor("Ada", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    assert webhooks.get_webhook(admin, connection) is None and not page.error
