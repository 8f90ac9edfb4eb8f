"""Why an account is not tried again. See `domain/refusals.py`."""

from __future__ import annotations

from bot.domain.refusals import Refusal


class NothingToTry(Refusal):
    words = "{account} works again, so there is nothing to try."
    account: str


class NotOutOfCredits(Refusal):
    words = "{account} is not out of credits, so trying it does not help. {mend}."
    account: str
    mend: str


class TriedAlready(Refusal):
    words = "{who} pressed Try now at {at}, and {account} is being asked: what it says is shown in a moment."
    who: str
    at: str
    account: str
