"""The cards beside conversations: a pile that stands for many, older messages on offer, too many complaints.

Each suggests, and people decide: what happens if nobody does stands on all three.
"""

from __future__ import annotations

from bot.domain.conversations import OFFERED_AT_MOST, OFFERED_SINCE
from bot.domain.kinds import PileType
from bot.domain.shown.inbox_screens import LateCard, NewCard, OfferCard, PileCard, PostLink, SpikeCard
from bot.domain.shown.state_words import describe_paused
from bot.slack.ids import Act
from bot.slack.views.blocks import (
    TEXT,
    Ask,
    Block,
    Message,
    Part,
    Room,
    actions,
    button,
    fit,
    head,
    lines,
    link,
    moment,
    said,
    small,
    words,
)
from bot.slack.views.inbox.about import about_spike
from bot.slack.views.inbox.lists import conversation_row, count_shown
from bot.slack.views.inbox.parts import DONE, about_post, name_the_post, quoted, tell_stopped, their_words
from bot.slack.views.quotes import About, ask_about, first_words
from bot.slack.views.text import (
    NOWHERE,
    VIEW_MESSAGE,
    Place,
    count,
    cut,
    heard,
    mention,
    mentions,
    one_line,
    permalink,
    span,
    spoken,
    when,
)

OWNERS = 10  # people named on a pile's card


# --- a pile ------------------------------------------------------------------------------------------


def draw_pile_card(pile: PileCard, place: Place = NOWHERE) -> Message:
    """One card for many conversations: under one post, or with nearly the same words."""
    text = f"{_people(pile)}: {_state(pile)}"
    return Message(cut(heard(text, 300), TEXT), fit(lambda room: _pile(pile, room, place)))


def draw_old_pile_card(newer: tuple[str, str], place: Place = NOWHERE) -> Message:
    """Its thread was full; the pile has another one."""
    text = "This continues on a newer card."
    url = permalink(newer, place)
    return Message(text, [lines([words(f"{text[:-1]}: ", bold=True), link(url, "open the newer card")])])


def _state(pile: PileCard) -> str:
    """How many wait, whoever has them, and how many of them somebody has."""
    if not pile.waiting:
        return "nobody is waiting"
    waiting, taken = f"{pile.waiting} waiting", pile.waiting - pile.free
    if not taken:
        return f"{waiting}, {'not taken' if pile.waiting == 1 else 'none of them taken'}"
    if pile.free:
        return f"{waiting}, {taken} of them taken"
    return f"{waiting}, {'taken' if taken == 1 else 'all taken'}"


def _people(pile: PileCard) -> str:
    """Literal; the post's words are ours, and words that customers share stand in a quote instead."""
    title = one_line(pile.title, 60)
    who = count(pile.people, "person", "people")
    if pile.kind is PileType.SAME:
        return f"{who} wrote much the same on {title}"
    return f"{who} wrote under {first_words(pile.about)} on {title}"


def _pile(pile: PileCard, room: Room, place: Place) -> list[Block]:
    drawn = [head(f"{_people(pile)}: {_state(pile)}", place=place)]
    if numbers := _numbers(pile):
        drawn.append(small(*numbers))
    drawn += [about_post(pile.post, place)] if pile.post else []
    drawn += _newest(pile, room, place)
    if pressed := _pile_buttons(pile):
        drawn.append(actions(*pressed))
    drawn += [said(tell_stopped(pile.replies_stopped, place))] if pile.replies_stopped else []
    first = _FIRST_ALIKE if pile.kind is PileType.SAME else _FIRST_BELOW
    told = f"{_NEXT if pile.free else ''}{_STAYS if pile.waiting else ''}"
    return [*drawn, small(f"{told}What they wrote is in the thread; {first}")]


_NEXT = "Next for me gives you whoever has waited longest. "
_STAYS = "Whoever is left stays open until somebody answers or closes them. "
_FIRST_ALIKE = "whoever wrote first has a card of their own as well."
_FIRST_BELOW = "whoever wrote before this card was put up has a card of their own, and is not counted here."


def _newest(pile: PileCard, room: Room, place: Place) -> list[Block]:
    """Of nearly the same words the newest stand for all; of others, they show how it goes on."""
    if pile.newest is None:
        return quoted(pile.about, room) if pile.kind is PileType.SAME else []
    row = [words("Newest: ", bold=True), words(f"{one_line(pile.newest_by, 60)}, ")]
    row += [moment(pile.newest.at, place), words(" · "), link(pile.newest.url, VIEW_MESSAGE)]
    return [lines(row), *their_words(pile.newest, room)]


def _numbers(pile: PileCard) -> list[str]:
    """How the head's number is made up, and what is over; nothing of it twice."""
    told = [f"{pile.only_emoji} only emoji"] if pile.only_emoji else []
    told += [f"{number} with {mention(owner)}" for owner, number in pile.owned[:OWNERS]]
    left = sum(number for _, number in pile.owned[OWNERS:])
    told += [f"{left} with others"] if left else []
    told += [f"{pile.answered} answered"] if pile.answered else []
    return [*told, f"{pile.closed} closed"] if pile.closed else told


