"""The blocks our screens are made of, each within Slack's limits by construction.

What people and networks wrote is always put in rich_text, as literal text that Slack neither formats, links nor takes
for a mention. mrkdwn holds our own words, people's ids and moments.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.slack import ids
from bot.slack.views.text import (
    CUT_HERE,
    DAY_AND_TIME,
    Place,
    cut,
    escaped,
    in_words,
    is_user,
    name_plainly,
    safe_url,
)

Block = dict[str, Any]
Part = dict[str, Any]  # a piece of a rich_text line

SECTION, BUTTON, LABEL, CONFIRM = 3000, 75, 75, 300  # characters
TEXT = 3000  # of a message's `text`; chat.update refuses over 4000
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_SIZE = 12_000  # characters of a message's blocks as JSON; Slack refuses somewhere near 13,000
VIEW_BYTES = 200_000  # of a view's blocks; Slack allows 250 kB for all of it
INPUT_TEXT = 3000  # a text field cannot hold more
IMAGE_KINDS, IMAGE_HINT = ("jpg", "jpeg", "png", "gif", "webp"), "JPEG, PNG, GIF or WebP"
MOST_TICKS, MOST_CHOICES = 10, 100  # of one field


@dataclass(frozen=True)
class Message:
    """What a channel message shows. `text` is for phones and for those who hear it."""

    text: str  # mrkdwn, escaped
    blocks: list[Block]
    pin: bool | None = None  # whether it is to be pinned in its channel; None: nobody cares
    unfinished: bool = False  # it is drawn once more as soon as it is up


# --- rich_text: literal ------------------------------------------------------------------------------


def words(text: str, *, bold: bool = False) -> Part:
    """Literal words. Slack refuses an empty piece, so none is ever made."""
    part: Part = {"type": "text", "text": text or " "}
    return {**part, "style": {"bold": True}} if bold else part


def moment(at: datetime, place: Place, pattern: str = DAY_AND_TIME, *, bold: bool = False) -> Part:
    """A moment in the reader's own zone."""
    fallback = in_words(at, pattern, place)
    part = {"type": "date", "timestamp": int(at.timestamp()), "format": pattern, "fallback": fallback}
    return {**part, "style": {"bold": True}} if bold else part


def link(url: str | None, label: str) -> Part:
    """A link, or only its label where the address is none a person may be sent to."""
    safe = safe_url(url)
    return {"type": "link", "url": safe, "text": label} if safe else words(label)


def person(who: str) -> Part:
    """A colleague by id, as Slack names them; where that is no Slack user, plain words."""
    return {"type": "user", "user_id": who} if is_user(who) else words(name_plainly(who))


def lines(*rows: Iterable[Part]) -> Block:
    """Lines of literal pieces."""
    return _rich([{"type": "rich_text_section", "elements": list(row)} for row in rows])


def head(*parts: str | datetime, place: Place, pattern: str = DAY_AND_TIME) -> Block:
    """The first block: bold, literal, moments in the reader's zone and in this pattern."""
    return lines(
        [
            words(part, bold=True) if isinstance(part, str) else moment(part, place, pattern, bold=True)
            for part in parts
        ]
    )


REASON_TITLE = "Reason:"


def quote(text: str, limit: int, tail: str = CUT_HERE) -> Block:
    """Others' words, set off by a bar: of a post, of a customer."""
    return _rich([{"type": "rich_text_quote", "elements": [words(cut(text, limit, tail))]}])


def say_reason(text: str, limit: int) -> Block:
    """Why somebody did something, in their words. Without a bar: what stands behind one is what goes out."""
    return lines([words(f"{REASON_TITLE} ", bold=True), words(cut(text, limit, "…"))])


def copyable(text: str, limit: int) -> Block:
    """Words to be copied as they are."""
    return _rich([{"type": "rich_text_preformatted", "elements": [words(cut(text, limit, CUT_HERE))]}])


def bullets(title: str, rows: Sequence[str], most: int = 10, limit: int = 300) -> Block:
    """A bold title and literal rows; those beyond `most` are counted."""
    shown = [cut(row, limit) for row in rows[:most]]
    if len(rows) > most:
        shown.append(f"and {len(rows) - most} more")
    items = [{"type": "rich_text_section", "elements": [words(row)]} for row in shown]
    return _rich(
        [
            {"type": "rich_text_section", "elements": [words(title, bold=True)]},
            {"type": "rich_text_list", "style": "bullet", "elements": items},
        ]
    )


