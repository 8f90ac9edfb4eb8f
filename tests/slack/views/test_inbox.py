"""The inbox's screens in every state: what they say, that Slack takes them, what they keep to themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.domain.conversations import Stage
from bot.domain.deliveries import State
from bot.domain.shown.inbox_screens import ConversationCard, PileList
from bot.sandbox.slack.checks.blocks import accept_message_blocks
from bot.sandbox.slack.checks.views import accept_view
from bot.slack.ids import Act
from bot.slack.values.description import DescriptionAbout
from bot.slack.values.pile import parse_pile_closing
from bot.slack.views.blocks import Message
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.inbox.cards_of_many import (
    draw_late_card,
    draw_new_card,
    draw_offer_card,
    draw_old_late_card,
    draw_old_new_card,
    draw_old_pile_card,
    draw_pile_card,
    draw_spike_card,
)
from bot.slack.views.inbox.dialogs import (
    draw_close_pile_dialog,
    draw_collision_dialog,
    draw_confirm_dialog,
    draw_description_dialog,
    draw_done_dialog,
    draw_erase_dialog,
    draw_expected_dialog,
    draw_hand_over_dialog,
    draw_kept_dialog,
    draw_pile_list_dialog,
    draw_reply_dialog,
    draw_whole_message_dialog,
)
from bot.slack.views.inbox.draft import (
    draw_draft,
    draw_kept_note,
    draw_over_note,
    draw_sent_note,
    draw_source_note,
    draw_stale_note,
    draw_unsent_note,
)
from bot.slack.views.inbox.lines import draw_conversation_line
from bot.slack.views.inbox.lists import draw_inbox, home_needs_blocks, post_conversations_line
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.posts.lines import draw_thread_line
from tests.slack.limits import check_message, check_view, walk
from tests.slack.rendering import render_blocks, render_message, render_view
from tests.slack.views import conversation_samples as those
from tests.slack.views.conversation_samples import (
    BROKEN,
    CONVERSATION,
    CONVERSATION_LINES,
    CONVERSATIONS,
    DRAFT,
    DRAFTS,
    LENA,
    OPEN,
    ROW,
)
from tests.slack.views.samples import CARDS, HOME, NOW, PLACE, ago

MESSAGES: dict[str, Callable[[], Message]] = {
    **{f"card, {name}": partial(draw_conversation_card, card, PLACE) for name, card in CONVERSATIONS.items()},
    **{
        f"line, {name}": partial(draw_conversation_line, *said, PLACE)
        for name, said in CONVERSATION_LINES.items()
    },
    **{f"draft, {name}": partial(draw_draft, draft, PLACE) for name, draft in DRAFTS.items()},
    **{f"changed, {name}": partial(draw_source_note, change) for name, change in those.CHANGES.items()},
    **{f"pile, {name}": partial(draw_pile_card, pile, PLACE) for name, pile in those.PILES.items()},
    **{f"offer, {name}": partial(draw_offer_card, offer, PLACE) for name, offer in those.OFFERS.items()},
    **{f"spike, {name}": partial(draw_spike_card, spike, PLACE) for name, spike in those.SPIKES.items()},
    **{f"late, {name}": partial(draw_late_card, late, PLACE) for name, late in those.LATES.items()},
    **{f"new in this hour, {name}": partial(draw_new_card, new, PLACE) for name, new in those.NEWS.items()},
    "new in this hour, old": lambda: draw_old_new_card(("C0CARE", "1796000001.000100"), PLACE),
    "late, old": lambda: draw_old_late_card(("C0CARE", "1796000001.000100"), PLACE),
    **{f"inbox, {name}": partial(draw_inbox, page, PLACE) for name, page in those.PAGES.items()},
    "sent": lambda: draw_sent_note(NOW, PLACE),
    "pile, old": lambda: draw_old_pile_card(("C0CARE", "1796000001.000100"), PLACE),
    "kept internal": draw_kept_note,
    **{
        f"unsent, {name}": partial(draw_unsent_note, unsent, PLACE, can_be_sent=name == "not shown")
        for name, unsent in those.UNSENT.items()
    },
    "out of date": draw_stale_note,
    "over": lambda: draw_over_note("That was sent already; it goes out once."),
    "people answer a post": lambda: draw_thread_line(those.PEOPLE_ANSWER, PLACE),
}
VIEWS: dict[str, Callable[[], dict[str, Any]]] = {
    **{
        f"reply, {name}": partial(draw_reply_dialog, form, PLACE, "C0CARE")
        for name, form in those.REPLY_FORMS.items()
    },
    "describe the image": lambda: draw_description_dialog(
        DRAFTS["image not described"],
        DescriptionAbout(DRAFTS["public"].draft_id, "C0CARE", "1796000001.000100"),
    ),
    "describe the image, begun before": lambda: draw_description_dialog(
        DRAFTS["image not described"],
        DescriptionAbout(DRAFTS["public"].draft_id),
        "A lo",
        ago(30),
        PLACE,
    ),
    "sent off while replies are stopped": lambda: draw_kept_dialog(DRAFTS["replies are stopped"], PLACE),
    "not as typed": lambda: draw_confirm_dialog(DRAFTS["public"], PLACE),
    "not as typed, private": lambda: draw_confirm_dialog(DRAFTS["private correction"], PLACE),
    "not as typed, cannot be shown whole": lambda: draw_confirm_dialog(
        DRAFTS["cannot be shown whole"], PLACE
    ),
    "collision": lambda: draw_collision_dialog(DRAFTS["collision"], PLACE),
    "collision, too long": lambda: draw_collision_dialog(
        replace(DRAFTS["collision"], problem="Too long."), PLACE
    ),
    "collision, other words begun": lambda: draw_collision_dialog(
        DRAFTS["collision, private"], PLACE, None, "Sorry, Le", ago(2)
    ),
    "collision, with an image": lambda: draw_collision_dialog(
        replace(DRAFTS["collision"], image_alt="A new loaf", tags=("#rye",)), PLACE
    ),
    "collision, nothing any more": lambda: draw_collision_dialog(DRAFT, PLACE),
    "collision, longer than a field": lambda: draw_collision_dialog(
        replace(DRAFTS["collision"], text="word " * 700, preview="word " * 700, limit=5000), PLACE
    ),
    "done": lambda: draw_done_dialog(OPEN, PLACE),
    "done, answered": lambda: draw_done_dialog(CONVERSATIONS["answered"], PLACE),
    "done, private, they wrote again": lambda: draw_done_dialog(
        CONVERSATIONS["private, they wrote again"], PLACE
    ),
    "done, told only": lambda: draw_done_dialog(CONVERSATIONS["told only that somebody commented"], PLACE),
    "done, told only of a mention": lambda: draw_done_dialog(
        CONVERSATIONS["told only that somebody mentioned us"], PLACE
    ),
    "hand over, told only": lambda: draw_hand_over_dialog(
        CONVERSATIONS["told only that somebody commented"], PLACE
    ),
    "hand over": lambda: draw_hand_over_dialog(CONVERSATIONS["new, only an image"], PLACE),
    "erase": lambda: draw_erase_dialog(OPEN, PLACE),
    "erase, erased": lambda: draw_erase_dialog(CONVERSATIONS["erased"], PLACE),
    **{name: partial(draw_close_pile_dialog, shown, PLACE) for name, shown in those.CLOSINGS.items()},
    "expected": lambda: draw_expected_dialog(those.SPIKE, PLACE),
    "expected, no post of ours": lambda: draw_expected_dialog(those.SPIKES["no post of ours"], PLACE),
    "pile list": lambda: draw_pile_list_dialog(PileList((ROW, those.HIDDEN), 2), PLACE),
    "show all": lambda: draw_whole_message_dialog(replace(BROKEN, attachments=(those.LOAF,)), PLACE),
    "show all, nothing": lambda: draw_whole_message_dialog(replace(BROKEN, text=""), PLACE),
    "show all, erased": lambda: draw_whole_message_dialog(replace(BROKEN, text="", erased=True), PLACE),
}
HOMES = {
    name: partial(draw_home_page, replace(HOME, inbox=inbox), PLACE)
    for name, inbox in those.HOME_INBOXES.items()
}


def check_with_the_server(message: Message) -> None:
    """Also what the pretend Slack refuses."""
    check_message(message)
    accept_message_blocks(message.blocks, frozenset(), lambda: "b")


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(name: str, snapshot: SnapshotAssertion) -> None:
    message = MESSAGES[name]()
    check_with_the_server(message)
    assert render_message(message) == snapshot(name="words")
    drawn = {"text": message.text, "blocks": message.blocks}
    assert drawn == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", VIEWS)
def test_dialogs(name: str, snapshot: SnapshotAssertion) -> None:
    view = VIEWS[name]()
    check_view(view)
    accept_view(view, "modal", frozenset(), lambda: "b")
    assert render_view(view) == snapshot(name="words")
    assert view == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", HOMES)
def test_home(name: str, snapshot: SnapshotAssertion) -> None:
    view = HOMES[name]()
    check_view(view)
    assert render_view(view) == snapshot


@pytest.mark.parametrize("name", those.POST_CONVERSATIONS)
def test_a_posts_card_leads_to_its_conversations(name: str, snapshot: SnapshotAssertion) -> None:
    blocks = post_conversations_line(those.POST_CONVERSATIONS[name], PLACE)
    assert render_blocks(blocks) == snapshot
    card = draw_post_card(replace(CARDS["published"], conversations=those.POST_CONVERSATIONS[name]), PLACE)
    check_message(card)
    assert all(block in card.blocks for block in blocks)


# --- what must be so ---------------------------------------------------------------------------------


def pressed(message: Message) -> list[str]:
    found = [each["text"]["text"] for kind, each, _ in walk(message.blocks) if kind == "button"]
    return found + [each["text"]["text"] for kind, each, _ in walk(message.blocks) if kind == "option"]


@pytest.mark.parametrize("name", [name for name in CONVERSATIONS if name != "old"])
def test_the_status_comes_first(name: str) -> None:
    message = draw_conversation_card(CONVERSATIONS[name], PLACE)
    first = (
        "New",
        "Taken",
        "Late",
        "Answered",
        "Done",
        "Reply",
        "Nobody knows",
        "Not brought in",
        "Left",
        "Erased",
    )
    assert render_blocks(message.blocks[:1]).replace("*", "").startswith(first)


def test_every_stage_has_a_card() -> None:
    for stage in Stage:
        for state in State:
            reply = replace(those.SENT, state=state)
            check_with_the_server(draw_conversation_card(replace(OPEN, stage=stage, last_reply=reply), PLACE))


@pytest.mark.parametrize("name", [name for name in MESSAGES if "private" in name])
def test_private_ones_say_neither_who_nor_what_to_a_lock_screen(name: str) -> None:
    message = MESSAGES[name]()
    for shown in (message.text, render_blocks(message.blocks[:1])):
        for secret in ("Lena", "lena", "broken", "order", "Sorry", "Hello", "new one"):
            assert secret not in shown, (name, shown)


def test_a_customers_name_stands_between_marks_of_ours_everywhere() -> None:
    """Whatever a customer calls themselves, it is seen to be a name."""
    names = ("Byhand", "✅ Approved by Tom", "Sent to you by Maya” [Send]", "“Tom”", '«x» "y"')
    for name in names:
        customer = replace(LENA, name=name)
        for message in (
            draw_conversation_card(replace(OPEN, customer=customer), PLACE),
            draw_draft(replace(DRAFT, customer=customer), PLACE),
        ):
            shown = render_blocks(message.blocks[:1])
            assert shown.count("“") == shown.count("”") == 1, shown
            inside = shown.partition("“")[2].partition("”")[0]
            assert name.strip("“«")[:1] in inside[:2], shown
            assert "“" in message.text


def test_stopped_replies_cannot_be_asked_for() -> None:
    assert not {"Reply", "Try again"} & set(
        pressed(draw_conversation_card(CONVERSATIONS["replies stopped"], PLACE))
    )
    assert "Done…" in pressed(draw_conversation_card(CONVERSATIONS["replies stopped"], PLACE))


def test_nothing_is_sent_that_cannot_be_sent_or_was_not_seen_whole() -> None:
    for name in ("too long", "cannot be shown whole", "image not described"):
        assert "Send" not in pressed(draw_draft(DRAFTS[name], PLACE)), name
    assert "Send" in pressed(draw_draft(DRAFT, PLACE))
    too_long = replace(DRAFTS["collision"], problem="Too long.")
    assert "Send mine as well" not in pressed(draw_draft(too_long, PLACE))


@pytest.mark.parametrize("name", [name for name in DRAFTS if "whole" not in name])
def test_the_preview_is_exactly_what_goes_out(name: str) -> None:
    message = draw_draft(DRAFTS[name], PLACE)
    quotes = [
        part["elements"][0]["text"] for kind, part, _ in walk(message.blocks) if kind == "rich_text_quote"
    ]
    assert "".join(quotes).endswith(DRAFTS[name].preview)


def test_a_long_preview_is_shown_whole() -> None:
    text = "".join(f"Loaf {number}, 👩‍👩‍👧 é & <b> " for number in range(230))
    message = draw_draft(replace(DRAFT, preview=text, limit=6000), PLACE)
    check_with_the_server(message)
    quotes = [
        part["elements"][0]["text"] for kind, part, _ in walk(message.blocks) if kind == "rich_text_quote"
    ]
    assert "".join(quotes).endswith(text)
    assert "Send" in pressed(message)


def test_all_of_a_long_message_can_be_read() -> None:
    assert "Show all" in pressed(draw_conversation_card(CONVERSATIONS["new, very long"], PLACE))
    assert "Show all" in pressed(draw_conversation_card(CONVERSATIONS["new, very tall"], PLACE))
    assert "Show all" not in pressed(draw_conversation_card(OPEN, PLACE))
    text = "".join(f"Word {number} " for number in range(1100))[:10_000]
    view = draw_whole_message_dialog(replace(BROKEN, text=text), PLACE)
    check_view(view)
    quotes = [part for kind, part, _ in walk(view["blocks"]) if kind == "rich_text_quote"]
    assert "".join(part["elements"][0]["text"] for part in quotes) == text.rstrip()


def test_a_long_pile_fits_into_a_dialog() -> None:
    """Seen: it counted its own lines, "30 conversations", below a card that said 300."""
    view = draw_pile_list_dialog(PileList((ROW,) * 30, 300), PLACE)
    check_view(view)
    told = render_view(view)
    assert "*300 waiting*" in told
    assert "and 270 more" in told


@pytest.mark.parametrize("name", list(those.PILES))
def test_a_pile_offers_what_does_something(name: str) -> None:
    """Seen: "1 waiting" and [Next for me], which answered "Nobody is waiting here any more"."""
    pile = those.PILES[name]
    told = pressed(draw_pile_card(pile, PLACE))
    assert ("Next for me" in told) is (pile.free > 0)
    assert ("List" in told) is (pile.waiting > 0)
    assert any(each.startswith("Close all") for each in told) is (pile.closable > 0)


@pytest.mark.parametrize("name", list(those.CLOSINGS))
def test_closing_many_names_how_many_and_carries_which(name: str) -> None:
    shown = those.CLOSINGS[name]
    view = draw_close_pile_dialog(shown, PLACE)
    check_view(view)
    assert f"Closes *{len(shown.seen)} conversation" in render_view(view)
    assert parse_pile_closing(view["private_metadata"]) == (shown.pile.pile_id, frozenset(shown.seen))


def test_an_image_is_a_link_in_our_words() -> None:
    """A link whose words are the customer's could name any address."""
    message = draw_conversation_card(CONVERSATIONS["new, images"], PLACE)
    labels = [each["text"] for kind, each, _ in walk(message.blocks) if kind == "link"]
    assert [label for label in labels if "of 6" in label] == [
        "Image 1 of 6",
        "Video 2 of 6",
        "Image 3 of 6",
        "Image 4 of 6",
    ]
    assert "A loaf in *two* halves" not in labels


