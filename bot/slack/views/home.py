"""App Home of one person: a closed gate first, then what needs them, then how things stand.

Guests get the same page to read, without a button that changes anything.
"""

from __future__ import annotations

from bot.domain.screens import HomePage, UpcomingRow
from bot.slack import ids
from bot.slack.views.blocks import (
    DIVIDER,
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
from bot.slack.views.rows import gates, health, row
from bot.slack.views.text import AGO, NOWHERE, Place, count, countdown, permalink, token, when

ROWS = 8  # posts in each list


def home_page(page: HomePage, place: Place = NOWHERE) -> Block:
    """The view for `views.publish`."""
    blocks = [
        *gates(page.gate, place),
        *_needs_you(page, place),
        *_list("Somebody must look", page.asks, page, place, pressable=True),
        *_list("Today", page.today, page, place, empty="Nothing is planned for today."),
        *_list("Drafts and posts without a time", page.drafts, page, place, pressable=True),
        DIVIDER,
        said(f"*This week:* {page.published_this_week} published, {page.missed_this_week} missed"),
        *health(page.accounts),
        small("Byhand is working", f"as of {when(page.now, place)}"),
    ]
    return {"type": "home", "callback_id": ids.HOME, "blocks": blocks}


def _needs_you(page: HomePage, place: Place) -> list[Block]:
    if page.reader:
        return [said("*You read along here.* Only full members of this workspace decide about posts.")]
    if not page.needs_me:
        return [said("*Needs you:* nothing just now.")]
    soonest = min((post.slot for post in page.needs_me if post.slot), default=None)
    following = ""
    if soonest:
        left = token(soonest, AGO, place, countdown(soonest, page.now))
        following = f" (next {when(soonest, place)}, {left})"
    title = said(f"*Needs you:* {count(len(page.needs_me), 'post')} to decide{following}")
    return [title, *_posts(page.needs_me, page, place, pressable=False)]


def _list(
    title: str,
    posts: tuple[UpcomingRow, ...],
    page: HomePage,
    place: Place,
    *,
    empty: str = "",
    pressable: bool = False,
) -> list[Block]:
    if not posts:
        return [said(f"*{title}:* {empty}")] if empty else []
    return [said(f"*{title}*"), *_posts(posts, page, place, pressable=pressable)]


def _posts(posts: tuple[UpcomingRow, ...], page: HomePage, place: Place, *, pressable: bool) -> list[Block]:
    """A line each; a row of buttons where there is something to press."""
    drawn: list[Block] = []
    for post in posts[:ROWS]:
        drawn.append(lines(row(post, place)))
        pressed = _buttons(post, place, edits=pressable and not page.reader)
        drawn += [actions(*pressed)] if pressed else []
    return drawn + ([lines([words(f"and {len(posts) - ROWS} more")])] if len(posts) > ROWS else [])


def _buttons(post: UpcomingRow, place: Place, *, edits: bool) -> list[Part]:
    pressed: list[Part] = []
    if post.card:
        pressed.append(
            open_button("Open", permalink(post.card, place), f"Open the card of post {post.number}")
        )
    if edits and not post.card:
        pressed.append(button(ids.Act.HOME_EDIT, "Edit", post.post_id, f"Edit post {post.number}"))
        pressed.append(
            button(ids.Act.HOME_PICK_TIME, "Pick a time", post.post_id, f"Pick a time for post {post.number}")
        )
    return pressed
