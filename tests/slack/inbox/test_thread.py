"""What people write in a conversation's thread: internal, until they press Send on a preview only they see."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from slack_bolt import BoltRequest, BoltResponse
from sqlalchemy import select

from bot.domain.gate import ALL
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import labels, words
from bot.sandbox.slack.state import TEAM, Message, User
from bot.services.inbox import replies
from bot.store.pause import gate
from bot.store.tables.inbox import drafts
from tests.backend import MAYA as COLLEAGUE
from tests.inbox_backend import ASKED, INBOX, WORDS
from tests.slack.inbox_team import InboxTeam

_seconds = count(1_900_000_000)
MAYA, TOM, GIL = "U0MAYA", "U0TOM", "U0GUEST"


def new_card(counter: InboxTeam, text: str = ASKED, **more: Any) -> tuple[str, Message]:
    remote_id = counter.backend.writes(text, **more)
    return remote_id, counter.shown(text)


def tell(counter: InboxTeam, event: dict[str, Any]) -> BoltResponse:
    """An event as Slack tells it; the same again has the same id."""
    bolt = counter.slack_app.bolt
    assert bolt is not None
    body = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{event['ts']}", "event": event}
    return bolt.dispatch(BoltRequest(mode="socket_mode", body=body))


def event(card: Message, text: str, **more: Any) -> dict[str, Any]:
    ts = f"{next(_seconds)}.000100"
    said = {"type": "message", "user": MAYA, "team": TEAM, "text": text, "ts": ts, "thread_ts": card.ts}
    return said | {"channel": card.channel} | more


def edit_of(said: dict[str, Any], text: str) -> dict[str, Any]:
    at = f"{next(_seconds)}.000100"
    now = said | {"text": text, "edited": {"user": said["user"], "ts": at}}
    change = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": at}
    return change | {"channel": said["channel"], "message": now, "previous_message": said}


def test_from_the_thread_to_the_customer(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.say(TOM, card, "Is this the batch from Monday?")
    counter.say(MAYA, card, f"@Byhand {WORDS}")
    preview = counter.preview(MAYA, WORDS)
    assert preview.thread_ts == card.ts
    assert "public reply" in words(preview)
    assert words(preview).index(ASKED) < words(preview).index("Your answer:") < words(preview).index(WORDS)
    assert counter.backend.got(lena) == []
    counter.click(MAYA, preview, "Send")
    counter.told(MAYA, "You pressed Send")
    counter.until(lambda: counter.previews(MAYA) == [])  # nothing is left to press
    counter.deliver()
    assert [text.partition(" ")[2] for text in counter.backend.got(lena)] == [WORDS]
    counter.shown("Answered")
    counter.until(lambda: any("Sent to the customer" in line for line in counter.thread(card)))


def test_a_private_message_stays_private(counter: InboxTeam) -> None:
    counter.backend.writes("My address is 1 Mill Lane.", private=True)
    card = counter.shown(channel="G0PRIVATE")
    assert "Lena" not in card.text
    assert "Mill" not in card.text
    assert counter.whole() == ""
    counter.say(MAYA, card, "@Byhand We come by.")
    preview = counter.preview(MAYA, "We come by.", channel="G0PRIVATE")
    assert "private reply" in words(preview)


def test_keep_internal(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.say(MAYA, card, f"@Byhand {WORDS}")
    preview = counter.preview(MAYA)
    counter.click(MAYA, preview, "Keep internal")
    counter.told(MAYA, "Kept internal")
    counter.backend.run()
    assert counter.backend.got(lena) == []


def test_whoever_reads_along_is_told_no(counter: InboxTeam) -> None:
    """Seen: an outsider of a shared channel who wrote to @Byhand was answered by nothing at all."""
    counter.server.workspace.add_user(User("U0OUT", "Otto", role="outsider", team_id="T0ELSE"))
    counter.server.workspace.join(INBOX, "U0OUT")
    _, card = new_card(counter)
    for user in (GIL, "U0OUT"):
        counter.say(user, card, "@Byhand I can answer that")
        counter.told(user, "Only full members of this workspace answer customers, so nothing was sent.")
        assert counter.previews(user) == []


def test_a_member_whose_id_carries_another_workspaces_team(counter: InboxTeam) -> None:
    """Seen in a Grid organisation: their @Byhand was ignored without a word, and so was their pause."""
    grid = {"enterprise_id": "E0ORG", "teams": ["T0SISTER", TEAM]}
    counter.server.workspace.add_user(User("U0SIS", "Sis", team_id="T0SISTER", enterprise_user=grid))
    counter.server.workspace.join(INBOX, "U0SIS")
    _, card = new_card(counter)
    counter.say("U0SIS", card, f"@Byhand {WORDS}")
    assert WORDS in words(counter.preview("U0SIS"))
    said = counter.people.command("U0SIS", INBOX, "/social", "pause recall")
    assert "aused" in str(said.response)
    assert counter.services.store.read(lambda db: gate.read(db).rows[ALL].paused)


@pytest.mark.parametrize("counter", [{"thread": "ask"}], indirect=True)
def test_ask_offers_all_that_its_owner_writes(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.say(TOM, card, "Nobody has it yet")
    counter.click(MAYA, card, "I'll take it")
    counter.say(TOM, card, "Is it Monday's batch?")
    counter.say(MAYA, card, WORDS)
    assert WORDS in words(counter.preview(MAYA))
    assert counter.previews(TOM) == []


@pytest.mark.parametrize("counter", [{"thread": "button"}], indirect=True)
def test_button_offers_nothing_of_the_thread(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.say(MAYA, card, f"@Byhand {WORDS}")
    counter.told(MAYA, "Here you answer with Reply")


def test_what_has_no_plain_words_is_said(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.say(MAYA, card, "@Byhand Sorry :bakery_logo_42:")
    counter.told(MAYA, "exists only in this workspace")
    assert counter.previews(MAYA) == []


# --- edits and deletions -----------------------------------------------------------------------------


def test_an_edited_message_is_asked_about_again(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    ts = counter.say(MAYA, card, "@Byhand Sory, Lena!")
    old = counter.preview(MAYA, "Sory")
    counter.people.edit(MAYA, INBOX, ts, "@Byhand Sorry, Lena!")
    new = counter.preview(MAYA, "Sorry, Lena!")
    counter.click(MAYA, old, "Send")
    counter.told(MAYA, "You have changed that message since")
    counter.click(MAYA, new, "Send")
    counter.deliver()
    assert [text.partition(" ")[2] for text in counter.backend.got(lena)] == ["Sorry, Lena!"]


@pytest.mark.parametrize("button", ["Keep internal", "Send"])
def test_a_preview_that_is_over_says_so_in_its_place(counter: InboxTeam, button: str) -> None:
    """Seen: "Cannot be sent: describe the image", with live buttons, after it had been sent."""
    _, card = new_card(counter)
    ts = counter.say(MAYA, card, "@Byhand Sory, Lena!")
    old = counter.preview(MAYA, "Sory")
    counter.people.edit(MAYA, INBOX, ts, "@Byhand Sorry, Lena!")
    counter.preview(MAYA, "Sorry, Lena!")
    counter.click(MAYA, old, button)
    counter.until(lambda: [words(each) for each in counter.previews(MAYA) if "Sory" in words(each)] == [])


def test_a_message_becomes_an_answer_by_an_edit(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    ts = counter.say(MAYA, card, "Sorry, Lena!")
    assert counter.previews(MAYA) == []
    counter.people.edit(MAYA, INBOX, ts, "@Byhand Sorry, Lena!")
    counter.preview(MAYA, "Sorry, Lena!")


def test_taken_back_before_send(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    ts = counter.say(MAYA, card, f"@Byhand {WORDS}")
    preview = counter.preview(MAYA)
    counter.people.delete(MAYA, INBOX, ts)
    counter.told(MAYA, "out of date")
    counter.click(MAYA, preview, "Send")
    counter.told(MAYA, "You have changed that message since")
    counter.backend.run()
    assert counter.backend.got(lena) == []


def test_an_edit_after_send_changes_nothing_outside(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    ts = counter.sends(MAYA, card, WORDS)
    counter.people.edit(MAYA, INBOX, ts, "@Byhand Something else")
    note = counter.preview(MAYA, "You edited your message here")
    assert labels(note) == ["Correct…", "Delete it there"] or "Delete" in " ".join(labels(note))
    assert [text.partition(" ")[2] for text in counter.backend.got(lena)] == [WORDS]


def test_a_deletion_after_send_offers_the_networks(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    ts = counter.sends(MAYA, card, WORDS)
    counter.people.delete(MAYA, INBOX, ts)
    note = counter.preview(MAYA, "You deleted your message here")
    (delete,) = [each for each in labels(note) if "elete" in each]
    counter.click(MAYA, note, delete)

    def deleted() -> bool:
        counter.backend.run()
        return counter.backend.got(lena) == []

    counter.until(deleted)
    assert counter.backend.got(lena) == []
    counter.until(lambda: any("deleted the reply" in line for line in counter.thread(card)))


def test_a_preview_of_a_link_is_no_edit(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    ts = counter.say(MAYA, card, "@Byhand See https://example.com/hours")
    counter.preview(MAYA)
    before = len(counter.server.tries)
    counter.server.unfurl(INBOX, ts)
    counter.until(lambda: counter.heard(before))
    assert len(counter.previews(MAYA)) == 1


# --- Slack repeats itself, and mixes up the order ----------------------------------------------------


def test_an_event_told_again_shows_its_preview_again(counter: InboxTeam) -> None:
    """The preview may have been lost; it is one draft all the same, and one Send."""
    lena, card = new_card(counter)
    said = event(card, f"<@U0BOT> {WORDS}")
    for number in (1, 2):
        assert tell(counter, said).status == 200
        counter.preview(MAYA, WORDS, number=number)
    first, second = counter.previews(MAYA)
    counter.click(MAYA, first, "Send")
    counter.click(MAYA, second, "Send")
    counter.told(MAYA, "That was sent already")
    counter.deliver()
    assert len(counter.backend.got(lena)) == 1
    assert tell(counter, said).status == 200
    assert counter.previews(MAYA) == [], "what was sent is asked about nowhere"


def test_a_preview_slack_did_not_take_is_shown_at_the_next_try(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.server.faults.order("chat.postEphemeral", Kind.SERVER_ERROR, times=2)
    said = event(card, f"<@U0BOT> {WORDS}")
    assert tell(counter, said).status == 500, "not acknowledged: Slack tells it again"
    assert counter.previews(MAYA) == []
    assert tell(counter, said).status == 200
    counter.preview(MAYA, WORDS)


def test_a_preview_slack_did_not_take_once_is_shown_again_at_once(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.server.faults.order("chat.postEphemeral", Kind.SERVER_ERROR)
    assert tell(counter, event(card, f"<@U0BOT> {WORDS}")).status == 200
    counter.preview(MAYA, WORDS)


def test_an_edit_told_before_its_message(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    said = event(card, "<@U0BOT> Sory!")
    assert tell(counter, edit_of(said, "<@U0BOT> Sorry!")).status == 200
    counter.preview(MAYA, "Sorry!")
    assert tell(counter, said).status == 200
    assert len(counter.previews(MAYA)) == 1, "what it said first is not offered"


def test_a_deletion_told_before_its_message(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    said = event(card, "<@U0BOT> Not this")
    at = f"{next(_seconds)}.000100"
    gone = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": at}
    gone |= {"channel": card.channel, "deleted_ts": said["ts"], "previous_message": said}
    assert tell(counter, gone).status == 200
    assert tell(counter, said).status == 200
    assert counter.previews(MAYA) == []


NOT_A_COLLEAGUE: tuple[dict[str, Any], ...] = (
    {"bot_id": "B1"},
    {"app_id": "A1"},
    {"bot_profile": {"id": "B1"}},
    {"user": "U0BOT"},
    {"user": "USLACKBOT"},
    {"hidden": True},
    {"subtype": "channel_join"},
    {"subtype": "bot_message"},
)
ELSEWHERE: tuple[dict[str, Any], ...] = (  # told so, and nothing is offered
    {"thread_ts": None},
    {"thread_ts": "1800000000.000100"},
    {"channel": "C0SOCIAL"},
)


def test_only_a_colleagues_words_below_a_card_count(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    said = event(card, f"<@U0BOT> {WORDS}")
    before = len(counter.server.calls("chat.postEphemeral"))
    for more in NOT_A_COLLEAGUE:
        assert tell(counter, said | more).status == 200
        assert len(counter.server.calls("chat.postEphemeral")) == before, more
    for more in ELSEWHERE:
        assert tell(counter, said | more).status == 200
        assert counter.previews(MAYA) == [], more
    assert tell(counter, said).status == 200
    assert len(counter.previews(MAYA)) == 1


def test_what_was_struck_out_is_said_before_send(counter: InboxTeam) -> None:
    """ "~20~ 15 euros" reached a customer as "20 15 euros"."""
    lena, card = new_card(counter)
    counter.say(MAYA, card, "@Byhand It costs ~20~ 15 euros.")
    preview = counter.preview(MAYA, "It costs 20 15 euros.")
    assert "“20” is struck out here" in words(preview)
    counter.click(MAYA, preview, "Send")
    counter.deliver()
    assert [text.partition(" ")[2] for text in counter.backend.got(lena)] == ["It costs 20 15 euros."]


def test_what_was_struck_out_is_said_again_where_the_answer_is_shown_again(counter: InboxTeam) -> None:
    """It was said once: not when the answer came back with Send after a pause, or with its image described."""
    _, card = new_card(counter)
    counter.say(MAYA, card, "@Byhand It costs ~20~ 15 euros.")
    counter.preview(MAYA, "It costs 20 15 euros.")
    newest = select(drafts.c.id).order_by(drafts.c.at.desc(), drafts.c.id.desc()).limit(1)
    draft_id = counter.backend.store.read(lambda db: db.execute(newest).scalar_one())
    again = counter.backend.services.do(replies.ask_again, COLLEAGUE, draft_id)
    assert [said for said in again.lost if "“20” is struck out here" in said]
