"""``alerts``: what has happened, what did not arrive, test mails, and the webhooks of connections."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.alerts import choices, feed, webhooks
from core.cli import inputs
from core.cli.actors import for_account, for_connection
from core.cli.output import Json, command_group, print_json, print_table, print_text

app = command_group("List alerts and what did not arrive, send tests, set and remove webhooks.")
Account = Annotated[int, typer.Argument(help="Id of the account.")]
Connection = Annotated[int, typer.Argument(help="Id of the connection.")]


@app.command("list")
def list_all(account: Account, as_json: Json = False) -> None:
    """List what has happened, the newest first."""
    events = feed.list_events(for_account(account))
    if as_json:
        print_json({"alerts": [asdict(event) for event in events]})
        return
    rows = [(event.at, event.connection, "over" if event.ended else "began", event.text) for event in events]
    print_table(("When", "Integration", "State", "What"), rows)


@app.command()
def undelivered(account: Account, as_json: Json = False) -> None:
    """List the mails and calls that did not arrive, with what the server answered."""
    views = feed.list_undelivered(for_account(account))
    if as_json:
        print_json({"undelivered": [asdict(view) for view in views]})
        return
    rows = [
        (
            view.channel,
            view.connection,
            view.number,
            view.attempts,
            view.next_try_at or "given up",
            view.answer,
        )
        for view in views
    ]
    print_table(("Channel", "Integration", "Messages", "Tries", "Next try", "Answer"), rows)


@app.command()
def test(
    account: Account,
    to: Annotated[str, typer.Option(help="E-mail address. Default: the person's own, with --as.")] = "",
) -> None:
    """Send a test mail, and print what the mail server answered."""
    print_text(f"The mail server answered: {choices.send_test_mail(for_account(account), to)}")


@app.command("set-webhook")
def set_webhook(
    connection: Connection,
    file: Annotated[
        str | None,
        typer.Option(
            help="File with a JSON object of addresses (alerts, start, success, failure); - is input."
        ),
    ] = None,
    variable: Annotated[str | None, typer.Option("--env", help="Environment variable that holds it.")] = None,
    topics: Annotated[
        str,
        typer.Option("--topics", help="What the address for alerts hears of, such as FAILED,HELD,RECOVERED."),
    ] = "",
) -> None:
    """Set addresses of a connection's webhook, and print its secret where it is new. A blank address is removed."""
    is_given = file is not None or variable is not None or not topics
    entered = inputs.json_object(file, variable) if is_given else {}
    given = {name: str(address or "") for name, address in entered.items()}
    chosen = [topic.strip().upper() for topic in topics.split(",")] if topics else None
    secret = webhooks.save_webhook(for_connection(connection), connection, given, chosen)
    print_text("The webhook is saved." if secret is None else f"The webhook is saved. Its secret: {secret}")


@app.command("test-webhook")
def test_webhook(
    connection: Connection,
    address: Annotated[
        str, typer.Option(help="Which address: alerts, start, success or failure.")
    ] = "alerts",
) -> None:
    """Call an address of a connection's webhook, and print what the receiver answered."""
    print_text(webhooks.send_test_call(for_connection(connection), connection, address))


@app.command("remove-webhook")
def remove_webhook(connection: Connection) -> None:
    """Remove the webhook of a connection, with its secret."""
    webhooks.remove_webhook(for_connection(connection), connection)
    print_text("The webhook is removed.")
