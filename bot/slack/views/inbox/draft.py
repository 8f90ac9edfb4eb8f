"""What somebody is asked before a reply goes out, and what they are told around it. They alone see it.

The preview is neither cleaned nor made pretty, because it has to be exactly what the customer will get: literal and
complete. Where it cannot be shown completely, there is no Send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.conversations import Happened
from bot.domain.shown.inbox_screens import DraftView, SourceChange
from bot.domain.shown.stopped_replies import (
    ASKED_AFTER_RESUME,
    HERE_ARE_YOUR_WORDS,
    KEPT_UNTIL_RESUME,
    UnsentView,
    describe_not_shown,
    describe_unsendable,
)
from bot.slack import ids
from bot.slack.ids import Act
from bot.slack.views.blocks import (
    ROOMS,
    Ask,
    Block,
    Message,
    Part,
    Room,
    actions,
    button,
    fit,
    fits,
    head,
    lines,
    link,
    quote,
    said,
    size,
    small,
    words,
)
from bot.slack.views.inbox.parts import (
    about_customer,
    about_post,
    called,
    happened,
    last_message,
    name_account,
    until_when,
)
from bot.slack.views.inbox.replies import change
from bot.slack.views.quotes import About, ask_about
from bot.slack.views.text import NOWHERE, Place, heard, mention, one_line, permalink, pieces, sentence, when

WHOLE = 8000  # characters of a preview's blocks as JSON; more leaves no room for the rest of the message
PIECE = 2900
MOST_PIECES = 3
TOO_LONG_TO_SHOW = "It is too long to be shown here whole, and nothing is sent that was not seen whole."


def draw_draft(draft: DraftView, place: Place = NOWHERE) -> Message:
    """ "Send this to “Lena K.”, as a public reply on Mastodon from @dockbakery?", or why not. With `draft.meanwhile`:
    not sent, because of what happened since it was begun."""
    if draft.meanwhile:
        return _collision(draft, place)
    blocks = [*preview(draft), *lost(draft), *_notes(draft)]
    stopped = find_problem(draft)
    if draft.stopped:
        return _kept(draft, place, blocks)
    if stopped:
        blocks.append(lines([words("Cannot be sent as it is: ", bold=True), words(one_line(stopped, 500))]))
    yes = "Replace the reply" if draft.corrects else "Send"
    last = f"Nothing goes out before you press {yes}. Keep internal leaves your message to the team."
    if stopped or draft.image_alt == "":
        last = "It stays internal. Edit your message, and you are asked again."
    blocks += [actions(*_buttons(draft)), said(last)]
    gone = [about_post(draft.post, place)] if draft.post and draft.post.gone_at else []
    length = small(*_how_long(draft))
    above = [head(_ask(draft), place=place), length, *until_when(draft, place), *_to(draft), *gone]
    return Message(heard(_ask(draft), 300), [*above, *_answered(draft, place, [*above, *blocks]), *blocks])


def _kept(draft: DraftView, place: Place, blocks: list[Block]) -> Message:
    """While replies are stopped. It stays as it is once its person was asked again below, because Slack lets nobody
    change it then: so its heading is true for good, and nothing in it can be pressed."""
    why = lines([words("Not sent. ", bold=True), words(one_line(draft.stopped or "", 500))])
    how = small(_how_it_goes(draft))
    above = [head(KEPT_UNTIL_RESUME, place=place), how, *until_when(draft, place), *_to(draft)]
    last = said(f"{ASKED_AFTER_RESUME} To take it back before, delete your message, or edit it.")
    below = [*blocks, why, last]
    text = heard(f"{KEPT_UNTIL_RESUME}: {draft.stopped}", 300)
    return Message(text, [*above, *_answered(draft, place, [*above, *below]), *below])


def _how_it_goes(draft: DraftView) -> str:
    """ "To “Lena K.”, as a public reply on Mastodon from @dockbakery"."""
    how = "private" if draft.private else "public"
    who = "" if draft.private else f"To {heard(called(draft.customer), 100)}, "
    what = "a correction" if draft.corrects else f"{'A' if draft.private else 'a'} {how} reply"
    return f"{who}{'as ' if who else ''}{what} {heard(name_account(draft), 200)}"


def _answered(draft: DraftView, place: Place, others: list[Block]) -> list[Block]:
    """Both sides: what they wrote, above the answer to it. As much of it as `others` leave room for, because of the
    answer nothing is left out."""
    if draft.last is None:
        return []
    yours = lines([words("New text:" if draft.corrects else "Your answer:", bold=True)])
    for room in ROOMS:
        drawn = [*last_message(draft, place, room), yours]
        if fits([*drawn, *others]):
            return drawn
    return []


def preview(draft: DraftView) -> list[Block]:
    """Exactly what goes out; an image by its description. What cannot be shown whole is cut, and not sent."""
    whole = _whole(draft)
    return whole if size(whole) <= WHOLE else [quote(draft.preview or draft.image_alt or "", PIECE // 2, "…")]


def _whole(draft: DraftView) -> list[Block]:
    drawn = [quote(each, PIECE) for each in pieces(draft.preview, PIECE)] if draft.preview.strip() else []
    return [*drawn, *beside(draft)] or [lines([words("(no words)")])]


def beside(draft: DraftView) -> list[Block]:
    """What goes out with the words."""
    drawn: list[Block] = []
    if draft.tags:
        drawn.append(lines([words("Hashtags: "), words(one_line(", ".join(draft.tags), 500))]))
    if draft.image_alt:
        drawn.append(lines([words("With your image, described as: ", bold=True), words(draft.image_alt)]))
    elif draft.image_alt == "":
        drawn.append(lines([words("With your image. "), words("Please describe it first.", bold=True)]))
    return drawn


def find_problem(draft: DraftView) -> str | None:
    """Why it cannot be sent as it is."""
    return draft.stopped or draft.problem or (TOO_LONG_TO_SHOW if size(_whole(draft)) > WHOLE else None)


def _ask(draft: DraftView) -> str:
    """Literal. Without a name for private ones: it is the first block."""
    ours = name_account(draft)
    who = "" if draft.private else f" {called(draft.customer)}"
    if draft.corrects:
        got = f"what{who} got" if who else "your private reply"
        return f"Correct {got} {ours} to this?"
    if draft.private:
        return f"Send this as a private reply {ours}?"
    return f"Send this to{who}, as a public reply {ours}?"


def _how_long(draft: DraftView) -> tuple[str, str]:
    """ "44/500 characters", "12 too many"."""
    over = draft.length - draft.limit
    return f"{draft.length}/{draft.limit} {heard(draft.unit, 40)}", f"*{over} too many*" if over > 0 else ""


def _to(draft: DraftView) -> list[Block]:
    return [lines([words("To "), *about_customer(draft.customer)])] if draft.private else []


def lost(draft: DraftView) -> list[Block]:
    """What meant something in Slack, and is not seen outside. Literal: it quotes their words."""
    return (
        [lines(*([words("Please check: ", bold=True), words(each)] for each in draft.lost[:5]))]
        if draft.lost
        else []
    )


def notes(told: Sequence[str]) -> list[Block]:
    """What is not as it looks, in a dialog."""
    return [said(" ".join(heard(note, 300) for note in told))] if told else []


def _notes(draft: DraftView) -> list[Block]:
    told = [heard(note, 300) for note in draft.notes]
    if draft.owner:
        told.append(f"{mention(draft.owner)} has this conversation. You can still answer.")
    if not draft.waits and not draft.corrects:
        told.append("Nobody is waiting for an answer here: this conversation has been answered or closed.")
    return [said(" ".join(told))] if told else []


def _buttons(draft: DraftView) -> list[Part]:
    value = ids.format_draft(draft.draft_id, draft.digest)
    yes: list[Part] = []
    if draft.image_alt == "":
        spoken = "Describe the image of this reply"
        yes.append(button(Act.DESCRIBE, "Describe the image…", value, spoken, style="primary"))
    elif not find_problem(draft):
        how = "privately" if draft.private else "publicly"
        text, spoken = (
            ("Replace the reply", "Correct the reply")
            if draft.corrects
            else ("Send", f"Send this reply {how}")
        )
        yes.append(button(Act.SEND, text, value, spoken, style="primary"))
    return [*yes, button(Act.KEEP, "Keep internal", value, "Keep this internal, send nothing")]


# --- somebody was faster -----------------------------------------------------------------------------


_AS_WELL = Ask(
    "Send yours as well?",
    "They get your words, too, after what happened since you began.",
    "Send mine as well",
    "Not yet",
)
_ANYWAY = Ask(
    "Send it anyway?",
    "They get your words, after what happened since you began.",
    "Send anyway",
    "Not yet",
)


def _ask_whether(draft: DraftView) -> Ask:
    """ "Mine as well" is said only beside another answer."""
    return _AS_WELL if _was_answered(draft) else _ANYWAY


def _was_answered(draft: DraftView) -> bool:
    return any(each.what is Happened.ANSWERED for each in draft.meanwhile)


def name_yes(draft: DraftView) -> str:
    """What the button is called that sends in spite of what happened; sentences call it so, too."""
    return _ask_whether(draft).yes


def name_no(draft: DraftView) -> str:
    """The one that does not."""
    return "Do not send mine" if _was_answered(draft) else "Do not send"


def _collision(draft: DraftView, place: Place) -> Message:
    """Where Send was pressed a moment ago, only a dialog opens; the safe choice is the primary one."""
    text = "Not sent: something happened since you began. Your words are kept here."
    value = ids.format_draft(draft.draft_id, draft.digest)
    pressed = [
        button(Act.CHANGE, "Change it…", value, "Change my reply, send nothing yet"),
        button(Act.KEEP, name_no(draft), value, "Do not send my reply", style="primary"),
    ]
    if not find_problem(draft):
        mine = About(draft.preview, (draft.title,), by=_to_whom(draft), otherwise="(an image)")
        pressed.append(send_as_well(draft, ask_about(_ask_whether(draft), mine, place)))
    last = said(f"If you press nothing, yours is not sent. {_why_not(draft)}".rstrip())

    def draw(room: Room) -> list[Block]:
        kept = [lines([words("Your text, kept:", bold=True)]), *preview(draft)]
        told = [head("Not sent. Since you began:", place=place), *meanwhile(draft, place, room)]
        return [*told, *kept, actions(*pressed), last]

    return Message(text, fit(draw))


def _why_not(draft: DraftView) -> str:
    problem = find_problem(draft)
    return f"Your text cannot be sent as it is: {heard(problem, 300)}" if problem else ""


def _to_whom(draft: DraftView) -> str:
    return f"to {called(draft.customer)}"


def send_as_well(draft: DraftView, ask: Ask) -> Part:
    value = ids.format_draft(draft.draft_id, draft.digest)
    spoken = "Send my reply as well" if _was_answered(draft) else "Send my reply anyway"
    return button(Act.SEND_ANYWAY, name_yes(draft), value, spoken, ask=ask)


def ask_as_it_stands(draft: DraftView, place: Place) -> Ask:
    """What is asked where one's own words may change under the question: it quotes what came in between."""
    too = ", too," if _was_answered(draft) else ""
    asked = replace(_ask_whether(draft), text=f"They get your words{too} as they stand in the dialog now.")
    last = next((each for each in reversed(draft.meanwhile) if each.text), None)
    if last is None:
        yours = About("", (draft.title,), by=_to_whom(draft), otherwise="Your answer")
        return ask_about(asked, yours, place)
    ours = last.what is Happened.ANSWERED
    whose = f"{'to' if ours else 'from'} {called(draft.customer)}"
    about = About(last.text, (draft.title,), last.at, on="sent" if ours else "", by=whose)
    return ask_about(asked, about, place)


