"""What `check` says of a token: the kind it is, what it may do, until when, and whose role it rests on.

Which rights a network needs and what each is for is its own table: {scope: what does not work without it}.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.networks.meta import errors
from bot.networks.meta.pages import TAKE_PAGES
from bot.networks.meta.tokens import PAGE, TokenFacts

_MEND = "Give the app that permission, and take a new token."


def find_unusable(facts: TokenFacts, needed: Mapping[str, str]) -> str | None:
    """Why nothing can be done with it: a sentence, and the mend."""
    if not facts.valid:
        return say_invalid(facts, "Facebook")
    if facts.kind != PAGE:
        kind = {"USER": "a person's", "SYSTEM_USER": "a system user's", "APP": "an app's"}
        return f"This is {kind.get(facts.kind, 'another')} token, and not the Page's own. {TAKE_PAGES}"
    return find_missing(facts, needed)


def say_invalid(facts: TokenFacts, network: str) -> str:
    said = facts.error.words if facts.error else "it does not say why"
    mend = errors.find_mend(facts.error.subcode) if facts.error else None
    return f"{network} says that the token is not valid ({said}).{f' {mend}' if mend else ''}"


def find_missing(facts: TokenFacts, needed: Mapping[str, str]) -> str | None:
    """The rights without which nothing can be done."""
    missing = [_say_lack(scope, what) for scope, what in needed.items() if scope not in facts.scopes]
    return " ".join((*missing, _MEND)) if missing else None


def list_lacking(facts: TokenFacts, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Rights without which posts go out all the same."""
    return tuple(
        f"{_say_lack(scope, what)} {_MEND}" for scope, what in wanted.items() if scope not in facts.scopes
    )


def say_what_holds(facts: TokenFacts, network: str = "Facebook") -> str:
    """What a person has to know of a token that works. The network tells nobody whether an app is Live."""
    until = f" The token ends on {facts.until:%-d %b %Y}." if facts.until else ""
    if facts.data_until:
        until += f" Its app may read the account's data until {facts.data_until:%-d %b %Y}: take a new token before."
    app = f"“{facts.app}”" if facts.app else "its app"
    return (
        f"{until} {network} does not say whether {app} is open to the public (“Live”). If it is not, only people with "
        "a role in that app see your posts: look at the first one signed out."
    )


def _say_lack(scope: str, what: str) -> str:
    return f"The token lacks {scope}: {what}."
