"""The inbox's buttons, dialogs and shortcut, as people press them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.domain.kinds import CardType
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import CannotDo, labels, words
from bot.sandbox.slack.state import Message
from bot.services.inbox import hourly, lifecycle
from bot.services.pause import pause
from bot.slack.ids import SEND_TO_CUSTOMER
from bot.store.slack import cards
from tests.backend import MAYA as MAYA_HERSELF
from tests.backend import key
from tests.inbox_backend import ASKED, INBOX, WORDS
from tests.slack.inbox_team import InboxTeam

CROWD = (
    "Lovely bread!",
    "Where is your shop?",
    "Do you bake without gluten?",
    "My grandmother made these.",
    "How much is a whole one, delivered to Kiel?",
    "I would rather have cake.",
    "Greetings from Lübeck, see you on Sunday",
    "Is the oven wood-fired these days?",
)
BY_ITSELF = pytest.mark.parametrize("counter", [{}], indirect=True)
MAYA, TOM, GIL = "U0MAYA", "U0TOM", "U0GUEST"


def new_card(counter: InboxTeam, text: str = ASKED, **more: Any) -> tuple[str, Message]:
    remote_id = counter.backend.writes(text, **more)
    return remote_id, counter.shown(text)


def got(counter: InboxTeam, remote_id: str) -> list[str]:
    """What the customer got from us, without the name in front."""
    return [text.partition(" ")[2] for text in counter.backend.got(remote_id)]


# --- who has it --------------------------------------------------------------------------------------


def test_take_hand_over_close_and_reopen(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.click(TOM, card, "I'll take it")
    card = counter.shown("<@U0TOM> has had it")
    counter.click(TOM, card, "Hand over…")
    counter.server.modal(TOM)
    refused = counter.people.fill(TOM, {"Who has it from now on?": GIL})
    assert "full member" in str(refused.errors)
    assert counter.people.fill(TOM, {"Who has it from now on?": MAYA}).ok
    card = counter.shown("<@U0MAYA> has had it")
    counter.until(lambda: any("<@U0MAYA>" in line for line in counter.thread(card)))
    counter.click(MAYA, card, "Done…")
    counter.server.modal(MAYA)
    assert counter.people.fill(MAYA, {"Why?": "It needs no answer"}).ok
    card = counter.shown("needs no answer")
    counter.click(TOM, card, "Reopen")
    assert "Done…" in labels(counter.shown("Not answered"))


def test_a_second_one_who_takes_it_is_told_who_was_first(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    take = next(
        each for each in counter.server.workspace.message(INBOX, card.ts).blocks if "take" in str(each)
    )
    counter.click(TOM, card, "I'll take it")
    old = {
        "type": "button",
        "action_id": "take",
        "block_id": take["block_id"],
        "value": _conversation(counter),
    }
    counter.people.press(MAYA, INBOX, card.ts, old)
    counter.told(MAYA, "Tom")


def _conversation(counter: InboxTeam) -> str:
    return counter.backend.conversation.id


def test_a_guest_may_press_nothing(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    for button in ("I'll take it", "Reply", "Done…", "Erase personal data…"):
        counter.click(GIL, card, button)
    counter.told(GIL, "Only full members")
    assert counter.server.workspace.modals.get(GIL, ()) == ()
    assert counter.backend.conversation.owner is None


# --- Reply -------------------------------------------------------------------------------------------


def test_reply_sends_what_stands_in_the_dialog(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.click(TOM, card, "Reply")
    view = counter.server.modal(TOM)
    assert ASKED in str(view.blocks)
    too_long = counter.people.fill(TOM, {"Your reply": "x" * 501})
    assert too_long.errors, "what was typed stays"
    told = re.search(
        r"They get “@lena_k” and then exactly what you type. (\d+) of 500 characters left", str(view.blocks)
    )
    assert told, "seen: an empty box, and one press sent more than stood in it"
    left = int(told[1])
    assert counter.people.fill(TOM, {"Your reply": "x" * (left + 1)}).errors
    assert counter.people.fill(TOM, {"Your reply": "x" * left}).ok, "exactly so many"
    counter.deliver()
    assert got(counter, lena) == ["x" * left]


def test_what_would_go_out_otherwise_is_shown_before_it_does(counter: InboxTeam) -> None:
    """Slack hands an emoji over by its name: what stands there and what goes out are not the same."""
    lena, card = new_card(counter)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    assert counter.people.fill(TOM, {"Your reply": "Sorry :smile:"}).ok
    view = counter.server.modal(TOM)
    assert "Please look" in str(view.spec["title"])
    assert "Sorry 😄" in str(view.blocks)
    assert "Send publicly" in str(view.spec["submit"])
    assert got(counter, lena) == []
    assert counter.people.submit(TOM, view.id).ok
    counter.deliver()
    assert got(counter, lena) == ["Sorry 😄"]


def test_what_would_go_out_otherwise_meets_a_collision_too(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    assert counter.people.fill(TOM, {"Your reply": "Sorry :smile:"}).ok
    view = counter.server.modal(TOM)
    counter.sends(MAYA, card, "Maya was faster.")
    counter.people.submit(TOM, view.id)
    assert "Not sent" in str(counter.server.modal(TOM).spec["title"])
    counter.deliver()
    assert got(counter, lena) == ["Maya was faster."]


def test_a_collision_is_shown_in_the_dialog_and_answered_there(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    counter.sends(MAYA, card, "Maya was faster.")
    collided = counter.people.fill(TOM, {"Your reply": WORDS})
    view = counter.server.modal(TOM)
    assert "Not sent" in str(view.spec["title"]), collided
    assert "Maya was faster." in str(view.blocks)
    assert WORDS in str(view.blocks)
    assert got(counter, lena) == ["Maya was faster."]
    assert counter.people.click_view(TOM, view.id, text="Send mine as well").ok
    counter.deliver()
    assert got(counter, lena) == ["Maya was faster.", WORDS]


def test_a_collision_is_shown_in_the_previews_place(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.say(MAYA, card, f"@Byhand {WORDS}")
    preview = counter.preview(MAYA, WORDS)
    counter.clock.push(5)
    counter.backend.writes("It was the blue box.", reply_to=lena)
    counter.click(MAYA, preview, "Send")
    collision = counter.preview(MAYA, "Not sent")
    assert collision.ts == preview.ts
    assert "blue box" in words(collision)
    assert WORDS in words(collision)
    assert got(counter, lena) == []
    counter.click(MAYA, collision, "Send anyway")
    counter.deliver()
    assert got(counter, lena) == [WORDS]


def test_correct_what_was_sent(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.sends(MAYA, card, "Sory!")
    line = counter.line(card, "Sent to the customer")
    (correct,) = [each for each in labels(line) if "orrect" in each]
    counter.click(TOM, line, correct)
    assert "Sory!" in str(counter.server.modal(TOM).blocks)
    assert counter.people.fill(TOM, {"New text": "Sorry!"}).ok
    counter.deliver()
    assert got(counter, lena) == ["Sorry!"]
    counter.until(lambda: any("corrected" in each for each in counter.thread(card)))


# --- the shortcut, images ----------------------------------------------------------------------------


def test_send_to_the_customer_on_ones_own_message(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    ts = counter.say(MAYA, card, WORDS)
    assert counter.people.shortcut(TOM, INBOX, ts, SEND_TO_CUSTOMER).ok
    counter.told(TOM, "your own messages")
    assert counter.people.shortcut(MAYA, INBOX, ts, SEND_TO_CUSTOMER).ok
    counter.click(MAYA, counter.preview(MAYA, WORDS), "Send")
    counter.deliver()
    assert got(counter, lena) == [WORDS]
    assert counter.people.shortcut(MAYA, INBOX, ts, SEND_TO_CUSTOMER).ok
    counter.told(MAYA, "That was sent already")


def test_the_shortcut_elsewhere_says_where_it_works(counter: InboxTeam) -> None:
    ts = counter.people.say(MAYA, "C0SOCIAL", "Lunch?").ts or ""
    assert counter.people.shortcut(MAYA, "C0SOCIAL", ts, SEND_TO_CUSTOMER).ok
    counter.told(MAYA, "in a conversation's thread", channel="C0SOCIAL")
    assert counter.people.shortcut(MAYA, "C0SOCIAL", ts, "something_else").ok
    counter.told(MAYA, "cannot read that button", channel="C0SOCIAL")


# --- erasing, lists ----------------------------------------------------------------------------------


@BY_ITSELF
def test_erased_words_are_gone_from_slack(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.clock.push(5)
    counter.backend.writes("My order number is 4711.", reply_to=lena)
    counter.until(lambda: any("4711" in line for line in counter.thread(card)))
    counter.click(MAYA, card, "Erase personal data…")
    view = counter.server.modal(MAYA)
    assert counter.people.submit(MAYA, view.id).ok
    counter.until(lambda: not any(word in counter.whole() for word in ("4711", "broken", "Lena")))
    assert "erased" in words(counter.shown("erased"))


def test_show_all_of_a_long_message(counter: InboxTeam) -> None:
    counter.backend.writes("Dear bakery. " + "It was stale. " * 200 + "The end.")
    card = counter.shown("Dear bakery.")
    assert "The end." not in words(card)
    counter.click(MAYA, card, "Show all")
    assert "The end." in str(counter.server.modal(MAYA).blocks)


@BY_ITSELF
def test_who_waits(counter: InboxTeam) -> None:
    new_card(counter)
    counter.backend.writes("My address is 1 Mill Lane.", private=True, name="Olga")
    counter.click(TOM, counter.shown(ASKED), "I'll take it")
    answers = {
        "inbox": "2 open",
        "inbox mine": ASKED,
        "inbox waiting": "a private message",
        "inbox nonsense": "does not know “nonsense”",
        "hours": "We answer Mon–Sat 8:00–18:00 (Berlin time)",
        "help": "/social inbox",
    }
    for typed, said in answers.items():
        act = counter.people.command(TOM, INBOX, "/social", typed)
        assert said in str(act.response), typed
        assert "Mill" not in str(act.response)
        assert "Olga" not in str(act.response)


def test_home_says_who_waits(counter: InboxTeam) -> None:
    _, card = new_card(counter)
    counter.click(TOM, card, "I'll take it")
    counter.people.open_home(TOM)
    counter.until(lambda: "you took" in str(counter.server.workspace.homes.get(TOM)))


# --- many --------------------------------------------------------------------------------------------


def test_a_pile(counter: InboxTeam) -> None:
    root = counter.backend.network.customer_writes("Olga", "Look at this!", to="bakery")
    counter.backend.poll()
    for number, text in enumerate(CROWD):
        counter.clock.push(1)
        counter.backend.writes(text, name=f"Customer {number}", reply_to=root)
    counter.until(lambda: CROWD[-1] in counter.whole())
    pile = counter.shown("people wrote under")
    own = [each for each in counter.parents() if each.startswith("New message") and CROWD[-1] in each]
    assert own == [], "no card of its own"
    counter.say(TOM, pile, "@Byhand Thank you all!")
    counter.told(TOM, "is about many customers")
    counter.click(TOM, pile, "Next for me")
    counter.told(TOM, "is yours")
    counter.until(lambda: "<@U0TOM> has had it" in counter.whole())
    counter.shown("<@U0TOM> has had it")
    counter.click(TOM, pile, "List")
    assert "Who is waiting" in str(counter.server.modal(TOM).spec["title"])


@pytest.mark.parametrize("kind", [CardType.NEW, CardType.LATE])
def test_below_a_list_nobody_is_answered_and_whoever_tries_is_told(
    counter: InboxTeam, kind: CardType
) -> None:
    """Seen: nothing happened, and nothing was said; the words stood there as if they had gone out."""
    lena, _ = new_card(counter)
    now = counter.clock.now()
    subject = hourly.NEW if kind is CardType.NEW else lifecycle.LATE
    counter.services.do(lambda work: cards.add(work.db, kind, subject, INBOX, now))
    counter.slack_app.wake()
    listed = counter.shown("nobody has taken them" if kind is CardType.NEW else "waiting longer")
    counter.say(TOM, listed, "@Byhand Thank you all!")
    counter.told(TOM, "is about many customers")
    assert got(counter, lena) == []


# --- Slack's troubles --------------------------------------------------------------------------------


def test_a_deleted_card_comes_back_and_both_threads_are_known(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.say(TOM, card, "Is it Monday's batch?")
    counter.people.delete(TOM, INBOX, card.ts)
    again = counter.shown(ASKED)
    assert again.ts != card.ts
    counter.until(lambda: any("here it is again" in line for line in counter.thread(again)))
    assert ASKED in "".join(counter.thread(again)), "how it stands is said again"
    counter.say(MAYA, card, "@Byhand From the old thread")
    counter.preview(MAYA, "From the old thread")
    counter.clock.push(5)
    counter.backend.writes("One more thing.", reply_to=lena)
    counter.until(lambda: any("One more thing." in line for line in counter.thread(again)))


def test_a_full_thread_loses_nothing(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.server.limits.replies = 0
    counter.clock.push(5)
    counter.backend.writes("The one too many.", reply_to=lena)
    counter.until(lambda: counter.shown(ASKED).ts != card.ts)
    counter.server.limits.replies = 1000
    counter.until(lambda: "The customer wrote:" in counter.whole())
    counter.until(lambda: "newer card" in words(counter.server.workspace.message(INBOX, card.ts)))
    assert counter.whole().count("The customer wrote:") == 1


@BY_ITSELF
def test_an_archived_channel_is_told_and_its_cards_come_when_it_is_back(counter: InboxTeam) -> None:
    counter.server.workspace.leave(INBOX, "U0BOT")
    counter.backend.writes()
    counter.until(
        lambda: "not a member" in "".join(m.text for m in counter.server.workspace.messages("D0TOM"))
    )
    with pytest.raises(AssertionError):
        counter.services.store.read(lambda db: _none_up(db))
    counter.server.workspace.join(INBOX, "U0BOT")
    counter.shown(ASKED)


def _none_up(db: Any) -> None:
    assert cards.count_behind(db) == 0


def test_a_lost_answer_shows_nothing_twice(counter: InboxTeam) -> None:
    counter.server.faults.order("chat.postMessage", Kind.LOST_ANSWER, times=2)
    lena, card = new_card(counter)
    counter.clock.push(5)
    counter.backend.writes("And again.", reply_to=lena)
    counter.until(lambda: any("And again." in line for line in counter.thread(card)))
    assert len(counter.parents()) == 1
    assert len(counter.thread(card)) == 1


@BY_ITSELF
def test_replies_stopped_too(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.say(MAYA, card, f"@Byhand {WORDS}")
    preview = counter.preview(MAYA, WORDS)
    done = counter.services.do(pause.pause, MAYA_HERSELF, "all", "news", key())
    counter.services.do(pause.stop_replies, MAYA_HERSELF, done.pause_id, key())
    counter.click(MAYA, preview, "Send")
    counter.told(MAYA, "Replies are stopped too")
    counter.backend.run()
    assert got(counter, lena) == []
    with pytest.raises(CannotDo):
        counter.people.click(MAYA, INBOX, counter.shown("Replies stopped by").ts, text="Reply")


def test_marks_typed_into_the_reply_dialog_are_said_before_send(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    assert counter.people.fill(TOM, {"Your reply": "It costs ~20~ 15 euros."}).ok
    view = counter.server.modal(TOM)
    assert "“~20~” will be published exactly like that" in str(view.blocks)
    assert got(counter, lena) == []
    assert counter.people.submit(TOM, view.id).ok
    counter.deliver()
    assert got(counter, lena) == ["It costs ~20~ 15 euros."]


def test_an_emoji_of_this_workspace_is_an_error_under_the_reply(counter: InboxTeam) -> None:
    lena, card = new_card(counter)
    counter.click(TOM, card, "Reply")
    counter.server.modal(TOM)
    assert ":dock-loaf:" in str(counter.people.fill(TOM, {"Your reply": "Sorry :dock-loaf:"}).errors)
    assert got(counter, lena) == []


@BY_ITSELF
def test_a_card_that_comes_late_relays_each_message_once_and_then_shows_the_latest(
    counter: InboxTeam,
) -> None:
    """Both were written before Slack was back: the second stood in the card as it was posted, and in its thread."""
    counter.server.faults.take_down()
    lena = counter.backend.writes(ASKED)
    counter.clock.push(5)
    counter.backend.writes("Hello? Is anybody there?", reply_to=lena)
    counter.server.faults.bring_up()
    counter.shown("Hello? Is anybody there?")

    def posted() -> list[str]:
        """The card and its line, as they came to be."""
        return [str(call.args) for call in counter.server.calls("chat.postMessage") if call.ok]

    counter.until(lambda: len(posted()) == 2)
    assert ["Hello?" in each for each in posted()] == [False, True]
