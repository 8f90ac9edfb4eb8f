"""The Edit dialog: words, accounts, images, time, and what saving does besides.

A text field of Slack holds 3000 characters. A longer text gets no field at all, because a field that shows only its
beginning would cut it at Save; `forms.read_edit` then keeps it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.posts import AndThen
from bot.domain.shown.edit_form import Bars, EditForm, LeftOutView, Theirs
from bot.domain.shown.post_screens import AccountView, ImageView
from bot.domain.shown.state_words import join_names
from bot.slack.ids import CHECKED, Act, Dialog, Field, format_block, format_seen
from bot.slack.views.begun import DISCARD, draw_begun, draw_start_over, keep_typed
from bot.slack.views.blocks import (
    IMAGE_HINT,
    IMAGE_KINDS,
    Block,
    Room,
    boxes_field,
    bullets,
    choice_field,
    files_field,
    image,
    lines,
    moment_field,
    said,
    several_field,
    words,
)
from bot.slack.views.posts.card_parts import objections
from bot.slack.views.posts.conversions import draw_offer
from bot.slack.views.posts.dialogs import draw_dialog, draw_losses, name_team_time, name_when
from bot.slack.views.posts.long_fields import lightened, words_field
from bot.slack.views.posts.looks import draw_long_text
from bot.slack.views.quotes import list_titles
from bot.slack.views.text import (
    DAY_AND_TIME,
    NOWHERE,
    Place,
    cut,
    in_words,
    mention,
)

View = Block
ROOM = Room(text=3000, groups=20, rows=20)
MOST_NETWORKS, MOST_IMAGES = 20, 10  # with a field of their own; the others stay as they are
CONTENT_WARNING = "Content warning"
WARNING_HINT = (
    "Mastodon hides the text and images behind it. Networks without content warnings show everything."
)
WHOLE = "; Preview shows it"
MOST_ATTACHED = 4  # images of a post that is written in Slack
NEEDS = "A post needs text or an image."  # Slack adds "(optional)" to what may be left empty
SAVE_MINE = "Save mine instead"  # over what a colleague saved


def draw_edit_dialog(form: EditForm, place: Place = NOWHERE) -> View:
    """The Edit dialog. With `form.theirs` it shows what somebody else saved, above what this person typed."""
    drawn = draw_begun(form.begun, "to edit this", "nothing was saved", place)
    drawn += draw_start_over(form.begun, Act.DISCARD, DISCARD, format_seen(form.seen))
    drawn += _saved_meanwhile(form.theirs, form.accounts) if form.theirs else []
    drawn += [*_new_images(form), *draw_losses(form), *_bars(form), _main_text(form)]
    drawn += [*_accounts(form), *_left_out(form, place), *_variants(form), _slot(form)]
    drawn += [*_alts(form), *_more_images(form)]
    drawn += [
        _field(Field.WARNING, CONTENT_WARNING, form.warning, multiline=False, hint=WARNING_HINT),
        _field(Field.NOTE, "Note for reviewers", form.note),
        _field(Field.LABEL, "Label", form.label, multiline=False),
        *objections(form.objections, ROOM),
        *draw_offer(form.conversions, form.objections),
        *_not_saved(form),
        *_and_then(form),
    ]
    shown = keep_typed(lightened(drawn, WHOLE))
    return draw_dialog(Dialog.EDIT, f"Edit post {form.number}", form.seen, shown, _name_submit(form))


def _name_submit(form: EditForm) -> str:
    return SAVE_MINE if form.theirs else "Save"


def _not_saved(form: EditForm) -> list[Block]:
    """Right above the button that was pressed: what is at the top of a long dialog is out of sight."""
    if not form.checked:
        return []
    told = "*Not saved yet.* With your changes there is this to check."
    note = said(f"{told} Press {_name_submit(form)} once more to save all the same.")
    return [{**note, "block_id": f"{CHECKED}:{form.checked}"}]


def was_shown(view: Mapping[str, Any], checked: str) -> bool:
    """Whether such a dialog, as Slack has it, showed these objections instead of saving."""
    return any(block.get("block_id") == f"{CHECKED}:{checked}" for block in view.get("blocks") or ())


def is_over_theirs(view: Mapping[str, Any]) -> bool:
    """Whether such a dialog, as Slack has it, saves over what a colleague saved."""
    return (view.get("submit") or {}).get("text") == SAVE_MINE


def _saved_meanwhile(theirs: Theirs, accounts: Sequence[AccountView]) -> list[Block]:
    who = mention(theirs.by) if theirs.by else "Somebody"
    return [
        said(
            f"*{who} saved version {theirs.seq} while you were typing.* "
            "Nothing is lost: their text is here, yours below."
        ),
        lines([words(f"It is for {list_titles([each.title for each in accounts], 200)}".rstrip())]),
        lines([words("Their text:", bold=True)]),
        *draw_long_text(theirs.text)[:5],
        lines([words("Yours:", bold=True)]),
    ]


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


def _new_images(form: EditForm) -> list[Block]:
    """Right after images were chosen: what is still to be done."""
    drawn = [bullets("Not all images can be used:", form.told)] if form.told else []
    if form.added or form.swapped:
        drawn.append(said(f"*Nothing is saved yet.* {_name_todo(form)}"))
    return drawn


def _name_todo(form: EditForm) -> str:
    """ "Image 2 takes the place of image 1, with the same alt text. Press Save."."""
    place = {one.sha256: number for number, one in enumerate((*form.images, *form.added), 1)}
    told = join_names(
        [f"image {place[new]} takes the place of image {place[old]}" for old, new in form.swapped]
    )
    described = all(one.alt for one in form.added)
    if not told:
        return "Say below what each new image shows, then press Save."
    rest = "Press Save." if described else "Say below what each new image shows, then press Save."
    return f"{told[0].upper()}{told[1:]}, with the same alt text. {rest}"


def _accounts(form: EditForm) -> list[Block]:
    """Where it goes; no field where there is nothing to choose."""
    if len(form.choices) < 2:
        return []
    options = [(title, name) for name, title in form.choices]
    return [several_field(Field.ACCOUNTS, "Accounts", options, form.chosen)]


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
    limits = [f"{one.limit} {one.unit} on {cut(one.title, 60)}" for one in _list_shown(form)]
    most = f"At most {' · '.join(limits[:MOST_NETWORKS])}." if limits else ""
    alone = bool(form.images or form.added)  # an image can go out without a text
    hint = " ".join(filter(None, (NEEDS if alone else "", most)))
    return _field(Field.TEXT, "Text", form.text, hint=hint, optional=alone)


def _list_shown(form: EditForm) -> list[AccountView]:
    """The accounts it is for, and those that are being added, or that somebody has begun to write for."""
    own = dict(form.variants)
    more = [one for one in form.could_be if one.name in form.chosen or one.name in own]
    return [*form.accounts, *more]


def _field(block_id: str, label: str, value: str, **how: Any) -> Block:
    return words_field(block_id, label, value, where=WHOLE, **how)


def _variants(form: EditForm) -> list[Block]:
    """A field for each network, where there are several or one differs already."""
    own, shown = dict(form.variants), _list_shown(form)[:MOST_NETWORKS]
    if len(shown) < 2 and not own and not form.left_out:
        return []
    drawn = [said("*Different text for one network*")]
    for account in shown:
        label = f"Text for {cut(account.title, 100)}"
        hint = f"At most {account.limit} {account.unit}. Leave it empty to use the text above."
        drawn.append(
            _field(format_block(Field.VARIANT, account.name), label, own.get(account.name, ""), hint=hint)
        )
    for one in form.left_out[: MOST_NETWORKS - len(shown)]:
        label = f"Text for {cut(one.title, 100)}, if it is put back"
        drawn.append(_field(format_block(Field.VARIANT, one.name), label, one.text))
    return drawn


def _slot(form: EditForm) -> Block:
    hint = "" if form.slot else "Without a time it is a draft."
    if form.slot and form.away:
        hint = f"In the team's time zone: {name_team_time(form.slot, form.zone)}"
    return moment_field(
        Field.SLOT, name_when(form.zone, away=form.away), form.slot, hint=hint, optional=form.slot is None
    )


def _alts(form: EditForm) -> list[Block]:
    drawn: list[Block] = []
    images = (*form.images, *form.added)
    for number, picture in enumerate(images[:MOST_IMAGES], 1):
        which = "the image" if len(images) == 1 else f"image {number}"
        drawn += _picture(picture)
        label = f"Alt text of {which} (required): what it shows, for those who cannot see it"
        block_id = format_block(Field.ALT, picture.sha256)
        drawn.append(_field(block_id, label, picture.alt, optional=False))
    return drawn


def _more_images(form: EditForm) -> list[Block]:
    images = [*form.images, *form.added]
    drawn: list[Block] = []
    if images:
        options = [(f"Image {number}", one.sha256) for number, one in enumerate(images[:MOST_IMAGES], 1)]
        drawn.append(several_field(Field.REMOVED, "Remove images", options, form.removed, optional=True))
    if (left := MOST_ATTACHED - len(images)) > 0:
        label = f"{'More images' if images else 'Images'} (up to {left})"
        drawn.append(
            files_field(
                format_block(Field.IMAGES, str(len(images))), label, IMAGE_KINDS, left, hint=IMAGE_HINT
            )
        )
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
