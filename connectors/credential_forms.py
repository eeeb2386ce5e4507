"""What a person enters to give iHUB access to a system that has no sign-in page of its own."""

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


def credentials_form(connector: Connector) -> type[BaseModel] | None:
    """Return what a person enters for a system; None where they sign in there, or where nothing is needed."""
    sign_in = connector.sign_in
    match sign_in.method:
        case Authorisation.API_KEY | Authorisation.BEARER:
            return sign_in.credentials or ApiKey
        case Authorisation.BASIC if sign_in.key.password is not None:
            return sign_in.credentials or ApiKey
        case Authorisation.BASIC:
            return sign_in.credentials or NameAndPassword
        case Authorisation.FORM | Authorisation.TOKEN:
            return sign_in.credentials
        case _:
            return None


def is_asked(connector: Connector) -> bool:
    """Say whether a person has to give something; not where there is nothing to enter, or all of it may be left out."""
    if connector.sign_in.method is Authorisation.NONE:
        return False
    form = credentials_form(connector)
    return form is None or any(field.is_required() for field in form.model_fields.values())
