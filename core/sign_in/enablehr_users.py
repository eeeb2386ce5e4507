"""People whom enableHR has named: which user of iHUB they are."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from connectors.enablehr.users import EnableHrUser
from core.db import transaction
from core.models import User
from core.sign_in import local

NAME_IS_LOCAL = (
    "iHUB has a local user with the name that you have in enableHR, so the two cannot be told apart. "
    "Ask the operator of iHUB to give the local user another name."
)


def admit(identity: EnableHrUser, address: str | None) -> int:
    """Return the user this person is; somebody new is written down without any role.

    Raises SignInRefusedError when a local user has the name.
    """
    try:
        user = _recorded(identity)
    except IntegrityError:  # the same person at the same moment in another browser
        user = _recorded(identity)
    if user.password_hash is not None:
        local.note(user, address, "enableHR names somebody who is a local user here")
        raise local.SignInRefusedError(NAME_IS_LOCAL)
    return user.id


def _recorded(identity: EnableHrUser) -> User:
    """Find or add the person and keep what enableHR says of them; a local user is left as they are."""
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
