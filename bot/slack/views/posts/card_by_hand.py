"""A card from its slot on, where people post it themselves: to be taken, in somebody's hands, or nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.posts import Status
from bot.domain.shown.by_hand import HandView
from bot.domain.shown.post_screens import AccountView, PostCard
from bot.slack.ids import Act, Dialog, Field, format_without
from bot.slack.views.begun import keep_typed
from bot.slack.views.blocks import (
    Ask,
    Block,
    Part,
    Room,
    actions,
    button,
    copyable,
    head,
    lines,
    link,
    plain,
    text_field,
    words,
)
from bot.slack.views.posts import card_parts as parts
from bot.slack.views.posts.about import about_post, about_send
from bot.slack.views.posts.card_look import CardLook
from bot.slack.views.quotes import About, ask_about, draw_about
from bot.slack.views.text import DEADLINE, TIME, Place, cut, listing, mention, spoken, token, until, when

LOOK = (Act.PREVIEW, Act.HISTORY)
TITLE = 60  # characters
DID_NOT = Ask(
    "You didn't post it?",
    "Then it counts as not published there, and nobody else is asked to post it.",
    "I did not post it",
    "Back",
    danger=True,
)
NOT_UP = Ask(
    "Did you look?",
    "You looked, and this post is not up. It is not published there unless an approver tries again.",
    "It is not up",
    "Let me look",
    danger=True,
)
AGAIN = Ask(
    "Did you look?",
    "You looked, and it is not up. If it is up after all, it would be there twice.",
    "Offer it again",
    "Let me look",
)


def your_turn(card: PostCard, place: Place) -> CardLook:
    """Nothing of it has begun: whoever presses first has it."""
    return CardLook(
        text=_say(card, place),
        head=_head(card, place),
        about=(parts.authors(card),),
        notes=tuple(notes(card, place)),
        buttons=(Act.EDIT, Act.PICK_TIME, Act.HOLD, Act.KILL, *((Act.UNDO,) if card.approvals else ())),
        menu=LOOK,
        last=_silence(card),
        copies=True,
    )


def in_hand(card: PostCard, place: Place) -> CardLook:
    """Something of it has begun, and all that is still open is people's."""
    free = any(one.is_free for one in card.by_hand)
    asked = all(one.is_unknown for one in card.by_hand)  # whoever looks is given nothing to post
    by = parts.approved_by(card, place)
    return CardLook(
        text=_say(card, place),
        head=_head(card, place),
        about=(_taken(card, place), f"approved {by}" if by else ""),
        notes=(*parts.sends([one for one in card.deliveries if one.state.final]), *notes(card, place)),
        buttons=(Act.PREVIEW, Act.STOP_REST) if free else (),
        menu=(Act.HISTORY,) if free else LOOK,
        last=_silence(card) if free else _until_said(asked=asked),
        copies=card.gate is None and not asked,
        bare=card.gate is not None,
    )


def _until_said(*, asked: bool) -> str:
    if asked:
        return "Please say on this card whether it is up. Nobody else can take it until then."
    return "Press *It is up…* once it is. Until then nobody else can take it."


def _taken(card: PostCard, place: Place) -> str:
    """Of what is asked about: who took it, and when."""
    first = _first(card)
    if not first.is_unknown or first.holder is None:
        return ""
    return f"taken by {mention(first.holder)}{f' {when(first.since, place)}' if first.since else ''}"


def _first(card: PostCard) -> HandView:
    """What the card begins with: a question, who has it, what is free."""
    return min(card.by_hand, key=lambda one: (not one.is_unknown, one.is_free))


def _say(card: PostCard, place: Place) -> str:
    first = _first(card)
    if first.is_unknown:
        return f"Is it up on {spoken(first.title)}? Please look, and say so on this card."
    if not first.is_free:
        since = f" at {token(first.since, TIME, place)}" if first.since else ""
        who = parts.name(card, first.holder) if first.holder else "A colleague"
        return f"{who} took it{since}, to post it on {spoken(first.title)}."
    if card.gate is not None:
        return f"Please do not post it: {spoken(card.gate.sentence)}. {spoken(_titles(card))}."
    by = f" by {until(first.until, place)}" if first.until else ""
    return f"Post it yourselves{by}: {spoken(_titles(card))}."


def _head(card: PostCard, place: Place) -> Block:
    first = _first(card)
    title = cut(first.title, TITLE)
    if first.is_unknown:
        return head(f"Is it up on {title}? Nobody has said so", place=place)
    if not first.is_free:
        who = dict(card.names).get(first.holder or "") or "A colleague"
        since = (" at ", first.since) if first.since else ()
        return head(
            f"{cut(who, TITLE)} took it", *since, f", to post it on {title}", place=place, pattern=TIME
        )
    if card.gate is not None:
        return head(f"Please do not post it: {card.gate.sentence}, {_titles(card)}", place=place)
    end = (" by ", first.until) if first.until else ()
    return head("Post it yourselves", *end, f": {_titles(card)}", place=place, pattern=DEADLINE)


def _titles(card: PostCard) -> str:
    same = [one for one in card.by_hand if one.state is _first(card).state]
    return cut(listing([one.title for one in same]), parts.TITLES)