def _pile_buttons(pile: PileCard) -> list[Part]:
    """Only what does something: once all are taken there is no next one, and once nobody waits no list."""
    pressed: list[Part] = []
    if pile.free:
        spoken = "Give me the next customer on this card"
        pressed.append(button(Act.NEXT_FOR_ME, "Next for me", pile.pile_id, spoken, style="primary"))
    if pile.waiting:
        pressed.append(button(Act.PILE_LIST, "List", pile.pile_id, "List those on this card who are waiting"))
    if pile.closable:
        which = "that nobody has taken" if pile.kind is PileType.SAME else "that are only emoji"
        text = f"Close all {which}…"
        pressed.append(
            button(Act.CLOSE_PILE, text, pile.pile_id, f"Close all on this card {which}, without a reply")
        )
    return pressed


# --- older ones on offer -----------------------------------------------------------------------------

_LEAVE = Ask(
    "Leave them?",
    "They get no card here. If one of them writes again, that message comes in.",
    "Leave them",
    "Not now",
    danger=True,
)


def draw_offer_card(offer: OfferCard, place: Place = NOWHERE) -> Message:
    """What the first sync found: older messages nobody answered. Without their words or names."""
    title = one_line(offer.title, 60)
    older = count(offer.count, "older message")
    if offer.unread_before and not (offer.count or offer.by):
        told = f"Please look on {title}: more came in than Byhand reads when it starts there"
        return Message(heard(told, 300), [head(told, place=place), *_unread(offer, title, place)])
    if offer.left or not offer.count:
        return _decided(offer, title, place)
    told = f"Bring in or leave: {older} on {title} that nobody answered"
    since = f"the oldest from {when(offer.oldest, place)}" if offer.oldest else ""
    about = About("", (title,), offer.oldest, on="the oldest from", otherwise=older)
    leave = ask_about(_LEAVE, about, place)
    pressed = [
        button(
            Act.BRING_IN, "Bring them in", offer.account, f"Bring in the {older} on {title}", style="primary"
        ),
        button(Act.LEAVE_OUT, "Leave them", offer.account, f"Leave the {older} on {title}", ask=leave),
    ]
    blocks = [
        head(told, place=place),
        *([small(since)] if since else []),
        actions(*pressed),
        small(
            f"Byhand looked back {OFFERED_SINCE.days} days, and no further than about {OFFERED_AT_MOST} older messages."
        ),
        *_unread(offer, title, place),
        said("If nobody decides, they stay as they are: nothing is lost, and whoever writes again comes in."),
    ]
    return Message(heard(told, 300), blocks)


def _unread(offer: OfferCard, title: str, place: Place) -> list[Block]:
    """What the first sync did not come to: nobody else will tell."""
    if offer.unread_before is None:
        return []
    since = when(offer.unread_before, place)
    return [
        said(f"Byhand has read nothing on {title} from before {since}. Please look there for older messages.")
    ]


def _decided(offer: OfferCard, title: str, place: Place) -> Message:
    if offer.left:
        told = f"Not brought in: older messages on {title} that nobody answered"
    else:
        told = f"Brought in: {count(offer.brought_in, 'older message')} on {title}"
    by = f"by {mention(offer.by)}" if offer.by else ""
    blocks = [head(told, place=place), *([small(by)] if by else []), *_unread(offer, title, place)]
    return Message(heard(told, 300), blocks)


# --- who waits too long ------------------------------------------------------------------------------


def draw_late_card(late: LateCard, place: Place = NOWHERE) -> Message:
    """One message for all who wait past the answer target. Without their words in what phones show."""
    target = span(late.target)
    if not late.count:
        told = f"Nobody is waiting longer than {target} any more"
        return Message(f"{told}.", [head(told, place=place)])
    told = f"{count(late.count, 'customer has', 'customers have')} been waiting longer than {target}"
    calls = f"{mentions(late.approvers)} " if late.approvers else ""
    since = f"the first since {when(late.oldest, place)}" if late.oldest else ""
    return Message(
        cut(f"{calls}{told}. Please answer them.", TEXT),
        fit(
            lambda room: [
                head(told, place=place),
                small(f"{calls}please answer them", since),
                *_listed(late, room, place),
                said(_LAST),
            ]
        ),
    )


_LAST = f"They stay open until somebody answers them or presses {DONE}. A list like this comes at most once an hour."


def _listed(many: LateCard | NewCard, room: Room, place: Place) -> list[Block]:
    shown = many.rows[: room.rows]
    owner = isinstance(many, LateCard)  # of the others it is said above that nobody has them
    drawn = [lines(*(conversation_row(row, place, owner=owner) for row in shown))] if shown else []
    left = many.count - count_shown(shown)
    return [*drawn, said(f"and {left} more: `/social inbox`")] if left > 0 else drawn


