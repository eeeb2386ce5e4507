"""What a person enters to let iHUB into a system that has no sign-in page of its own."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from connectors.contract.connector import Authorisation, Connector


class ApiKey(BaseModel):
    """A key that the system shows once to its administrator."""

    api_key: SecretStr = Field(
        title="API key", description="The key the system gave you. It is kept encrypted and never shown."
    )


class NameAndPassword(BaseModel):
    """A user name and a password."""

    username: str = Field(title="User name", min_length=1, max_length=300)
    password: SecretStr = Field(title="Password", description="It is kept encrypted and never shown.")


def form_of(connector: Connector) -> type[BaseModel] | None:
    """Return what has to be entered for a system; None where people sign in there instead, or where nothing is needed."""
    match connector.sign_in.method:
        case Authorisation.API_KEY | Authorisation.BEARER:
            return connector.sign_in.credentials or ApiKey
        case Authorisation.BASIC if connector.sign_in.key.password is not None:
            return connector.sign_in.credentials or ApiKey
        case Authorisation.BASIC:
            return connector.sign_in.credentials or NameAndPassword
        case Authorisation.FORM:
            return connector.sign_in.credentials
        case _:
            return None
