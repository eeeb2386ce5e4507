"""iPayroll (New Zealand) and CloudPayroll (Australia): payroll employees are written to. Facts: dev.ipayroll.co.nz."""

from connectors.connector import Authorisation, Connector, OAuthEndpoints
from connectors.ipayroll.settings import IPayrollSettings
from connectors.ipayroll.target import IPayroll

CONNECTOR = Connector(
    kind="ipayroll",
    name="iPayroll",
    summary="Payroll in New Zealand, and in Australia as CloudPayroll.",
    settings=IPayrollSettings,
    authorisation=Authorisation.OAUTH2,
    oauth=OAuthEndpoints(
        authorize_path="/oauth/authorize",
        token_path="/oauth/token",  # noqa: S106 - a path
        scopes=("employees",),
        client_in_body=True,
    ),
    oauth_base=lambda settings: settings.url,
    target=IPayroll,
    external_id_chosen_by_us=True,
    paced=True,
    limits={"requests_per_second": 2.0},
)
