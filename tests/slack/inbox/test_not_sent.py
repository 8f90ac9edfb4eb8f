"""Two people answer the same customer: the second one's words are kept, may be changed, and go out after a question."""

from __future__ import annotations

from typing import Any

from bot.domain.gate import ALL
from bot.sandbox.slack.find import controls, labels, words
from bot.sandbox.slack.state import Message, View
from bot.services.pause import pause, resume
from bot.services.queries.pause import load_resume_form
from tests.backend import TOM as BAKER
from tests.backend import key
from tests.inbox_backend import ASKED, WORDS
from tests.slack.inbox_team import InboxTeam

MAYA, TOM = "U0MAYA", "U0TOM"
FASTER = "Maya was faster."
OTHER = "Maya is right, and the courier comes at nine."
FIELD = "Your text"
NOT_MINE, AS_WELL = "Do not send mine", "Send mine as well"


def got(counter: InboxTeam, remote_id: str) -> list[str]:
    return [text.partition(" ")[2] for text in counter.backend.got(remote_id)]


def in_the_dialog(counter: InboxTeam) -> tuple[str, View]:
    """Tom pressed Reply; Maya's answer went out while he typed."""
    lena = counter.backend.writes()
    card = counter.shown(ASKED)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    counter.sends(MAYA, card, FASTER)
    assert counter.people.fill(TOM, {"Your reply": WORDS}).ok
    view = counter.server.modal(TOM)
    assert view.spec["callback_id"] == "not_sent"
    return lena, view


def in_the_thread(counter: InboxTeam) -> tuple[str, Message]:
    """The same, begun with @Byhand."""
    lena = counter.backend.writes()
    card = counter.shown(ASKED)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    preview = counter.preview(TOM, WORDS)
    counter.sends(MAYA, card, FASTER)
    counter.click(TOM, preview, "Send")
    return lena, counter.preview(TOM, "Not sent")


def button(drawn: Message | View, label: str) -> Any:
    return next(each for each in controls(drawn.blocks) if each.label == label)


def test_while_replies_are_stopped_the_preview_says_so_and_offers_nothing_for_good(
    counter: InboxTeam,
) -> None:
    """Seen: Send was offered, and only pressing it told that replies were stopped."""
    lena = counter.backend.writes()
    card = counter.shown(ASKED)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    before = counter.preview(TOM, WORDS)
    assert "Send" in labels(before)
    services = counter.backend.services
    paused = services.do_first(pause.pause, BAKER, ALL, "", key())
    services.do(pause.stop_replies, BAKER, paused.pause_id, key())
    counter.click(TOM, before, "Send")
    stopped = counter.preview(TOM, "Replies are stopped too")
    assert labels(stopped) == [], "it cannot be changed any more once it is asked again below"
    assert "Kept until Resume" in words(stopped)
    form = services.look(load_resume_form, ALL)
    assert form is not None
    services.do(resume.resume, BAKER, ALL, form.epoch, {}, key())
    assert counter.soon(lambda: "Send" in labels(counter.preview(TOM, WORDS)))
    assert got(counter, lena) == []


def test_the_green_button_of_the_dialog_sends_nothing_and_keeps_the_words(counter: InboxTeam) -> None:
    """Seen: the green button was "Send mine as well"."""
    lena, view = in_the_dialog(counter)
    assert view.spec["submit"]["text"] == NOT_MINE
    assert FASTER in str(view.blocks)
    assert counter.people.fill(TOM, {FIELD: OTHER}).ok
    assert not counter.server.workspace.modals.get(TOM)
    counter.backend.run()
    assert got(counter, lena) == [FASTER]
    counter.click(TOM, counter.shown("Answered"), "Reply again")
    assert OTHER in str(counter.server.modal(TOM).blocks), "Reply offers them again"


