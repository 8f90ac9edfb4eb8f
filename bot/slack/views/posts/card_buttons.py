"""What can be pressed on the card of a post, by what words: one table. What asks quotes the post (`quotes.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.preflight.conversions import explain, name_button
from bot.domain.preflight.objections import asks_to_look
from bot.domain.shown.post_screens import DeliveryView, PostCard
from bot.slack.ids import Act, format_choice, format_seen, format_without
from bot.slack.views.blocks import Ask, Part, button, menu
from bot.slack.views.posts.about import about_post, about_send
from bot.slack.views.quotes import ask_about
from bot.slack.views.text import Place, cut, listing, one_line


@dataclass(frozen=True)
class ButtonLook:
    """How a button looks. `spoken` is what a screen reader says before "post 42"."""

    text: str
    spoken: str
    style: str | None = None
    ask: Ask | None = None


KILL = Ask(
    "Kill this post?",
    "It will not be published anywhere. You can bring it back.",
    "Kill it",
    "Keep it",
    danger=True,
)
THIS_APPROVES = "For approvers: this approves the words and images on its card"
POST_NOW = Ask(
    "Post it now?",
    "For approvers: this approves the words and images on its card, and they go out at once.",
    "Post it now",
    "Not now",
)
UNDO = Ask(
    "Take the approval back?",
    "It will not be published unless it is approved again.",
    "Take it back",
    "Keep it",
    danger=True,
)
STOP_REST = Ask(
    "Stop the rest?",
    "What has not begun yet is not sent. What is out already stays there.",
    "Stop it",
    "Let it go out",
    danger=True,
)
BRING_BACK = Ask(
    "Bring this post back?",
    "It needs approval before it is published. Once its slot has passed, it needs a new time, too.",
    "Bring it back",
    "Leave it killed",
)
BRING_BACK_LATE = replace(
    BRING_BACK, text="Its slot has passed: it is on hold until somebody picks a new time."
)
SEND_AGAIN = Ask(
    "Did you look?",
    "If it is there after all, it would be out twice.",
    "Not there: send again",
    "Let me look",
)
NOT_THERE = Ask(
    "Did you look?",
    "You looked, and this statement is not there. It is not sent again.",
    "It is not there",
    "Let me look",
)
NONE_LEFT = "If you are an approver, nobody is left who may approve it."
NOBODY_LEFT = (
    "If you are an approver, nobody is left who may approve the rest: let a colleague press this who is not."
)
IS_THERE = Ask(
    "Did you see it there?",
    "You looked, and this post is there.",
    "It is there",
    "Let me look",
)

BUTTONS: Mapping[Act, ButtonLook] = {
    Act.APPROVE: ButtonLook("Approve", "Approve", "primary"),
    Act.APPROVE_ANYWAY: ButtonLook("Approve anyway, because…", "Approve anyway, with a reason,"),
    Act.GO: ButtonLook("Go", "Go for", "primary"),
    Act.EDIT: ButtonLook("Edit", "Edit"),
    Act.KILL: ButtonLook("Kill", "Kill", "danger", KILL),
    Act.HOLD: ButtonLook("Hold", "Hold"),
    Act.UNDO: ButtonLook("Undo", "Undo the approval of", ask=UNDO),
    Act.BRING_BACK: ButtonLook("Bring back", "Bring back", ask=BRING_BACK),
    Act.POST_NOW: ButtonLook("Post now", "Post now:", ask=POST_NOW),
    Act.PICK_TIME: ButtonLook("Pick a new time", "Pick a new time for"),
    Act.STOP_REST: ButtonLook("Stop the rest", "Stop the rest of", "danger", STOP_REST),
    Act.BE_THERE: ButtonLook("I'll be there", "I'll be there in the hour after"),
    Act.PREVIEW: ButtonLook("Preview each network", "Preview"),
    Act.HISTORY: ButtonLook("History", "History of"),
}


def press(act: Act, card: PostCard, place: Place) -> Part:
    """The button of an act on this card."""
    look = BUTTONS[act]
    value = format_seen(card.seen)
    spoken = f"{look.spoken} post {card.number}"
    asked = BRING_BACK_LATE if act is Act.BRING_BACK and _has_passed(card) else look.ask
    asked = ask_post_now(card) if act is Act.POST_NOW else asked
    ask = ask_about(asked, about_post(card), place) if asked else None
    return button(act, look.text, value, spoken, style=look.style, ask=ask)


def ask_post_now(card: PostCard) -> Ask:
    """Where people post themselves, it says so: nothing goes out there by this press."""
    once = _name_needed(card)
    asked = replace(POST_NOW, text=f"{THIS_APPROVES}. They go out once it has {once}.") if once else POST_NOW
    hand = one_line(listing([one.title for one in card.accounts[:10] if one.by_hand]), 60)
    if hand and all(one.by_hand for one in card.accounts):
        first = f"Once it has {once}, the card asks" if once else "The card then asks"
        return replace(
            asked, text=f"{THIS_APPROVES}. {first} which of you will post it to {hand}: Byhand cannot."
        )
    return (
        replace(asked, text=f"{asked.text} On {hand} one of you posts it: the card asks who.")
        if hand
        else asked
    )


def _name_needed(card: PostCard) -> str:
    """ "2 approvals"; "" where this press is all it takes."""
    if card.needed < 2:
        return ""
    if len(card.rules) > 1:
        each = listing([f"{one.needed} for {one_line(one.where, 40)}" for one in card.rules[:3]])
        return f"all approvals: {each}"
    return f"{card.needed} approvals"


def _has_passed(card: PostCard) -> bool:
    return card.slot is None or card.slot <= card.now


def more(card: PostCard, *acts: Act) -> Part:
    """The More menu. Its choices ask nothing themselves: those that need a question open a dialog."""
    return menu([(BUTTONS[act].text, format_choice(act, card.seen)) for act in acts])


def convert(card: PostCard, place: Place) -> Part:
    """An edit that makes its images fit."""
    text, which = name_button(card.conversions), "images" if len(card.conversions) > 1 else "image"
    ask = Ask(
        f"{text}?",
        f"{explain(card.conversions)} {_who_may_then(card, 'The post', NONE_LEFT)}",
        "Convert",
        f"Leave the {which}",
    )
    asked = ask_about(ask, about_post(card), place)
    return button(Act.CONVERT, text, format_seen(card.seen), f"{text}, of post {card.number}", ask=asked)


def without(card: PostCard, account: str, title: str, place: Place) -> Part:
    """An edit that leaves one account out."""
    value = format_without(card.seen, account)
    short = cut(title, 40)
    text, spoken = f"Publish without {short}", f"Publish post {card.number} without {short}"
    ask = Ask(
        "Leave this account out?",
        f"It will not go to {short}. {_who_may_then(card)} Edit can put {short} back.",
        "Leave it out",
        "Let it wait",
    )
    return button(Act.PUBLISH_WITHOUT, text, value, spoken, ask=ask_about(ask, about_post(card), place))


def _who_may_then(card: PostCard, what: str = "The rest", none_left: str = NOBODY_LEFT) -> str:
    """Who leaves an account out, or changes an image, is an author of the post. `what` it is then; `none_left`: said
    where one more approver who does is one too many."""
    if card.none_to_spare:
        return none_left
    author = "" if card.author_may_approve else ", by somebody else than you"
    return f"{what} needs {'a new' if card.was_approved else 'an'} approval{author}."


def try_again(card: PostCard, send: DeliveryView, text: str, place: Place) -> Part:
    spoken = f"Send post {card.number} to {send.title} again"
    ask = ask_about(SEND_AGAIN, about_send(card, send), place) if asks_to_look(card.objections) else None
    return button(Act.TRY_AGAIN, text, send.id, spoken, ask=ask)


def there_or_not(card: PostCard, send: DeliveryView, place: Place) -> tuple[Part, Part]:
    """The two answers to "did it go out?". Where several are asked about, the next question moves up to where the
    first one was answered, so the answer asks once more which account is meant."""
    about = about_send(card, send)
    is_there = ask_about(IS_THERE, about, place) if len(card.deliveries) > 1 else None
    there = f"Post {card.number} is there on {send.title}"
    not_there = f"Post {card.number} is not there"
    text, ask = "It is not there", NOT_THERE
    if not card.released:  # else nothing is sent again
        not_there += f": send it to {send.title} again"
        text, ask = "It is not: send again", SEND_AGAIN
    return (
        button(Act.IT_IS_THERE, "It is there", send.id, there, ask=is_there),
        button(Act.TRY_AGAIN, text, send.id, not_there, ask=ask_about(ask, about, place)),
    )
