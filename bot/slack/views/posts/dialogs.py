"""The dialogs about a post: Pick a new time, Hold, Post now, Approve anyway; and two to read, Preview and History."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.posts import Seen
from bot.domain.preflight.objections import list_blocking
from bot.domain.shown.edit_form import EditForm
from bot.domain.shown.post_screens import HistoryLine, PostCard
from bot.slack.ids import Dialog, Field, format_seen
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    VIEW_BLOCKS,
    VIEW_BYTES,
    Block,
    bullets,
    lines,
    link,
    moment,
    moment_field,
    person,
    plain,
    said,
    small,
    text_field,
    words,
)
from bot.slack.views.posts.about import about_form, about_post
from bot.slack.views.posts.card_buttons import ask_post_now
from bot.slack.views.posts.card_parts import pictures_whole, titles
from bot.slack.views.posts.looks import draw_looks
from bot.slack.views.quotes import draw_about
from bot.slack.views.text import (
    DAY_AND_TIME,
    NOWHERE,
    Place,
    cut,
    in_words,
    mention,
    mentions,
    sentence,
)

View = Block
TITLE = 24  # characters of a dialog's title and of its buttons


def draw_losses(form: EditForm) -> list[Block]:
    """Whose approvals end."""
    if not form.loses:
        return []
    whose = (
        f"{mention(form.loses[0])}'s approval"
        if len(form.loses) == 1
        else f"the approvals of {mentions(form.loses)}"
    )
    return [said(f"Saving removes {whose}.")]


def name_when(zone: str, *, away: bool) -> str:
    """The label of a time. `away`: the reader's clock says another time than the team's."""
    return f"When (in your own time zone; the team's is {zone})" if away else "When"


def name_team_time(moment: datetime, zone: str) -> str:
    """In the team's zone."""
    return in_words(moment, DAY_AND_TIME, Place(ZoneInfo(zone)))


# --- smaller questions -------------------------------------------------------------------------------


def draw_pick_time_dialog(form: EditForm, place: Place = NOWHERE) -> View:
    """Pick a new time. Starts at the next free quarter hour where its slot is near or has passed, else at its slot."""
    hint = f"Planned for {name_team_time(form.slot, form.zone)}" if form.slot else "It has no time yet."
    if form.slot and form.passed:
        hint = f"Its slot was {name_team_time(form.slot, form.zone)}"
    begins = form.next_quarter or form.passed or form.slot
    field = moment_field(Field.SLOT, name_when(form.zone, away=form.away), begins, hint=hint, optional=False)
    drawn = [draw_about(about_form(form), place), *draw_losses(form), field]
    drawn.append(small("A new card asks for a decision before then."))
    return draw_dialog(Dialog.PICK_TIME, "Pick a new time", form.seen, drawn, "Move")


def draw_hold_dialog(
    card: PostCard, place: Place = NOWHERE, reason: str = "", begun: datetime | None = None
) -> View:
    """`reason`: what this person had typed at `begun`, and not sent off."""
    drawn = [
        *draw_begun(begun, "a reason", "the post was not held", place),
        draw_about(about_post(card), place),
        said("It is not published until somebody picks a new time."),
        text_field(Field.REASON, "Why? What is it waiting for?", reason),
    ]
    return draw_dialog(Dialog.HOLD, f"Hold post {card.number}", card.seen, keep_typed(drawn), "Hold")


def draw_post_now_dialog(card: PostCard, place: Place = NOWHERE) -> View:
    """What the menu's Post now asks, with all its words and images; the button asks the same in a confirm, beside the
    card."""
    drawn = [draw_about(about_post(card), place), said(ask_post_now(card).text), *_whole(card)]
    return draw_dialog(Dialog.POST_NOW, f"Post {card.number} now?", card.seen, drawn, "Post it now")


