"""Signing in, consent and tokens as both systems do it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from harness.sandbox import Sandbox
from sandbox.oauth.tokens import CODE_SECONDS, GRACE_SECONDS

BACK = "http://127.0.0.1:8501/oauth/callback"
CLIENT = ("ihub", "ihub-demo-secret")
SIGN_INS = {
    "enablehr": ("hr.admin@example.com", "harbour-hr"),
    "ipayroll": ("payroll.admin@example.com", "harbour-pay"),
    "xero": ("xero.admin@example.com", "harbour-xero"),
}


class Browser:
    """Somebody who goes through the sign-in and the consent page of a system."""

    def __init__(self, sandbox: Sandbox, system: str, scope: str, **more: str) -> None:
        """Arrive as iHUB sends people there."""
        base = {"enablehr": sandbox.login_url, "ipayroll": sandbox.ipayroll_url, "xero": sandbox.xero_url}[
            system
        ]
        signs_in, tokens = (
            ("identity/connect/authorize", "connect/token")
            if system == "xero"
            else ("oauth/authorize", "oauth/token")
        )
        self.url, self.token_url, self.system = f"{base}/{signs_in}", f"{base}/{tokens}", system
        self.query = {
            "response_type": "code",
            "client_id": "ihub",
            "redirect_uri": BACK,
            "scope": scope,
            "state": "s-1",
            **more,
        }
        self.headers = {"Sec-Fetch-Site": "same-origin"}

    def arrive(self) -> requests.Response:
        """Open the sign-in page."""
        return requests.get(self.url, params=self.query, timeout=30, allow_redirects=False)

    def sign_in(self, password: str | None = None) -> requests.Response:
        """Send the sign-in form."""
        name, right = SIGN_INS[self.system]
        form = {"username": name, "password": password or right}
        return requests.post(self.url, params=self.query, data=form, headers=self.headers, timeout=30)

    def decide(self, decision: str = "allow", leave_out: str = "") -> dict[str, str]:
        """Sign in and answer the consent page; return what the way back says."""
        page = self.sign_in().text
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        assert ticket
        scopes = [scope for scope in re.findall(r'name="scope" value="([^"]+)"', page) if scope != leave_out]
        form = {"ticket": ticket[1], "scope": scopes, "decision": decision}
        url = self.url.replace("authorize", "consent")
        answer = requests.post(url, data=form, headers=self.headers, timeout=30, allow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"{BACK}?")
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }

    def ask(self, **form: str) -> requests.Response:
        """Ask for tokens with the client's secret where the system wants it."""
        if self.system != "ipayroll":
            return requests.post(self.token_url, data=form, auth=CLIENT, timeout=30)
        return requests.post(
            self.token_url, data={**form, "client_id": CLIENT[0], "client_secret": CLIENT[1]}, timeout=30
        )

    def exchange(self, code: str, **more: str) -> requests.Response:
        """Exchange a code."""
        return self.ask(grant_type="authorization_code", code=code, redirect_uri=BACK, **more)

    def refresh(self, token: str) -> requests.Response:
        """Exchange a refresh token."""
        return self.ask(grant_type="refresh_token", refresh_token=token)


@pytest.fixture
def hr(sandbox: Sandbox) -> Browser:
    return Browser(sandbox, "enablehr", "read:accounts read:employees offline_access")


@pytest.fixture
def payroll(sandbox: Sandbox) -> Browser:
    return Browser(sandbox, "ipayroll", "employees")


