"""Lines in a card's thread: said once, and only where a person must see it. One function per kind.

`values` are what `store/cards.say` kept: people by id, moments as ISO strings. A kind that this version does
not know, because a newer one wrote it, says so plainly instead of stopping all the lines behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.kinds import LineType
from bot.domain.shown.post_screens import Asks, ThreadLine
from bot.slack.ids import Act, format_several
from bot.slack.views.blocks import (
    TEXT,
    Ask,
    Block,
    Message,
    Part,
    actions,
    button,
    lines,
    link,
    quote,
    said,
    words,
)
from bot.slack.views.pause import statements
from bot.slack.views.pause.drill import draw_step_line
from bot.slack.views.posts.card_parts import REASON, is_loss, tell_ended, whose_lost
from bot.slack.views.quotes import About, ask_about, first_words
from bot.slack.views.text import (
    AGO,
    NOWHERE,
    Place,
    countdown,
    cut,
    mention,
    mentions,
    safe_url,
    span,
    spoken,
    token,
    until,
    when,
)

Values = Mapping[str, object]
LOCKED = "Nobody is left who may approve this: the card above says what you can do."
ONE_OF_TWO = Ask(
    "Take one of the two down?",
    "The one Byhand confirmed last is deleted there; the other stays. People may have answered either, so look first.",
    "Take it down",
    "Leave both",
    danger=True,
)


def draw_thread_line(line: ThreadLine, place: Place = NOWHERE, twice: About | None = None) -> Message:
    """What this line says. `twice`: what is there two times, where the line offers to take one of them down."""
    message = KINDS.get(line.kind, _something)(line, place)
    is_live = line.kind is LineType.INCIDENT and line.asks is Asks.AS_SAID
    pressed = _take_one_down(line.values, place, twice) if is_live else None
    return Message(cut(message.text, TEXT), [*message.blocks, *([actions(pressed)] if pressed else [])])


def _reminder(line: ThreadLine, place: Place) -> Message:
    decide_by = read_moment(line.values, "decide_by")
    last = line.kind is LineType.LAST_REMINDER or bool(line.values.get("last"))
    if line.values.get("locked"):
        return _ours(f"{LOCKED} Without that, it is not published.")
    go = bool(line.values.get("go"))
    ask = "Still right? Please say Go" if go else "Please decide"
    if decide_by:
        # It is read for longer than a minute, and at last says "(now)", "(3 min ago)".
        away = token(decide_by, AGO, place, countdown(decide_by, line.at))
        ask += f" by {until(decide_by, place)} ({away})"
    acts = "says Go" if go else "decides"
    silence = f" Last reminder: if nobody {acts}, it is not published." if last else ""
    return _ours(f"{calls(line.values)}{ask}.{silence}")


def _ended(line: ThreadLine, _place: Place) -> Message:
    by, what = read_text(line.values, "by"), read_text(line.values, "what")
    if is_loss(by or None, what):
        ask = "" if line.values.get("missed") else "Please decide again: "
        return _ours(f"{calls(line.values)}{ask}{whose_lost(_people(line.values, 'whose'), what)}")
    told = tell_ended(by or None, what or "changed something", _people(line.values, "whose"))
    if line.values.get("locked"):
        return _ours(f"{told} {LOCKED}")
    return _ours(f"{calls(line.values)}Please decide again: {told}")


def _change_wanted(line: ThreadLine, _place: Place) -> Message:
    """To the authors of a post that an approver read."""
    by, which = mention(read_text(line.values, "by")), spoken(first_words(read_text(line.values, "text")))
    told = f"{calls_before_a_name(line.values)}{by} asks for a change to {which} (post {line.values.get('post')})."
    return _theirs(told, "What should be changed:", read_text(line.values, "reason"))


def _stopped(line: ThreadLine, _place: Place) -> Message:
    """To whoever had approved it."""
    held, reason = bool(line.values.get("held")), read_text(line.values, "reason")
    what = "put this on hold" if held else "killed this"
    then = "it waits for a new time" if held else "it will not be published"
    by = mention(read_text(line.values, "by"))
    told = f"{calls_before_a_name(line.values)}{by} {what} after you had approved it: {then}."
    return _theirs(told, "Reason:", reason)


def _missed(line: ThreadLine, place: Place) -> Message:
    slot = read_moment(line.values, "slot")
    which = f"Its slot, {when(slot, place)}, has passed" if slot else "Its slot has passed"
    return _theirs(f"{calls(line.values)}Not published. {which}.", "Why:", read_text(line.values, "reason"))


def _by_hand(line: ThreadLine, place: Place) -> Message:
    end = read_moment(line.values, "until")
    by = f" until {until(end, place)}" if end else ""
    title = spoken(_title(line.values))
    return _ours(
        f"{calls(line.values)}Please post this yourself on {title}: it can go up{by}. Press *I'm posting it* on the"
        " card first; if nobody does, it is not published there."
    )


def _published(line: ThreadLine, _place: Place) -> Message:
    links = [(str(pair[0]), _string(pair[1])) for pair in _pairs(line.values, "links")][:20]
    row: list[Part] = [words("Published: ", bold=True)]
    for number, (title, url) in enumerate(links):
        row += [words(", ")] if number else []
        row.append(link(url, cut(title, 60)))
    names = ", ".join(title for title, _ in links)
    asks = [
        f"This is the first post on {spoken(str(title), 60)}: please look at it signed out. {spoken(str(why), 300)}"
        for title, why in _pairs(line.values, "look")
    ]
    drawn = [lines(row if links else [words("Published.")]), *map(said, asks)]
    return Message(" ".join([f"Published: {spoken(names)}.", *asks]), drawn)


def _failed(line: ThreadLine, _place: Place) -> Message:
    title = _title(line.values)
    ask = f"{calls(line.values)}Not published on {spoken(title)}. It is not sent again by itself."
    whose = f"{title} said:" if line.values.get("refused", True) else "Why:"
    return _theirs(ask, whose, read_text(line.values, "reason"))


def _unknown(line: ThreadLine, _place: Place) -> Message:
    title = _title(line.values)
    if line.asks is Asks.SETTLED:
        unclear = "it is up on" if line.values.get("by_hand") else ""
        what = f"{unclear} {spoken(title)}" if unclear else f"{spoken(title)} published this"
        return _ours(f"It was unclear whether {what}. The card above shows how it stands.")
    ask = f"We cannot tell whether {spoken(title)} published this. Please look, and say so on the card."
    if line.values.get("by_hand"):
        ask = f"Is it up on {spoken(title)}? Please look, and say so on the card."
    message = _theirs(calls(line.values) + ask, f"{title}:", read_text(line.values, "reason"))
    url = safe_url(read_text(line.values, "profile_url"))
    look = [lines([words("Look here first: "), link(url, f"{title} profile")])] if url else []
    return Message(message.text, [*message.blocks, *look])


OVER = {
    Asks.BEING_TAKEN_DOWN: "One of the two is being taken down.",
    Asks.ONE_TAKEN_DOWN: "One of the two was taken down; the other is still there.",
    Asks.TAKEN_DOWN: "It was taken down.",
}


def _alone(line: ThreadLine, place: Place) -> Message:
    at = read_moment(line.values, "at")
    when_so = f" {when(at, place)}" if at else ""
    who = mention(read_text(line.values, "by")) if read_text(line.values, "by") else "Somebody"
    told = f"{who} was alone on shift, changed what had been approved, and approved that{when_so}."
    return _ours(f"{calls(line.values)}Please read along: {told}")


def _incident(line: ThreadLine, _place: Place) -> Message:
    ask = OVER.get(line.asks, "Please look at this.")
    return _theirs(f"{calls(line.values)}{ask}", "", read_text(line.values, "sentence"))


def _take_one_down(values: Values, place: Place, twice: About | None) -> Part | None:
    """Of what is there twice, the copy Byhand knows as the one it sent."""
    spoken_words = "Take one of the two down"
    ask = ask_about(ONE_OF_TWO, twice, place) if twice else ONE_OF_TWO
    if of_post := _people(values, "take_down"):
        value = format_several(of_post)
        return button(Act.TAKE_DOWN, "Take one down", value, spoken_words, style="danger", ask=ask)
    if reply := read_text(values, "take_down_reply"):
        return button(Act.DELETE_REPLY, "Take one down", reply, spoken_words, style="danger", ask=ask)
    return None


def _rebuilt(_line: ThreadLine, _place: Place) -> Message:
    return _ours("This was deleted in Slack. Nothing else has changed: here it is again.")


def _still_paused(line: ThreadLine, place: Place) -> Message:
    since, by = read_moment(line.values, "since"), read_text(line.values, "by")
    at = f" {when(since, place)}, {span(line.at - since)} ago" if since else ""
    who = f": {mention(by)} paused it{at}" if by else ""
    return _ours(f"{calls(line.values)}Publishing is still paused{who}. Nothing resumes by itself.")


def _people_answer(_line: ThreadLine, _place: Place) -> Message:
    return _ours("Customers are commenting on this post. The card above links to what waits for a reply.")


def _superseded(_line: ThreadLine, _place: Place) -> Message:
    return _ours("This post has a newer card. Please go on there.")


def _something(_line: ThreadLine, _place: Place) -> Message:
    return _ours("Something happened with this post. The card above shows how it stands.")


def _statement_waits(line: ThreadLine, place: Place) -> Message:
    told = statements.tell_waits(
        read_text(line.values, "by"), read_text(line.values, "text"), str(line.values.get("post")),
        read_moment(line.values, "until"), place, _read_wanted(line.values),
    )  # fmt: skip
    return _ours(f"{calls_before_a_name(line.values)}{told}")


def _read_wanted(values: Mapping[str, object]) -> list[str]:
    """What the approvers approve who have to release it; [""]: any approver."""
    of = values.get("of")
    if isinstance(of, list) and of:
        return [str(one) for one in of]
    return [""] if values.get("approver") else []


def _statement_goes(line: ThreadLine, _place: Place) -> Message:
    by, text = read_text(line.values, "by"), read_text(line.values, "text")
    told = statements.tell_goes(by, text, str(line.values.get("post")))
    return _ours(f"{calls_before_a_name(line.values)}{told}")


def _statement_ended(line: ThreadLine, _place: Place) -> Message:
    told = statements.tell_ended(
        read_text(line.values, "by") or None, read_text(line.values, "why"), read_text(line.values, "text"),
        str(line.values.get("post")),
    )  # fmt: skip
    return _ours(f"{calls(line.values)}{told}")


KINDS: Mapping[LineType, Callable[[ThreadLine, Place], Message]] = {
    LineType.REMINDER: _reminder,
    LineType.LAST_REMINDER: _reminder,
    LineType.ENDED: _ended,
    LineType.STOPPED: _stopped,
    LineType.CHANGE_WANTED: _change_wanted,
    LineType.ALONE: _alone,
    LineType.MISSED: _missed,
    LineType.BY_HAND: _by_hand,
    LineType.PUBLISHED: _published,
    LineType.FAILED: _failed,
    LineType.OUTCOME_UNKNOWN: _unknown,
    LineType.INCIDENT: _incident,
    LineType.SUPERSEDED: _superseded,
    LineType.STILL_PAUSED: _still_paused,
    LineType.STATEMENT_WAITS: _statement_waits,
    LineType.STATEMENT_GOES: _statement_goes,
    LineType.STATEMENT_ENDED: _statement_ended,
    LineType.REBUILT: _rebuilt,
    LineType.PEOPLE_ANSWER: _people_answer,
    LineType.DRILL_STEP: draw_step_line,
}


def _ours(mrkdwn: str) -> Message:
    return Message(mrkdwn, [said(mrkdwn)])


def _theirs(mrkdwn: str, title: str, others: str) -> Message:
    """Our sentence, then others' words, literal."""
    blocks: list[Block] = [said(mrkdwn)]
    if others:
        blocks += [lines([words(title, bold=True)])] if title else []
        blocks.append(quote(others, REASON, "…"))
    told = f"{mrkdwn} {spoken(title)} {spoken(others)}" if others else mrkdwn
    return Message(" ".join(told.split()), blocks)