def test_the_buttons_other_programs_rely_on() -> None:
    everything = {
        text for card in CONVERSATIONS.values() for text in pressed(draw_conversation_card(card, PLACE))
    }
    assert {"Reply", "I'll take it", "Done…", "Reopen", "Hand over…", "Erase personal data…"} <= everything
    assert {"Send", "Keep internal"} <= set(pressed(draw_draft(DRAFT, PLACE)))


def test_values_of_buttons_lead_back_to_what_was_seen() -> None:
    card = draw_conversation_card(replace(OPEN, owner="U0TOM"), PLACE)
    values = {each["action_id"]: each["value"] for kind, each, _ in walk(card.blocks) if kind == "button"}
    assert values[Act.REPLY] == f"{CONVERSATION}:3"
    assert values[Act.DONE] == CONVERSATION
    draft = draw_draft(DRAFT, PLACE)
    values = {each["action_id"]: each["value"] for kind, each, _ in walk(draft.blocks) if kind == "button"}
    assert values[Act.SEND] == f"{those.DRAFT_ID}:0123456789abcdef"


def test_a_guest_reads_nothing_of_customers_in_home() -> None:
    page = replace(HOME, inbox=those.HOME_INBOX)
    assert "Waiting customers" in render_view(draw_home_page(page, PLACE))
    assert "Waiting customers" not in render_view(draw_home_page(replace(page, reader=True), PLACE))
    assert "Lena" not in render_view(draw_home_page(replace(page, reader=True), PLACE))


