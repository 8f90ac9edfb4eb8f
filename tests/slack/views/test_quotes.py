"""Whatever asks before it acts quotes what it is about, whole words of it, and is never cut where it says what happens.

Seen: "Post 2 is deleted from Mastodon. Nobody can bring it back there."
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from bot.domain.kinds import LineType
from bot.domain.posts import Status
from bot.slack.ids import Act, Dialog
from bot.slack.views import quotes
from bot.slack.views.blocks import CONFIRM, Ask, Block
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.inbox import cards_of_many, draft, replies
from bot.slack.views.pause import sent
from bot.slack.views.pause.banner import draw_banner
from bot.slack.views.pause.lists import draw_lists_dialog
from bot.slack.views.pause.resume import draw_resume_dialog
from bot.slack.views.posts import card_buttons, lines
from bot.slack.views.posts.about import about_out, about_post
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.posts.lines import draw_thread_line
from bot.slack.views.posts.new_post import draw_new_post
from bot.slack.views.quotes import About, ask_about, first_words
from tests.slack.limits import units, walk
from tests.slack.rendering import render_message
from tests.slack.views import conversation_samples as those
from tests.slack.views import pause_samples, test_inbox, test_screens
from tests.slack.views.new_post_samples import NEW
from tests.slack.views.samples import (
    ASKING,
    CARDS,
    HOMES,
    MAYBE_OUT,
    NOW,
    PLACE,
    REFUSED,
    SENT,
    WAITING,
    line,
)

Json = dict[str, Any]
QUOTE = re.compile(r"“[^“”]+”")
MOMENT = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2} \d{4} at \d{2}:\d{2} [A-Z]+")
OF_AN_ACCOUNT = {Act.LEAVE_OUT, Act.SPIKE_PAUSE}  # they ask about all there is on it, and name it
WITHOUT_A_MOMENT = {Act.SEND_ANYWAY, Act.KILL, Act.DELETE_DRAFT, Act.WITHDRAW}  # not sent; drafts; at no slot

WAITS_WHOLE = pause_samples.CARDS_TAKEN_DOWN["waits whole"]
POSTS = [
    *CARDS.values(),
    *pause_samples.CARDS_TAKEN_DOWN.values(),
    *(replace(WAITING, status=status) for status in Status),
    replace(CARDS["unknown, asking"], deliveries=(replace(ASKING, id="m", account="dock-mastodon"), ASKING)),
    replace(CARDS["failed"], objections=(MAYBE_OUT,)),
    replace(CARDS["partly"], deliveries=(SENT, REFUSED), objections=(MAYBE_OUT,)),
]
TWICE = draw_thread_line(
    line(LineType.INCIDENT, sentence="It is there twice.", take_down=["d1"]),
    PLACE,
    about_out(pause_samples.OUT),
)


def screens() -> Iterator[list[Block]]:
    """Everything the samples draw."""
    yield from (draw_post_card(card, PLACE).blocks for card in POSTS)
    yield from (draw_banner(banner, PLACE).blocks for banner in pause_samples.BANNERS.values())
    yield from (message().blocks for message in test_inbox.MESSAGES.values())
    yield from (view()["blocks"] for view in (*test_inbox.VIEWS.values(), *test_screens.MODALS.values()))
    yield from (draw_lists_dialog(banner, PLACE)["blocks"] for banner in pause_samples.BANNERS.values())
    yield from (draw_home_page(page, PLACE)["blocks"] for page in HOMES.values())
    yield TWICE.blocks


@cache
def asking() -> list[Json]:
    found = {}
    for blocks in screens():
        for _, each, _ in walk(blocks):
            if "confirm" in each and "action_id" in each:
                found[str(each)] = each
    return list(found.values())


def act_of(each: Json) -> Act:
    return Act(each["action_id"].partition(":")[0])


def test_every_button_that_asks_is_looked_at() -> None:
    assert {act_of(each) for each in asking()} == {
        Act.DELETE_DRAFT, Act.KILL, Act.UNDO, Act.BRING_BACK, Act.POST_NOW, Act.STOP_REST, Act.TRY_AGAIN,
        Act.IT_IS_THERE, Act.CONVERT,
        Act.PUBLISH_WITHOUT, Act.TAKE_DOWN, Act.I_DELETED_IT, Act.SEND_ANYWAY, Act.DELETE_REPLY, Act.REPLY_AGAIN,
        Act.LEAVE_OUT, Act.SPIKE_PAUSE, Act.NOT_DONE_ELSEWHERE, Act.WITHDRAW,
    }  # fmt: skip


@pytest.mark.parametrize("act", sorted({act_of(each) for each in asking()}))
def test_whoever_is_asked_reads_what_it_is_about(act: Act) -> None:
    """Its first words, the account by its title, and when."""
    for each in (each for each in asking() if act_of(each) is act):
        told = each["confirm"]["text"]["text"]
        about, _, happens = told.partition("\n")
        assert happens, told
        assert act is Act.NOT_DONE_ELSEWHERE or re.search(r" on (?:Mastodon|Bluesky|Instagram)", about), told
        if act not in OF_AN_ACCOUNT:
            assert QUOTE.search(about) or "(no text)" in about, told
            assert act in WITHOUT_A_MOMENT or MOMENT.search(about), told


TAKES_AWAY = {
    Act.DELETE_DRAFT, Act.KILL, Act.UNDO, Act.STOP_REST, Act.TAKE_DOWN, Act.DELETE_REPLY, Act.LEAVE_OUT,
    Act.SPIKE_PAUSE, Act.WITHDRAW,
}  # fmt: skip


def test_what_takes_something_away_is_confirmed_in_red() -> None:
    """Take down, on a published post's card, ended with a green button: only where the button itself was red."""
    red = {(act_of(each), each["confirm"].get("style")) for each in asking()}
    assert {act for act, style in red if style == "danger"} == TAKES_AWAY
    assert not {act for act, style in red if style != "danger"} & TAKES_AWAY