# --- reading the values ------------------------------------------------------------------------------


def calls(values: Values) -> str:
    """ "@Tom " or ""."""
    called = mentions(_people(values, "mention"))
    return f"{called} " if called else ""


def calls_before_a_name(values: Values) -> str:
    """ "@Ines: " or "", so that "@Ines: @Tom released" does not read as one name."""
    called = mentions(_people(values, "mention"))
    return f"{called}: " if called else ""


def read_text(values: Values, name: str) -> str:
    """ "" if there is none."""
    return _string(values.get(name)) or ""


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _title(values: Values) -> str:
    return cut(read_text(values, "title"), 60) or "The network"


def _people(values: Values, name: str) -> list[str]:
    found = values.get(name)
    return [str(each) for each in found] if isinstance(found, list | tuple) else []


def _pairs(values: Values, name: str) -> list[tuple[object, object]]:
    found = values.get(name)
    rows = found if isinstance(found, list | tuple) else []
    return [(row[0], row[1]) for row in rows if isinstance(row, list | tuple) and len(row) == 2]


def read_moment(values: Values, name: str) -> datetime | None:
    """None where it is no moment with a zone."""
    try:
        found = datetime.fromisoformat(read_text(values, name))
    except ValueError:
        return None
    return found if found.tzinfo else None
