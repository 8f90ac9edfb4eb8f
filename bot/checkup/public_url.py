"""The address under which networks fetch images, asked as they would; from this machine, so it may be its own fault.

What the proxy passes on besides is said too: whoever reads `/metrics` learns when the team posts.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from bot.checkup.finding import Finding, fine, warning
from bot.networks.http import Answer, Http
from bot.settings.load import Settings

NAME = "public_url"
PATIENCE = 10.0  # seconds
OURS_ALONE = ("/healthz", "/readyz", "/metrics")
HOW = "Let your proxy pass on /slack/events and /media, nothing else (docs/running.md, Behind a proxy)."


def check_public_url(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        return
    http = Http(settings.public_url, from_settings=True, whole_call=PATIENCE)
    answer = http.call("GET", f"/media/{secrets.token_urlsafe(32)}")
    if not isinstance(answer, Answer):
        mend = "Networks reach it from outside: see whether they can, while byhand run is up."
        yield warning(NAME, f"{settings.public_url} was not reached from this machine: {answer.why}", mend)
        return
    if _is_ours(answer):
        yield fine(NAME, f"{settings.public_url} passes /media on.")
    else:
        said = f"{settings.public_url}/media answers {answer.status}, which is not Byhand's answer."
        yield warning(NAME, said, f"Start byhand run, and check again. {HOW}")
    passed = [path for path in OURS_ALONE if _answers(http, path)]
    if passed:
        yield warning(NAME, f"Anybody can read {' and '.join(passed)} there.", HOW)


def _is_ours(answer: Answer) -> bool:
    """As `/media` answers whoever asks for what never was, and no other path of Byhand's does."""
    guarded = answer.headers.get("x-content-type-options") == "nosniff"
    return guarded and (answer.status, answer.body) == (404, b"Not Found")


def _answers(http: Http, path: str) -> bool:
    answer = http.call("GET", path)
    if not isinstance(answer, Answer):
        return False
    return answer.status == 200 or (answer.status == 503 and "checks" in answer.fields())
