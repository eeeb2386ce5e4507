"""The HR system enableHR, which employees are read from (facts: developer.enablehr.com)."""

from connectors.contract.connector import (
    Authorisation,
    Connector,
    OAuthEndpoints,
    OrganisationChoice,
    SignIn,
)
from connectors.enablehr.accounts import list_organisations
from connectors.enablehr.fields import FIELDS
from connectors.enablehr.settings import EnableHrSettings
from connectors.enablehr.source import EnableHrSource

SCOPES = (
    "read:accounts",
    "read:employees",
    "read:employees:payroll",
    "manage:employees:payroll",  # enableHR's own specification requires it for *reading* retirement savings
    "offline_access",
)
SCOPE_NAMES = {
    "read:accounts": "accounts",
    "read:employees": "employees",
    "read:employees:payroll": "payroll details of employees",
    "manage:employees:payroll": "changes to payroll details of employees",
    "offline_access": "access while you are signed out",
}

CONNECTOR = Connector(
    kind="enablehr",
    name="enableHR",
    summary="HR system: employees with their bank, tax and retirement details.",
    settings=EnableHrSettings,
    sign_in=SignIn(
        Authorisation.OAUTH2,
        OAuthEndpoints(
            authorize_path="/oauth/authorize",
            token_path="/oauth/token",  # noqa: S106 - a path
            scopes=SCOPES,
            refresh_days=14,
            scope_names=SCOPE_NAMES,
            base_url=lambda settings: settings.login_url,
        ),
    ),
    source=EnableHrSource,
    source_fields=FIELDS,
    organisations=OrganisationChoice("account_id", list_organisations),
    paced=True,
    localised=True,
)
