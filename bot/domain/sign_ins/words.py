"""How an account's sign-in stands, in words: on cards, in Home, in messages and at the command line.

Moments are handed in as words: each screen has its own way to write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.outcomes import NeedsCredit
from bot.domain.sign_ins.endings import NoticeType

UNTIL_THEN = (
    "If nobody does, from then on nothing can be approved or published there, and what customers write there does not "
    "come in. Nothing is lost."
)
BY_NOW = (
    "Until then nothing can be approved or published there, and what customers write there does not come in. Nothing "
    "is lost."
)
NO_END = "Nobody knows how long it still works."
GONE = "Byhand stopped before the answer came"
RENEWED = "Byhand renewed it"


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
    end: datetime | None = None  # until when it works, where it could not be renewed; None: nobody knows
    account: str = ""  # to be tried again from here; "": it is not
    tried_at: datetime | None = None  # it was, and did not work: `why` says it


def describe_end(title: str, when: str) -> str:
    """ "Byhand's sign-in to Facebook ends on Tue 1 Dec at 14:00". `when`: with its preposition, if it needs one."""
    return f"Byhand's sign-in to {title} ends {when}"


def describe_ended(title: str, when: str) -> str:
    return f"Byhand's sign-in to {title} ended {when}"


def describe_not_renewed(title: str) -> str:
    return f"Byhand could not renew its sign-in to {title}"


def describe_unpaid(title: str, when: str) -> str:
    """ "X ran out of credits today at 09:20"."""
    return f"{title} ran out of credits {when}"


def say_no_credit(title: str, said: NeedsCredit) -> str:
    """What the network said, and who must do what."""
    return f"{title} has no credits ({said.why.rstrip('.')}). {said.mend or ''}".rstrip()


def describe_lost(why: str) -> str:
    return (
        f"The answer was lost ({why.rstrip('.')}), so nobody knows whether there is a new token. Byhand keeps the old "
        "one and does not ask again: asking twice could end both"
    )


def describe_no(why: str) -> str:
    return f"The network said no: {why}"


def describe_last_try(why: str) -> str:
    return f"Byhand goes on trying. The last try: {why}"


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
