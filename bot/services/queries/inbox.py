"""The inbox's lists and the cards of many: `/social inbox`, offers, spikes, App Home, a post's conversations.

Never writes. What a private conversation says stays in its own channel: in every list it is "a private message".
One conversation's own screens are in `conversations.py`, those of piles in `piles.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from statistics import median

from bot.domain.conversations import Conversation, Stage, Via
from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL
from bot.domain.hours import DAYS
from bot.domain.kinds import CardType
from bot.domain.people import Person
from bot.domain.shown.inbox_screens import (
    ComplaintsView,
    ConversationRow,
    HomeInbox,
    InboxList,
    InboxPage,
    LateCard,
    NewCard,
    OfferCard,
    SpikeCard,
)
from bot.domain.shown.moments import name_zone
from bot.domain.shown.post_conversations import PostConversation, PostConversations
from bot.domain.shown.stopped_replies import RepliesShut
from bot.services import duty
from bot.services.pause.replies_stop import make_replies_shut
from bot.services.queries.conversations import find_late_since
from bot.services.queries.post_links import load_post_link
from bot.services.unit_of_work import UnitOfWork
from bot.store import record
from bot.store.inbox import conversations, drafts, messages, piles
from bot.store.pause import gate
from bot.store.slack import cards

LISTED = 30  # rows of a list
AT_HOME = 5  # rows of each list in App Home
LATE_LISTED = 10
READ = 100  # conversations, of which those of one pile are one row
PRESSING_READ = 100  # of a flood; that there are more is said
PRIVATE = "a private message"
NAMED = 10  # customers on a post's card, which links a few
ROW_WORDS = 200  # characters
STAYS = timedelta(hours=12)  # so long cards of posts tell of complaints


# --- rows --------------------------------------------------------------------------------------------


def load_inbox(work: UnitOfWork, person: Person, what: InboxList = InboxList.ALL) -> InboxPage:
    owner = person.id if what is InboxList.MINE else None
    found = _list_first(work, owner=owner, nobody=what is InboxList.NOBODYS)
    waiting, nobody_has = conversations.count(work.db, Stage.OPEN), conversations.count_open(work.db)[1]
    total = waiting if owner is None else conversations.count_owned(work.db, owner)
    if what is InboxList.ALL:
        recent = conversations.list_answered_since(work.db, work.now - timedelta(days=1))
        answered = [conversation for conversation in recent if conversation.stage is Stage.ANSWERED]
        found, total = found + answered, total + len(answered)
    oldest = conversations.list_waiting(work.db, nobody=what is InboxList.NOBODYS, limit=1)
    return InboxPage(
        what=what, now=work.now, rows=list_rows_together(work, found, LISTED), open=waiting, nobody_has=nobody_has,
        oldest=oldest[0].waiting_since if oldest else None,
        offered=conversations.count(work.db, Stage.OFFERED),
        all=nobody_has if what is InboxList.NOBODYS else total, stopped=list_replies_shut(work),
    )  # fmt: skip


def list_replies_shut(work: UnitOfWork) -> tuple[RepliesShut, ...]:
    """Every pause that stops answers too; one of everything stands for all."""
    rows = gate.read(work.db).rows.values()
    shut = [row for row in rows if row.paused and row.stops_replies and row.scope != DRILL]
    everything = [row for row in shut if row.scope == ALL]
    return tuple(
        make_replies_shut(work, row) for row in everything or sorted(shut, key=lambda row: row.scope)
    )


def _list_first(work: UnitOfWork, *, owner: str | None = None, nobody: bool = False) -> list[Conversation]:
    """Who waits: what to look at first before all, then who waits longest."""
    found = conversations.list_waiting(work.db, owner=owner, nobody=nobody, limit=10 * LISTED)
    return sorted(found, key=who_first)


def who_first(conversation: Conversation) -> tuple[bool, datetime]:
    """What to look at first before all, then who waits longest."""
    return not conversation.reasons, conversation.waiting_since or conversation.last_at


def list_rows(work: UnitOfWork, found: Sequence[Conversation]) -> tuple[ConversationRow, ...]:
    """As they stand in a list."""
    names = conversations.load_customers(work.db, found)
    up = _cards_of(work, found)
    return tuple(
        ConversationRow(
            number=conversation.number,
            stage=conversation.stage,
            title=work.policy.title_of(conversation.account),
            name=PRIVATE
            if conversation.private
            else (names[conversation.id].name or "")
            if conversation.id in names
            else "",
            text="" if conversation.private else find_last_words(work, conversation),
            waiting_since=conversation.waiting_since,
            owner=conversation.owner,
            reasons=() if conversation.private else conversation.reasons,
            late=find_late_since(work, conversation) is not None,
            card=up.get(conversation.id) or up.get(conversation.pile_id or ""),
            withheld=conversation.is_withheld,
        )
        for conversation in found
    )


def list_rows_together(
    work: UnitOfWork, found: Sequence[Conversation], most: int
) -> tuple[ConversationRow, ...]:
    """The same, where those whom a pile's card stands for are one row: the first of them, and how many. Of those who
    all wrote the same also whoever has a card besides."""
    same = piles.list_same(work.db, {one.pile_id for one in found if one.pile_id})
    up, together = _cards_of(work, found), dict[str, list[Conversation]]()
    for one in found:
        alone = one.pile_id is None or not one.is_free or (one.id in up and one.pile_id not in same)
        together.setdefault(one.id if alone else f"pile:{one.pile_id}", []).append(one)
    groups = list(together.values())[:most]
    rows = list_rows(work, [group[0] for group in groups])
    return tuple(
        replace(row, alike=len(group), card=up.get(group[0].pile_id or "") or row.card)
        if len(group) > 1
        else row
        for row, group in zip(rows, groups, strict=True)
    )


def find_last_words(work: UnitOfWork, conversation: Conversation) -> str:
    """What the customer wrote last, in one line."""
    last = messages.find_last_of_customer(work.db, conversation.id)
    said = messages.load_words(work.db, [last.id]).get(last.id) if last else None
    return " ".join(said.text.split())[:ROW_WORDS] if said else ""


def _cards_of(work: UnitOfWork, found: Iterable[Conversation]) -> dict[str, tuple[str, str]]:
    """{conversation or pile: where its card is}."""
    wanted = {conversation.id for conversation in found} | {
        conversation.pile_id for conversation in found if conversation.pile_id
    }
    return cards.find_places(work.db, (CardType.CONVERSATION, CardType.PILE), wanted)


# --- offers, the hour's messages, spikes ------------------------------------------------------------


def load_offer_card(work: UnitOfWork, account: str) -> OfferCard:
    """What the first sync found unanswered, and what people decided."""
    left = conversations.list_offered(work.db, account)
    decided = record.list_of_kinds(
        work.db, f"account:{account}", FactKind.BROUGHT_IN.value, FactKind.LEFT_OUT.value
    )
    last = decided[-1] if decided else None
    return OfferCard(
        account=account, title=work.policy.title_of(account), count=len(left),
        oldest=left[0].last_at if left else None,
        brought_in=sum(
            (one.data or {}).get("count", 0) for one in decided if one.what == FactKind.BROUGHT_IN.value
        ),
        by=last.who if last else None,
        left=not left and last is not None and last.what == FactKind.LEFT_OUT.value,
        unread_before=_find_unread(work, account),
    )  # fmt: skip


def _find_unread(work: UnitOfWork, account: str) -> datetime | None:
    """Before when nothing was read by the first sync, of whichever stream was read least far."""
    cut = record.list_of_kinds(work.db, f"account:{account}", FactKind.CUT_SHORT.value)
    return max((datetime.fromisoformat(str((one.data or {})["read_from"])) for one in cut), default=None)


def load_late_card(work: UnitOfWork) -> LateCard:
    """Who waits past the answer target, whoever has them."""
    found = conversations.list_called(work.db, READ)
    return LateCard(
        now=work.now, target=work.policy.answer_within, count=sum(conversations.count_called(work.db).values()),
        oldest=found[0].waiting_since if found else None,
        rows=list_rows_together(work, found, LATE_LISTED),
        approvers=duty.list_to_alarm(work),
    )  # fmt: skip


def load_new_card(work: UnitOfWork) -> NewCard:
    """Who waits and nobody has: what rang nobody so far, and the rest."""
    count, oldest = conversations.measure_new(work.db)
    pressing = conversations.list_new(work.db, PRESSING_READ, pressing=True)
    subjects = {f"conversation:{one.id}": one for one in pressing}
    rung = record.find_latest(work.db, FactKind.RANG.value, subjects)
    quiet = [one for name, one in subjects.items() if name not in rung or rung[name] < one.opened_at]
    return NewCard(
        count=count, oldest=oldest, rows=list_rows_together(work, conversations.list_new(work.db, READ), LATE_LISTED),
        quiet=len(quiet), more_quiet=len(pressing) == PRESSING_READ and bool(quiet), approvers=duty.list_to_ring(work),
        target=work.policy.answer_within,
    )  # fmt: skip


def load_spike_card(work: UnitOfWork, spike_id: str) -> SpikeCard | None:
    spike = piles.load_spike(work.db, spike_id)
    if spike is None:
        return None
    return SpikeCard(
        spike_id=spike.id, now=work.now, title=work.policy.title_of(spike.account), account=spike.account,
        complaints=spike.complaints, minutes=int(work.policy.complaints_within.total_seconds() // 60),
        post=load_post_link(work, spike.post_id, spike.account, spike.thread), expected_until=spike.expected_until,
        expected_by=spike.expected_by, paused=gate.read(work.db).closed_for((spike.account,)) is not None,
        approvers=duty.list_to_alarm(work),
    )  # fmt: skip


def list_complaints(work: UnitOfWork, accounts: Sequence[str]) -> tuple[ComplaintsView, ...]:
    """Where a pause was suggested lately, and nobody said that it is expected."""
    found = []
    for spike in piles.list_suggested_since(work.db, accounts, work.now - STAYS):
        if spike.expected_until is not None and spike.expected_until > work.now:
            continue
        count, first = messages.measure_complaints(
            work.db, spike.account, spike.thread, spike.suggested_at - work.policy.complaints_within
        )
        if first is not None:
            place = cards.find_place(work.db, CardType.SPIKE, spike.id)
            found.append(ComplaintsView(work.policy.title_of(spike.account), count, first, place))
    return tuple(found)


# --- App Home, posts ---------------------------------------------------------------------------------


def load_home_inbox(work: UnitOfWork, person: Person) -> HomeInbox:
    local = work.now.astimezone(work.policy.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    said = messages.list_moments_of_answered(work.db, monday)
    waits = [wait.total_seconds() for turns in said.values() if (wait := _waited(turns)) is not None]
    oldest = conversations.list_waiting(work.db, limit=1)
    mine = conversations.list_waiting(work.db, owner=person.id, limit=AT_HOME)
    doubtful = conversations.list_with_doubtful_reply(work.db, AT_HOME)
    held = drafts.list_held(work.db)
    return HomeInbox(
        now=work.now, mine=list_rows(work, mine), mine_all=conversations.count_owned(work.db, person.id),
        nobodys=list_rows_together(work, _list_first(work, nobody=True), AT_HOME),
        nobody_has=conversations.count_open(work.db)[1], doubtful=list_rows(work, doubtful),
        waiting=conversations.count(work.db, Stage.OPEN), oldest=oldest[0].waiting_since if oldest else None,
        answered_this_week=conversations.count_answered_since(work.db, monday),
        typical_wait=timedelta(seconds=median(waits)) if waits else None, stopped=list_replies_shut(work),
        held_back=len(held), held_back_mine=sum(one.by == person.id for one in held),
    )  # fmt: skip


def _waited(turns: Iterable[tuple[Via, datetime]]) -> timedelta | None:
    """How long the customer waited for the last answer: since the first message no answer stood before."""
    since: datetime | None = None
    wait: timedelta | None = None
    for via, at in turns:
        if via is Via.CUSTOMER:
            since = since or at
        elif since is not None:
            wait, since = max(at - since, timedelta()), None
    return wait


def load_post_conversations(work: UnitOfWork, post_id: str) -> PostConversations | None:
    """The conversations about a post, for its card; None: nobody wrote. Private ones are counted, not linked."""
    found = conversations.list_of_post(work.db, post_id)
    if not found:
        return None
    found.sort(
        key=lambda conversation: (
            conversation.stage is not Stage.OPEN,
            conversation.waiting_since or conversation.last_at,
        )
    )
    up = _cards_of(work, found)
    linked = [one for one in found if one.id in up and not one.private]
    names = conversations.load_customers(work.db, linked[:NAMED])
    links = tuple(
        PostConversation((names[one.id].name or "") if one.id in names else "", one.number, up[one.id])
        for one in linked
    )
    return PostConversations(len(found), sum(one.stage is Stage.OPEN for one in found), links)


# --- hours -------------------------------------------------------------------------------------------


def make_hours_sentence(work: UnitOfWork) -> str:
    """For the profile: "We answer Mon–Sat 8:00–18:00 (Berlin time)"."""
    spans = work.policy.hours.spans
    if not spans:
        return "No hours are set. Whoever runs Byhand can set them in [team] hours."
    of_day: dict[int, list[str]] = defaultdict(list)
    for span in sorted(spans, key=lambda one: (one.weekday, one.start)):
        of_day[span.weekday].append(f"{_clock(span.start)}–{_clock(span.end, at_end=True)}")
    parts = [f"{_days(days)} {' and '.join(of_day[days[0]])}" for days in _alike(of_day)]
    return f"We answer {', '.join(parts)} ({name_zone(work.policy.zone)})"


def _clock(at: time, *, at_end: bool = False) -> str:
    """ "8:00"; midnight at a day's end is "24:00"."""
    return "24:00" if at_end and at == time(0) else f"{at.hour}:{at.minute:02}"


def _alike(of_day: dict[int, list[str]]) -> list[list[int]]:
    """Runs of days, one after the other, with the same hours."""
    runs: list[list[int]] = []
    for day in sorted(of_day):
        if runs and runs[-1][-1] == day - 1 and of_day[runs[-1][0]] == of_day[day]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _days(days: list[int]) -> str:
    return DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}–{DAYS[days[-1]]}"
