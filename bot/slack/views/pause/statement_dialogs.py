"""The dialogs of a statement: it is written or picked, shown whole, and released."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.preflight.objections import list_blocking
from bot.domain.shown.state_words import count_to_fix
from bot.domain.shown.statement_screens import Released, StatementForm, StatementPage, StatementPick, Wanted
from bot.slack.ids import Act, Dialog, Field
from bot.slack.values.statement import format_statement
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    Block,
    Room,
    button,
    plain,
    said,
    select_field,
    several_field,
    small,
    text_field,
)
from bot.slack.views.pause.statements import say_silence, say_wanted
from bot.slack.views.posts.card_parts import authors, for_colleagues, objections, pictures_whole, titles
from bot.slack.views.posts.dialogs import TITLE, draw_notice_dialog
from bot.slack.views.posts.edit_dialog import CONTENT_WARNING, WARNING_HINT
from bot.slack.views.posts.long_fields import shortened, words_field
from bot.slack.views.posts.looks import draw_looks
from bot.slack.views.text import NOWHERE, TIME, Place, cut, listing, mention, mentions_or, spoken, token

NEEDS = (
    "A statement goes out at once when two of you, at least one an approver, have released exactly this within 30 "
    "minutes. Nothing else goes out, and publishing stays paused."
)
NEEDS_OF_LISTS = (
    "A statement goes out at once when at least two of you, with an approver of each of its accounts among them, have "
    "released exactly this within 30 minutes. Nothing else goes out, and publishing stays paused."
)
SAVED = (
    "*Next* saves what you write as a draft of yours. If it needs an image, write it with `/social new` instead, then "
    "come back here and choose it."
)
ROOM = Room(text=3000, groups=20, rows=20)
_YOURS = "you wrote it, and can still be one of the two"


def draw_statement_dialog(form: StatementForm, place: Place = NOWHERE) -> Block:
    """Written here. Where there is one already, a button leads to that."""
    drawn = [
        *draw_begun(form.begun, "a statement", "nothing was released", place),
        said(NEEDS_OF_LISTS if form.wanted else NEEDS),
        *([small(_list_approvers(form.wanted))] if form.wanted else []),
        *_offer_picks(form),
        small(SAVED),
        several_field(
            Field.ACCOUNTS, "Accounts", [(title, name) for name, title in form.accounts], form.chosen
        ),
        *_no_words_alone(form),
        *_not_by_hand(form),
        words_field(Field.TEXT, "Text", form.text, optional=False),
        words_field(Field.WARNING, CONTENT_WARNING, form.warning, multiline=False, hint=WARNING_HINT),
    ]
    return _dialog(Dialog.STATEMENT, form.pause_id, keep_typed(drawn), "Next", "Cancel")


def _offer_picks(form: StatementForm) -> list[Block]:
    if not form.picks:
        return []
    spoken_words = "Choose a draft or a post that is to go out as a statement"
    chosen = button(Act.PICK_STATEMENT, "Choose one…", form.pause_id, spoken_words)
    return [{**said("*Already written?* Take a draft or a post instead."), "accessory": chosen}]


def _no_words_alone(form: StatementForm) -> list[Block]:
    if not form.need_image:
        return []
    which = cut(listing([spoken(title, 60) for title in form.need_image]), 300)
    return [small(f"Leave {which} unticked: no post goes there without an image.")]


def _not_by_hand(form: StatementForm) -> list[Block]:
    if not form.by_hand:
        return []
    which = cut(listing([spoken(title, 60) for title in form.by_hand]), 300)
    return [small(f"Not on {which}: Byhand cannot post there.")]


def draw_pick_dialog(pick: StatementPick) -> Block:
    """One that is there; not what has to be fixed before anybody may approve it."""
    left_out = f"Not listed: {count_to_fix(pick.to_fix)}." if pick.to_fix else ""
    if not pick.posts:
        told = [
            said("There is nothing that can be released as it stands."),
            *([small(left_out)] if left_out else []),
        ]
        return _dialog(Dialog.PICK_STATEMENT, pick.pause_id, told, None, "Back")
    choices = [(cut(name, 70), post_id) for post_id, name in pick.posts]
    drawn = [
        said("The next screen shows it whole. Nothing is released before that."),
        select_field(Field.POST, "What is to go out?", choices),
        *([small(left_out)] if left_out else []),
    ]
    return _dialog(Dialog.PICK_STATEMENT, pick.pause_id, drawn, "Next", "Back")


def draw_release_dialog(page: StatementPage, place: Place = NOWHERE) -> Block:
    """Who has released it and what follows; then all of it, as each account will show it."""
    card = page.card
    stopped = list_blocking(card.objections)
    firm = any(not one.waivable for one in stopped)
    above = [
        *draw_begun(page.begun, "a reason", "nothing was released", place),
        *_state(page, place),
        small(f"post {card.number}", authors(card), _YOURS if page.wrote else ""),
        *([] if card.accounts else [said(f"*{spoken(titles(card))}*")]),
    ]
    looks = draw_looks(card.accounts, card.warning)
    rest = [
        *pictures_whole(card.images),
        *objections(card.objections, ROOM),
        *for_colleagues(card.label, card.note),
    ]
    may = not page.why_not and not firm
    if stopped and may:
        rest.append(text_field(Field.REASON, "Release anyway, because…", page.reason, optional=False))
    drawn = keep_typed([*above, *shortened(looks, [*above, *rest]), *rest])
    metadata = format_statement(page.pause_id, card.seen)
    return _dialog(
        Dialog.RELEASE, metadata, drawn, "I release this" if may else None, "Back" if may else "Close"
    )


def _state(page: StatementPage, place: Place) -> list[Block]:
    if page.why_not:
        return [said(f"*You cannot release it.* {spoken(page.why_not, 500)}")]
    told = [f"{mention(by)} released it at {token(at, TIME, place)}." for by, at in page.releases]
    if page.goes:
        return [said(" ".join([*told, "*It goes out as soon as you release it.* Nothing else goes out."]))]
    who, have = say_wanted(page.wanted), "have" if len(page.wanted) > 1 else "has"
    told.append(f"It does not go out yet: {who} {have} to release it, too.")
    silence = say_silence(len(page.wanted), token(page.until, TIME, place))
    return [said(" ".join([*told, silence]))]


def draw_released(done: Released, place: Place = NOWHERE) -> Block:
    """To whoever has just released it."""
    if done.goes:
        told = f"It is going out now. Its card will appear in <#{done.channel}>."
    else:
        are = "are" if len(done.wanted) > 1 else "is"
        told = (
            f"It waits for {say_wanted(done.wanted)}, who {are} asked in the thread of the pause's message. "
            f"{say_silence(len(done.wanted), token(done.until, TIME, place))}"
        )
    return {**draw_notice_dialog("You released it", ""), "blocks": [said(told)], "clear_on_close": True}


def _list_approvers(wanted: Sequence[Wanted]) -> str:
    """mrkdwn: "Approvers of Bluesky: @Tom. Of Mastodon: @Ines." """
    each = [f"{spoken(cut(one.of, 100))}: {mentions_or(one.approvers)}." for one in wanted]
    return f"Approvers of {' Of '.join(each)}"


def _dialog(which: Dialog, metadata: str, blocks: list[Block], submit: str | None, close: str) -> Block:
    made: Block = {
        "type": "modal", "callback_id": which.value, "private_metadata": metadata,
        "title": plain("Release a statement", TITLE), "close": plain(close, TITLE), "blocks": blocks,
    }  # fmt: skip
    return {**made, "submit": plain(submit, TITLE)} if submit else made