def works(sandbox: Sandbox, tokens: dict[str, Any]) -> bool:
    """Say whether enableHR takes an access token."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return (
        requests.get(
            f"{sandbox.enablehr_url}/accounts/1001/employees", headers=headers, timeout=30
        ).status_code
        == 200
    )


def test_a_person_signs_in_to_xero_at_its_own_addresses(sandbox: Sandbox) -> None:
    xero = Browser(sandbox, "xero", "payroll.employees offline_access")
    assert "Sign in to Xero" in xero.arrive().text
    tokens = xero.exchange(xero.decide()["code"]).json()
    fresh = xero.refresh(tokens["refresh_token"]).json()
    headers = {"Authorization": f"Bearer {fresh['access_token']}"}
    [tenant] = requests.get(f"{sandbox.xero_url}/connections", headers=headers, timeout=30).json()
    headers["Xero-Tenant-Id"] = tenant["tenantId"]
    base = f"{sandbox.xero_url}/payroll.xro/1.0"
    assert requests.get(f"{base}/Employees", headers=headers, timeout=30).json() == {"Employees": []}
    assert (
        requests.get(f"{base}/PayItems", headers=headers, timeout=30).json()["Message"] == "InsufficientScope"
    )


def test_a_person_signs_in_consents_and_enablehr_gives_tokens(sandbox: Sandbox, hr: Browser) -> None:
    assert "Sign in to enableHR" in hr.arrive().text
    back = hr.decide()
    assert back["state"] == "s-1"
    answer = hr.exchange(back["code"]).json()
    assert answer["expires_in"] == "1799"
    assert (answer["accountIds"], answer["scope"]) == ("1001", "offline_access read:accounts read:employees")
    assert works(sandbox, answer)


def test_a_person_signs_in_consents_and_ipayroll_gives_tokens(sandbox: Sandbox, payroll: Browser) -> None:
    answer = payroll.exchange(payroll.decide()["code"]).json()
    assert answer["expires_in"] == 3600
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert requests.get(f"{sandbox.ipayroll_url}/api/v1/employees", headers=headers, timeout=30).ok
    again = payroll.refresh(answer["refresh_token"]).json()
    assert again["refresh_token"] == answer["refresh_token"]
    assert again["access_token"] != answer["access_token"]


def test_the_sign_in_and_password_are_on_the_page_and_a_wrong_one_is_refused(hr: Browser) -> None:
    assert all(word in hr.arrive().text for word in SIGN_INS["enablehr"])
    answer = hr.sign_in("wrong")
    assert answer.status_code == 401
    assert "ticket" not in answer.text


def test_a_person_may_say_no(hr: Browser) -> None:
    assert hr.decide("deny")["error"] == "access_denied"


def test_a_person_may_grant_less_than_asked(hr: Browser) -> None:
    answer = hr.exchange(hr.decide(leave_out="offline_access")["code"]).json()
    assert answer["scope"] == "read:accounts read:employees"
    assert "refresh_token" not in answer


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": f"{BACK}?a=1"},
        {"response_type": "token"},
    ],
)
def test_a_wrong_request_never_leaves_the_page(hr: Browser, change: dict[str, str]) -> None:
    hr.query |= change
    answer = hr.arrive()
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_an_unknown_scope_is_sent_back(hr: Browser) -> None:
    hr.query["scope"] = "read:everything"
    assert "error=invalid_scope" in hr.arrive().headers["Location"]


def test_forms_of_other_sites_are_refused(hr: Browser) -> None:
    hr.headers = {"Sec-Fetch-Site": "cross-site"}
    assert hr.sign_in().status_code == 403


def test_a_code_works_once(hr: Browser) -> None:
    code = hr.decide()["code"]
    assert hr.exchange(code).ok
    again = hr.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_works_for_five_minutes(sandbox: Sandbox, hr: Browser) -> None:
    code = hr.decide()["code"]
    sandbox.control.advance(CODE_SECONDS + 1)
    assert hr.exchange(code).status_code == 400


def test_a_code_belongs_to_its_address(hr: Browser) -> None:
    answer = hr.ask(
        grant_type="authorization_code", code=hr.decide()["code"], redirect_uri="http://127.0.0.1:9/other"
    )
    assert answer.json()["error"] == "invalid_grant"


def test_a_code_with_a_challenge_wants_its_verifier(sandbox: Sandbox) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    browser = Browser(
        sandbox, "enablehr", "read:accounts", code_challenge=challenge, code_challenge_method="S256"
    )
    assert browser.exchange(browser.decide()["code"], code_verifier="other").status_code == 400
    assert browser.exchange(browser.decide()["code"], code_verifier="verifier").ok


def test_the_client_has_to_prove_itself_where_the_system_wants_it(hr: Browser, payroll: Browser) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    in_body = form | {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert requests.post(hr.token_url, data=in_body, timeout=30).json()["error"] == "invalid_client"
    assert (
        requests.post(payroll.token_url, data=form, auth=CLIENT, timeout=30).json()["error"]
        == "invalid_client"
    )
    assert requests.post(hr.token_url, data=form, auth=("ihub", "wrong"), timeout=30).status_code == 401


def test_a_refresh_replaces_the_refresh_token_and_the_old_one_has_thirty_minutes_of_grace(
    sandbox: Sandbox, hr: Browser
) -> None:
    first = hr.exchange(hr.decide()["code"]).json()
    second = hr.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    retried = hr.refresh(first["refresh_token"])
    assert retried.ok
    sandbox.control.advance(GRACE_SECONDS + 1)
    assert hr.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert works(sandbox, hr.refresh(second["refresh_token"]).json())


def test_an_access_token_lives_thirty_minutes_and_a_refresh_token_fourteen_days(
    sandbox: Sandbox, hr: Browser
) -> None:
    tokens = hr.exchange(hr.decide()["code"]).json()
    sandbox.control.advance(29 * 60)
    assert works(sandbox, tokens)
    sandbox.control.advance(2 * 60)
    assert not works(sandbox, tokens)
    sandbox.control.advance(14 * 24 * 60 * 60)
    assert hr.refresh(tokens["refresh_token"]).status_code == 400


def test_a_strict_system_kills_the_successors_of_a_token_used_twice(sandbox: Sandbox, hr: Browser) -> None:
    sandbox.control.switches("enablehr", strict_refresh=True)
    first = hr.exchange(hr.decide()["code"]).json()
    second = hr.refresh(first["refresh_token"]).json()
    assert hr.refresh(first["refresh_token"]).status_code == 400
    assert not works(sandbox, second)
    assert hr.refresh(second["refresh_token"]).status_code == 400


def test_a_withdrawn_consent_ends_every_token(sandbox: Sandbox, hr: Browser) -> None:
    tokens = hr.exchange(hr.decide()["code"]).json()
    sandbox.control.switches("enablehr", revoke_tokens=True)
    assert not works(sandbox, tokens)
    assert hr.refresh(tokens["refresh_token"]).status_code == 400


def test_a_token_can_be_checked(hr: Browser) -> None:
    tokens = hr.exchange(hr.decide()["code"]).json()
    url = hr.token_url.replace("token", "check_token")
    assert requests.post(url, data={"token": tokens["access_token"]}, timeout=30).json()["active"]
    assert requests.post(url, data={"token": "nonsense"}, timeout=30).status_code == 400


def test_enablehr_checks_a_password_and_says_who_it_is(sandbox: Sandbox) -> None:
    url, (name, password) = f"{sandbox.login_url}/password", SIGN_INS["enablehr"]
    right = requests.post(url, json={"username": name, "password": password}, timeout=30)
    assert (right.status_code, right.json()["username"], right.json()["accounts"][0]["id"]) == (
        200,
        name,
        "1001",
    )
    assert requests.post(url, json={"username": name, "password": "wrong"}, timeout=30).status_code == 401
    assert requests.post(url, json=["no object"], timeout=30).status_code == 400
