"""What the record says of a post and of a pause, in sentences: who did what, on which account, with links.

A sentence is about whoever is named beside it ("Maya": "Changed the text."); the clock's are about the post.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.deliveries import State
from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.people import LOSSES
from bot.domain.posts import Post, Status
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.post_screens import Arrival, HistoryLine, PausedAgain
from bot.domain.shown.state_words import name_publishing
from bot.services.post_states import load_gone
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names
from bot.store import deliveries, record
from bot.store.pause import pauses
from bot.store.posts import posts
from bot.store.record import Fact

ARRIVALS = (FactKind.MOVED, FactKind.BROUGHT_BACK, FactKind.HELD, FactKind.POST_NOW)
ENDING = frozenset(  # what ends approvals, and is written after it
    {
        FactKind.EDITED.value, FactKind.MOVED.value, FactKind.HELD.value, FactKind.KILLED.value,
        FactKind.MISSED.value, FactKind.POST_NOW.value, FactKind.BROUGHT_BACK.value,
    }
)  # fmt: skip
UNSIGNED = frozenset(
    {FactKind.REVIEW_OPENED.value, FactKind.ALL_APPROVED.value}
)  # Byhand's, whoever caused them
WORDS = 300  # characters of a new text
AT_ONCE = timedelta(seconds=1)
STANDS_BY = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED, Status.HELD, Status.PUBLISHED)


def find_arrival(work: UnitOfWork, post: Post) -> Arrival | None:
    """Whose act brought a post where it stands, or to the moment at which it went out."""
    if post.status not in STANDS_BY:
        return None
    fact = record.find_newest_of(work.db, f"post:{post.id}", *(kind.value for kind in ARRIVALS))
    if fact is None:
        return None
    data = fact.data or {}
    was = Status.of(data["was"]) if data.get("was") else None
    return Arrival(
        FactKind(fact.what), fact.who, fact.at, _read_moment(data, "before"), was, data.get("reason")
    )


def list_paused_again(work: UnitOfWork, scope: str, since: datetime | None) -> tuple[PausedAgain, ...]:
    """Who has given a reason since then to pause what was paused already; whoever gave none changed nothing."""
    if since is None:
        return ()
    found = record.list_since(work.db, f"gate:{scope}", FactKind.PAUSED.value, since)
    again = [(fact, fact.data or {}) for fact in found if (fact.data or {}).get("again")]
    return tuple(
        PausedAgain(fact.who or "", fact.at, data["reason"]) for fact, data in again if data.get("reason")
    )


def list_history(work: UnitOfWork, post_id: str, limit: int = 40) -> tuple[HistoryLine, ...]:
    """A post's, its pauses included, oldest first. The newest `limit`."""
    post = posts.load(work.db, post_id)
    if post is None:
        return ()
    spans = _list_spans(work, post)
    also = [(f"gate:{one.scope}", one.since, one.until) for one in spans]
    newest = record.list_newest(
        work.db, f"post:{post_id}", also=also, limit=2 * limit
    )  # some say nothing new
    found = {fact.id: fact for fact in (*_list_paused_before(work, spans), *newest)}
    in_order = sorted(filter(_is_news, found.values()), key=lambda fact: (fact.at, fact.id))
    told = _put_causes_first(in_order)[-limit:]
    urls = {
        one.remote_id: one.remote_url
        for one in deliveries.list_of_post(work.db, post_id)
        if one.remote_id and one.remote_url
    }
    texts = {version.seq: version.body.text for version in posts.list_versions(work.db, post_id)}
    return tuple(_Told(work, fact, urls, texts).line for fact in told)


def _is_news(fact: Fact) -> bool:
    """That it has all approvals says nothing new beside the only one it needs; what a network fetched is for the record
    alone."""
    if fact.what in (FactKind.IMAGE_OPENED.value, FactKind.IMAGE_SHUT.value):
        return False
    return fact.what != FactKind.ALL_APPROVED.value or len((fact.data or {}).get("by") or ()) != 1


