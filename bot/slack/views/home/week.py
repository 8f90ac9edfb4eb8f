"""The week at a glance on Home, and one of its days opened; posts in a list, each with what can be done with it."""

from __future__ import annotations

from bot.domain.posts import Status
from bot.domain.preflight.week import WeekDay, count_posts, describe_day
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.home_page import DayPage
from bot.domain.shown.moments import name_date
from bot.domain.shown.post_screens import UpcomingRow
from bot.domain.shown.state_words import describe_to_fix
from bot.slack import ids
from bot.slack.values.day import format_day
from bot.slack.views.blocks import (
    Block,
    Part,
    actions,
    button,
    lines,
    open_button,
    said,
    small,
    words,
)
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.posts.rows import row
from bot.slack.views.text import NOWHERE, Place, permalink, spoken

ROWS = 8  # posts in each list on Home
ROWS_OF_A_DAY = 30  # two or three blocks each: a dialog has room for a hundred
SENTENCE = 250  # characters of what is wrong with one


def draw_week_day(day: WeekDay) -> Block:
    """ "Mon 7 Dec: 3 posts, words approved", with a button that shows them."""
    drawn = said(f"*{name_date(day.day)}:* {tell_day(day)}")
    if not day.posts:
        return drawn
    show = button(ids.Act.HOME_DAY, "Show", format_day(day.day), f"Show the posts of {name_date(day.day)}")
    return {**drawn, "accessory": show}


def draw_day_dialog(page: DayPage, place: Place = NOWHERE) -> Block:
    """Its posts, as Home lists them."""
    drawn = [said(f"*{name_date(page.about.day)}:* {tell_day(page.about)}")]
    drawn += pressable(page.posts, place, reader=page.reader, asks=False, most=ROWS_OF_A_DAY)
    return draw_dialog(ids.Dialog.DAY, name_date(page.about.day), None, drawn)


def tell_day(day: WeekDay) -> str:
    """mrkdwn: "3 posts, words approved"."""
    return f"{count_posts(day)}, {spoken(describe_day(day))}" if day.posts else describe_day(day)


def pressable(
    posts: tuple[UpcomingRow, ...],
    place: Place,
    *,
    reader: bool,
    edits: bool = False,
    asks: bool = True,
    most: int = ROWS,
) -> list[Block]:
    """For each post a line, and its buttons where there are any; those beyond `most` are counted. `asks`: each needs
    somebody, on its card; of others the line ends with a link to it."""
    drawn: list[Block] = []
    for post in posts[:most]:
        drawn.append(lines(row(post, place, linked=not asks)))
        if post.fix and post.gate is not None:  # else the line says it
            drawn.append(small(f"{spoken(describe_to_fix(post.fix, look=post.look), SENTENCE)}."))
        editable = edits or post.status is Status.SCHEDULED
        again = editable or post.status is Status.MISSED
        pressed = _buttons(post, place, card=asks, edits=editable and not reader, times=again and not reader)
        drawn += [actions(*pressed)] if pressed else []
    if len(posts) > most:
        drawn.append(lines([words(f"and {len(posts) - most} more")]))
    return drawn


def _buttons(post: UpcomingRow, place: Place, *, card: bool, edits: bool, times: bool) -> list[Part]:
    pressed: list[Part] = []
    name = name_post_by_words(post.text, post.number)
    if card and post.card:
        spoken_name = f"Open the card of {name}"
        pressed.append(open_button("Open the card", permalink(post.card, place), spoken_name))
    if edits:
        spoken_name = f"Edit {name}"
        pressed.append(button(ids.Act.HOME_EDIT, "Edit", post.post_id, spoken_name))
    if times:
        spoken_name = f"Pick a new time for {name}"
        pressed.append(button(ids.Act.HOME_PICK_TIME, "Pick a new time", post.post_id, spoken_name))
    return pressed