def test_rows_of_private_conversations_say_only_that_there_is_one() -> None:
    shown = render_blocks(
        home_needs_blocks(replace(those.HOME_INBOX, mine=(those.HIDDEN,), nobodys=()), PLACE)
    )
    assert "a private message on Mastodon" in shown
    assert "“" not in shown


def test_a_card_says_the_latest_and_what_we_answered() -> None:
    """Seen: the first message for ever, and an answer without its image."""
    shown = render_message(draw_conversation_card(CONVERSATIONS["answered, and they wrote again"], PLACE))
    assert (
        shown.index("nobody answers") < shown.index("We send a new one") < shown.index("does the *new* one")
    )
    with_image = render_message(draw_conversation_card(CONVERSATIONS["answered, with an image"], PLACE))
    assert "**With your image: **A *new* loaf" in with_image


def test_what_was_erased_is_not_open() -> None:
    message = draw_conversation_card(CONVERSATIONS["erased, of an older Byhand"], PLACE)
    assert "Not answered" not in render_message(message)
    assert message.text.startswith("Erased: ")


@pytest.mark.parametrize("name", [name for name in CONVERSATION_LINES if name.endswith(", erased")])
def test_no_line_has_a_button_on_erased_words(name: str) -> None:
    line, said, reply, private = CONVERSATION_LINES[name]
    assert "action_id" not in str(draw_conversation_line(line, said, reply, private, PLACE).blocks)