def draw_old_late_card(newer: tuple[str, str], place: Place = NOWHERE) -> Message:
    """An hour later there are others."""
    text = "There is a newer list of those who have waited too long."
    url = permalink(newer, place)
    return Message(text, [lines([words(f"{text[:-1]}: ", bold=True), link(url, "open the newer list")])])


# --- who is new and waits ----------------------------------------------------------------------------


def draw_new_card(new: NewCard, place: Place = NOWHERE) -> Message:
    """One message an hour for all who wait and nobody has. It rings the approvers only for what rang nobody before."""
    if not new.count:
        told = "Nobody new is waiting any more"
        late = (
            f"Anyone waiting longer than {span(new.target)} is on the list of late answers, not on this one."
        )
        return Message(f"{told}.", [head(told, place=place), said(late)])
    told = f"{count(new.count, 'customer is', 'customers are')} waiting, and nobody has taken them"
    since = f"the first since {when(new.oldest, place)}" if new.oldest else ""
    asked = _asked_for_quiet(new)
    return Message(
        cut(f"{told}. {asked}".rstrip(), TEXT),
        fit(
            lambda room: [
                head(told, place=place),
                *([small(asked)] if asked else []),
                *([small(since)] if since else []),
                *_listed(new, room, place),
                said(_LAST),
            ]
        ),
    )


def _asked_for_quiet(new: NewCard) -> str:
    """mrkdwn: "@Tom and @Anna, please look: 9 more to look at first."; "" where each of those rang by itself."""
    if not new.quiet:
        return ""
    number = f"{new.quiet} or more" if new.more_quiet else f"{new.quiet} more"
    calls = f"{mentions(new.approvers)}, please" if new.approvers else "Please"
    verb = "is" if number == "1 more" else "are"
    return f"{calls} look: there {verb} {number} to look at first."


def draw_old_new_card(newer: tuple[str, str], place: Place = NOWHERE) -> Message:
    """An hour later there are others."""
    text = "There is a newer list of those who are waiting."
    url = permalink(newer, place)
    return Message(text, [lines([words(f"{text[:-1]}: ", bold=True), link(url, "open the newer list")])])


# --- too many complaints -----------------------------------------------------------------------------

_PAUSE = Ask(
    "Pause publishing there?",
    "Nothing more is published on this account until an approver resumes. Approvals given before have ended.",
    "Pause it",
    "Not now",
    danger=True,
)


def draw_spike_card(spike: SpikeCard, place: Place = NOWHERE) -> Message:
    """Many complaints on one post. A pause is suggested; people decide."""
    title = one_line(spike.title, 60)
    told = f"{_first(spike)}: {count(spike.complaints, 'complaint')} in {spike.minutes} min, {title}{_on(spike.post)}"
    calls = "" if spike.paused or _is_expected(spike) else mentions(spike.approvers)
    blocks = [head(told, place=place), *_how_it_stands(spike, place)]
    blocks += [small(f"{calls}, please decide")] if calls else []
    blocks += [about_post(spike.post, place)] if spike.post else []
    blocks.append(lines([words("A complaint is a message with one of your words for “look here first”.")]))
    if not spike.paused:
        blocks += [actions(*_spike_buttons(spike, title, place))]
        blocks.append(said("If nobody decides, publishing goes on. This is suggested at most once an hour."))
    return Message(f"{calls} {heard(told, 300)}".lstrip(), blocks)


def _first(spike: SpikeCard) -> str:
    if spike.paused:
        return "Paused"
    return "Expected" if _is_expected(spike) else "Please look, and decide whether to pause"


def _is_expected(spike: SpikeCard) -> bool:
    return spike.expected_until is not None and spike.expected_until > spike.now


def _on(post: PostLink | None) -> str:
    return f", on {name_the_post(post)}" if post else ""


def _how_it_stands(spike: SpikeCard, place: Place) -> list[Block]:
    if spike.paused:
        return [said(f"{spoken(describe_paused(one_line(spike.title, 60)))}.")]
    if spike.expected_until and _is_expected(spike):
        by = f" by {mention(spike.expected_by)}" if spike.expected_by else ""
        return [said(f"Marked as expected{by} until {when(spike.expected_until, place)}.")]
    return []


def _spike_buttons(spike: SpikeCard, title: str, place: Place) -> list[Part]:
    text = f"Pause publishing on {cut(title, 40)}"
    ask = ask_about(_PAUSE, about_spike(spike), place)
    pressed = [button(Act.SPIKE_PAUSE, text, spike.spike_id, text, style="danger", ask=ask)]
    if not _is_expected(spike):
        spoken = "These complaints are expected for a while"
        pressed.append(button(Act.EXPECTED, "Expected until…", spike.spike_id, spoken))
    return pressed
