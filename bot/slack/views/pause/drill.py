"""What a drill says: its card in the channel, and the private answers. Each begins with DRILL."""

from __future__ import annotations

from datetime import datetime

from bot.domain.shown.pause_screens import DrillView
from bot.slack.views.blocks import Block, Message, head, said, small
from bot.slack.views.text import NOWHERE, Place, count, mention, sentence, when

NOTHING_REAL = "Nothing of it is real: its posts go nowhere, and your own posts are untouched."


def draw_card(view: DrillView, place: Place = NOWHERE) -> Message:
    """What to do; and once it is over, what it took."""
    if view.ended_at is None:
        return _on(view, place)
    times = [_took(view, what, at) for what, at in _moments(view)]
    why = view.why or "ended"
    text = f"DRILL: over, {why}. {' '.join(times)}"
    blocks: list[Block] = [
        head("DRILL is over", place=place),
        said(sentence(f"{why[:1].upper()}{why[1:]}.")),
        *map(said, times),
    ]
    return Message(text, [*blocks, small(_who(view, place))])


def _on(view: DrillView, place: Place) -> Message:
    what = (
        "Paused. The drill ends by itself once every card of it has changed."
        if view.paused_at
        else "Something terrible is in the news. Stop everything: type `/social drill pause`."
    )
    posts = count(view.posts, "post marked DRILL stands", "posts marked DRILL stand")
    where = said(f"{posts} in this channel. {NOTHING_REAL}")
    return Message(
        f"DRILL: {what}", [head("DRILL", place=place), said(what), where, small(_who(view, place))]
    )


def _moments(view: DrillView) -> tuple[tuple[str, datetime | None], ...]:
    return ("First seen", view.seen_at), ("Paused", view.paused_at), ("All cards changed", view.changed_at)


def _took(view: DrillView, what: str, at: datetime | None) -> str:
    if at is None:
        return f"{what}: not at all."
    seconds = round((at - view.at).total_seconds())
    minutes, rest = divmod(seconds, 60)
    return f"{what}: after {f'{minutes} min ' if minutes else ''}{rest} s."


def _who(view: DrillView, place: Place) -> str:
    return f"Begun by {mention(view.by)} {when(view.at, place)}"


def draw_begun(channel: str) -> Message:
    return _told(
        f"DRILL begun in <#{channel}>. {NOTHING_REAL} Whoever sees it first types `/social drill pause`."
    )


def draw_paused() -> Message:
    return _told("DRILL paused. The times follow in the channel once every card has changed.")


def draw_stopped() -> Message:
    return _told("DRILL stopped. Its posts are gone.")


def _told(text: str) -> Message:
    return Message(text, [said(text)])