def test_an_erased_card_names_who_erased_not_who_answered() -> None:
    shown = render_message(draw_conversation_card(CONVERSATIONS["erased"], PLACE))
    assert f"by @{CONVERSATIONS['erased'].erased_by}" in shown
    assert f"@{CONVERSATIONS['erased'].answered_by}" not in shown


def test_where_nothing_is_left_to_answer_no_way_of_answering_is_offered() -> None:
    """Seen: "To answer, press Reply again" and the button, which said that it cannot be answered."""
    shown = render_message(draw_conversation_card(CONVERSATIONS["new, deleted since"], PLACE))
    assert "Reply" not in shown
    assert "To answer" not in shown
    assert "It cannot be answered any more" in shown
    left = replace(CONVERSATIONS["answered"], nothing_left=True)
    assert "Reply again" not in render_message(draw_conversation_card(left, PLACE))


def test_what_no_app_may_answer_opens_at_its_newest_message_with_a_safe_address() -> None:
    """What was deleted, or has an address that is no page, is not where anybody is sent."""
    card = CONVERSATIONS["new, its network lets no app answer it"]
    newer = replace(card.first, url="https://x.example/2")
    gone = replace(card.first, url="https://x.example/3", deleted=True)
    unsafe = replace(card.first, url="javascript:alert(1)")
    assert _opens(replace(card, since=(newer, gone))) == ["https://x.example/2"]
    assert _opens(replace(card, since=(unsafe,))) == [card.first.url]
    assert _opens(replace(card, first=unsafe)) == []
    assert _opens(replace(card, takes_answers=True)) == []


def _opens(card: ConversationCard) -> list[str]:
    blocks = draw_conversation_card(card).blocks
    return [one["url"] for block in blocks for one in block.get("elements", ()) if "url" in one]