def _rich(elements: list[Part]) -> Block:
    return {"type": "rich_text", "elements": elements}


# --- mrkdwn: our own words ---------------------------------------------------------------------------


def said(mrkdwn: str) -> Block:
    """A paragraph of ours. Cuts are for hopeless cases: names are counted before they get this long."""
    return {"type": "section", "text": _mrkdwn(mrkdwn)}


def small(*mrkdwn: str) -> Block:
    """A small line of ours; parts are joined by dots."""
    return {"type": "context", "elements": [_mrkdwn(" · ".join(filter(None, mrkdwn)))]}


def _mrkdwn(text: str) -> Part:
    return {"type": "mrkdwn", "text": cut(text, SECTION) or " ", "verbatim": True}


def plain(text: str, limit: int) -> Part:
    """Plain text: Slack reads nothing in it, with `emoji` off not even `:smile:`."""
    return {"type": "plain_text", "text": cut(text, limit) or " ", "emoji": False}


DIVIDER: Block = {"type": "divider"}


# --- things to press ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """What a button asks before it acts. `danger`: yes takes something away, and looks like it, whatever the button
    itself looks like."""

    title: str
    text: str
    yes: str
    no: str
    danger: bool = False


def button(
    act: ids.Act, text: str, value: str, spoken: str, *, style: str | None = None, ask: Ask | None = None
) -> Part:
    """`spoken`: what a screen reader says ("Approve post 42"). `style`: "primary" or "danger"."""
    made: Part = {
        "type": "button",
        "action_id": act.value,
        "text": plain(text, BUTTON),
        "value": value,
        "accessibility_label": cut(spoken, LABEL),
    }
    if style:
        made["style"] = style
    if ask:
        made["confirm"] = {
            "title": plain(ask.title, 100),
            "text": plain(ask.text, CONFIRM),
            "confirm": plain(ask.yes, 30),
            "deny": plain(ask.no, 30),
            **({"style": "danger"} if ask.danger else {}),
        }
    return made


def open_button(text: str, url: str, spoken: str) -> Part:
    """A link that looks like a button. Slack still sends a press: `Act.OPEN_CARD`."""
    return {
        "type": "button",
        "action_id": ids.Act.OPEN_CARD.value,
        "text": plain(text, BUTTON),
        "url": url,
        "accessibility_label": cut(spoken, LABEL),
    }


def menu(options: Sequence[tuple[str, str]], act: ids.Act = ids.Act.MORE) -> Part:
    """The More menu: (text, value), one to five."""
    return {
        "type": "overflow",
        "action_id": act.value,
        "options": [{"text": plain(text, 75), "value": value} for text, value in options[:5]],
    }


def actions(*elements: Part) -> Block:
    return {"type": "actions", "elements": list(elements)}


def image(slack_file: str, alt: str) -> Block:
    return {
        "type": "image",
        "slack_file": {"id": slack_file},
        "alt_text": escaped(alt or "No alt text", 1900),
    }


# --- fields of dialogs -------------------------------------------------------------------------------


def text_field(
    block_id: str, label: str, value: str, *, hint: str = "", optional: bool = True, multiline: bool = True
) -> Block:
    """A text field. `value` must fit INPUT_TEXT: leave the field out where it does not, or saving cuts it."""
    element: Part = {"type": "plain_text_input", "action_id": ids.INPUT, "multiline": multiline}
    if value:
        element["initial_value"] = value
    return _field(block_id, label, element, hint, optional)


def moment_field(
    block_id: str, label: str, value: datetime | None, *, hint: str = "", optional: bool
) -> Block:
    element: Part = {"type": "datetimepicker", "action_id": ids.INPUT}
    if value:
        element["initial_date_time"] = int(value.timestamp())
    return _field(block_id, label, element, hint, optional)


def choice_field(
    block_id: str, label: str, options: Sequence[tuple[str, str]], chosen: str | None = None
) -> Block:
    """One of (text, value); the first is chosen, or the one of this value."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options]
    element = {
        "type": "radio_buttons",
        "action_id": ids.INPUT,
        "options": made,
        "initial_option": _chosen(made, chosen),
    }
    return _field(block_id, label, element, "", optional=False)