@dataclass(frozen=True)
class _Span:
    """From when until when a pause of this scope stopped the post. `until` None: it still does."""

    scope: str
    since: datetime
    until: datetime | None = None


def _list_spans(work: UnitOfWork, post: Post) -> list[_Span]:
    """What a pause has to name: everything, or an account while the post was to go there."""
    over = _find_over(work, post)
    found = [_Span(ALL, post.created_at, over)]
    since = dict[str, datetime]()
    for number, version in enumerate(posts.list_versions(work.db, post.id)):
        at, accounts = version.saved_at if number else post.created_at, version.body.accounts
        found += [
            _Span(scope, since.pop(scope), at + AT_ONCE) for scope in sorted(since) if scope not in accounts
        ]
        since = dict.fromkeys(accounts, at) | since
    return [*found, *(_Span(scope, at, over) for scope, at in sorted(since.items()))]


def _find_over(work: UnitOfWork, post: Post) -> datetime | None:
    """Since when no pause is about it any more: killed, or taken down everywhere. While it is out, a pause may be
    why it is taken down."""
    if post.status is Status.KILLED:
        return post.status_at + AT_ONCE
    if post.status is not Status.PUBLISHED:
        return None
    gone = load_gone(work, [post.id])
    out = [one for one in deliveries.list_of_post(work.db, post.id) if one.state is State.SENT]
    ends = [at for one in out if (at := gone.find(one))]
    return max(ends) + AT_ONCE if ends and len(ends) == len(out) else None


def _list_paused_before(work: UnitOfWork, spans: Sequence[_Span]) -> list[Fact]:
    """Pauses that it came into, or that an account of it brought along."""
    return [
        fact
        for since in {span.since for span in spans}
        for pause in pauses.list_on_at(work.db, since)
        if any(span.scope == pause.scope and span.since == since for span in spans)
        for fact in record.list_since(work.db, f"gate:{pause.scope}", FactKind.PAUSED.value, pause.at)
        if fact.at < since
    ]


def _put_causes_first(found: Sequence[Fact]) -> list[Fact]:
    """What somebody did, then what it ended: both are written at one moment. And a pause before the slot that was
    missed by it: each has the moment at which its transaction began, and one of them waited."""
    told = list(found)
    for place in reversed(range(len(told))):
        one, to = told[place], place
        for after in range(place + 1, len(told)):
            if told[after].at - one.at > AT_ONCE:
                break
            to = after if _causes(told[after], one) else to
        told.insert(to, told.pop(place))
    return told


def _causes(cause: Fact, effect: Fact) -> bool:
    """Of an effect that was written first."""
    if cause.what == FactKind.IMPORTED.value:
        return cause.at == effect.at
    if effect.what == FactKind.APPROVALS_ENDED.value:
        return cause.at == effect.at and cause.who == effect.who and cause.what in ENDING
    why = str((effect.data or {}).get("reason") or "")
    return cause.what == FactKind.PAUSED.value and effect.what == FactKind.MISSED.value and "paused" in why


