"""Every refusal, one class each: its sentence, and the fields it names. Each surface catches them in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, dataclass_transform

from bot.domain.preflight.words import NOTHING_IN


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field,))
class Refusal(Exception):
    """`words` is what the person reads, its braces filled with the fields. Every subclass is a dataclass."""

    words: ClassVar[str]
    under: ClassVar[str] = ""  # the field of a dialog where it is mended; "": it is said under the first

    def __init_subclass__(cls) -> None:
        dataclass(kw_only=True, eq=False, repr=False)(cls)

    def __post_init__(self) -> None:
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return self.words.format_map(vars(self))


class OnlyMembers(Refusal):
    words = "Only full members of this workspace can answer customers and decide who does. You can read along here."


class OnlyMembersOrAsk(OnlyMembers):
    words = "Only full members of this workspace can {verb}. Please ask one, or an approver: {approvers}."
    verb: str
    approvers: str


class OnlyMembersWhoApprove(OnlyMembersOrAsk):
    words = "Only approvers who are full members of this workspace can {verb}: {approvers}."


class OnlyMembersPause(OnlyMembers):
    words = "NOT paused. Only full members can pause. Please ask one at once, for example: {approvers}."
    approvers: str


class OnlyMembersStopReplies(OnlyMembers):
    words = "Replies are NOT stopped. Only full members can do that. Please ask one at once, for example: {approvers}."
    approvers: str


class OnlyMembersAnswer(Refusal):
    words = (
        "Only full members of this workspace answer customers, so nothing was sent. Your message stays here, where "
        "colleagues can read it."
    )


class OnlyApprovers(Refusal):
    words = "Only approvers can {verb}: {approvers}."
    verb: str
    approvers: str


class OnlyNamedApprovers(OnlyApprovers):
    words = "Only who is named for {where} in the settings can {verb}: {approvers}."
    where: str  # "LinkedIn", "“Winter drive” or Mastodon"


class WhoAreYou(Refusal):
    words = "Slack could not tell us just now who you are. You can hold, kill and pause; try this again in a minute."


class AuthorMayNotApprove(Refusal):
    words = "You {did}, so somebody else has to approve it: {approvers}."
    did: str
    approvers: str


class NoApproverLeft(Refusal):
    words = "You {did}, and no approver is left who may approve it: until there is one, it is not published. {mend}"
    did: str
    mend: str


class AlreadyApproved(Refusal):
    words = "You have approved this version already."


class NothingToAsk(Refusal):
    words = (
        "Nobody was asked: of these posts, none still needs an approval of its words. Posts whose card is up are "
        "decided there."
    )


class AskedAlready(Refusal):
    words = (
        "{who} asked for these posts at {at}, and nothing has changed since. The message is in the channel."
    )
    who: str
    at: str


class AlreadyReleased(Refusal):
    words = "You have released this already. Somebody else has to release it, too; if nobody does, it is not published."


class NothingReleased(Refusal):
    words = "Nobody has released this, so there is nothing to withdraw."


class NotPausedThere(Refusal):
    words = (
        "{accounts} {are} not paused, and a statement only goes to accounts that are. Choose others, or have it "
        "approved. Nothing was released."
    )
    accounts: str
    are: str


class NotOfThisPause(Refusal):
    words = "Only {account} is paused here, so a statement has to be for {account}. Nothing was released."
    account: str


class NoStatementByHand(Refusal):
    words = (
        "You post on {accounts} yourselves, and Byhand has to send a statement itself. Choose other accounts. Nothing "
        "was released."
    )
    under = "accounts"
    accounts: str


class NotInADrill(Refusal):
    words = "This is a drill: nothing real is paused, so there is no statement to release."


class NothingToUndo(Refusal):
    words = "There is no approval of yours to take back here."


class NoSuchPost(Refusal):
    words = "There is no such post any more."


class NoSuchAccount(Refusal):
    words = "There is no account called {account}.{meant} There are: {accounts}."
    account: str
    accounts: str
    meant: str = ""  # " Did you mean Bluesky?"


class Outdated(Refusal):
    words = "That card was out of date, so nothing was changed. {state}"
    state: str


class NotFrom(Refusal):
    words = "Nothing was changed: as things stand, you cannot {verb}. {state}"
    verb: str
    state: str


class GoNotSaid(Refusal):
    words = "No Go was said. {why}"
    why: str


class GoNotSaidOf(GoNotSaid):
    words = "No Go was said, because of {name}. {why}"
    name: str  # of a post: “Rye today”


class SlotPassed(Refusal):
    words = "That slot has passed. Pick a new time, or post it now."
    under = "slot"


class YoursToPost(Refusal):
    words = "Its slot has come, and people post it themselves. Pressing “I'm posting it” on its card says Go as well."


class NotItsTime(Refusal):
    words = "Nothing was changed: it can go up from {at} on."
    at: str


class SomebodyHasIt(Refusal):
    words = "{who} took it at {since}, so please do not post it too. Nothing was changed."
    who: str
    since: str


class Paused(Refusal):
    words = "{what} is paused: nobody can approve, and nothing is sent. It was paused by {by} at {at}."
    by: str
    at: str
    what: str  # "Publishing on Bluesky"


class NotPausedAtAll(Refusal):
    words = (
        "NOT paused: Byhand cannot reach its database. Approved posts may still go out. Please try again at once; if "
        "that does not help, have Byhand itself stopped."
    )


class MaybePaused(Refusal):
    words = (
        "NOT paused, as far as Byhand knows: its database has not confirmed it in time. If a banner says that "
        "publishing is paused, it is. Please look there, and pause again if there is none."
    )


class RepliesNotStopped(Refusal):
    words = "Replies are NOT stopped: Byhand cannot reach its database. Please press again at once."


class MaybeRepliesStopped(Refusal):
    words = (
        "Byhand does not know whether replies are stopped: its database has not confirmed it in time. Please look at "
        "the pause's message, and press again if it does not say so."
    )


class NotPausedUnknown(Refusal):
    words = "NOT paused: Byhand no longer knows which account this is about. /social pause stops everything."


class Blocked(Refusal):
    words = "Please {do} first: {objections}."
    objections: str
    do: str = "fix"


class CannotBeWaived(Refusal):
    words = "That cannot be approved anyway; it has to be fixed first: {objections}."
    objections: str


class SavedMeanwhile(Refusal):
    words = "{who} saved version {seq} while you were typing. Nothing of yours was saved."
    who: str
    seq: int


class NothingToSend(Refusal):
    words = "There is nothing left to send again on {account}."
    account: str


class LookFirst(Refusal):
    words = "Byhand is still checking whether {account} published it. Please wait until it asks you."
    account: str


class NothingIn(Refusal):
    words = f"{NOTHING_IN}."


class FieldErrors(Refusal):
    words = "Some fields need another look."
    fields: Mapping[str, str] = field(kw_only=False)
    """Sentence by field: "text", "slot", "accounts", "alt:<sha256>", "variant:<account>"."""


class Repeated(Refusal):
    words = "That click was received before; it counts once."


class NotPaused(Refusal):
    words = "{what} is not paused."
    what: str  # "Publishing", "Publishing on Bluesky"


class ResumedAlready(NotPaused):
    words = "{what} is not paused any more: {who} resumed it at {at}."
    who: str
    at: str


class EverythingIsPaused(Refusal):
    words = "{account} is not paused separately: everything is paused, and `/social resume` resumes it."
    account: str


class WhichPause(Refusal):
    words = "Several pauses are on. Please say which: {commands}."
    commands: str


class DrillNow(Refusal):
    words = (
        "No second drill started, because one is on already: its message in the channel says what comes next, and "
        "`/social drill stop` ends it."
    )


class DrillOver(Refusal):
    words = "This was a drill, and it is over. Nothing was changed."


class DrillWhilePaused(Refusal):
    words = (
        "The drill did not start, because there is a real pause: {what} is paused (by {by} since {at}{reason}). "
        "Resume that first."
    )
    what: str  # "Publishing on Bluesky"
    by: str
    at: str
    reason: str  # ": recall news"; "" if none was given


class DrillNotPaused(Refusal):
    words = "The drill is not paused yet, so there is nothing to resume. `/social drill pause` comes first."


class NoDrill(Refusal):
    words = "There is no drill now. `/social drill` begins one."


class PausedAgain(Refusal):
    words = "Somebody asked to pause again meanwhile, so nothing was resumed. Please check again."


class AlreadyBeingTakenDown(Refusal):
    words = "It is being taken down from {account} right now."
    account: str


class ByhandDeletes(Refusal):
    words = "Byhand can delete it on {account} itself, so nothing was changed. Please press Take down there."
    account: str


class OnlyThere(Refusal):
    words = (
        "It is for {account} only, so nothing would be left to publish. You can kill it, or pick a new time."
    )
    account: str


class CannotTakeDown(Refusal):
    words = "{account} does not let Byhand delete posts. Open the post there and delete it by hand."
    account: str


class WatchedByByhand(Refusal):
    words = "Byhand reads what people write on {account} itself, so there is nothing to say here. Nothing was changed."
    account: str


class NotOnShift(Refusal):
    words = "You are not on shift now, so there is nothing to hand over."


class NotAMember(Refusal):
    words = "That can only be handed to somebody else who is a full member of this workspace."


class PlanForgotten(Refusal):
    words = (
        "Byhand keeps a plan for a week after the last press, and has forgotten this one. "
        "Drop the file again to import it: nothing comes in twice."
    )


class UnknownWork(Refusal):
    words = "The running Byhand does not know the command {command}: is it an older version?"
    command: str


class SignedInMeanwhile(Refusal):
    words = (
        "{account} was signed in or out by {who} at {when}, while you did the same. If yours is needed all the same, "
        "type it again."
    )
    account: str
    who: str
    when: str


class AnotherIdentity(Refusal):
    words = (
        "{account} is {before}, and this signs in as {now}: another account. Nothing was changed. Sign in as {before}, "
        "or give this one another name in byhand.toml. With --replace it is this one from now on, and what was "
        "approved for {before} ends."
    )
    account: str
    before: str
    now: str


class NotSignedIn(Refusal):
    words = "Nothing is kept of {account}: nobody has signed it in with byhand connect, or it was signed out already."
    account: str
