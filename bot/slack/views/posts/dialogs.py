"""The dialogs: Edit, Pick a new time, Hold, Post now, Approve anyway; and two to read, Preview and History.

A text field of Slack holds 3000 characters. A longer text gets no field at all, because a field that shows only its
beginning would cut it at Save; `forms.read_edit` then keeps it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.posts import AndThen, Seen
from bot.domain.preflight.objections import list_blocking
from bot.domain.shown.post_screens import (
    AccountView,
    Bars,
    EditForm,
    HistoryLine,
    ImageView,
    LeftOutView,
    PostCard,
    Theirs,
)
from bot.slack.ids import Dialog, Field, format_block, format_seen
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    INPUT_TEXT,
    VIEW_BLOCKS,
    VIEW_BYTES,
    Block,
    boxes_field,
    bullets,
    choice_field,
    image,
    lines,
    link,
    moment,
    moment_field,
    person,
    plain,
    quote,
    said,
    small,
    text_field,
    words,
)
from bot.slack.views.posts.about import about_form, about_post
from bot.slack.views.posts.card_buttons import ask_post_now
from bot.slack.views.posts.card_parts import group_same_texts, hashtags, length_of, pictures_whole, titles
from bot.slack.views.quotes import draw_about, first_words, list_titles
from bot.slack.views.text import (
    DAY_AND_TIME,
    NOWHERE,
    Place,
    cut,
    in_words,
    length,
    mention,
    mentions,
    pieces,
    sentence,
)

View = Block
TITLE = 24  # characters of a dialog's title and of its buttons
MOST_NETWORKS, MOST_IMAGES = 20, 10  # with a field of their own; the others stay as they are
PIECE = 2900  # characters of a long text in one block


def draw_edit_dialog(form: EditForm, place: Place = NOWHERE) -> View:
    """The Edit dialog. With `form.theirs` it shows what somebody else saved, above what this person typed."""
    drawn = draw_begun(form.begun, "to edit this", "nothing was saved", place)
    drawn += _saved_meanwhile(form.theirs, form.accounts) if form.theirs else []
    drawn += [*_losses(form), *_bars(form), _main_text(form), *_left_out(form, place), *_variants(form)]
    drawn += [_slot(form), *_alts(form)]
    drawn += [
        _words_field(Field.NOTE, "Note for reviewers", form.note),
        _words_field(Field.LABEL, "Label", form.label, multiline=False),
        *_and_then(form),
    ]
    submit = "Save mine instead" if form.theirs else "Save"
    return _dialog(Dialog.EDIT, f"Edit post {form.number}", form.seen, keep_typed(_lightened(drawn)), submit)


def _lightened(drawn: list[Block]) -> list[Block]:
    """At most 250 kB: the longest texts lose their fields, and a sentence says that they stay as they are."""
    while _weight(drawn) > VIEW_BYTES:
        heaviest = max(drawn, key=lambda block: _weight([block]))
        if heaviest["type"] != "input":
            break
        drawn = [_lighter(each) if each is heaviest else each for each in drawn]
    return drawn


def _weight(drawn: list[Block]) -> int:
    """Bytes as the SDK sends them: a letter outside ASCII takes six, an emoji twelve."""
    return len(json.dumps(drawn))


def _saved_meanwhile(theirs: Theirs, accounts: Sequence[AccountView]) -> list[Block]:
    who = mention(theirs.by) if theirs.by else "Somebody"
    return [
        said(
            f"*{who} saved version {theirs.seq} while you were typing.* "
            "Nothing is lost: their text is here, yours below."
        ),
        lines([words(f"It is for {list_titles([each.title for each in accounts], 200)}".rstrip())]),
        lines([words("Their text:", bold=True)]),
        *_long_text(theirs.text)[:5],
        lines([words("Yours:", bold=True)]),
    ]


def _losses(form: EditForm) -> list[Block]:
    if not form.loses:
        return []
    whose = (
        f"{mention(form.loses[0])}'s approval"
        if len(form.loses) == 1
        else f"the approvals of {mentions(form.loses)}"
    )
    return [said(f"Saving removes {whose}.")]


_BARS = {
    Bars.OTHERS: "If you change the text, you become its author, and somebody else has to approve it.",
    Bars.NOBODY: "*If you change the text, nobody is left who may approve this:* you become its author, and "
    "there are not enough other approvers. Leave the text to somebody who is not an approver.",
}
_ALREADY = (
    "*Nobody may approve this as it stands:* whoever wrote or changed it may not, and there is no other approver. "
    "An edit does not change that; the card says what you can do."
)
_FREE = " You can change alt texts, the label, the note and the time and still approve it."


def _bars(form: EditForm) -> list[Block]:
    if form.bars is None:
        return []
    if form.bars is Bars.ALREADY:
        return [said(_ALREADY)]
    told = _BARS[form.bars] + _FREE
    return [said(told.replace("the text", "the text or the accounts", 1) if form.left_out else told)]


def _left_out(form: EditForm, place: Place) -> list[Block]:
    """Accounts the post is not for any more: what narrowed it can be undone."""
    if not form.left_out:
        return []
    options = [(one.title, _since(one, place), one.name) for one in form.left_out if len(one.name) <= 75]
    hint = "Each comes back with the text it had. That changes what is published, so approvals end."
    return (
        [boxes_field(Field.BACK, "Put back an account that was left out", options, form.back, hint=hint)]
        if options
        else []
    )


def _since(one: LeftOutView, place: Place) -> str:
    if one.gate is not None:
        return "Paused: the whole post waits until it is resumed"
    return f"Left out {in_words(one.at, DAY_AND_TIME, place)}"


def _main_text(form: EditForm) -> Block:
    hint = ", ".join(length_of(account) for account in form.accounts[:MOST_NETWORKS])
    return _words_field(Field.TEXT, "Text", form.text, hint=hint, optional=bool(form.images))


def _words_field(
    block_id: str, label: str, value: str, *, hint: str = "", optional: bool = True, multiline: bool = True
) -> Block:
    if length(value) > INPUT_TEXT:
        return _no_field(label, value)
    return text_field(block_id, label, value, hint=hint, optional=optional, multiline=multiline)


def _lighter(field: Block) -> Block:
    return _no_field(field["label"]["text"], field["element"].get("initial_value", ""))


def _no_field(label: str, value: str) -> Block:
    stays = "is too long to be edited in Slack. It stays as it is; Preview shows it."
    return lines([words(f"{label}: ", bold=True), words(f"{first_words(value)} {stays}")])


def _variants(form: EditForm) -> list[Block]:
    """A field for each network, where there are several or one differs already."""
    own = dict(form.variants)
    if len(form.accounts) < 2 and not own and not form.left_out:
        return []
    drawn = [said("*Different text per network* (leave empty where the text above is right)")]
    for account in form.accounts[:MOST_NETWORKS]:
        label = f"Only on {cut(account.title, 100)}"
        hint = f"At most {account.limit} {account.unit}"
        drawn.append(
            _words_field(
                format_block(Field.VARIANT, account.name), label, own.get(account.name, ""), hint=hint
            )
        )
    for one in form.left_out[: MOST_NETWORKS - len(form.accounts[:MOST_NETWORKS])]:
        label = f"Only on {cut(one.title, 100)}, if it is put back"
        drawn.append(_words_field(format_block(Field.VARIANT, one.name), label, one.text))
    return drawn


def _slot(form: EditForm) -> Block:
    hint = "" if form.slot else "Without a time it is a draft."
    if form.slot and form.away:
        hint = f"In the team's time zone: {_team_time(form.slot, form.zone)}"
    return moment_field(Field.SLOT, _when(form), form.slot, hint=hint, optional=form.slot is None)


def _when(form: EditForm) -> str:
    return f"When (in your own time zone; the team's is {form.zone})" if form.away else "When"


def _team_time(moment: datetime, zone: str) -> str:
    return in_words(moment, DAY_AND_TIME, Place(ZoneInfo(zone)))


def _alts(form: EditForm) -> list[Block]:
    drawn: list[Block] = []
    for number, picture in enumerate(form.images[:MOST_IMAGES], 1):
        which = "the image" if len(form.images) == 1 else f"image {number}"
        drawn += _picture(picture)
        label = f"Alt text of {which} (required): what it shows, for those who cannot see it"
        block_id = format_block(Field.ALT, picture.sha256)
        drawn.append(_words_field(block_id, label, picture.alt, optional=False))
    return drawn


def _picture(picture: ImageView) -> list[Block]:
    return [image(picture.slack_file, picture.alt)] if picture.slack_file else []


def _and_then(form: EditForm) -> list[Block]:
    """What saving does besides; no field where there is nothing to choose."""
    options = [("Save", AndThen.SAVE.value)]
    if form.may_approve:
        options.append(("Save and approve", AndThen.APPROVE.value))
    if form.next_quarter:
        at = f"{form.next_quarter.astimezone(ZoneInfo(form.zone)):%H:%M}"
        zone = f" ({form.zone})" if form.away else ""
        options.append((f"Save and move to {at}{zone}", AndThen.MOVE.value))
    return [choice_field(Field.AND_THEN, "When you press Save", options)] if len(options) > 1 else []


# --- smaller questions -------------------------------------------------------------------------------


def draw_pick_time_dialog(form: EditForm, place: Place = NOWHERE) -> View:
    """Pick a new time. Starts at the next free quarter hour where its slot is near or has passed, else at its slot."""
    hint = f"Planned for {_team_time(form.slot, form.zone)}" if form.slot else "It has no time yet."
    if form.slot and form.passed:
        hint = f"Its slot was {_team_time(form.slot, form.zone)}"
    begins = form.next_quarter or form.passed or form.slot
    field = moment_field(Field.SLOT, _when(form), begins, hint=hint, optional=False)
    drawn = [draw_about(about_form(form), place), *_losses(form), field]
    drawn.append(small("Its review opens again before that time."))
    return _dialog(Dialog.PICK_TIME, "Pick a new time", form.seen, drawn, "Move")


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
    return _dialog(Dialog.HOLD, f"Hold post {card.number}", card.seen, keep_typed(drawn), "Hold")


def draw_post_now_dialog(card: PostCard, place: Place = NOWHERE) -> View:
    """What the menu's Post now asks, with all its words and images; the button asks the same in a confirm, beside the
    card."""
    drawn = [draw_about(about_post(card), place), said(ask_post_now(card).text), *_whole(card)]
    return _dialog(Dialog.POST_NOW, f"Post {card.number} now?", card.seen, drawn, "Post it now")


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
    return _dialog(
        Dialog.APPROVE_ANYWAY, f"Approve post {card.number}?", card.seen, keep_typed(drawn), "Approve anyway"
    )


# --- to read -----------------------------------------------------------------------------------------


def draw_preview_dialog(card: PostCard) -> View:
    """Each text whole, as its networks show it, and the images with their alt texts."""
    return _dialog(Dialog.PREVIEW, f"Preview of post {card.number}", card.seen, _whole(card))


def _whole(card: PostCard) -> list[Block]:
    drawn: list[Block] = [said("Exactly what goes out:")]
    for text, accounts in group_same_texts(card.accounts):
        drawn.append(lines([words(", ".join(length_of(account) for account in accounts[:20]), bold=True)]))
        drawn += [*_long_text(text), *hashtags(accounts)]
    pictures = pictures_whole(card.images)
    room = VIEW_BLOCKS - 2 - len(pictures)
    whole = len(drawn)
    while len(drawn) >= room or _weight(drawn) > VIEW_BYTES:
        drawn.pop()
    if len(drawn) < whole:
        drawn.append(lines([words("… and more than a dialog can show.")]))
    if not card.accounts:
        drawn.append(lines([words(titles(card))]))
    return [*drawn, *pictures]


def _long_text(text: str) -> list[Block]:
    """Quotes of at most PIECE characters each: all of it."""
    return (
        [quote(piece, PIECE) for piece in pieces(text, PIECE)]
        if text.strip()
        else [lines([words("(no text)")])]
    )


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
    return _dialog(Dialog.HISTORY, f"History of post {number}", seen, drawn)


def draw_notice_dialog(title: str, sentences: str) -> View:
    """A dialog that only says something, where a private answer has no channel to go to."""
    return _dialog(Dialog.NOTICE, title, None, [said(sentence(sentences))])


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


def _dialog(
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
