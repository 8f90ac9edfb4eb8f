"""A new post at and over Slack's limits: whatever is written, a screen opens, and no word is cut or lost silently."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.shown.new_post import NewPostForm, NewPostLook
from bot.domain.shown.post_screens import AccountView, ImageView
from bot.sandbox.slack.checks.views import accept_view
from bot.sandbox.slack.faults import Kind
from bot.services.posts import composing, drafts
from bot.services.posts.create import NewPost
from bot.slack.payloads import Shortcut, Where
from bot.slack.posts.came_along import CameAlong, read_message
from bot.slack.views.posts.new_post import draw_new_look, draw_new_post
from bot.store.posts import posts
from tests.backend import MAYA, key
from tests.inbox_backend import PRIVATE
from tests.slack.bench import SOCIAL
from tests.slack.inbox_team import InboxTeam
from tests.slack.posts.test_new_post import (
    DONE,
    LOOK,
    WHEN,
    fields,
    fill,
    list_all,
    open_new,
    png,
    say,
    soon,
    top,
    words,
)
from tests.slack.team import Team

LONG = "x" * 3001
CLOWNS = "\N{CLOWN FACE}" * 1500  # 3,000 as Slack may count, 36 kB as JSON


def test_a_long_text_after_the_command_opens_a_dialog_that_says_so(team: Team) -> None:
    view = open_new(team, text="word " * 700)
    assert len(fields(view)["text"]["initial_value"]) <= 3000
    assert "longer than 3,000" in words(view)


@pytest.mark.parametrize("files", [(), (("loaf.png", png()),)])
def test_a_long_message_is_planned_as_far_as_it_fits(team: Team, files: Any) -> None:
    ts = say(team, "word " * 700, files=files)
    assert team.people.shortcut("U0MAYA", SOCIAL, ts, "plan_this").ok
    view = top(team, "new_post")
    assert len(fields(view)["text"]["initial_value"]) <= 3000
    assert "longer than 3,000" in words(view)


def test_a_draft_with_a_long_text_opens_and_keeps_it(team: Team) -> None:
    """From a plan file."""
    wanted = NewPost(("bakery",), LONG, None, variants={"bakery": f"{LONG}y"}, label="l" * 3001, note=LONG)
    draft = team.services.do(drafts.save_draft, MAYA, wanted, key())
    team.people.open_home("U0MAYA")
    team.until(lambda: "Duplicate" in str(team.server.workspace.homes.get("U0MAYA")))
    assert team.people.click_home("U0MAYA", text="Open").ok
    view = team.server.modal("U0MAYA")
    assert "stays as it is" in words(view)
    assert team.people.submit("U0MAYA", view.id).ok
    assert team.people.submit("U0MAYA", top(team, LOOK).id).ok
    top(team, DONE)
    post = team.services.look(lambda work: posts.load(work.db, draft.id))
    assert post is not None
    assert post.version.body == draft.version.body
    assert (post.version.label, post.version.note) == ("l" * 3001, LONG)


def make_look(accounts: int, text: str = CLOWNS, **more: Any) -> NewPostLook:
    """Every account with a text of its own."""
    views = tuple(
        AccountView(
            name=f"account-{number}", title=f"Account {number}",
            text=f"{number}{text}"[:3000], length=1, limit=500, unit="characters",
        )
        for number in range(accounts)
    )  # fmt: skip
    own = tuple((view.name, view.text) for view in views)
    given: dict[str, Any] = {"slot": None, "opens_at": None, "root": "V1", "shown": "0" * 8}
    given |= {"warning": "", "images": (), "objections": ()}
    return NewPostLook(accounts=views, text=text, own=own, **(given | more))


@pytest.mark.parametrize("accounts", [1, 5, 12, 30, 60])
def test_the_second_screen_is_never_too_large(accounts: int) -> None:
    for text in (CLOWNS, "x"):
        view = draw_new_look(make_look(accounts, text))
        accept_view(view, "modal", frozenset(), lambda: "b")


def test_what_a_screen_cannot_show_is_said() -> None:
    assert "more than a dialog can show" in str(draw_new_look(make_look(60)))
    assert "more than a dialog can show" not in str(draw_new_look(make_look(3, "x")))


def test_words_that_fit_no_field_are_no_shorter_after_it() -> None:
    view = draw_new_look(make_look(1, LONG * 2))
    look = make_look(1)
    long = draw_new_look(NewPostLook(**{**vars(look), "own": (("account-0", LONG),)}))
    for each in (view, long):
        assert all(len(field.get("initial_value", "")) in (0, 3000) for field in fields_of(each))
    assert "stays as it is" in str(long)


def fields_of(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["element"] for each in view["blocks"] if each["type"] == "input"]


def test_the_first_screen_is_never_too_large() -> None:
    titles = tuple((f"{number}{'n' * 72}"[:75], "t" * 200) for number in range(120))
    images = tuple(ImageView(str(number) * 64, "a" * 2500, None, "64 x 64") for number in range(4))
    form = NewPostForm(
        accounts=titles, chosen=tuple(name for name, _ in titles), text=CLOWNS, slot=None, label=CLOWNS, note=CLOWNS,
        warning=CLOWNS, images=images, zone="Europe/Berlin", told=("t" * 3000,) * 20,
    )  # fmt: skip
    accept_view(draw_new_post(form), "modal", frozenset(), lambda: "b")


def test_however_much_is_written_it_is_kept(team: Team) -> None:
    """Else what was kept before it would be scheduled."""
    wanted = NewPost(("bakery",), CLOWNS, None, variants={f"account-{number}": LONG for number in range(40)})
    team.services.do(composing.keep, MAYA, "V1", wanted)
    assert team.services.look(composing.find, MAYA, "V1") == wanted


def test_invisible_words_alone_are_none(team: Team) -> None:
    open_new(team)
    act = team.people.fill("U0MAYA", fill(team, Text="\u200b\u2060 \u2800"))
    assert "Write something" in str(act.errors)


def test_a_label_of_a_thousand_signs_is_drawn(team: Team) -> None:
    open_new(team)
    team.people.fill(
        "U0MAYA", fill(team, Label="l" * 1000, **{"Note for reviewers": "n" * 3000, WHEN: soon(team, 20)})
    )
    team.people.submit("U0MAYA", top(team, LOOK).id)
    (post,) = list_all(team)
    assert team.card(post.version.seen)


def test_an_image_that_slack_does_not_hand_over_is_named(team: Team) -> None:
    team.server.faults.order("files.download", Kind.SERVER_ERROR, times=None)
    open_new(team)
    team.people.fill(
        "U0MAYA", fill(team, **{"Images (up to 4)": [("empty.png", b""), ("x.heic", b"\0\0\0 ftypheic")]})
    )
    team.until(lambda: "empty.png" in words(team.people.modal("U0MAYA")))
    assert "x.heic" in words(team.people.modal("U0MAYA"))
    assert "\n" not in words(team.people.modal("U0MAYA"))


def test_the_same_image_twice_is_one(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{"Images (up to 4)": [("1.png", png()), ("2.png", png())]}))
    assert len([name for name in fields(top(team, LOOK)) if name.startswith("alt:")]) == 1


def test_a_slot_that_passes_on_the_second_screen_is_said_there(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team, 60)}))
    view = top(team, LOOK)
    team.clock.push(timedelta(hours=9))
    assert team.people.submit("U0MAYA", view.id).ok
    team.until(lambda: "That time has passed" in words(team.people.modal("U0MAYA")))
    assert not list_all(team)


def test_a_draft_whose_account_left_the_settings_says_so(team: Team) -> None:
    team.services.do(drafts.save_draft, MAYA, NewPost(("bakery", "gone"), "Mine", None), key())
    team.people.open_home("U0MAYA")
    team.until(lambda: "Duplicate" in str(team.server.workspace.homes.get("U0MAYA")))
    assert team.people.click_home("U0MAYA", text="Open").ok
    assert "does not know gone any more" in words(team.server.modal("U0MAYA"))


@pytest.mark.parametrize("accounts", [1, 10, 11, 100])
def test_any_number_of_accounts_can_be_chosen(accounts: int) -> None:
    known = tuple((f"{number}", "t") for number in range(accounts))
    form = NewPostForm(
        accounts=known, chosen=("0",), text="Hi", slot=None, label="", note="", warning="", images=(),
        zone="Europe/Berlin",
    )  # fmt: skip
    accept_view(draw_new_post(form), "modal", frozenset(), lambda: "b")


def test_nothing_of_the_private_channel_comes_along(counter: InboxTeam) -> None:
    """Not even what a colleague wrote there: they may have pasted a customer's words, which must stay erasable."""
    act = counter.people.say("U0TOM", PRIVATE, "Lena wrote: 1 Harbour Road", files=[("loaf.png", png())])
    assert act.ts
    assert counter.people.shortcut("U0TOM", PRIVATE, act.ts, "plan_this").ok
    view = top(counter, "new_post", "U0TOM")
    assert "initial_value" not in fields(view)["text"]
    assert "More images" not in words(view)
    assert "stays in its channel" in words(view)


