"""A request for approval: the message in the channel, and the dialog in which its posts are read one by one."""

from __future__ import annotations

from datetime import datetime

from bot.domain.shown.approval_requests import ReadThrough, RequestRow, RequestView, WantedChange
from bot.domain.shown.post_screens import PostCard
from bot.slack.ids import Act, Dialog, Field
from bot.slack.values.read_through import Page, format_read_page
from bot.slack.views.answers import draw_sentence
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    Block,
    Message,
    Part,
    actions,
    button,
    fit,
    head,
    lines,
    moment,
    plain,
    said,
    say_reason,
    small,
    text_field,
    words,
)
from bot.slack.views.posts.about import about_post
from bot.slack.views.posts.card_parts import approved_of, authors, body, extras, lengths, objections, titles
from bot.slack.views.posts.dialogs import TITLE, draw_dialog, draw_notice_dialog
from bot.slack.views.posts.rows import name_row
from bot.slack.views.quotes import draw_about, first_words
from bot.slack.views.text import NOWHERE, Place, count, cut, mention, mentions, spoken, when

REASON = 500  # characters of what should be changed
SENTENCE = 600  # characters of why somebody cannot approve
ROWS = 20  # posts with a line
STATE = 150  # characters of how one stands
ONLY_WORDS = (
    "You approve the words only. Shortly before each slot a card asks whether the moment is right; without that yes "
    "the post is not published."
)


# --- the message -------------------------------------------------------------------------------------


def draw_request(view: RequestView, place: Place) -> Message:
    """It rings the approvers once; what becomes of its posts is drawn into it."""
    posts, left = count(len(view.rows), "post"), len(view.left)
    asked = f"Please read {posts}" if left else _tell_over(view)
    who = mentions(view.approvers)
    drawn: list[Block] = [
        head(asked, place=place),
        small(
            f"for {who}" if who and left else "",
            f"asked by {mention(view.by)} {when(view.at, place)}",
            f"{left} of {len(view.rows)} still to be approved" if left else "",
        ),
        *_rows(view, place),
    ]
    if left:
        spoken_name = f"Read through {count(left, 'post')}"
        drawn.append(actions(button(Act.READ_THROUGH, "Read through", view.id, spoken_name, style="primary")))
        drawn.append(said(ONLY_WORDS))
    ask = (
        f"{who} {spoken(asked)}. {mention(view.by)} asks for your approval." if left else f"{spoken(asked)}."
    )
    return Message(ask.lstrip(), drawn)


def _tell_over(view: RequestView) -> str:
    approved, total = sum(row.approved for row in view.rows), len(view.rows)
    if approved == total:
        return (
            f"The words of {'both' if total == 2 else f'all {total}'} posts are approved"
            if total > 1
            else "Its words are approved"
        )
    return f"{approved} of {count(total, 'post')} approved; the rest cannot be approved here any more"


def _rows(view: RequestView, place: Place) -> list[Block]:
    shown = [_row(one, place) for one in view.rows[:ROWS]]
    if len(view.rows) > ROWS:
        shown.append([words(f"and {len(view.rows) - ROWS} more")])
    return [lines(*shown)]


def _row(one: RequestRow, place: Place) -> list[Part]:
    """What is left to do comes first: "Needs approval · tomorrow at 09:00 · Mastodon · “Rye …” (post 4)"."""
    post = one.post
    state = cut(name_row(post), STATE)
    if one.open and not one.approved:
        state = f"Change asked for · {state[:1].lower()}{state[1:]}" if one.change_wanted else state
    at = [words(" · "), moment(post.slot, place)] if post.slot else []
    rest = f" · {cut(post.titles, 100)} · {first_words(post.text)} (post {post.number})"
    return [words(state, bold=True), *at, words(rest)]


def draw_asked(posts: int) -> Message:
    """To whoever asked."""
    return draw_sentence(_asked(posts))


def draw_asked_dialog(posts: int) -> Block:
    """The same, where nothing else is open."""
    return draw_notice_dialog("Ask for approval", _asked(posts))


def _asked(posts: int) -> str:
    told = f"The approvers are asked to read {count(posts, 'post')}, in one message in the channel."
    return f"{told} It shows what they have approved."