def test_what_sends_in_the_dialog_asks_and_sends_what_stands_there(counter: InboxTeam) -> None:
    """Seen: the words could not be changed there."""
    lena, view = in_the_dialog(counter)
    asked = button(view, AS_WELL).confirm["text"]["text"]
    assert FASTER in asked
    assert "” to “Lena K.” on Bakery, sent " in asked
    values = {"text": {"value": {"type": "plain_text_input", "value": OTHER}}}
    assert counter.people.click_view(TOM, view.id, text=AS_WELL, values=values).ok
    counter.deliver()
    assert got(counter, lena) == [FASTER, OTHER]
    assert counter.soon(lambda: "On its way" in str(counter.server.workspace.modals.get(TOM)))
    counter.server.workspace.set_stack(TOM)
    counter.click(TOM, counter.shown("Answered"), "Reply again")
    drawn = counter.server.modal(TOM).blocks
    assert OTHER in str([each for each in drawn if each["type"] == "rich_text"]), "the latest they have of us"
    assert OTHER not in str([each for each in drawn if each["type"] == "input"]), (
        "they went out: nothing to offer"
    )


def test_a_refused_press_in_the_dialog_loses_no_words(counter: InboxTeam) -> None:
    lena, view = in_the_dialog(counter)
    values = {"text": {"value": {"type": "plain_text_input", "value": "x" * 600}}}
    assert counter.people.click_view(TOM, view.id, text=AS_WELL, values=values).ok
    assert counter.soon(lambda: len(counter.server.workspace.modals[TOM]) == 2)
    top = counter.server.workspace.modals[TOM][-1]
    assert "too long" in str(top.blocks).lower()
    counter.people.close(TOM, top.id)
    assert counter.people.modal(TOM).id == view.id
    assert got(counter, lena) == [FASTER]


def test_more_has_happened_since_the_dialog_was_drawn(counter: InboxTeam) -> None:
    lena, view = in_the_dialog(counter)
    counter.clock.push(5)
    counter.backend.writes("It was the blue box.", reply_to=lena)
    values = {"text": {"value": {"type": "plain_text_input", "value": OTHER}}}
    assert counter.people.click_view(TOM, view.id, text=AS_WELL, values=values).ok
    assert counter.soon(lambda: "blue box" in str(counter.people.modal(TOM).blocks))
    assert OTHER in str(counter.people.modal(TOM).blocks)
    assert got(counter, lena) == [FASTER]
    assert counter.people.click_view(TOM, view.id, text="Send anyway").ok, "Maya's answer was shown before"
    counter.deliver()
    assert got(counter, lena) == [FASTER, OTHER]


def test_in_the_thread_the_safe_choice_is_the_primary_one(counter: InboxTeam) -> None:
    lena, collision = in_the_thread(counter)
    assert labels(collision) == ["Change it…", NOT_MINE, AS_WELL]
    assert button(collision, NOT_MINE).element["style"] == "primary"
    assert f"“@lena_k {WORDS}” to “Lena K.” on Bakery." in button(collision, AS_WELL).confirm["text"]["text"]
    counter.click(TOM, collision, NOT_MINE)
    counter.told(TOM, "nothing was sent")
    counter.backend.run()
    assert got(counter, lena) == [FASTER]


def test_in_the_thread_the_words_can_be_changed_before_they_go_out(counter: InboxTeam) -> None:
    lena, collision = in_the_thread(counter)
    counter.click(TOM, collision, "Change it…")
    view = counter.server.modal(TOM)
    assert FASTER in str(view.blocks)
    values = {"text": {"value": {"type": "plain_text_input", "value": OTHER}}}
    assert counter.people.click_view(TOM, view.id, text=AS_WELL, values=values).ok
    counter.deliver()
    assert got(counter, lena) == [FASTER, OTHER]
    counter.told(TOM, "You pressed Send")
    assert not [each for each in counter.previews(TOM) if AS_WELL in words(each)], "what asked there is over"


def test_words_typed_there_and_left_are_there_again(counter: InboxTeam) -> None:
    lena, collision = in_the_thread(counter)
    counter.click(TOM, collision, "Change it…")
    counter.people.type(TOM, {FIELD: OTHER})
    counter.people.close(TOM, counter.server.modal(TOM).id)
    counter.click(TOM, collision, "Change it…")
    view = counter.server.modal(TOM)
    assert "You had begun other words" in str(view.blocks)
    assert OTHER in str(view.blocks)
    assert counter.people.submit(TOM, view.id).ok
    counter.told(TOM, "nothing was sent")
    counter.backend.run()
    assert got(counter, lena) == [FASTER]
