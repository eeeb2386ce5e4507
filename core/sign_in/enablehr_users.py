"""Find or add the user of iHUB for a person that enableHR has identified."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from connectors.enablehr.users import EnableHrUser
from core.db import transaction
from core.models import User
from core.sign_in import local

NAME_IS_LOCAL = (
    "iHUB has a local user with the same user name as yours in enableHR. "
    "Ask the operator of iHUB to give the local user another name."
)


def admit(identity: EnableHrUser, address: str | None) -> int:
    """Return the id of the person's user; a new person is added without any role.

    Raises SignInRefusedError when a local user has the same user name.
    """
    try:
        user = _save_user(identity)
    except IntegrityError:  # the same person at the same moment in another browser
        user = _save_user(identity)
    if user.password_hash is not None:
        local.record_refusal(user, address, "the user name in enableHR is that of a local user here")
        raise local.SignInRefusedError(NAME_IS_LOCAL)
    return user.id


def _save_user(identity: EnableHrUser) -> User:
    """Find or add the user, and store the name, e-mail and accounts from enableHR; a local user is not changed."""
    with transaction() as session:
        user = session.scalar(select(User).where(User.username == identity.username))
        if user is not None and user.password_hash is not None:
            return user
        if user is None:
            user = User(username=identity.username, name=identity.name, active=True, is_support=False)
            session.add(user)
        user.name, user.enablehr_accounts = identity.name, dict(identity.accounts)
        user.email = identity.email
        session.flush()
        return user