# --- the dialog --------------------------------------------------------------------------------------


def draw_read_through(page: ReadThrough, place: Place = NOWHERE) -> Block:
    """One post, with what can be done with it; behind the last one, what has become of them."""
    if page.card is None:
        told = f"That was the last of {count(page.total, 'post')}. The words of {page.approved} are approved."
        left = [lines(*[_row(one, place) for one in page.left[:ROWS]])] if page.left else []
        drawn = [said(told), *left, *_turn(page)]
        return _dialog(page, "Read through", drawn, None)
    card = page.card
    moment = f" · {when(card.slot, place)}" if card.slot else ""
    drawn = [
        said(f"*{page.place + 1} of {page.total}*{moment} · {spoken(titles(card))}"),
        small(authors(card), approved_of(card), f"post {card.number}"),
    ]
    drawn += [small(_say_begins(page))] if page.begins else []
    drawn += _change_wanted(page.wanted, place) if page.wanted else []
    drawn += fit(lambda room: [
        *body(card, room, named=False), *lengths(card, room), *objections(card.objections, room), *extras(card),
    ])  # fmt: skip
    drawn += [small(spoken(page.why_not, SENTENCE))] if page.why_not else [small(ONLY_WORDS)]
    return _dialog(
        page, "Read through", [*drawn, *_turn(page)], "Approve the words" if page.may_approve else None
    )


def _say_begins(page: ReadThrough) -> str:
    """Why it does not begin with the first."""
    fix = f"; {count(page.to_fix, 'post')} before it must be fixed first" if page.to_fix else ""
    return f"You start at the first post that you can approve now{fix}. Back shows what comes before it."


def _change_wanted(wanted: WantedChange, place: Place) -> list[Block]:
    told = (
        f"{mention(wanted.by)} asked for a change {when(wanted.at, place)}. Nothing has been changed since."
    )
    return [small(told), say_reason(wanted.reason, REASON)]


def _dialog(page: ReadThrough, title: str, drawn: list[Block], submit: str | None) -> Block:
    made = draw_dialog(Dialog.READ_THROUGH, title, page.card.seen if page.card else None, drawn, submit)
    return {**made, "private_metadata": format_read_page(_page(page)), "close": plain("Close", TITLE)}


def _page(page: ReadThrough) -> Page:
    return Page(page.request_id, page.place, page.card.seen if page.card else None)


def _turn(page: ReadThrough) -> list[Block]:
    """Back and Next beside each other, however narrow the window."""
    pressed: list[Part] = []
    if page.place > 0:
        pressed.append(_leaf(page, "Back", page.place - 1))
    if page.card is not None:
        pressed.append(_leaf(page, "Next" if page.place + 1 < page.total else "Finish", page.place + 1))
        value, spoken_name = format_read_page(_page(page)), f"Ask for a change of post {page.card.number}"
        pressed.append(button(Act.WANT_CHANGE, "Ask for a change…", value, spoken_name))
    return [actions(*pressed)] if pressed else []


def _leaf(page: ReadThrough, text: str, to: int) -> Part:
    made = button(
        Act.READ_THROUGH, text, format_read_page(Page(page.request_id, to)), f"{text}: post {to + 1}"
    )
    return {**made, "action_id": f"{Act.READ_THROUGH.value}:{to}"}


def draw_want_change(
    page: Page, card: PostCard, reason: str = "", begun: datetime | None = None, place: Place = NOWHERE
) -> Block:
    """What should be different? Its authors are told, in the request's thread. `reason`: what this person had typed at
    `begun`, and not sent off."""
    told = "Whoever wrote it, or asked for the approval, is told in the thread of that message."
    drawn = [
        *draw_begun(begun, "a reason", "nobody was asked", place),
        draw_about(about_post(card), place),
        text_field(Field.REASON, "What should be changed?", reason, optional=False),
        small(told),
    ]
    made = draw_dialog(Dialog.WANT_CHANGE, "Ask for a change", card.seen, keep_typed(drawn), "Ask")
    return {**made, "private_metadata": format_read_page(page)}
