"""The other way to the app: signed HTTP requests to its one address, as without Socket Mode."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from threading import Thread
from urllib.parse import urlencode, urlsplit

from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.transport.delivery import EVENTS, INTERACTIVE, Delivery, Envelope

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


class HttpMode:
    """A `Wire`: every envelope is one POST from a thread of its own, given up after `seconds`."""

    def __init__(self, url: str, signing_secret: str, delivery: Delivery, seconds: float) -> None:
        self._url = url
        self._secret = signing_secret
        self._delivery = delivery
        self._seconds = seconds

    def send(self, envelope: Envelope) -> bool:
        Thread(target=self._post, args=(envelope,), name="stage-http-mode", daemon=True).start()
        return True

    def _post(self, envelope: Envelope) -> None:
        content_type, body = encoded(envelope)
        headers = {"Content-Type": content_type, **signed(self._secret, body)}
        if envelope.attempt:
            headers |= {
                "X-Slack-Retry-Num": str(envelope.attempt),
                "X-Slack-Retry-Reason": envelope.reason,
            }
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self._seconds)
        try:
            connection.request("POST", parts.path or "/", body, headers)
            answer = connection.getresponse()
            status, said = str(answer.status), answer.read()
        except (OSError, http.client.HTTPException):
            return  # silence: the delivery gives up by its own clock
        finally:
            connection.close()
        self._delivery.answered(envelope.id, status, _response(said))


def encoded(envelope: Envelope) -> tuple[str, bytes]:
    """(content type, body): events as JSON, interactions in a form field, commands as a form."""
    if envelope.kind == EVENTS:
        return JSON_TYPE, json.dumps(envelope.payload).encode()
    if envelope.kind == INTERACTIVE:
        return FORM_TYPE, urlencode({"payload": json.dumps(envelope.payload)}).encode()
    return FORM_TYPE, urlencode(envelope.payload).encode()


def signed(secret: str, body: bytes) -> dict[str, str]:
    """Slack's two headers; the time is the real one, which the app's verifier looks at too."""
    at = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


def _response(said: bytes) -> Json:
    """What the answer carries besides its status; a command may answer in plain text."""
    try:
        response = json.loads(said or b"{}")
    except ValueError:
        return {"text": said.decode(errors="replace")}
    return response if isinstance(response, dict) else {}
