"""Private answers: what only the person who asked or pressed sees."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.posts import Status
from bot.domain.preflight.week import WeekDay, describe_day
from bot.domain.shown.moments import name_date
from bot.domain.shown.post_screens import Ahead, GateShut, UpcomingRow
from bot.domain.shown.state_words import (
    count_customers,
    count_held_back,
    count_missed,
    count_paused,
    count_to_fix,
)
from bot.domain.shown.status_screen import StatusPage
from bot.domain.shown.tally import describe_published
from bot.slack.views.blocks import TEXT, Block, Message, fit, lines, said, small, words
from bot.slack.views.home.looks import SHOWN, draw_unwatched
from bot.slack.views.home.week import tell_day
from bot.slack.views.posts.rows import gates, health, listed, row
from bot.slack.views.tables import draw_table
from bot.slack.views.text import NOWHERE, Place, count, cut, list_and, sentence, spoken, until, when

_AHEAD = {Ahead.TODAY: "today", Ahead.WEEK: "in the next seven days", Ahead.ALL: "from now on"}


def draw_sentence(words_of_ours: str) -> Message:
    """A sentence of ours; it may hold tokens of people and moments, all else in it is made harmless."""
    text = sentence(cut(words_of_ours, TEXT // 5))
    return Message(text, [said(text)])


def draw_status(page: StatusPage, place: Place = NOWHERE) -> Message:
    """`/social status`."""
    how, drawn = _how_publishing_is(page.gate, place)
    numbers, on = _numbers(page, place), list_and([spoken(title, 60) for title in page.titles])
    text = f"{how} {f'On {on}: ' if on else ''}{'; '.join(numbers)}."
    head = [f"*On {on}*"] if on else []
    blocks: list[Block] = [*drawn, said("\n".join([*head, *numbers]))]
    if page.next_row:
        title = "Next in the plan: " if page.next_row.gate else "Next: "
        blocks.append(lines([words(title, bold=True), *row(page.next_row, place)]))
    record = (
        f"{count(page.unsealed, 'entry', 'entries')} of the record not sealed yet" if page.unsealed else ""
    )
    tail = small(f"Byhand is working, checked {when(page.now, place)}", record)
    return Message(
        text,
        fit(
            lambda room: [
                *blocks,
                *health(page.accounts, room.rows),
                *draw_unwatched(page.unwatched, place, most=min(room.rows, SHOWN)),
                tail,
            ]
        ),
    )


def _numbers(page: StatusPage, place: Place) -> list[str]:
    """What somebody must do first, then what waits, then what is done."""
    looks = f"{count(page.unknown, 'send needs', 'sends need')} somebody to look whether it went out"
    waits = f"{count(page.waiting, 'post waits', 'posts wait')} for a decision"
    by = until(page.decide_by, place) if page.decide_by else ""
    refused = f"{count(page.failed, 'post was', 'posts were')} not published"
    return [
        *([looks] if page.unknown else []),
        *([waits] if page.waiting or not page.paused else []),
        *([count_paused(page.paused, by)] if page.paused else []),
        *([count_to_fix(page.to_fix)] if page.to_fix else []),
        *([count_missed(page.missed)] if page.missed else []),
        *([refused] if page.failed else []),
        *([f"{page.being_sent} being sent"] if page.being_sent else []),
        *([f"{count(page.held, 'post')} on hold"] if page.held else []),
        count_customers(page.customers, page.nobodys),
        *([f"{count_held_back(page.held_back)}, kept by a pause"] if page.held_back else []),
        describe_published(page.today.published, gone=page.today.gone, on=" today"),
    ]


def _how_publishing_is(shut: Sequence[GateShut], place: Place) -> tuple[str, list[Block]]:
    """In a sentence or two, and as blocks with who paused it and why."""
    if not shut:
        return "Publishing is open.", [said("*Publishing is open.*")]
    told, drawn = " ".join(f"{spoken(gate.sentence)}." for gate in shut[:5]), gates(shut, place)
    if any(gate.account is None for gate in shut):
        return told, drawn
    return f"{told} Everything else is open.", [*drawn, said("Everything else is open.")]


def draw_upcoming(
    rows: Sequence[UpcomingRow],
    ahead: Ahead,
    place: Place = NOWHERE,
    shut: Sequence[GateShut] = (),
    titles: Sequence[str] = (),
    label: str = "",
    week: Sequence[WeekDay] = (),
) -> Message:
    """`/social upcoming`. `shut`: what is paused. `titles`, `label`: which accounts, which posts were asked for.
    `week`: its days, one by one."""
    on = f"on {list_and([spoken(title, 60) for title in titles])} " if titles else ""
    period = f"{on}{_AHEAD[ahead]}" + (f" with the label “{spoken(label, 60)}”" if label else "")
    waiting = sum(1 for post in rows if post.waiting_for_me)
    held = sum(1 for post in rows if post.status is Status.HELD)
    missed = sum(1 for post in rows if post.status is Status.MISSED)
    planned = len(rows) - held - missed
    text = f"{count(planned, 'post')} {period}" if planned else f"Nothing is planned {period}"
    text += f", {waiting} for you to decide" if waiting else ""
    text += f", {held} on hold." if held else "."
    text += f" {count_missed(missed)}." if missed else ""
    title = text
    days = [*week] if planned else []
    text += "".join(f" {name_date(day.day)}: {tell_day(day)}." for day in days)
    if shut:
        text = f"{_how_publishing_is(shut, place)[0]} {text}"
    above = gates(shut, place)
    above += [said(f"*{title}*"), *_draw_week(days)]
    return Message(text, fit(lambda room: [*above, *listed(rows, place, room.rows)]))


def _draw_week(week: Sequence[WeekDay]) -> list[Block]:
    """Each day with how its posts stand: what is empty and what is too full is seen at once."""
    if not week:
        return []
    rows = [(name_date(day.day), str(len(day.posts)), _capital(describe_day(day))) for day in week]
    return [draw_table(("Day", "Posts", "How they stand"), rows)]


def _capital(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}"