OTHERS = {
    Dialog.PAUSE, Dialog.NOTICE, Dialog.LOOKING, Dialog.NEW_POST,  # of no post, or of none yet
    Dialog.PREVIEW, Dialog.HISTORY, Dialog.PILE_LIST, Dialog.SHOW_ALL, Dialog.ALL_DRAFTS,  # they are only read
    Dialog.AWAY, Dialog.HAND_SHIFT, Dialog.ON_UNTIL,  # of a shift
    Dialog.CHOOSE_PLAN, Dialog.ANSWER_PLAN, Dialog.PLAN_ROWS,  # of a file: nothing comes in by them
    Dialog.STATEMENT, Dialog.PICK_STATEMENT,  # of no post yet
    Dialog.DESCRIBE,  # of an image of one's own, which is shown with the answer before anything goes out
}  # fmt: skip


@cache
def dialogs() -> list[Json]:
    drawn = [view() for view in (*test_inbox.VIEWS.values(), *test_screens.MODALS.values())]
    drawn += [draw_resume_dialog(form, PLACE) for form in pause_samples.RESUMES.values()]
    return drawn + [draw_lists_dialog(banner, PLACE) for banner in pause_samples.BANNERS.values()]


@pytest.mark.parametrize("dialog", sorted(set(Dialog) - OTHERS))
def test_every_dialog_that_asks_quotes_what_it_is_about(dialog: Dialog) -> None:
    """In its lines, or in the field in which the words themselves stand."""
    views = [view for view in dialogs() if view["callback_id"] == dialog]
    assert views, "no sample shows it"
    for view in views:
        rows = view["blocks"]
        said = "".join(part["text"] for kind, part, _ in walk(rows) if kind == "text")
        fields = [
            part for kind, part, _ in walk(rows) if kind == "plain_text_input" and part.get("initial_value")
        ]
        set_off = [part for kind, part, _ in walk(rows) if kind == "rich_text_quote"]
        nothing = any(
            word in str(rows)
            for word in (
                "(no text)",
                "Erased words",
                "(an image)",
                "Byhand may not pass on what people write there",
                "No post missed",
                "while paused and has been moved",
                "complaints in",
                "Nothing is out",
            )
        )
        assert QUOTE.search(said) or fields or set_off or nothing, view


