"""Pausing, for the one who does it: the dialog of [Pause publishing] and the private answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.gate import ALL
from bot.domain.shown.pause_screens import BannerView
from bot.domain.shown.post_screens import GateShut, OutView
from bot.domain.shown.state_words import ask_if_meant, describe_open
from bot.slack.ids import Act, Dialog, Field
from bot.slack.values.banner import format_pause_now
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    BUTTON,
    ROOMS,
    TEXT,
    Block,
    Message,
    Part,
    Room,
    actions,
    button,
    fit,
    lines,
    link,
    plain,
    said,
    say_reason,
    select_field,
    small,
    text_field,
    words,
)
from bot.slack.views.pause.lists import draw_stopped, under_way_title
from bot.slack.views.pause.sent import group_by_post, post_row
from bot.slack.views.posts.card_parts import REASON
from bot.slack.views.text import (
    NOWHERE,
    Place,
    count,
    cut,
    end,
    length,
    list_and,
    mention,
    mentions,
    one_line,
    permalink,
    spoken,
    when,
)

EVERYTHING = "Everything"
PAUSE_REASON = 1500  # characters that the buttons of a message carry along, together
VALUE = 2000  # what Slack takes
MOST_NARROWER = 5
UNDER_WAY = 5  # posts named that were being sent already


@dataclass(frozen=True)
class PausedAccount:
    """One account that a pause names. `first` False: `by` had paused it already."""

    scope: str
    title: str
    first: bool
    by: str
    at: datetime


@dataclass(frozen=True)
class Guessed:
    """What a word that names no account may have meant. `reason`: the words after it."""

    typed: str
    scopes: tuple[str, ...]
    titles: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Told:
    """What the pause did, for its answer. `first` False: `by` had paused already."""

    first: bool
    by: str
    at: datetime
    reason: str  # of this pause
    channel: str  # where the banner goes: an id, or "#name"
    guess: Guessed | None = None  # where the words named no account, and nearly did
    up: bool = True  # the banner is there
    trouble: str | None = None  # why it cannot be put up, as mrkdwn
    approvers: tuple[str, ...] = ()  # whom to tell then
    scopes: tuple[PausedAccount, ...] = ()  # each account that was named; none: everything
    still_open: tuple[str, ...] | None = None  # titles of the other accounts; None: not known
    all_shut: bool = False  # everything is paused besides: there is nothing wider
    under_way: tuple[OutView, ...] = ()  # was already being sent
    banners: tuple[
        tuple[str, tuple[str, str]], ...
    ] = ()  # (what is paused, where its message is), of those that are up
    ended_drill: bool = False  # one was running: perhaps this was meant for it


def draw_pause_answer(told: Told, shown: BannerView | None, place: Place = NOWHERE) -> Message:
    """Seen by its person alone, and short: what is paused, what was under way already, who has been told, and where the
    rest stands. `shown`: the banner, if there is one."""
    text = _first_words(told, shown, place)
    drawn = fit(lambda room: _answer(told, shown, text, room, place))
    return Message(cut(text, TEXT), drawn)


def draw_paused_dialog(told: Told, shown: BannerView | None, place: Place = NOWHERE) -> Block:
    """The same in a dialog, where no private message is possible."""
    drawn = _answer(told, shown, _first_words(told, shown, place), ROOMS[2], place)
    view = {"type": "modal", "callback_id": Dialog.NOTICE.value, "title": plain("Paused", 24)}
    return {**view, "close": plain("Close", 24), "blocks": drawn}


def _answer(told: Told, shown: BannerView | None, text: str, room: Room, place: Place) -> list[Block]:
    drawn = [said(f"*{text}*"), *_words(told)]
    drawn += [said(f"{end(draw_stopped(shown, place))} {_replies(shown)}")] if shown else []
    drawn += _under_way(told, room, place)
    return [*drawn, *_wider_and_narrower(told), *_where_the_rest_is(told, shown, place)]


def _replies(shown: BannerView) -> str:
    return f"Replies to customers {'are stopped too' if shown.stops_replies else 'stay open'}."


def _under_way(told: Told, room: Room, place: Place) -> list[Block]:
    """What no pause can stop, by name."""
    if not told.under_way:
        return []
    posts, most = group_by_post(told.under_way), min(UNDER_WAY, room.rows)
    rows = [post_row(group, place, outcomes=True, most=room.groups) for group in posts[:most]]
    left = len(posts) - most
    rows += [[words(f"… and {count(left, 'more post')}")]] if left > 0 else []
    return [lines([words(under_way_title(told.under_way), bold=True)], *rows)]


def _where_the_rest_is(told: Told, shown: BannerView | None, place: Place) -> list[Block]:
    """The banner; where it is not up, its lists at one press."""
    if len(told.banners) == 1:
        where = link(permalink(told.banners[0][1], place), "open the pause message")
        return [lines([words("What went out, what to stop elsewhere, and Resume: "), where])]
    if told.banners:
        rows = [
            [link(permalink(where, place), f"Open the pause message of {title}")]
            for title, where in told.banners[:10]
        ]
        return [lines(*rows)]
    if shown is None:
        return []
    spoken_words = "Show what went out, and what to stop elsewhere"
    opened = button(
        Act.PAUSE_LISTS, "What went out, and what to stop elsewhere", shown.pause_id, spoken_words
    )
    return [actions(opened)]


def _first_words(told: Told, shown: BannerView | None, place: Place) -> str:
    drill = " This pause is real, and it ended the drill." if told.ended_drill else ""
    return f"{_what_is_paused(told, shown, place)}{drill}"


def _what_is_paused(told: Told, shown: BannerView | None, place: Place) -> str:
    if told.scopes:
        return _accounts(told, place)
    everything = shown is None or shown.account is None
    if not told.first:
        which = "" if everything or shown is None else f" ({spoken(shown.scope, 60)})"
        return f"Already paused{which} by {mention(told.by)} {when(told.at, place)}. {_added(told)}"
    what = "Everything" if everything or shown is None else f"Publishing on {spoken(shown.scope, 60)}"
    why = f", because no account is called “{spoken(told.guess.typed, 40)}”" if told.guess else ""
    return f"{what} is paused ({when(told.at, place)}){why}. {_who_knows(told)}"


def _accounts(told: Told, place: Place) -> str:
    """ "Publishing on Mastodon and Bluesky is paused (today at 09:00). I told #social."."""
    began = list_and(_some([one.title for one in told.scopes if one.first]))
    already = [one for one in told.scopes if not one.first]
    said_so = [f"Publishing on {began} is paused ({when(told.at, place)})."] if began else []
    said_so += [
        f"{spoken(one.title, 60)} was already paused by {mention(one.by)} {when(one.at, place)}."
        for one in already[:MOST_NARROWER]
    ]
    if len(already) > MOST_NARROWER:
        said_so.append(f"{len(already) - MOST_NARROWER} more were already paused.")
    said_so += [_who_knows(told)] if began else [_added(told)]
    return " ".join(said_so)


def _added(told: Told) -> str:
    """What became of a pause of what was paused already."""
    return "Your reason was added." if told.reason else "Nothing changed."


def _who_knows(told: Told) -> str:
    if told.trouble:
        return f"Nobody else has been told: {told.trouble} {_whom_to_tell(told)}"
    if not told.up:
        whom = mentions(told.approvers) if told.approvers else "your team"
        where = _channel(told.channel)
        return (
            f"I am telling {where} now. If no message is there within a minute, please tell {whom} yourself."
        )
    return f"I told {_channel(told.channel)}."


def _wider_and_narrower(told: Told) -> list[Block]:
    """Of a pause of accounts: what stays open, everything else at one press, and the way back for each of several."""
    if not told.scopes:
        return []
    several = [one for one in told.scopes if one.first] if len(told.scopes) > 1 else []
    drawn = [small(f"Your words match {len(told.scopes)} accounts.")] if len(told.scopes) > 1 else []
    if told.still_open is not None:
        open_ones = describe_open(_some(told.still_open), all_shut=told.all_shut)
        drawn.append(small(open_ones, "Too much? An approver can resume one of them." if several else ""))
    wider = [] if told.all_shut else [pause_button((ALL,), told.reason, "Pause everything")]
    narrower = [_resume_button(number, one) for number, one in enumerate(several[:MOST_NARROWER], 1)]
    return [*drawn, *([actions(*wider, *narrower)] if wider or narrower else [])]


def _some(titles: Sequence[str]) -> list[str]:
    """The first of them, and "3 more"."""
    shown = [spoken(title, 60) for title in titles[:10]]
    return [*shown, f"{len(titles) - 10} more"] if len(titles) > 10 else shown


def pause_button(scopes: Sequence[str], reason: str, text: str, number: int = 0, of: int = 1) -> Part:
    """Pauses when it is pressed. `number`: which it is of several (`of`) in one block. The reason is cut where the
    accounts leave it no room."""
    left = VALUE - length(format_pause_now(scopes, "")) - 1
    value = format_pause_now(scopes, cut(reason, min(PAUSE_REASON // of, left)) if left > 0 else "")
    made = button(Act.PAUSE_NOW, cut(text, BUTTON), value, text, style="danger")
    return {**made, "action_id": f"{made['action_id']}:{number}"} if number else made


def _resume_button(number: int, one: PausedAccount) -> Part:
    text = f"Resume {cut(one.title, 50)}…"
    return {**button(Act.RESUME, text, one.scope, text), "action_id": f"{Act.RESUME.value}:{number}"}


def draw_not_paused(
    typed: str,
    offers: Sequence[tuple[tuple[str, ...], str]],
    reason: str,
    shut: GateShut | None,
    now: datetime,
    place: Place = NOWHERE,
) -> Message:
    """To words that were meant to pause and are no command ("/social stop", "@Byhand pause"). `offers`: (scopes, title)
    of accounts they name. It stays there when somebody pauses after it, so it says of when it is."""
    missing = f"There is no “{spoken(typed, 48)}”"
    if not typed.startswith("/"):
        missing = f"“{spoken(typed, 48)}” pauses nothing, and nothing was sent to a customer"
    if shut is not None:
        text = f"Publishing is paused already, by {mention(shut.by)} {when(shut.at, place)}. {missing}."
        return Message(text, [said(f"*{text}*")])
    text = f"NOT paused ({when(now, place)}). Did you mean /social pause? {missing}."
    count = 1 + len(offers)
    buttons = [
        pause_button(scopes, reason, f"Pause {title}", number, count)
        for number, (scopes, title) in enumerate([((ALL,), "everything"), *offers])
    ]
    return Message(text, [said(f"*{text}*"), actions(*buttons)])


def _whom_to_tell(told: Told) -> str:
    return f"Tell {mentions(told.approvers)} yourself." if told.approvers else "Tell your team yourself."


def _channel(channel: str) -> str:
    return f"<#{channel}>" if channel[:1] in ("C", "G") and channel.isalnum() else spoken(channel, 80)


def _words(told: Told) -> list[Block]:
    """Words that name no account are the reason, and everything is paused: say so first where an account may be
    meant."""
    drawn = [say_reason(told.reason, REASON)] if told.reason else []
    return [*(_narrow(told.guess) if told.guess else []), *drawn]


def _narrow(guess: Guessed) -> list[Block]:
    """Stopping waits for no question, so it comes afterwards. Of more accounts than a button holds nothing is offered
    but to name them."""
    many = len(guess.scopes)
    asked = ask_if_meant([one_line(each, 60) for each in guess.titles])
    drawn = [lines([words(asked, bold=True)])]
    if length(format_pause_now(guess.scopes, "")) > VALUE:
        return [
            *drawn,
            small(f"They are {many} accounts, too many for one button. If so, pause them by name."),
        ]
    it = "it by itself" if many == 1 else f"these {many} alone"
    then = f"If so, pause {it}. Then an approver can resume everything else with /social resume."
    which = cut(guess.titles[0], 50) if many == 1 else f"these {many}"
    return [*drawn, small(then), actions(pause_button(guess.scopes, guess.reason, f"Pause {which} alone"))]


def draw_pause_dialog(
    accounts: Sequence[tuple[str, str]],
    scope: str | None = None,
    reason: str = "",
    begun: datetime | None = None,
) -> Block:
    """[Pause publishing] in Home. `accounts`: (name, title). `scope`, `reason`: what this person had begun."""
    options = [(EVERYTHING, ALL), *((title, name) for name, title in accounts if len(name) <= 75)]
    drawn = [
        *draw_begun(begun, "to pause", "nothing was paused"),
        said("*Everything stops at once.* What is being sent already is named. Nothing resumes by itself."),
        select_field(Field.SCOPE, "What", options[:100], scope),
        text_field(Field.REASON, "Why? Everybody in the channel reads it.", reason, multiline=False),
    ]
    return {
        "type": "modal",
        "callback_id": Dialog.PAUSE.value,
        "title": plain("Pause publishing", 24),
        "close": plain("Cancel", 24),
        "submit": plain("Pause", 24),
        "blocks": keep_typed(drawn),
    }