def _read_moment(data: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(data[name]) if data.get(name) else None


@dataclass(frozen=True)
class _Told:
    """One fact, and what its sentence may name."""

    work: UnitOfWork
    fact: Fact
    urls: Mapping[str, str]  # {remote id: address}
    texts: Mapping[int, str]  # {version: its text}

    @property
    def line(self) -> HistoryLine:
        tell = _SENTENCES.get(self.fact.what)
        sentence = tell(self) if tell else self.fact.what
        words = sentence[:1].upper() + sentence[1:]
        ended = words if words.endswith((".", "!", "?", "”", "…")) else f"{words}."
        who = None if self.fact.what in UNSIGNED else self.fact.who
        return HistoryLine(self.fact.at, who, ended, self.links)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        url = self.urls.get(self.text("remote_id"))
        copies = [str(each) for each in self.data.get("links") or ()]
        if self.fact.what == FactKind.INCIDENT.value:
            return tuple((f"copy {number}", each) for number, each in enumerate(copies, 1))
        return (("view the post", url),) if url and self.text("outcome") == "Sent" else ()

    @property
    def data(self) -> Mapping[str, Any]:
        return self.fact.data or {}

    def text(self, name: str) -> str:
        return str(self.data.get(name) or "")

    @property
    def account(self) -> str:
        """Its title."""
        return self.work.policy.title_of(self.text("account")) if self.text("account") else "the network"

    @property
    def because(self) -> str:
        """': “recall news”', where somebody gave a reason."""
        return f": “{self.text('reason')}”" if self.text("reason") else ""

    def moment(self, name: str) -> str:
        return format_moment(self.work, _read_moment(self.data, name))

    def names(self, name: str) -> str:
        return list_names(self.work, [str(each) for each in self.data.get(name) or ()])


def _imported(told: _Told) -> str:
    return f"imported it from {told.text('file') or 'a plan file'}"


def _written(told: _Told) -> str:
    if copy_of := told.text("copy_of"):
        return f"made this draft as a copy of {name_post_by_words(told.texts.get(1, ''), int(copy_of))}"
    whose = told.names("words_of")
    return f"made this draft from the words of {whose}" if whose else "wrote it, as a draft"


def _moved(told: _Told) -> str:
    old, new = told.moment("before") if told.text("before") else "", told.moment("slot")
    held = told.text("was") == Status.HELD.key
    if old == new:
        return f"took it off hold; its time is still {new}" if held else f"kept its time, {new}"
    before = f" from {old}" if old else ""
    return f"{'took it off hold and ' if held else ''}moved it{before} to {new or 'no time'}"


def _edited(told: _Told) -> str:
    """With the new text, where that was changed."""
    what, seq = told.text("changed") or "changed it", told.data.get("seq")
    now, before = (told.texts.get(seq), told.texts.get(seq - 1)) if isinstance(seq, int) else (None, None)
    if now is None or now == before:
        return what
    shown = " ".join(now.split())
    return f"{what}. It now says: “{shown[:WORDS]}{'…' if len(shown) > WORDS else ''}”"


def _approved_anyway(told: _Told) -> str:
    return f"approved it anyway, because “{told.text('because')}”"


def _undone(told: _Told) -> str:
    own, what = told.text("of") == told.fact.who, "Go" if told.data.get("go") else "approval"
    return (
        f"took the {what} back"
        if own
        else f"took back the {what} of {list_names(told.work, (told.text('of'),))}"
    )


def _ended(told: _Told) -> str:
    """Why somebody's act ended them is said by the line of that act."""
    whose, why = told.names("whose"), told.text("why")
    if told.fact.who is not None:
        own = list(told.data.get("whose") or ()) == [told.fact.who]
        return "ended their own approval" if own else f"ended the approval of {whose}"
    return (
        f"the approval of {whose} {'no longer counts' if why in LOSSES else 'ended'}: {_ENDED.get(why, why)}"
    )


_ENDED = {
    "missed its slot": "it missed its slot",
    "started with looser settings": "the settings became looser",
}


def _paused(told: _Told) -> str:
    what = name_publishing(
        None if told.text("scope") == ALL else told.work.policy.title_of(told.text("scope"))
    )
    again = " again" if told.data.get("again") else ""
    verb = "paused" if told.fact.what == FactKind.PAUSED.value else "resumed"
    return f"{verb} {what[:1].lower()}{what[1:]}{again}{told.because}"


def _begun(told: _Told) -> str:
    if told.data.get("by_hand"):
        return f"began to post it on {told.account}"
    return f"began to send it to {told.account}{', as a statement' if told.data.get('statement') else ''}"


def _released(told: _Told) -> str:
    anyway = f" anyway, because “{told.text('because')}”" if told.text("because") else ""
    return f"released it as a statement{anyway}"


def _releases_ended(told: _Told) -> str:
    if told.fact.who is not None:
        return f"ended it as a statement: {told.text('why')}"
    return f"it does not go out as a statement: {told.text('why')}"


def _outcome(told: _Told) -> str:
    match told.text("outcome"):
        case "Sent":
            after_all = ": the network said so late" if told.data.get("late") else ""
            return f"published it on {told.account}{after_all}"
        case "Refused":
            return f"{told.account} refused it{told.because}"
        case "Unknown":
            return f"{told.account} gave no clear answer{told.because}"
    return f"not sent to {told.account} yet{told.because}"


def _looked(told: _Told) -> str:
    there = {"Found": "it is there", "Absent": "it is not there"}
    return f"looked at {told.account}: {there.get(told.text('found'), 'that did not tell')}"


def _dropped(told: _Told) -> str:
    if told.fact.who is not None:
        return f"{told.text('said') or 'stopped it'} on {told.account}"
    return f"it is not sent to {told.account}: {told.text('why')}"


def _finished(told: _Told) -> str:
    return (
        "the post is published"
        if told.text("status") == Status.PUBLISHED.key
        else "the post is not published"
    )


def _approved(told: _Told) -> str:
    alone = ", their own change, alone on shift" if told.data.get("alone") else ""
    return ("approved the words" if told.data.get("early") else "approved it") + alone


_SENTENCES: Mapping[str, Callable[[_Told], str]] = {
    kind.value: sentence
    for kind, sentence in {
        FactKind.IMPORTED: _imported,
        FactKind.WRITTEN: _written,
        FactKind.SCHEDULED: lambda told: f"scheduled it for {told.moment('slot')}",
        FactKind.MOVED: _moved,
        FactKind.EDITED: _edited,
        FactKind.REVIEW_OPENED: lambda _: "posted its card and asked for a decision",
        FactKind.REMINDED: lambda told: f"reminded{' for the last time' if told.data.get('last') else ''}",
        FactKind.APPROVED: _approved,
        FactKind.GO: lambda _: "said Go: the moment is right",
        FactKind.REQUESTED: lambda _: "asked for approvals of its words",
        FactKind.CHANGE_WANTED: lambda told: f"asked for a change: {told.text('reason')}",
        FactKind.APPROVED_ANYWAY: _approved_anyway,
        FactKind.APPROVAL_UNDONE: _undone,
        FactKind.APPROVALS_ENDED: _ended,
        FactKind.ALL_APPROVED: lambda _: "the post now has all the approvals it needs",
        FactKind.HELD: lambda told: f"put it on hold{told.because}",
        FactKind.KILLED: lambda told: f"killed it{told.because}",
        FactKind.BROUGHT_BACK: lambda _: "brought it back",
        FactKind.POST_NOW: lambda _: "pressed Post now",
        FactKind.MISSED: lambda told: f"it missed its slot: {told.text('reason')}",
        FactKind.BEGUN: _begun,
        FactKind.RELEASED: _released,
        FactKind.RELEASES_ENDED: _releases_ended,
        FactKind.OUTCOME: _outcome,
        FactKind.LOOKED: _looked,
        FactKind.SETTLED: lambda told: f"looked at {told.account} and said that it is there",
        FactKind.DROPPED: _dropped,
        FactKind.TRIED_AGAIN: lambda told: f"asked to send it to {told.account} again",
        FactKind.STOPPED_REST: lambda _: "stopped what had not been sent yet",
        FactKind.FINISHED: _finished,
        FactKind.INCIDENT: lambda told: f"it is on {told.account} twice",
        FactKind.PAUSED: _paused,
        FactKind.RESUMED: _paused,
        FactKind.TAKE_DOWN: lambda told: f"asked to take it down from {told.account}",
        FactKind.TAKEN_DOWN: lambda told: f"took it down from {told.account}",
        FactKind.NOT_TAKEN_DOWN: lambda told: f"{told.account} did not take it down{told.because}",
        FactKind.DELETED_BY_HAND: lambda told: f"deleted it on {told.account} by hand",
    }.items()
}