def _silence(card: PostCard) -> str:
    if card.gate is not None:
        return "If it is still paused when its time is over, it is not published there."
    go = ""
    if card.approver_says_go:
        means = "says Go as well" if card.status is Status.REVIEW else "is their approval"
        go = f"There was a pause, so only an approver can take it: pressing *I'm posting it* {means}. "
    elif card.status is Status.REVIEW:
        go = "Nobody has said Go yet: pressing *I'm posting it* says Go as well. "
    return f"{go}If nobody takes it by then, it is not published there."


# --- one account -------------------------------------------------------------------------------------


def notes(card: PostCard, place: Place) -> list[Block]:
    """Each account by itself, with what can be pressed."""
    drawn: list[Block] = []
    for one in card.by_hand[: parts.SENDS]:
        pressed = _buttons(card, one, place)
        drawn += [lines(_row(card, one)), *_told(card, one, place), *([actions(*pressed)] if pressed else [])]
    if len(card.by_hand) > parts.SENDS:
        drawn.append(lines([words(f"and {len(card.by_hand) - parts.SENDS} more")]))
    return drawn


def _row(card: PostCard, one: HandView) -> list[Part]:
    title = cut(one.title, TITLE)
    if card.gate is not None and one.is_free:
        return [words(title, bold=True)]
    if one.address:
        return [link(one.address, f"Open {title}")]
    return [words(f"{title}: ", bold=True), words("open it as you always do")]


def _told(card: PostCard, one: HandView, place: Place) -> list[Block]:
    if card.gate is not None and not one.is_unknown:
        stop = "please do not post it" if one.is_free else "please stop, and say whether it is up"
        return parts.still_paused(card.gate, place, stop)
    return []


def _buttons(card: PostCard, one: HandView, place: Place) -> list[Part]:
    if one.is_free:
        return [_take(card, one)] if card.gate is None else []
    up = button(Act.IT_IS_UP, "It is up…", one.delivery_id or "", f"Post {card.number} is up on {one.title}")
    about = about_hand(card, one.delivery_id)
    ask = ask_about(NOT_UP if one.is_unknown else DID_NOT, about, place)
    text = "It is not up" if one.is_unknown else "I didn't"
    spoken_words = f"Post {card.number} is not up on {one.title}"
    pressed = [up, button(Act.NOT_UP, text, one.delivery_id or "", spoken_words, ask=ask)]
    if one.is_unknown and card.gate is None and not card.nobody_may_approve:
        again = f"Post {card.number} is not up on {one.title}: offer it again"
        sure = ask_about(AGAIN, about, place)
        pressed.append(button(Act.TRY_AGAIN, "Offer it again", one.delivery_id or "", again, ask=sure))
    return pressed


def _take(card: PostCard, one: HandView) -> Part:
    title = cut(one.title, 40)
    alone = len([each for each in card.by_hand if each.is_free]) == 1
    text = "I'm posting it" if alone else f"I'm posting it: {title}"
    value = format_without(card.seen, one.account)
    return button(Act.POST_IT, text, value, f"I'm posting post {card.number} on {one.title}", style="primary")


# --- to copy -----------------------------------------------------------------------------------------


def copies(card: PostCard, room: Room) -> list[Block]:
    """The words of each account to be copied, and the images to be saved."""
    mine = {one.account for one in card.by_hand}
    theirs = [one for one in card.accounts if one.name in mine]
    drawn = parts.content_warning(card.warning)
    for text, accounts in parts.group_same_texts(theirs)[: room.groups]:
        drawn.append(lines([words(f"Text for {_named(accounts)}, to copy:", bold=True)]))
        drawn.append(copyable(text, room.text) if text.strip() else lines([words("(no text)")]))
    if card.images:
        one = "the image" if len(card.images) == 1 else "each image"
        drawn.append(lines([words(f"To save {one}: open it here, and download it.")]))
    return [*drawn, *parts.pictures(card.images, room, sized=True)]


def _named(accounts: Sequence[AccountView]) -> str:
    return cut(listing([one.title for one in accounts]), parts.TITLES)


def about_hand(card: PostCard, delivery_id: str | None) -> About:
    """What a question about one account quotes."""
    send = next((one for one in card.deliveries if one.id == delivery_id), None)
    return about_send(card, send) if send else about_post(card)


# --- it is up ----------------------------------------------------------------------------------------


def draw_it_is_up_dialog(card: PostCard, delivery_id: str, place: Place, typed: str = "") -> Block:
    """Where it is. A story or a printed sign has no address. `typed`: what this person had begun to type."""
    hint = "Copy the link to the post there. Leave it empty where there is none: a story, a sign."
    return {
        "type": "modal",
        "callback_id": Dialog.IT_IS_UP.value,
        "private_metadata": delivery_id,
        "title": plain("Is it up?", 24),
        "submit": plain("It is up", 24),
        "close": plain("Not yet", 24),
        "blocks": keep_typed(
            [
                draw_about(about_hand(card, delivery_id), place),
                text_field(Field.ADDRESS, "Link", typed, hint=hint, multiline=False),
            ]
        ),
    }