def boxes_field(
    block_id: str,
    label: str,
    options: Sequence[tuple[str, str, str]],
    ticked: Collection[str] = (),
    *,
    hint: str = "",
) -> Block:
    """Any of (text, description, value), up to ten; none has to be ticked."""
    made = [
        {"text": plain(text, 75), "description": plain(description, 75), "value": value}
        for text, description, value in options[:10]
    ]
    element: Part = {"type": "checkboxes", "action_id": ids.INPUT, "options": made}
    if chosen := [each for each in made if each["value"] in ticked]:
        element["initial_options"] = chosen
    return _field(block_id, label, element, hint, optional=True)


def person_field(block_id: str, label: str, *, hint: str = "") -> Block:
    """One person of the workspace."""
    return _field(block_id, label, {"type": "users_select", "action_id": ids.INPUT}, hint, optional=False)


def select_field(
    block_id: str, label: str, options: Sequence[tuple[str, str]], chosen: str | None = None
) -> Block:
    """One of (text, value), up to 100; the first is chosen, or the one of this value."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options]
    element = {
        "type": "static_select",
        "action_id": ids.INPUT,
        "options": made,
        "initial_option": _chosen(made, chosen),
    }
    return _field(block_id, label, element, "", optional=False)


def ticks_field(block_id: str, label: str, options: Sequence[tuple[str, str]]) -> Block:
    """Any of (text, value), ten at most; none is ticked."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options[:MOST_TICKS]]
    return _field(block_id, label, {"type": "checkboxes", "action_id": ids.INPUT, "options": made}, "", True)


def several_field(
    block_id: str,
    label: str,
    options: Sequence[tuple[str, str]],
    chosen: Collection[str],
    *,
    hint: str = "",
    optional: bool = False,
) -> Block:
    """Any of (text, value), up to a hundred; boxes where they are few."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options[:MOST_CHOICES]]
    boxes = len(made) <= MOST_TICKS
    element: Part = {
        "type": "checkboxes" if boxes else "multi_static_select",
        "action_id": ids.INPUT,
        "options": made,
    }
    if ticked := [each for each in made if each["value"] in chosen]:
        element["initial_options"] = ticked
    return _field(block_id, label, element, hint, optional)


def files_field(block_id: str, label: str, kinds: Sequence[str], most: int, *, hint: str = "") -> Block:
    """Files of these kinds ("png"), from the person's own device. Slack cannot fill it in again."""
    element = {"type": "file_input", "action_id": ids.INPUT, "filetypes": list(kinds), "max_files": most}
    return _field(block_id, label, element, hint, optional=True)


def _chosen(options: Sequence[Part], value: str | None) -> Part:
    return next((each for each in options if each["value"] == value), options[0])


def _field(block_id: str, label: str, element: Part, hint: str, optional: bool) -> Block:
    made = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    return {**made, "hint": plain(hint, 2000)} if hint else made


# --- never too long ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    """How much of everything a screen shows."""

    text: int  # characters of each text
    groups: int  # different texts, sends, images
    rows: int  # entries of a list


ROOMS = (
    Room(3000, 10, 20),
    Room(1800, 8, 10),
    Room(900, 6, 8),
    Room(450, 4, 6),
    Room(200, 3, 4),
    Room(80, 2, 2),
)


def fit(draw: Callable[[Room], list[Block]]) -> list[Block]:
    """The roomiest drawing that Slack takes as one message."""
    drawn: list[Block] = []
    for room in ROOMS:
        drawn = draw(room)
        if fits(drawn):
            return drawn
    return _shed(drawn)


def fits(blocks: list[Block]) -> bool:
    """Whether Slack takes them as one message."""
    return len(blocks) <= MESSAGE_BLOCKS and size(blocks) <= MESSAGE_SIZE


def _shed(blocks: list[Block]) -> list[Block]:
    """For monsters: the biggest blocks between the first and the last go; what can be pressed stays."""
    cut_here = lines([words(CUT_HERE)])
    while not fits([*blocks, cut_here]):
        middle = [block for block in blocks[1:-1] if block["type"] != "actions"]
        if not middle:
            break
        biggest = max(middle, key=lambda block: size([block]))
        blocks = [block for block in blocks if block is not biggest]
    return [*blocks[:-1], cut_here, *blocks[-1:]]


def size(blocks: list[Block]) -> int:
    """Characters as JSON."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))
