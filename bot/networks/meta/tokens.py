"""What Meta says of a token (`debug_token`): whose, of which kind and app, what it may do, until when.

Its only documented form has the token in the query. It is asked for inside a batch, so that the token stands in the
body of that request and in no address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bot.domain.outcomes import Outcome
from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.errors import GraphError
from bot.networks.meta.graph import Graph

PAGE, USER = "PAGE", "USER"


@dataclass(frozen=True)
class TokenFacts:
    kind: str  # "PAGE", "USER", "SYSTEM_USER", "APP"
    app: str  # its name, as whoever made it typed it
    valid: bool
    scopes: frozenset[str]
    until: datetime | None  # None: it has no end of its own
    error: GraphError | None = None  # why it is not valid
    data_until: datetime | None = None  # then the app reads nothing any more until a person says yes anew

    @property
    def ends(self) -> datetime | None:
        """The first moment at which a person has to act."""
        return min(filter(None, (self.until, self.data_until)), default=None)


def inspect(graph: Graph, token: str) -> TokenFacts | Outcome:
    """What the network knows of a token, asked with that token itself. Never raises."""
    asked = {"method": "GET", "relative_url": f"debug_token?{urlencode({'input_token': token})}"}
    return read_facts(_open_batch(graph.post(body={"batch": [asked], "include_headers": False})))


def read_facts(result: Result) -> TokenFacts | Outcome:
    """The answer of `debug_token`."""
    said = result.fields().get("data") if isinstance(result, Answer) and result.status == 200 else None
    if not isinstance(said, dict) or not isinstance(said.get("is_valid"), bool):
        return errors.judge(result)
    return TokenFacts(
        sanitize.words(said.get("type"), 40).upper(),
        sanitize.words(said.get("application"), 100).strip(),
        said["is_valid"],
        frozenset(scope for scope in _list(said.get("scopes")) if isinstance(scope, str)),
        _read_end(said.get("expires_at")),
        errors.read_error_body(said),
        _read_end(said.get("data_access_expires_at")),
    )


def _open_batch(result: Result) -> Result:
    """The answer to the one question in a batch; the batch's own, if that is what failed."""
    answers = result.json() if isinstance(result, Answer) and result.status == 200 else None
    first = answers[0] if isinstance(answers, list) and answers else None
    if isinstance(result, Answer) and isinstance(first, dict) and isinstance(first.get("code"), int):
        return Answer(first["code"], result.headers, str(first.get("body") or "").encode(errors="replace"))
    return result


def _read_end(value: Any) -> datetime | None:
    """Seconds since 1970; 0 stands for never."""
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