def meanwhile(draft: DraftView, place: Place, room: Room = ROOMS[2]) -> list[Block]:
    """What came in between; whoever shows it says before that nothing was sent."""
    drawn: list[Block] = []
    for each in draft.meanwhile[-room.groups :]:
        drawn += happened(each, place, room)
    if len(draft.meanwhile) > room.groups:
        drawn.append(small(f"and {len(draft.meanwhile) - room.groups} earlier"))
    return drawn


# --- around it ---------------------------------------------------------------------------------------


def draw_unsent_note(unsent: UnsentView, place: Place = NOWHERE, *, can_be_sent: bool) -> Message:
    """To the writer of an answer that a pause kept: their words, where they cannot be asked, or it cannot be sent. Seen
    outside the conversation's channel too, so nothing in it is the customer's."""
    title = one_line(unsent.title, 60)
    text = (
        describe_not_shown(title)
        if can_be_sent
        else describe_unsendable(title, in_settings=unsent.in_settings)
    )
    kept = (
        [quote(each, PIECE) for each in pieces(unsent.text, PIECE)[:MOST_PIECES]]
        if unsent.text.strip()
        else []
    )
    if unsent.image_alt is not None:
        kept.append(lines([words("With your image. "), words(one_line(unsent.image_alt, 500))]))
    card = [lines([link(permalink(unsent.card, place), "The conversation's card")])] if unsent.card else []
    return Message(sentence(text), [said(sentence(text)), said(HERE_ARE_YOUR_WORDS), *kept, *card])


