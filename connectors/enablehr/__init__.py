"""enableHR: the HR system employees are read from. Facts: developer.enablehr.com."""

from connectors.contract.connector import Authorisation, Connector, OAuthEndpoints
from connectors.enablehr.accounts import open_to
from connectors.enablehr.settings import EnableHrSettings
from connectors.enablehr.source import EnableHr

SCOPES = (
    "read:accounts",
    "read:employees",
    "read:employees:payroll",
    "manage:employees:payroll",  # enableHR's own specification wants it for *reading* retirement savings
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
    authorisation=Authorisation.OAUTH2,
    oauth=OAuthEndpoints(
        authorize_path="/oauth/authorize",
        token_path="/oauth/token",  # noqa: S106 - a path
        scopes=SCOPES,
        refresh_days=14,
        scope_names=SCOPE_NAMES,
    ),
    oauth_base=lambda settings: settings.login_url,
    source=EnableHr,
    paced=True,
    organisations=open_to,
    organisation_setting="account_id",
    limits={"requests_per_second": 5.0},
)