def draw_approve_anyway_dialog(
    card: PostCard, place: Place = NOWHERE, reason: str = "", begun: datetime | None = None
) -> View:
    """The reason goes on record and on the card. `reason`: what this person had typed at `begun`, and not sent off."""
    rows = [objection.sentence for objection in list_blocking(card.objections)]
    drawn = draw_begun(begun, "a reason", "nothing was approved", place)
    drawn.append(draw_about(about_post(card), place))
    drawn += [bullets("What has to be fixed:", rows, 15)] if rows else []
    drawn.append(text_field(Field.REASON, "Approve anyway, because…", reason, optional=False))
    drawn.append(small("Your reason is kept on record and shown on the card."))
    return draw_dialog(
        Dialog.APPROVE_ANYWAY, f"Approve post {card.number}?", card.seen, keep_typed(drawn), "Approve anyway"
    )


# --- to read -----------------------------------------------------------------------------------------


def draw_preview_dialog(card: PostCard) -> View:
    """Each text whole, as its networks show it, and the images with their alt texts."""
    return draw_dialog(Dialog.PREVIEW, f"Preview of post {card.number}", card.seen, _whole(card))


def _whole(card: PostCard) -> list[Block]:
    drawn = [said("Exactly what goes out:"), *draw_looks(card.accounts, card.warning)]
    pictures = pictures_whole(card.images)
    room = VIEW_BLOCKS - 2 - len(pictures)
    whole = len(drawn)
    while len(drawn) >= room or weigh(drawn) > VIEW_BYTES:
        drawn.pop()
    if len(drawn) < whole:
        drawn.append(lines([words("… and more than a dialog can show.")]))
    if not card.accounts:
        drawn.append(lines([words(titles(card))]))
    return [*drawn, *pictures]


def weigh(drawn: list[Block]) -> int:
    """Bytes as the SDK sends them: a letter outside ASCII takes six, an emoji twelve."""
    return len(json.dumps(drawn))


def draw_history_dialog(number: int, seen: Seen, rows: Sequence[HistoryLine], place: Place = NOWHERE) -> View:
    """`rows`: oldest first; the last 45 are shown, each a block: who and when stand close to what they did."""
    shown = rows[-45:]
    drawn: list[Block] = []
    if len(rows) > len(shown):
        drawn.append(small(f"{len(rows) - len(shown)} earlier entries are in the record."))
    for row in shown:
        who = person(row.who) if row.who else words("Byhand")
        linked = [part for label, url in row.links[:3] for part in (words(" "), link(url, cut(label, 60)))]
        above = [moment(row.at, place, bold=True), words(" · "), who]
        drawn.append(lines(above, [words(cut(row.words, 600)), *linked]))
    drawn = drawn or [said("Nothing has happened yet.")]
    return draw_dialog(Dialog.HISTORY, f"History of post {number}", seen, drawn)


def draw_notice_dialog(title: str, sentences: str) -> View:
    """A dialog that only says something, where a private answer has no channel to go to."""
    return draw_dialog(Dialog.NOTICE, title, None, [said(sentence(sentences))])


# --- errors under fields -----------------------------------------------------------------------------


def to_field_errors(view: Mapping[str, object], errors: Mapping[str, str]) -> dict[str, str]:
    """`FieldErrors.fields` → {block_id: sentence} for `response_action: errors`.

    Slack drops the whole answer if a block_id is not an input of the view, so what has no field of its own
    (such as the accounts) is said under the first one.
    """
    blocks = view.get("blocks")
    shown = [
        str(block.get("block_id"))
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") == "input"
    ]
    found: dict[str, str] = {}
    for name, what in errors.items():
        block_id = name if name in shown else (shown[0] if shown else None)
        if block_id:
            found[block_id] = f"{found[block_id]} {what}" if block_id in found else what
    return {block_id: cut(what, 500) for block_id, what in found.items()}


def draw_dialog(
    which: Dialog, title: str, seen: Seen | None, blocks: list[Block], submit: str | None = None
) -> View:
    made: View = {
        "type": "modal",
        "callback_id": which.value,
        "title": plain(title, TITLE),
        "close": plain("Cancel" if submit else "Close", TITLE),
        "blocks": blocks,
    }
    if seen:
        made["private_metadata"] = format_seen(seen)
    if submit:
        made["submit"] = plain(submit, TITLE)
    return made
