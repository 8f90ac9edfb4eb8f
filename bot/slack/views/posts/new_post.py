"""The two screens on which a post is written: what, where and when; then how it will look, with what is to be checked.

The second lies over the first: its Back is Slack's own, and finds the first as it was left.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.shown.new_post import EarlierPost, NewPostDone, NewPostForm, NewPostLook
from bot.domain.shown.post_screens import AccountView, ImageView
from bot.slack.ids import Act, Dialog, Field, format_block
from bot.slack.values.new_post import NewAbout, format_new
from bot.slack.views.begun import DISCARD, draw_begun, draw_start_over, keep_typed
from bot.slack.views.blocks import (
    IMAGE_HINT,
    IMAGE_KINDS,
    Block,
    Room,
    actions,
    bullets,
    button,
    files_field,
    image,
    lines,
    moment,
    moment_field,
    plain,
    said,
    several_field,
    small,
    words,
)
from bot.slack.views.posts.card_parts import TITLES, content_warning, for_colleagues, objections
from bot.slack.views.posts.conversions import draw_offer
from bot.slack.views.posts.dialogs import TITLE, draw_notice_dialog, name_when
from bot.slack.views.posts.edit_dialog import CONTENT_WARNING, MOST_ATTACHED, NEEDS, WARNING_HINT
from bot.slack.views.posts.long_fields import lightened, shortened, words_field
from bot.slack.views.posts.looks import draw_long_text, draw_looks
from bot.slack.views.text import DAY_AND_TIME, NOWHERE, Place, cut, spoken, when

View = Block
OWN_BUTTONS = OWN_FIELDS = 20  # accounts that can have words of their own
QUOTED = 80  # characters of a post that is named by its words
ROOM = Room(text=3000, groups=20, rows=20)


# --- the first screen --------------------------------------------------------------------------------


def draw_new_post(form: NewPostForm, place: Place = NOWHERE) -> View:
    """What, where and when."""
    drawn = _copied(form) + draw_begun(form.begun, "this post", "nothing was saved", place)
    drawn += draw_start_over(form.begun, Act.START_OVER, DISCARD if form.number else "Start over")
    drawn += _earlier(form.earlier, place)
    drawn += [bullets("Please look at this first:", form.told)] if form.told else []
    drawn += [
        several_field(
            Field.ACCOUNTS, "Accounts", [(title, name) for name, title in form.accounts], form.chosen
        ),
        moment_field(Field.SLOT, name_when(form.zone, away=form.away), form.slot, hint=_SLOT, optional=True),
        words_field(Field.TEXT, "Text", form.text, hint=NEEDS),
        *_images(form.images),
        words_field(Field.WARNING, CONTENT_WARNING, form.warning, multiline=False, hint=WARNING_HINT),
        words_field(Field.LABEL, "Label", form.label, multiline=False, hint=_LABEL),
        words_field(Field.NOTE, "Note for reviewers", form.note),
    ]
    title = f"Draft {form.number}" if form.number else "New post"
    view = _over(Dialog.NEW_POST, title, keep_typed(drawn), "Next", "Cancel")
    return {**view, "private_metadata": format_new(NewAbout(form.seen, form.kept_of))}


def _copied(form: NewPostForm) -> list[Block]:
    """Pressing Duplicate saved it: closing the dialog does not take it back."""
    if not form.copy_of:
        return []
    told = f"*This is a copy of {spoken(form.copy_of)}.* It is saved already, as draft {form.number} on Byhand's Home"
    return [said(f"{told}, and has no time yet." if form.slot is None else f"{told}.")]


def _earlier(earlier: Sequence[EarlierPost], place: Place) -> list[Block]:
    """Others that this person had begun, each to go on with."""
    drawn: list[Block] = []
    for number, one in enumerate(earlier):
        quoted = f": “{cut(' '.join(one.text.split()), QUOTED)}”" if one.text.strip() else ", without a text."
        at = moment(one.at, place, DAY_AND_TIME)
        drawn.append(lines([words("You had begun another post "), at, words(quoted)]))
        pressed = button(Act.GO_ON, "Go on with that one", one.id, "Go on with the post you had begun")
        drawn.append(actions({**pressed, "action_id": f"{Act.GO_ON.value}:{number}"}))
    return (
        [*drawn, small(f"{'Each' if drawn[2:] else 'It'} is kept for a week after you last wrote in it.")]
        if drawn
        else []
    )


_SLOT = "Optional for a draft. You schedule on the next screen."
_LABEL = "Such as the name of a campaign: /social upcoming can list its posts."


def _images(images: Sequence[ImageView]) -> list[Block]:
    """Those it has, to be taken out; and a field for more, as long as there is room."""
    drawn: list[Block] = []
    for number, picture in enumerate(images, 1):
        if picture.slack_file:
            drawn.append(image(picture.slack_file, picture.alt))
        drawn.append(lines([words(_name(number, picture, len(images)), bold=True)]))
    if images:
        options = [(f"Image {number}", picture.sha256) for number, picture in enumerate(images, 1)]
        drawn.append(several_field(Field.REMOVED, "Remove images", options, (), optional=True))
    left = MOST_ATTACHED - len(images)
    if left > 0:
        label = f"{'More images' if images else 'Images'} (up to {left})"
        drawn.append(
            files_field(
                format_block(Field.IMAGES, str(len(images))), label, IMAGE_KINDS, left, hint=IMAGE_HINT
            )
        )
    return drawn


def _name(number: int, picture: ImageView, of: int) -> str:
    which = "Image" if of == 1 else f"Image {number}"
    return f"{which}, {picture.size}"


# --- the second --------------------------------------------------------------------------------------


def draw_new_look(look: NewPostLook, place: Place = NOWHERE) -> View:
    """How it will look, with its lengths and what is to be checked."""
    rest = [
        *_own_words(look),
        *_alts(look),
        *objections(look.objections, ROOM),
        *draw_offer(look.conversions, look.objections),
        _when(look, place),
        *_again(look),
    ]
    submit = "Schedule"
    if look.slot is None or not look.may_schedule:
        submit = "Save as a draft"
    else:
        rest.append(actions(button(Act.SAVE_DRAFT, "Save as a draft", "-", "Save this post as a draft")))
    drawn = _fitted([*_wrong(look), *_where_and_when(look, place)], _looks(look), rest)
    view = _over(Dialog.NEW_LOOK, "How it will look", keep_typed(drawn), submit, "Back")
    return {**view, "private_metadata": format_new(NewAbout(look.seen, look.root, look.shown))}


def _fitted(above: list[Block], looks: list[Block], rest: list[Block]) -> list[Block]:
    """Within Slack's limits: fields go before the words that are shown, as these are all of them."""
    light = lightened([*above, *looks, *rest])
    above, looks, rest = light[: len(above)], light[len(above) : -len(rest)], light[-len(rest) :]
    return [*above, *shortened(looks, [*above, *rest]), *rest]


