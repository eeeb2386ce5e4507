"""Check that people can sign in with the configured method, and safely."""

from __future__ import annotations

from connectors.contract.errors import ConfigError
from connectors.values.web_address import is_safe
from core.settings import SignInMethod, settings
from core.sides import client_lookup
from core.sign_in import enablehr_oauth


def problems() -> list[str]:
    """Return what is missing or unsafe, each as a sentence with what to do."""
    sentences = []
    method = settings().sign_in
    if method is SignInMethod.ENABLEHR_PASSWORD and not settings().enablehr_password_url:
        sentences.append(
            "Nobody can sign in with an enableHR password. "
            "Set IHUB_ENABLEHR_PASSWORD_URL, or choose another IHUB_SIGN_IN."
        )
    if method is SignInMethod.ENABLEHR_OAUTH:
        try:
            client_lookup.client_for(*enablehr_oauth.sign_in_connector())
        except ConfigError as error:
            sentences.append(f"Nobody can sign in with enableHR. {error}")
    if not is_safe(settings().url):
        sentences.append(
            "Passwords and sessions are sent without encryption. Serve iHUB by https and set IHUB_URL to that address."
        )
    return sentences