def read(**message: Any) -> CameAlong:
    """What comes along of a message in another channel."""
    context: Any = SimpleNamespace(
        directory=SimpleNamespace(may_be_private=lambda _: False, find_name=lambda _: None),
        workspace=SimpleNamespace(bot_user="U0BOT"),
    )
    said = {"user": "U0TOM", "files": [{"id": "F1"}]} | message
    return read_message(context, Shortcut(MAYA, "k", "plan_this", SOCIAL, said, Where("U0MAYA", SOCIAL)))


BY_APPS = ({"bot_id": "B1"}, {"app_id": "A1"}, {"subtype": "bot_message"}, {"user": "USLACKBOT"})


@pytest.mark.parametrize("by", BY_APPS)
def test_of_an_apps_message_neither_words_nor_images_come_along(by: dict[str, str]) -> None:
    """A customer's picture that an app has posted, say."""
    came = read(text="Hello", **by)
    assert (came.text, came.files) == ("", ())
    assert "An app wrote" in came.told[0]


def test_what_a_message_passes_on_is_named() -> None:
    came = read(text="Look", attachments=[{"is_share": True, "text": "Theirs"}])
    assert (came.text, len(came.files)) == ("Look", 1)
    assert "passes on another message" in came.told[0]
    assert not read(text="https://example.com", attachments=[{"title": "A page"}]).told