def _wrong(look: NewPostLook) -> list[Block]:
    if look.wrong:
        return [bullets("Not scheduled. Please fix this first:", look.wrong)]
    return []


def _again(look: NewPostLook) -> list[Block]:
    """Right above the button that was pressed: what is at the top of a long dialog is out of sight."""
    if not look.again:
        return []
    return [said("*Not scheduled yet.* Your new words are shown above now. Press Schedule once more.")]


def _where_and_when(look: NewPostLook, place: Place) -> list[Block]:
    """ "Mastodon + Bluesky · Tue 24 Nov 2026, 09:00"; then what only colleagues see."""
    to = " + ".join(account.title for account in look.accounts)
    at = [words(" · "), moment(look.slot, place)] if look.slot else [words(" · no time yet")]
    above = [lines([words(cut(to, TITLES) or "No account yet", bold=True), *at])]
    return [*above, *for_colleagues(look.label, look.note)]


def _looks(look: NewPostLook) -> list[Block]:
    """As each network shows it."""
    if not look.accounts:
        return [
            said("*No account is chosen yet.*"),
            *content_warning(look.warning),
            *draw_long_text(look.text),
        ]
    return draw_looks(look.accounts, look.warning)


def _own_words(look: NewPostLook) -> list[Block]:
    """A field for each account that has words of its own, and a button for each other."""
    own = dict(look.own)
    drawn = [
        _own_field(account, own[account.name] or look.text)
        for account in look.accounts
        if account.name in own
    ][:OWN_FIELDS]
    if len(look.accounts) < 2:
        return drawn
    others = [account for account in look.accounts if account.name not in own][:OWN_BUTTONS]
    if others:
        drawn.append(actions(*(_own_button(account) for account in others)))
    return drawn


