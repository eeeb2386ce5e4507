"""Connectors are found, and what they say about themselves can be used."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.contract.connector import Authorisation, Connector
from connectors.contract.errors import ConfigError
from connectors.credential_forms import credentials_form
from connectors.registry import connector_of, connectors

EVERY = pytest.mark.parametrize("connector", connectors(), ids=lambda connector: connector.kind)


def test_all_folders_are_found() -> None:
    assert [connector.name for connector in connectors()] == [
        "Definitiv (files)",
        "Employment Hero Payroll",
        "enableHR",
        "enableHR",  # as a source, and as a target
        "Files for payroll",
        "Files with employees",
        "iPayroll",
        "MicrOpay (files)",
        "Xero Payroll AU",
    ]


def test_an_unknown_kind_is_a_sentence() -> None:
    with pytest.raises(
        ConfigError,
        match=r"There is no connector 'xero'\. Available are: .*enablehr, .*, xero_payroll_au\.",
    ):
        connector_of("xero")


@EVERY
def test_each_connector_has_a_role(connector: Connector) -> None:
    assert connector.roles()
    assert connector.kind.isidentifier()
    assert connector.summary.endswith(".")


@EVERY
def test_its_settings_have_defaults_and_draw_a_form(connector: Connector) -> None:
    connector.settings()
    for name, drawn in connector.settings.model_json_schema()["properties"].items():
        assert drawn["title"] != name
        assert drawn["description"].endswith(".")
        assert "default" in drawn


@EVERY
def test_an_unknown_setting_is_refused(connector: Connector) -> None:
    with pytest.raises(ValidationError):
        connector.settings.model_validate({"surprise": 1})


@EVERY
@pytest.mark.parametrize(
    "address",
    ["http://example.com", "ftp://x", "https://u:p@x.com", "https://x.com/?a=1", "", "https://", "x y"],
)
def test_an_unsafe_address_is_refused(connector: Connector, address: str) -> None:
    for name in (name for name in connector.settings.model_fields if name.endswith("url")):
        with pytest.raises(ValidationError):
            connector.settings.model_validate({name: address})


@EVERY
def test_this_machine_may_be_called_without_tls(connector: Connector) -> None:
    for name in (name for name in connector.settings.model_fields if name.endswith("url")):
        assert (
            getattr(connector.settings.model_validate({name: "http://127.0.0.1:8600/x/"}), name)
            == "http://127.0.0.1:8600/x"
        )


@EVERY
def test_each_connector_says_how_it_is_signed_in_to(connector: Connector) -> None:
    sign_in = connector.sign_in
    if sign_in.method is Authorisation.OAUTH2:
        assert sign_in.oauth is not None
        assert sign_in.oauth.base_url(connector.settings()).startswith("https://")
        assert sign_in.oauth.authorize_path.startswith("/") and sign_in.oauth.token_path.startswith("/")
        assert credentials_form(connector) is None
    else:
        form = credentials_form(connector)
        assert form is not None and sign_in.oauth is None
        assert all(field.title and field.title != name for name, field in form.model_fields.items())
