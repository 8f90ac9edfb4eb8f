"""How an account's sign-in stands, in words: on cards, in Home, in messages and at the command line.

Moments are handed in as words: each screen has its own way to write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.sign_ins.endings import NoticeType

UNTIL_THEN = (
    "If nobody does, from then on nothing can be approved or published there, and what customers write there does not "
    "come in. Nothing is lost."
)
BY_NOW = (
    "Until then nothing can be approved or published there, and what customers write there does not come in. Nothing "
    "is lost."
)


@dataclass(frozen=True)
class NoticeView:
    """A message that an account's sign-in ends. `mend`: who must do what."""

    kind: NoticeType
    title: str  # of the account
    about: datetime  # the end; of one that has ended, since when
    mend: str  # without a full stop
    why: str = ""  # the network's words, or why it could not be renewed
    over: str = ""  # what was done about it, a sentence; "": nothing yet
    over_at: datetime | None = None
    groups: tuple[str, ...] = ()  # user groups that can be told here only


def describe_end(title: str, when: str) -> str:
    """ "Byhand's sign-in to Facebook ends on Tue 1 Dec at 14:00". `when`: with its preposition, if it needs one."""
    return f"Byhand's sign-in to {title} ends {when}"


def describe_ended(title: str, when: str) -> str:
    return f"Byhand's sign-in to {title} ended {when}"


def describe_signed_out(title: str, mend: str) -> str:
    return f"Nothing goes out on {title}: nobody is signed in there. {mend}"


def describe_refused(title: str, said: str) -> str:
    """`said`: what the network's own module says of it, with the mend."""
    return f"Nothing goes out on {title}. {said}"


def describe_unheard(title: str, said: str) -> str:
    return f"{title} could not be asked whether its sign-in works. {said}"


def say_mend(command: str) -> str:
    """Of a sign-in that is kept in the database."""
    return f"Whoever runs Byhand signs it in again: {command}"


def say_mend_of_environment(variables: str) -> str:
    """Byhand cannot change its own environment."""
    return f"Whoever runs Byhand puts a new token into {variables} and restarts Byhand"
