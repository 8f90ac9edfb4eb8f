"""The inbox's dialogs: Reply, Done, Hand over, Erase and the rest; and two to read, Show all and List.

A dialog's title holds only our own words and says how the reply goes out, publicly or privately. The customer's name is
inside, as literal text, so that no name can pass for the title.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.conversations import Closing, SeenConversation, Stage
from bot.domain.kinds import PileType
from bot.domain.shown.inbox_screens import (
    ConversationCard,
    ConversationRow,
    DraftView,
    PileClosing,
    PileList,
    ReplyForm,
    SpikeCard,
    WordsView,
)
from bot.domain.shown.stopped_replies import ASKED_AFTER_RESUME, KEPT_UNTIL_RESUME
from bot.slack import ids
from bot.slack.ids import Dialog, Field
from bot.slack.values.description import DescriptionAbout, format_description
from bot.slack.values.pile import format_pile_closing
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    INPUT_TEXT,
    ROOMS,
    Block,
    Part,
    actions,
    choice_field,
    head,
    lines,
    moment,
    moment_field,
    person_field,
    plain,
    quote,
    said,
    small,
    text_field,
    words,
)
from bot.slack.views.inbox.about import about_pile, about_spike, which_conversation
from bot.slack.views.inbox.draft import (
    ask_as_it_stands,
    beside,
    find_problem,
    lost,
    meanwhile,
    name_no,
    name_yes,
    notes,
    preview,
    send_as_well,
)
from bot.slack.views.inbox.lists import conversation_row, who_wrote
from bot.slack.views.inbox.parts import ERASED, NO_WORDS, about_post, from_to, images, last_message
from bot.slack.views.inbox.replies import our_answer
from bot.slack.views.quotes import draw_about, first_words
from bot.slack.views.text import (
    NOWHERE,
    Place,
    count,
    heard,
    length,
    literal,
    one_line,
    pieces,
    when,
)

View = Block
TITLE = 24  # characters of a dialog's title and of its buttons
PIECE = 2900  # characters of a long text in one block
MOST_PIECES, MOST_ROWS = 40, 60

CLOSINGS = {
    Closing.NO_ANSWER: "It needs no answer",
    Closing.ELSEWHERE: "It was answered elsewhere",
    Closing.SPAM: "It is spam",
}


# --- reply -------------------------------------------------------------------------------------------


def draw_reply_dialog(form: ReplyForm, place: Place = NOWHERE, channel: str | None = None) -> View:
    """The Reply dialog. `channel`: where its person is told how it went."""
    how = "Private" if form.private else "Public"
    drawn = [
        *draw_begun(form.begun, "an answer", "nothing was sent", place),
        *from_to(form, place),
        *([about_post(form.post, place)] if form.post else []),
        *last_message(form, place, ROOMS[2]),
        *(our_answer(form.ours, ROOMS[2], place) if form.ours else []),
        *_text(form),
        *_image_that_stays(form),
        *notes(form.notes),
    ]
    submit = "Replace the reply" if form.corrects else f"Send {how.lower()}ly"
    drawn.append(small(f"Nothing goes out before you press {submit}."))
    about = ids.ReplyAbout(SeenConversation(form.conversation_id, form.seq), None, form.corrects, channel)
    title = f"Correct a {how.lower()} reply" if form.corrects else f"{how} reply"
    return _dialog(Dialog.REPLY, title, ids.format_reply(about), keep_typed(drawn), submit)


def _text(form: ReplyForm) -> list[Block]:
    """A field holds 3000 characters: a longer text would be cut by it, and so is asked for anew."""
    fits = length(form.text) <= INPUT_TEXT
    note = [] if fits else [said("Your text is longer than a dialog can hold. It is still in your message.")]
    label = "New text" if form.corrects else "Your reply"
    hint = _hint(one_line(form.prefix, 100), form.left, form.limit, form.unit)
    return [*note, text_field(Field.TEXT, label, form.text if fits else "", hint=hint, optional=False)]


def _image_that_stays(form: ReplyForm) -> list[Block]:
    """It goes out with the corrected words, though the dialog cannot change it."""
    if form.image_alt is None:
        return []
    stays = words("Your image stays, described as: ", bold=True)
    return [lines([stays, words(one_line(form.image_alt, 500))])]


def _hint(in_front: str, left: int | None, limit: int, unit: str) -> str:
    """Exactly what goes out, and how much of it: what would go out otherwise is shown first (`draw_confirm_dialog`)."""
    if not in_front:
        return f"They get exactly what you type, at most {limit} {unit}."
    counted, comma, how = unit.partition(",")  # "characters, links in full"
    room = (
        f"At most {limit} {unit} in all" if left is None else f"{left} of {limit} {counted} left{comma}{how}"
    )
    return f"They get “{in_front}” and then exactly what you type. {room}."


def draw_description_dialog(
    draft: DraftView, about: DescriptionAbout, begun_alt: str = "", begun: datetime | None = None,
    place: Place = NOWHERE,
) -> View:  # fmt: skip
    """What the image of an answer shows: the one thing asked. The answer is shown anew then, with Send. `begun_alt`:
    what its person had typed at `begun`, and not saved."""
    alt = begun_alt or draft.image_alt or ""
    label = "What the image shows, for those who cannot see it"
    drawn = [
        *draw_begun(begun, "a description", "nothing was saved", place),
        text_field(Field.ALT, label, alt if length(alt) <= INPUT_TEXT else "", optional=False),
        small("Nothing goes out yet: you are shown your answer again, with the image, before you send it."),
    ]
    return _dialog(
        Dialog.DESCRIBE, "Describe the image", format_description(about), keep_typed(drawn), "Save"
    )


_WHY = "This is what they would get, which is not quite what you typed:"
_WHY_LOST = "This is what they would get:"


def draw_confirm_dialog(draft: DraftView, place: Place = NOWHERE) -> View:
    """Send was pressed, and something else than what stood in the dialog would go out: an emoji, a cleaned line."""
    how = "privately" if draft.private else "publicly"
    submit = "Replace the reply" if draft.corrects else f"Send {how}"
    stopped = find_problem(draft)
    last = one_line(stopped, 500) if stopped else f"Nothing goes out before you press {submit}."
    drawn = [
        *from_to(draft, place, how=True),
        said(f"*Not sent yet.* {_WHY_LOST if draft.lost else _WHY}"),
        *preview(draft),
        *lost(draft),
        *notes(draft.notes),
        lines([words(last)]),
    ]
    metadata = ids.format_draft(draft.draft_id, draft.digest)
    return _dialog(Dialog.COLLISION, "Please look", metadata, drawn, None if stopped else submit)


def draw_collision_dialog(
    draft: DraftView, place: Place = NOWHERE, there: ids.ReplyAbout | None = None, text: str | None = None,
    begun: datetime | None = None,
) -> View:  # fmt: skip
    """Something had come in between. Sending it off sends nothing: that is the green button, and what sends asks. The
    words can be changed here. `there`: where its person was asked. `text`: what they had typed here at `begun`."""
    words_now = draft.text if text is None else text
    fits = length(words_now) <= INPUT_TEXT and not draft.stopped
    problem = find_problem(draft)
    why = "Cannot be sent now: " if draft.stopped else "Cannot be sent as it is: "
    drawn = [
        *draw_begun(begun, "other words", "nothing was sent", place),
        *([head("Since you began:", place=place), *meanwhile(draft, place)] if draft.meanwhile else []),
        *([_own_words(draft, words_now)] if fits else [_KEPT, *preview(draft)]),
        *(beside(draft) if fits else []),
        *notes(draft.notes),
        *([lines([words(why, bold=True), words(one_line(problem, 500))])] if problem else []),
    ]
    if fits or not problem:
        drawn.append(actions(send_as_well(draft, ask_as_it_stands(draft, place))))
    drawn.append(small(ASKED_AFTER_RESUME if draft.stopped else _what_ends_it(draft)))
    seen = SeenConversation(draft.conversation_id, draft.seq)
    about = ids.ReplyAbout(seen, draft.draft_id, draft.corrects)
    if there is not None:
        about = replace(
            about, channel=there.channel, thread_ts=there.thread_ts, response_url=there.response_url
        )
    metadata = ids.format_reply(about)
    return _dialog(Dialog.NOT_SENT, "Not sent", metadata, keep_typed(drawn), name_no(draft), close=_LATER)


_LATER = "Decide later"


def _what_ends_it(draft: DraftView) -> str:
    return (
        f"Nothing is sent unless you press {name_yes(draft)}. {name_no(draft)} ends the question, {_LATER} leaves it"
        " open. Your text is kept: Reply offers it again."
    )


def draw_kept_dialog(draft: DraftView, place: Place = NOWHERE) -> View:
    """Send was pressed in a dialog while replies are stopped. Nothing can be pressed here: it is asked after Resume."""
    drawn = [
        head(KEPT_UNTIL_RESUME, place=place),
        *from_to(draft, place, how=True),
        lines([words(one_line(draft.stopped or "", 500))]),
        _KEPT,
        *preview(draft),
        small(ASKED_AFTER_RESUME),
    ]
    return _dialog(Dialog.NOTICE, "Not sent", None, drawn)


_KEPT = lines([words("Your text, kept:", bold=True)])


def _own_words(draft: DraftView, text: str) -> Block:
    in_front = draft.preview.removesuffix(draft.text) if draft.preview.endswith(draft.text) else ""
    hint = _hint(one_line(in_front, 100) if draft.text else "", None, draft.limit, draft.unit)
    return text_field(Field.TEXT, "Your text", text, hint=hint)


# --- what else is done with a conversation -----------------------------------------------------------


def draw_done_dialog(card: ConversationCard, place: Place = NOWHERE) -> View:
    """The reason of what we answered comes first there: closing it takes nothing of our answer back."""
    answered = card.stage is Stage.ANSWERED
    offered = {Closing.ANSWERED: "It is answered", **CLOSINGS} if answered else CLOSINGS
    if card.only_there and not answered:
        offered = {Closing.ELSEWHERE: CLOSINGS[Closing.ELSEWHERE], **CLOSINGS}
    drawn = [
        *which_conversation(card, place),
        said(_what_closing_does(card)),
        choice_field(Field.CLOSING, "Why?", [(text, why.value) for why, text in offered.items()]),
    ]
    return _dialog(Dialog.DONE, f"Close conversation {card.number}", card.conversation_id, drawn, "Done")


def _what_closing_does(card: ConversationCard) -> str:
    what = "No further reply is sent" if card.stage is Stage.ANSWERED else "No reply is sent"
    if card.only_there:
        what = f"This closes it in Byhand only: nothing changes on {heard(card.title, 60)}"
    return f"{what}. If {'somebody' if card.first.withheld else 'the customer'} writes again, it opens again."


def draw_hand_over_dialog(card: ConversationCard, place: Place = NOWHERE) -> View:
    hint = "A full member of this workspace, no guest. They are told in the thread."
    drawn = [
        *which_conversation(card, place),
        person_field(Field.PERSON, "Who has it from now on?", hint=hint),
    ]
    return _dialog(Dialog.HAND_OVER, "Hand over", card.conversation_id, drawn, "Hand over")


def draw_erase_dialog(card: ConversationCard, place: Place = NOWHERE) -> View:
    drawn = [
        *which_conversation(card, place),
        said(
            "*All words and names of the customer in this conversation are erased, and nobody can bring them back.*"
        ),
        said(
            "Here: on the card, in the lines Byhand wrote, in the database, and in the replies sent from here. "
            "The record still says who did what and when, without these words."
        ),
        said("Not erased: what colleagues wrote in the thread, and what is on the network."),
    ]
    return _dialog(Dialog.ERASE, "Erase personal data?", card.conversation_id, drawn, "Erase")


# --- piles and spikes --------------------------------------------------------------------------------


def draw_close_pile_dialog(shown: PileClosing, place: Place = NOWHERE) -> View:
    """POST closes what is only emoji, SAME all near-identical ones; never what somebody has, and none but these."""
    pile = shown.pile
    order = (
        (Closing.SPAM, Closing.NO_ANSWER, Closing.ELSEWHERE)
        if pile.kind is PileType.SAME
        else tuple(CLOSINGS)
    )
    drawn = [
        draw_about(about_pile(pile), place),
        said(_closes(shown)),
        *[lines(_closed_row(row, place)) for row in _quoted_once(shown)],
        said("No reply is sent. If someone writes again, their conversation reopens."),
        choice_field(Field.CLOSING, "Why?", [(CLOSINGS[why], why.value) for why in order]),
    ]
    metadata = format_pile_closing(pile.pile_id, shown.seen)
    return _dialog(Dialog.CLOSE_PILE, "Close without a reply", metadata, drawn, "Close them")


def _quoted_once(shown: PileClosing) -> list[ConversationRow]:
    """Words that all of them wrote stand above: they are not quoted again."""
    return [replace(row, text="") if row.text == shown.pile.about else row for row in shown.rows]


def _closes(shown: PileClosing) -> str:
    """ "Closes *12 conversations* that are only emoji and that nobody has taken. The newest:"."""
    number, pile = len(shown.seen), shown.pile
    only = (
        "" if pile.kind is PileType.SAME else "is only emoji and " if number == 1 else "are only emoji and "
    )
    told = f"Closes *{count(number, 'conversation')}* that {only}{'that ' if only else ''}nobody has taken"
    told += f" (the oldest of {pile.closable})" if number < pile.closable else ""
    return f"{told}. The newest of them:" if number > len(shown.rows) else f"{told}:"


def _closed_row(row: ConversationRow, place: Place) -> list[Part]:
    """ "“Lena K.”: “🎉🎉”, Tue 24 Nov …, conversation 12"."""
    who = who_wrote(row)
    drawn = [words(f"{who}: {first_words(row.text)}" if row.text else who)]
    if row.waiting_since:
        drawn += [words(", "), moment(row.waiting_since, place)]
    return [*drawn, words(f" (conversation {row.number})")]


def draw_expected_dialog(spike: SpikeCard, place: Place = NOWHERE) -> View:
    drawn = [
        draw_about(about_spike(spike), place),
        said(
            "Do you expect this many complaints for a while? Until then Byhand suggests no pause on this post."
        ),
        moment_field(Field.UNTIL, "Expected until (in your own time zone)", None, optional=False),
    ]
    return _dialog(Dialog.EXPECTED, "Expected until…", spike.spike_id, drawn, "Save")


# --- to read -----------------------------------------------------------------------------------------


def draw_whole_message_dialog(shown: WordsView, place: Place = NOWHERE) -> View:
    """All of one message."""
    if shown.erased:
        return _dialog(Dialog.SHOW_ALL, "The whole message", None, [lines([words(ERASED)])])
    written = said(f"Written {when(shown.at, place)}")
    text = literal(shown.text)
    parts = pieces(text, PIECE) if text else []
    drawn = [quote(part, PIECE) for part in parts[:MOST_PIECES]] or [lines([words(NO_WORDS)])]
    if len(parts) > MOST_PIECES:
        drawn.append(lines([words("… and more than a dialog can show.")]))
    return _dialog(Dialog.SHOW_ALL, "The whole message", None, [written, *drawn, *images(shown.attachments)])


def draw_pile_list_dialog(found: PileList, place: Place = NOWHERE) -> View:
    """Who waits, whoever has them: as many as the pile's card says."""
    drawn: list[Block] = [
        said(f"*{found.waiting} waiting*, urgent ones first, then whoever has waited longest")
    ]
    shown = found.rows[:MOST_ROWS]
    drawn += [lines(conversation_row(row, place)) for row in shown]
    if found.waiting > len(shown):
        drawn.append(lines([words(f"and {found.waiting - len(shown)} more")]))
    return _dialog(Dialog.PILE_LIST, "Who is waiting", None, drawn)


def _dialog(
    which: Dialog, title: str, metadata: str | None, blocks: list[Block], submit: str | None = None, *,
    close: str = "Cancel",
) -> View:  # fmt: skip
    made: View = {
        "type": "modal",
        "callback_id": which.value,
        "title": plain(title, TITLE),
        "close": plain(close if submit else "Close", TITLE),
        "blocks": blocks,
    }
    if metadata:
        made["private_metadata"] = metadata
    if submit:
        made["submit"] = plain(submit, TITLE)
    return made
