"""An answer that somebody has begun: kept as it is typed, offered again, and erased with the conversation."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.state import Message
from bot.services.inbox import erasure
from tests.backend import MAYA as MAYA_HERSELF
from tests.backend import key
from tests.inbox_backend import ASKED
from tests.slack.inbox_team import InboxTeam

MAYA, TOM = "U0MAYA", "U0TOM"
FIVE = "Dear Lena. I am so sorry. We looked into it. It was the oven. A new one is on its way."


def new_card(counter: InboxTeam) -> tuple[str, Message]:
    remote_id = counter.backend.writes(ASKED)
    return remote_id, counter.shown(ASKED)


def reply_text(counter: InboxTeam, user: str) -> Any:
    view = counter.server.modal(user)
    (element,) = [each["element"] for each in view.blocks if each.get("block_id") == "text"]
    return element.get("initial_value")


def test_five_sentences_and_escape(counter: InboxTeam) -> None:
    """Seen: gone."""
    lena, card = new_card(counter)
    counter.click(MAYA, card, "Reply")
    assert counter.people.type(MAYA, {"Your reply": FIVE}).ok
    counter.people.close(MAYA, counter.server.modal(MAYA).id)
    counter.click(MAYA, card, "Reply")
    assert reply_text(counter, MAYA) == FIVE
    assert "You had begun an answer" in str(counter.server.modal(MAYA).blocks)
    assert counter.backend.got(lena) == []
    assert counter.people.fill(MAYA, {}).ok
    counter.deliver()
    assert [text.partition(" ")[2] for text in counter.backend.got(lena)] == [FIVE]
    card = counter.shown("Answered")
    counter.click(MAYA, card, "Reply again")
    assert reply_text(counter, MAYA) is None, "it was sent"


def test_a_colleague_who_was_faster_costs_no_words(counter: InboxTeam) -> None:
    """Also where they answered before the dialog was opened again: the words are older than their answer."""
    lena, card = new_card(counter)
    counter.click(MAYA, card, "Reply")
    counter.people.type(MAYA, {"Your reply": FIVE})
    counter.people.close(MAYA, counter.server.modal(MAYA).id)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    assert counter.people.fill(TOM, {"Your reply": "Sorry, Lena!"}).ok
    counter.deliver()
    card = counter.shown("Answered")
    counter.click(MAYA, card, "Reply again")
    assert reply_text(counter, MAYA) == FIVE
    assert counter.people.fill(MAYA, {}).ok
    view = counter.server.modal(MAYA)
    assert "Since you began:" in str(view.blocks)
    assert "Your text is kept: Reply offers it again." in str(view.blocks)
    counter.people.close(MAYA, view.id)
    counter.click(MAYA, card, "Reply again")
    assert reply_text(counter, MAYA) == FIVE
    assert counter.people.fill(MAYA, {}).ok
    view = counter.server.modal(MAYA)
    assert counter.people.click_view(MAYA, view.id, text="Send mine as well").ok
    counter.deliver()
    assert len(counter.backend.got(lena)) == 2
    counter.click(MAYA, counter.shown("Answered"), "Reply again")
    assert reply_text(counter, MAYA) is None


def test_what_was_refused_is_kept(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.click(MAYA, card, "Reply")
    counter.server.modal(MAYA)
    refused = counter.people.fill(MAYA, {"Your reply": "word " * 200})
    assert refused.errors
    counter.people.close(MAYA, counter.server.modal(MAYA).id)
    counter.click(MAYA, card, "Reply")
    assert reply_text(counter, MAYA) == "word " * 200


def test_erasing_takes_what_was_begun(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.click(MAYA, card, "Reply")
    counter.people.type(MAYA, {"Your reply": "Lena K., 1 Mill Lane"})
    conversation = counter.backend.conversation
    counter.services.do(erasure.erase, MAYA_HERSELF, conversation.id, key())
    rows = counter.services.store.read(lambda db: db.exec_driver_sql("SELECT typed FROM begun").all())
    assert "Mill Lane" not in str(rows)
