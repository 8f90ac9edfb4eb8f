"""Every "no", one class each. The docstring is the sentence the person reads; braces are filled in.

Refusals are raised by the rules and the services and caught in one place per surface (Slack, command line).
"""

from __future__ import annotations

from inspect import cleandoc
from typing import Any


class Refusal(Exception):
    """That cannot be done."""

    def __init__(self, **named: Any) -> None:
        self.named = named
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return cleandoc(type(self).__doc__ or "").format(**self.named)


class OnlyMembers(Refusal):
    """Only full members of this workspace can do that. You can read along here."""


class OnlyApprovers(Refusal):
    """Only approvers can {verb} a post: {approvers}."""


class OnlyApproversResume(OnlyApprovers):
    """Only approvers can resume publishing: {approvers}."""


class WhoAreYou(Refusal):
    """Slack could not tell us just now who you are. You can hold, kill and pause; try this again in a minute."""


class AuthorMayNotApprove(Refusal):
    """You wrote these words, so somebody else has to approve them: {approvers}."""


class AlreadyApproved(Refusal):
    """You have approved this version already."""


class NothingToUndo(Refusal):
    """There is no approval of yours to take back here."""


class NoSuchPost(Refusal):
    """There is no such post any more."""


class NoSuchAccount(Refusal):
    """There is no account called {account}. There are: {accounts}."""


class Outdated(Refusal):
    """That card was out of date, so nothing was changed. {state}"""


class NotFrom(Refusal):
    """Nothing was changed: you cannot {verb} this post now. {state}"""


class SlotPassed(Refusal):
    """That slot has passed. Pick a new time, or post it now."""


class SlotInThePast(Refusal):
    """That time has passed."""


class Paused(Refusal):
    """Publishing is paused by {by} since {at}: nobody approves, nothing is sent."""


class Blocked(Refusal):
    """Please fix first: {objections}."""


class CannotBeWaived(Refusal):
    """That cannot be approved anyway, it has to be fixed: {objections}."""


class SavedMeanwhile(Refusal):
    """{who} saved version {seq} while you were typing. Nothing of yours was saved."""


class AlreadySent(Refusal):
    """It has gone out on {account}, so its words and its time cannot change any more."""


class NothingToSend(Refusal):
    """There is nothing left to send again on {account}."""


class LookFirst(Refusal):
    """Byhand is still looking whether {account} published it. Please wait until it asks you."""


class TooLate(Refusal):
    """It is too late for that: nothing older than {limit} goes out by itself."""


class NothingIn(Refusal):
    """There is neither text nor image."""


class UnknownCommand(Refusal):
    """There is no "/social {word}". {hint}"""


class FieldErrors(Refusal):
    """Some fields need another look."""

    def __init__(self, fields: dict[str, str]) -> None:
        """`fields`: sentence by field: "text", "slot", "accounts", "alt:<sha256>", "variant:<account>"."""
        self.fields = fields
        super().__init__()


class Repeated(Refusal):
    """That click had arrived already; it counts once."""


class NotPaused(Refusal):
    """Nothing is paused here any more."""


class WhichPause(Refusal):
    """Several pauses are on. Please say which: {commands}."""


class DrillNow(Refusal):
    """A drill is on already: `/social drill pause` is what it waits for, `/social drill stop` ends it."""


class NoDrill(Refusal):
    """There is no drill now. `/social drill` begins one."""


class PausedAgain(Refusal):
    """Somebody paused again while you were deciding, so nothing was resumed. Please look once more."""


class AlreadyBeingTakenDown(Refusal):
    """It is being taken down from {account} right now."""


class OnlyThere(Refusal):
    """It is for {account} only, so nothing would be left to publish. You can kill it, or pick a new time."""


class CannotTakeDown(Refusal):
    """{account} lets nobody delete through Byhand. Open the post there and delete it by hand."""


class NoSuchConversation(Refusal):
    """There is no such conversation any more."""


class Erased(Refusal):
    """The words and names of this conversation were erased, so it cannot be answered."""


class TakenAlready(Refusal):
    """{owner} has it since {since}. It is not a lock: you can answer, or hand it over to yourself."""


class NotAMember(Refusal):
    """A conversation can only be handed to a full member of this workspace."""


class NothingToAnswer(Refusal):
    """{name} deleted what you are answering, so it cannot be answered any more."""


class DraftOutdated(Refusal):
    """You have changed that message since, so it was not sent. Please look at the newer preview."""


class AlreadySentReply(Refusal):
    """That was sent already; it goes out once."""


class ReplyTooLong(Refusal):
    """{problem}"""


class RepliesStopped(Refusal):
    """Replies are stopped too: {by} paused at {at}. Your words are kept here; send them after Resume."""


class NotYours(Refusal):
    """Only {owner} can send that: it is their message."""


class CannotCorrect(Refusal):
    """{account} lets nobody change what was sent. You can delete it and send it anew."""


class NothingThere(Refusal):
    """There is nothing of ours there that could be deleted or corrected."""


class NobodyWaits(Refusal):
    """Nobody waits here any more."""


class NotOfAThread(Refusal):
    """That works on your own messages in a conversation's thread. Nothing was sent."""


class CannotGoOut(Refusal):
    """This cannot go to a customer as it is: {problem}"""


class ByButtonOnly(Refusal):
    """Here answers go out by Reply, or by “Send to the customer” in your message's own menu. Nothing was sent."""


class CannotReply(Refusal):
    """{account} takes no answers through Byhand. Please answer in its own app."""


class BeingSent(Refusal):
    """An answer is on its way just now. Please try again in a minute."""


class TakeOneFirst(Refusal):
    """This card stands for many customers. Press Next for me, and answer below the card that comes."""