def draw_sent_note(now: datetime, place: Place = NOWHERE) -> Message:
    """After Send."""
    text = f"You pressed Send {when(now, place)}. The thread says whether it went out, with the link."
    return _note(text)


def draw_kept_note() -> Message:
    """After Keep internal."""
    return _note("Kept internal: nothing was sent. Edit your message, and you are asked again.")


def draw_over_note(why: str) -> Message:
    """In place of a preview whose words were sent or changed since."""
    return _note(sentence(why))


def draw_stale_note() -> Message:
    """In place of a preview whose message was edited or deleted since."""
    return _note("Your message was changed since, so this preview is out of date. Nothing was sent.")


def draw_source_note(changed: SourceChange, place: Place = NOWHERE) -> Message:
    """Somebody edited or deleted the Slack message of a reply: what that means outside, and what can be done."""
    what = "deleted" if changed.gone else "edited"
    if changed.reply is None:
        return draw_stale_note()
    text = f"You {what} your message here. The customer has the reply as it was sent; that has not changed."
    can_correct = changed.can_correct and not changed.gone
    pressed = change(replace(changed.reply, can_correct=can_correct), place)
    if pressed:
        return Message(text, [said(text), actions(*pressed)])
    cannot = f"On {heard(changed.title, 60)} nobody can change or delete it from here."
    return _note(f"{text} {cannot}")


def _note(text: str) -> Message:
    return Message(text, [said(text)])
