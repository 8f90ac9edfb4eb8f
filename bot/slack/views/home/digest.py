"""The daily digest: what goes out today, what needs a decision, what is empty in the week, and who waits."""

from __future__ import annotations

from bot.domain.posts import Status
from bot.domain.preflight.timing import FIRST_ANSWERS
from bot.domain.preflight.week import describe_week
from bot.domain.shown.digest import DigestView
from bot.domain.shown.moments import name_date
from bot.domain.shown.post_screens import UpcomingRow
from bot.domain.shown.state_words import count_customers, count_missed, count_to_fix
from bot.slack.ids import Act
from bot.slack.views.blocks import (
    Block,
    Message,
    Part,
    actions,
    bullets,
    button,
    head,
    lines,
    link,
    moment,
    said,
    small,
    words,
)
from bot.slack.views.posts.rows import gates, name_row
from bot.slack.views.quotes import first_words
from bot.slack.views.text import (
    TIME,
    Place,
    count,
    cut,
    list_and,
    one_line,
    permalink,
    span,
    spoken,
    token,
    when,
)

ROWS = 10  # posts with a line
NEEDS, NAMES = 150, 80  # characters
UNDECIDED = (Status.SCHEDULED, Status.REVIEW)


def draw_digest(view: DigestView, place: Place) -> Message:
    """Drawn once, as things stand then; the cards say how they stand later."""
    told = f"{name_date(view.day)}: {count(len(view.posts), 'post')}"
    first = view.posts[0].slot
    text = f"{told}, the first at {token(first, TIME, place)}." if first else f"{told}."
    blocks: list[Block] = [
        head(told, place=place),
        *gates(view.gates, place),
        _list_posts(view, place),
    ]
    blocks += _undecided(view)
    blocks += [bullets("Please look:", rows)] if (rows := _rows(view)) else []
    blocks += [said(f"*On shift:* {_shifts(view, place)}.")] if view.has_rota else []
    blocks += _customers(view)
    return Message(
        text, [*blocks, small(f"As of {when(view.now, place)}", "`/social upcoming` shows how it is now")]
    )


def _list_posts(view: DigestView, place: Place) -> Block:
    rows = [_row(post, place) for post in view.posts[:ROWS]]
    if len(view.posts) > ROWS:
        rows.append([words(f"and {len(view.posts) - ROWS} more")])
    return lines(*rows)


def _row(post: UpcomingRow, place: Place) -> list[Part]:
    """ "09:00 words approved, Go from 08:30 (Maya) · Mastodon · “Rye …” (post 42) · open its card"."""
    drawn: list[Part] = [moment(post.slot, place, TIME, bold=True), words(" ")] if post.slot else []
    drawn += _needs(post, place)
    rest = [cut(post.titles, 100), f"{first_words(post.text)} (post {post.number})"]
    drawn.append(words("".join(f" · {part}" for part in rest if part)))
    if post.card:
        drawn += [words(" · "), link(permalink(post.card, place), "open its card")]
    return drawn


def _needs(post: UpcomingRow, place: Place) -> list[Part]:
    """What is still to be done with it, and by whom."""
    name, undecided = name_row(post), post.status is Status.REVIEW or not post.has_words or bool(post.fix)
    told = [words(one_line(f"{name[:1].lower()}{name[1:]}", NEEDS), bold=undecided)]
    if post.status is Status.SCHEDULED and not undecided and post.asks_at and post.gate is None:
        told += [words(", Go from "), moment(post.asks_at, place, TIME)]
        told += [words(f" ({cut(list_and(post.asked), NAMES)})")] if post.asked else []
    return told


def _undecided(view: DigestView) -> list[Block]:
    """What is asked of approvers today, and what silence does."""
    open_ones = sum(post.status in UNDECIDED and post.gate is None for post in view.posts)
    if any(post.gate for post in view.posts):
        paused = said("A paused post is not published, and nobody can approve it, until publishing resumes.")
        return [paused] if not open_ones else [paused, *_ask(open_ones)]
    return _ask(open_ones) if open_ones else []


def _ask(open_ones: int) -> list[Block]:
    which = (
        "1 still needs a decision. It has"
        if open_ones == 1
        else f"{open_ones} still need a decision. Each has"
    )
    return [said(f"{which} a card here before its slot. What nobody approves is not published.")]


def _rows(view: DigestView) -> list[str]:
    told = [count_to_fix(view.to_fix)] if view.to_fix else []
    told += [count_missed(view.missed)] if view.missed else []
    return [*told, *(sentence.rstrip(".") for sentence in describe_week(view.week))]


def _shifts(view: DigestView, place: Place) -> str:
    """By their names, which rings nobody."""
    rows = [
        f"{spoken(name, 40)} {token(start, TIME, place)} to {token(end, TIME, place)}"
        for name, start, end in view.shifts[:ROWS]
    ]
    if not rows:
        return "nobody today"
    end, last = max(end for _, _, end in view.shifts), view.posts[-1].slot
    late = last is not None and last + FIRST_ANSWERS > end
    return f"{', '.join(rows)}; nobody after {token(end, TIME, place)}" if late else ", ".join(rows)


def _customers(view: DigestView) -> list[Block]:
    if not view.customers:
        return []
    waits = f" The first has waited {span(view.now - view.oldest)}." if view.oldest else ""
    told = spoken(f"{count_customers(view.customers, view.nobodys)}.{waits}")
    text = "Show who is waiting"
    return [said(told), actions(button(Act.HOME_INBOX, text, "all", text))]
