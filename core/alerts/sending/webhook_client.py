"""Call webhooks: a signed POST with our own HTTP client and its address guard, and what the receiver answered.

Signed as Standard Webhooks says (https://www.standardwebhooks.com): HMAC-SHA256 over id, timestamp and body. Redirects
are not followed, and this machine and private networks are refused unless the operator allows them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from connectors.contract.errors import ConnectorError
from connectors.http import addresses
from connectors.http.json_body import Limits
from connectors.http.transport import RawResponse, Timeouts, Transport
from connectors.values import web_address
from core.clock import now
from core.errors import InvalidError
from core.models.base import CONTROL

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
TIMEOUTS = Timeouts(total=15, connect=5, silence=10)
LIMITS = Limits(bytes=100_000)
LONGEST_ADDRESS = 500
SHOWN_LETTERS = 200
RECEIVER = "the webhook"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: whether the receiver took it, and a sentence."""

    taken: bool
    sentence: str


def new_secret() -> str:
    """Return a new secret to sign with."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message, as the header webhook-signature has it."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def require_address(address: str) -> str:
    """Return an address that may be called. Raises InvalidError; it asks a name server and blocks."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        is_plain = not (parts.username or parts.password or parts.fragment)
    except ValueError:
        is_plain = False
    if (
        not is_plain
        or len(address) > LONGEST_ADDRESS
        or web_address.origin(address) is None
        or not address.isascii()
    ):
        raise InvalidError("Enter a whole web address without a sign-in, such as https://example.com/alerts.")
    if not web_address.is_safe(address):
        raise InvalidError(
            "The address of a webhook must begin with https:// (http:// is for this machine only)."
        )
    try:
        addresses.resolve(RECEIVER, address, addresses.allowed())
    except ConnectorError as error:
        raise InvalidError(str(error)) from error
    except OSError as error:
        raise InvalidError("The host of this address cannot be found. Check the address.") from error
    return address


async def call(address: str, secret: str, message_id: str, body: bytes) -> Answer:
    """Send a message once, and say what came of it; no error of the receiver is raised."""
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    timestamp = int(now().timestamp())
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
    transport = Transport(RECEIVER, f"{parts.scheme}://{parts.netloc}", TIMEOUTS, LIMITS)
    try:
        result = await transport.exchange("POST", path, headers, body)
    except ConnectorError as error:
        return Answer(False, str(error))
    finally:
        await transport.close()
    if isinstance(result, RawResponse):
        return _answer(result)
    if result.too_large and result.status is not None and result.status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(True, f"The receiver answered {result.status}, and more than iHUB reads.")
    return Answer(False, f"The receiver {result.description}.")


def _answer(response: RawResponse) -> Answer:
    status = response.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        text = " ".join(CONTROL.sub(" ", response.body[:4000].decode("utf-8", "replace")).split())
        shown = f": {text[:SHOWN_LETTERS]}" if text else ""
        return Answer(True, f"The receiver answered {status}{shown}")
    if status < HTTPStatus.BAD_REQUEST:
        return Answer(
            False,
            f"The receiver answered {status}, a redirect, which iHUB does not follow. Enter the address it leads to.",
        )
    advice = (
        "iHUB tries again."
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == 429
        else "Check the address."
    )
    return Answer(False, f"The receiver answered {status}. {advice}")
