"""Why what somebody wanted to do to a conversation, or to an answer, was not done. See `refusals.py`."""

from __future__ import annotations

from bot.domain.refusals import Refusal


class NotInPrivateChannel(Refusal):
    words = "This was written privately: only members of the private channel can read and answer it."


class WhoIsInPrivateChannel(Refusal):
    words = "Slack could not tell us just now whether you are in the private channel. Please try again in a moment."


class NoSuchConversation(Refusal):
    words = "There is no such conversation any more."


class Erased(Refusal):
    words = "The words and names of this conversation were erased, so it cannot be answered."


class TakenAlready(Refusal):
    words = "{owner} has had it since {since}. You can still answer, or hand it over to yourself."
    owner: str
    since: str


class TheyAreNotInPrivateChannel(Refusal):
    words = (
        "{who} is not in the private channel. Please invite them there first, or pick somebody who is in it."
    )
    who: str


class AreTheyInPrivateChannel(Refusal):
    words = "Slack could not tell us just now whether {who} is in the private channel. Please try again in a moment."
    who: str


class NothingToAnswer(Refusal):
    words = "{name} deleted what you are answering, so it cannot be answered any more."
    name: str


class WrittenToFormer(Refusal):
    words = "It was written to {profile}, so it can only be answered there, by hand. Then close it here."
    profile: str


class DraftOutdated(Refusal):
    words = "You have changed that message since, so it was not sent. Please look at the newer preview."


class AlreadySentReply(Refusal):
    words = "That was sent already, and it goes out only once."


class MaybeSentReply(Refusal):
    words = (
        "A backup was put back, so this may have been sent since. Press Try again below the reply: Byhand looks "
        "first whether it is there."
    )


class ReplyTooLong(Refusal):
    words = "{problem}"
    problem: str


class AnswerTooLate(Refusal):
    words = (
        "It could be answered until {at}: {account} takes no later answer. Once the customer has written again, it can "
        "be answered here."
    )
    account: str
    at: str


class RepliesStopped(Refusal):
    words = "Replies are stopped too: {by} stopped them at {at}. Your words are kept here; send them after Resume."
    by: str
    at: str


class NotYours(Refusal):
    words = "Only {owner} can send that: it is their message."
    owner: str


class CannotCorrect(Refusal):
    words = "On {account} nobody can change what was sent. You can delete it and send it again."
    account: str


class NothingThere(Refusal):
    words = "Nothing of ours is left there to delete or correct."


class NothingKnown(Refusal):
    words = "Byhand no longer knows what this message was about."


class NobodyWaits(Refusal):
    words = "Nobody is waiting here any more."


class AllTaken(Refusal):
    words = "Everyone still waiting here has been taken already. List says by whom."


class NoneToClose(Refusal):
    words = "Nothing was closed: these have been taken, answered or closed meanwhile, or their customers wrote again."


class NotOfAThread(Refusal):
    words = "That works on your own messages in a conversation's thread. Nothing was sent."


class CannotGoOut(Refusal):
    words = "This cannot go to a customer as it is: {problem}"
    problem: str


class ByButtonOnly(Refusal):
    words = "Nothing was sent. Here you answer with Reply, or “Send to the customer” in your message's menu."


class CannotReply(Refusal):
    words = "{account} takes no answers through Byhand. Please answer in its own app."
    account: str


class BeingSent(Refusal):
    words = "An answer is on its way right now. Please try again in a minute."


class TakeOneFirst(Refusal):
    words = "Nothing was sent: this card is about many customers. Answer below one customer's own card."