ASKS = {
    f"{module.__name__}.{name}": ask
    for module in (card_buttons, sent, lines, replies, draft, cards_of_many)
    for name, ask in vars(module).items()
    if isinstance(ask, Ask)
}
FAMILY = "👩‍👩‍👧"
HOSTILE = [
    "<!channel> *x* _y_ `z` & &amp; " * 90,
    FAMILY * 900,
    "e\u0301" * 900,
    "\u202eשלום " * 300,
    '“Tom” " ' * 200,
]


@pytest.mark.parametrize("name", sorted(ASKS))
@pytest.mark.parametrize("words", HOSTILE)
def test_what_will_happen_is_never_cut(name: str, words: str) -> None:
    about = About(
        words, tuple(f"The bakery at the harbour, number {number}" for number in range(10)), NOW, on="published",
        by="from “" + FAMILY * 7 + "”", name="post 123456",
    )  # fmt: skip
    for asked in (about, about.only("T" * 400), replace(about, at=None, accounts=(), by="")):
        told = ask_about(ASKS[name], asked, PLACE).text
        assert units(told) <= CONFIRM
        assert told.endswith(f"\n{ASKS[name].text}")
        assert told.startswith("“"), told
        assert re.search("…\u2069?”", told), told
        told.encode("utf-16-le")  # no half of a character


def test_a_character_is_never_cut() -> None:
    for limit in range(12, 60):
        inside = first_words(FAMILY * 30, limit).strip("“”").removesuffix("…")
        assert inside == FAMILY * (len(inside) // len(FAMILY))
        assert units(inside) <= limit


def test_words_are_cut_between_words() -> None:
    assert first_words("We baked 400 loaves for everybody", 22) == "“We baked 400 loaves…”"
    assert first_words("Donaudampfschifffahrtsgesellschaft", 12) == "“Donaudampfs…”"


def test_accounts_that_do_not_fit_are_counted() -> None:
    titles = [f"Network {number}" for number in range(10)]
    assert quotes.list_titles(titles[:2], 40) == "Network 0 + Network 1"
    assert quotes.list_titles(titles, 40) == "Network 0 + Network 1 + 8 more"
    assert units(quotes.list_titles(["T" * 400] * 3, 40)) <= 40


def test_of_an_image_without_words_its_description_is_quoted() -> None:
    told = ask_about(card_buttons.KILL, about_post(CARDS["waiting, only an image"]), PLACE).text
    assert told.startswith(
        "The image “Bakers in front of a wall of loaves” on Mastodon, planned for Tue 24 Nov 2026 at 09:00 CET"
    )


def test_leaving_an_account_out_says_how_it_comes_back_and_who_may_not_approve() -> None:
    (asked,) = [
        each["confirm"]["text"]["text"]
        for _, each, _ in walk(draw_post_card(WAITS_WHOLE, PLACE).blocks)
        if each.get("action_id") == Act.PUBLISH_WITHOUT
    ]
    assert "by somebody else than you" in asked
    assert asked.endswith("Edit can put Bluesky back.")
    free = draw_post_card(replace(WAITS_WHOLE, author_may_approve=True), PLACE)
    assert "by somebody else than you" not in str(free.blocks)


RINGING = "<@U0EVIL> *free*\n`bread` <!channel>"


def test_a_suggested_pause_names_the_post_by_words_that_ring_nobody() -> None:
    """Its head, and the notification, in which mentions are meant."""
    post = those.SPIKE.post
    assert post is not None
    drawn = cards_of_many.draw_spike_card(replace(those.SPIKE, post=replace(post, text=RINGING)), PLACE)
    told = "on the post “‹@U0EVIL› free bread ‹!channel›”"
    assert drawn.text.endswith(told)
    assert told in str(drawn.blocks[0])
    empty = cards_of_many.draw_spike_card(replace(those.SPIKE, post=replace(post, text="")), PLACE)
    assert empty.text.endswith("on a post without text (post 42)")
    assert "Pause publishing there? a post without text (post 42) on" in render_message(empty)


def test_a_copy_names_what_it_is_of_by_words_that_mark_nothing() -> None:
    form = replace(NEW, number=7, copy_of="“&lt;!channel&gt; and *bread*”")
    (told,) = [
        block["text"]["text"] for block in draw_new_post(form, PLACE)["blocks"] if "copy" in str(block)
    ]
    assert told.startswith("*This is a copy of “&amp;lt;!channel&amp;gt; and bread”.*")