def _own_field(account: AccountView, text: str) -> Block:
    label = f"Text for {cut(account.title, 100)}"
    hint = f"At most {account.limit} {account.unit}. Leave it empty to use the text above."
    return words_field(format_block(Field.VARIANT, account.name), label, text, hint=hint)


def _own_button(account: AccountView) -> Block:
    title = cut(account.title, 50)
    made = button(
        Act.OWN_WORDS, f"Different text for {title}", account.name, f"Write a different text for {title}"
    )
    return {**made, "action_id": f"{Act.OWN_WORDS.value}:{account.name}"[:255]}


def _alts(look: NewPostLook) -> list[Block]:
    """A draft may still go without; what is scheduled may not."""
    drawn, images = list[Block](), look.images
    for number, picture in enumerate(images, 1):
        if picture.slack_file:
            drawn.append(image(picture.slack_file, picture.alt))
        which = "the image" if len(images) == 1 else f"image {number}"
        label = f"Alt text of {which}: what it shows, for those who cannot see it"
        block_id = format_block(Field.ALT, picture.sha256)
        drawn.append(
            words_field(block_id, label, picture.alt, optional=look.slot is None or not look.may_schedule)
        )
    return drawn


def _when(look: NewPostLook, place: Place) -> Block:
    """What pressing Schedule does, and what happens if nobody acts."""
    if look.slot is None:
        return small(
            "It has no time yet, so it is saved as a draft. It is not published until somebody schedules it."
        )
    if not look.may_schedule:
        return small(
            f"You propose {when(look.slot, place)}. It is not published until a full member schedules it."
        )
    asks = f"{when(look.opens_at, place)}" if look.opens_at else "at once"
    return small(
        f"Schedule plans it for {when(look.slot, place)}. Its card asks for a decision {asks}; if nobody approves it, "
        "it is not published."
    )


# --- on the way, and after ---------------------------------------------------------------------------


def draw_looking(title: str, close: str, name: str = "", *, what: str = "Looking at your images") -> View:
    """While images are fetched and checked, or converted. `name`: by which it is drawn again (external_id)."""
    told = (
        f"*{what}…* This takes a few seconds. If nothing has changed after a minute, close this and try "
        "again."
    )
    view = _over(Dialog.LOOKING, title, [said(told)], None, close)
    return {**view, "external_id": name} if name else view


def draw_image_troubles(troubles: Sequence[str]) -> View:
    """Images that cannot be used, a sentence each."""
    drawn = [
        bullets("Not all images can be used:", troubles),
        small("Go back, and choose others. Nothing was saved."),
    ]
    return _over(Dialog.LOOKING, "How it will look", drawn, None, "Back")


def draw_no_look(
    title: str, close: str, why: str = "Something went wrong in Byhand; its log says what."
) -> View:
    """The look at images failed."""
    drawn = [said("*Your images were not looked at.*"), lines([words(f"{why} Nothing was saved.")])]
    drawn.append(said(f"Please press {close} and try again. What you typed is kept."))
    return _over(Dialog.LOOKING, title, drawn, None, close)


def draw_new_done(done: NewPostDone, place: Place = NOWHERE) -> View:
    """What became of it; closing this closes all."""
    if done.draft:
        told = "The draft is saved. It is on Byhand's Home, and goes out only once somebody schedules it."
        drawn = [said(told)]
    else:
        to = cut(done.titles, 200)
        at = [words(f"Post {done.number} is scheduled for ")]
        drawn = [
            lines(
                [
                    *at,
                    *([moment(done.slot, place, DAY_AND_TIME, bold=True)] if done.slot else []),
                    words(f": {to}."),
                ]
            )
        ]
        asks = (
            f"asks for a decision {when(done.opens_at, place)}"
            if done.opens_at
            else "asks for a decision now"
        )
        drawn.append(
            small(f"Its card in <#{done.channel}> {asks}. If nobody approves it, it is not published.")
        )
    title = "Saved as a draft" if done.draft else "Scheduled"
    return {**draw_notice_dialog(title, ""), "blocks": drawn, "clear_on_close": True}


def _over(which: Dialog, title: str, blocks: list[Block], submit: str | None, close: str) -> View:
    made: View = {
        "type": "modal", "callback_id": which.value, "title": plain(title, TITLE), "close": plain(close, TITLE),
        "blocks": blocks,
    }  # fmt: skip
    return {**made, "submit": plain(submit, TITLE)} if submit else made
