"""OAuth 2 by the book: the link to a page where a person is asked, the answer, and the token that its code is good for.

oauthlib writes and reads all of it; calls go out through `Http`. It takes no address without TLS, not even one of this
machine. `Http` has judged the server already, and the listener is ours: so it is handed addresses that begin otherwise.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from oauthlib.oauth2 import (
    AccessDeniedError,
    InvalidGrantError,
    MismatchingStateError,
    MissingCodeError,
    OAuth2Error,
    WebApplicationClient,
)

from bot import observability
from bot.domain.outcomes import NeedsLogin, Outcome, Unknown
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Http, Result, Unsent, check_printable
from bot.networks.signin.protocol import Asking, NotGranted, PerhapsGranted

VERIFIER = 64  # characters; the standard allows 43 to 128
FORM = {"content-type": "application/x-www-form-urlencoded"}
_BEGINNING = "https://server.invalid"
_ADDRESS = re.compile(r"://|^[?]|(^|[?&])(code|error|state)=")
_WORDS = 300  # characters of somebody else's words


def ask(
    http: Http, path: str, client_id: str, client_secret: str, *, redirect: str, scopes: Iterable[str]
) -> Asking:
    """`path`: of the server's page where a person is asked. `client_secret`: "" of an app that has none."""
    client = WebApplicationClient(client_id)
    verifier, state = client.create_code_verifier(VERIFIER), secrets.token_urlsafe(32)
    observability.hide_from_now_on((client_secret, verifier))
    link = client.prepare_request_uri(
        _BEGINNING + path,
        redirect_uri=redirect,
        scope=list(scopes),
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
    )
    return Asking(
        http.server + link.removeprefix(_BEGINNING), redirect, state, client_id, client_secret, verifier
    )


def read_code(asking: Asking, query: str) -> str:
    """The code of an answer: what stands after the `?` of the address it came to. Raises NotGranted."""
    client = WebApplicationClient(asking.client_id)
    try:
        said = client.parse_request_uri_response(f"{_BEGINNING}/?{query}", state=asking.state)
    except MismatchingStateError:
        raise NotGranted(
            "That answer belongs to another sign-in, not to the link above. Type it again and use the new link."
        ) from None
    except AccessDeniedError:
        raise NotGranted("Somebody said no on the page, so Byhand was given nothing.") from None
    except MissingCodeError:
        raise NotGranted("The answer has no code in it.") from None
    except OAuth2Error as error:
        raise NotGranted(f"The server said no: {_words(error)}") from None
    observability.hide_from_now_on((said["code"],))
    return str(said["code"])


def read_pasted(asking: Asking, typed: str) -> str:
    """The code out of what a person pasted: the code itself, or the address of the page they came to. A page that
    shows the code to a person has no `state` in its address. Raises NotGranted."""
    if typed == asking.link:
        raise NotGranted("This is the link itself. Open it, say yes, and paste what the page shows then.")
    if not _ADDRESS.search(typed):
        query = urlencode({"code": typed})
    else:
        query = typed.partition("#")[0].rpartition("?")[2]
        if not {"code", "error"} & parse_qs(query).keys():
            raise NotGranted("That address has no code in it. Paste the one you come to after you said yes.")
    if "state" not in parse_qs(query):
        query = f"{query}&{urlencode({'state': asking.state})}"
    code = read_code(asking, query)
    try:
        return check_printable(code, "code")
    except ValueError:
        raise NotGranted("This is no code: it has spaces or signs that none has.") from None


def exchange(http: Http, path: str, asking: Asking, code: str) -> Mapping[str, Any]:
    """What the server gives for a code: `access_token`, and `scope` as a list where it says that. Raises NotGranted."""
    client = WebApplicationClient(asking.client_id)
    body = client.prepare_request_body(
        code,
        redirect_uri=asking.redirect,
        code_verifier=asking.verifier,
        client_secret=asking.client_secret or None,
    )
    result = http.call("POST", path, headers=FORM, content=body.encode())
    try:
        said = client.parse_request_body_response(json.dumps(_read_fields(result)))
        observability.hide_from_now_on((said["access_token"], str(said.get("refresh_token", ""))))
        check_printable(said["access_token"], "token")
    except InvalidGrantError:
        raise NotGranted(
            "The server does not take the code. A code works once, for a short time, and only with the link it came "
            "from. Type it again for a new link."
        ) from None
    except OAuth2Error as error:
        raise NotGranted(f"The server gave no token: {_name_error(error)}.") from None
    except ValueError:  # whose words may quote it
        raise PerhapsGranted("The server gave no token that can be used.") from None
    return dict(said)


def _read_fields(result: Result) -> dict[str, str | int]:
    """Those of an answer that oauthlib can read: whatever else a server may put there is none of the standard's."""
    if isinstance(result, Answer) and (result.status < 300 or 400 <= result.status < 500):
        fields = {name: said for name, said in result.fields().items() if isinstance(said, str | int)}
        if fields.keys() & {"access_token", "error"}:
            return {name: str(said) if name in _TEXTS else said for name, said in fields.items()}
    refused = isinstance(result, Unsent) or (isinstance(result, Answer) and 300 <= result.status < 500)
    kind = NotGranted if refused else PerhapsGranted
    raise kind(f"The server did not answer as expected: {http_outcomes.describe_kind(result)}")


def refresh(
    http: Http, path: str, client_id: str, refresh_token: str, send_by: Callable[[], bool]
) -> Mapping[str, Any] | Outcome:
    """What the server gives for a refresh token, at most once: `access_token`, mostly with a new `refresh_token`. Of an
    app without a secret. Never raises."""
    body = WebApplicationClient(client_id).prepare_refresh_body(
        refresh_token=refresh_token, client_id=client_id
    )
    result = http.call("POST", path, headers=FORM, content=body.encode(), send_by=send_by)
    said = result.fields() if isinstance(result, Answer) else {}
    token, error = said.get("access_token"), said.get("error")
    if isinstance(result, Answer) and result.status == 200 and isinstance(token, str):
        observability.hide_from_now_on((token, str(said.get("refresh_token", ""))))
        return said
    if isinstance(result, Answer) and result.status in {400, 401} and isinstance(error, str):
        return NeedsLogin(_ERRORS_OF_A_REFRESH.get(error, "it does not say why"), result.status)
    if isinstance(result, Answer) and result.status != 429:
        return Unknown(http_outcomes.describe_kind(result), result.status)
    return http_outcomes.judge_failure(result)


_ERRORS = {  # of the standard, RFC 6749, 5.2
    "invalid_request": "it does not understand the request",
    "invalid_client": "it does not know Byhand any more",
    "unauthorized_client": "Byhand may not ask for one there",
    "unsupported_grant_type": "it gives none for a code",
    "invalid_scope": "it does not give these rights",
}
_ERRORS_OF_A_REFRESH = {
    **_ERRORS,
    "invalid_request": "what Byhand had to renew it with does not hold any more",
    "invalid_grant": "what Byhand had to renew it with does not hold any more",
}


def _name_error(error: OAuth2Error) -> str:
    """By the standard's code alone: what else stands in the answer to a token's request is shown to nobody."""
    return _ERRORS.get(str(error.error), "it does not say why in words of the standard")


_TEXTS = frozenset({"access_token", "error", "error_description", "scope", "token_type"})


def _words(error: OAuth2Error) -> str:
    """The server's, on one line."""
    said = " ".join(text.clean(error.description or error.error or "").split())
    return said[:_WORDS] or "it does not say why"
