"""``user``: the people who sign in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.accounts import users
from core.cli import inputs
from core.cli.output import Json, command_group, print_json, print_table, print_text
from core.models import Role

app = command_group("Add people, give them roles, revoke access.")
Username = Annotated[str, typer.Argument(help="What the person signs in with.")]


@app.command()
def add(
    username: Username,
    *,
    name: Annotated[str, typer.Option(help="The person's full name.")] = "",
    account: Annotated[int | None, typer.Option(help="Account of the role.")] = None,
    role: Annotated[Role | None, typer.Option(help="What the person may do there.")] = None,
    support: Annotated[
        bool, typer.Option("--support", help="A member of enableHR Support, for all accounts.")
    ] = False,
    password_file: Annotated[
        str | None, typer.Option(help="File with the password; - is standard input.")
    ] = None,
    password_env: Annotated[str | None, typer.Option(help="Environment variable with the password.")] = None,
    ask_password: Annotated[bool, typer.Option("--ask-password", help="Ask for the password.")] = False,
    as_json: Json = False,
) -> None:
    """Add a person, or a role to an existing one. Without a password they sign in through enableHR."""
    password = inputs.text(password_file, password_env)
    if ask_password:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    password = password.strip("\r\n") if password is not None else None
    user = users.add_user(username, name or username, password, account, role, support=support)
    print_json({"id": user}) if as_json else print_text(
        f"User {username} can sign in." if password else f"User {username} added."
    )


@app.command("list")
def list_all(
    account: Annotated[int | None, typer.Option(help="Only the people of this account.")] = None,
    as_json: Json = False,
) -> None:
    """List people and their roles."""
    views = users.list_users(account)
    if as_json:
        print_json({"users": [asdict(user) for user in views]})
        return
    rows = [(u.id, u.username, u.name, _roles(u), u.active, u.last_seen_at) for u in views]
    print_table(("ID", "User", "Name", "Roles", "Active", "Last seen (UTC)"), rows)


def _roles(user: users.UserView) -> str:
    roles = [f"{role.value} of {account}" for account, role in user.roles]
    return ", ".join([*(["support"] if user.support else []), *roles])


@app.command()
def revoke(
    username: Username,
    account: Annotated[int | None, typer.Option(help="Only the roles in this account.")] = None,
) -> None:
    """Remove a person's roles in one account, or all access; open sessions end at once."""
    users.revoke(username, account)
    print_text(f"The access of {username} has been removed.")
