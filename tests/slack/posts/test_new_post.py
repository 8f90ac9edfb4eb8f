"""A post written in Slack, on two screens: nothing goes out before Schedule and an approval, and no word is lost."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from bot.domain.facts import FactKind
from bot.domain.posts import Post, Status
from bot.domain.refusals import NoApproverLeft
from bot.sandbox.slack.find import form_values, labels, the_control
from bot.sandbox.slack.state import View
from bot.services.posts import drafts, review
from bot.services.posts.create import NewPost
from bot.store import record
from bot.store.posts import posts
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.team import Team

LOOK, DONE = "new_look", "notice"
TEXT = "Fresh bread at eight"


def png(side: int = 64, color: str = "brown") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (side, side), color).save(made, "PNG")
    return made.getvalue()


def soon(team: Team, minutes: int = 120) -> int:
    """A slot, as Slack says it."""
    return int((team.clock.now() + timedelta(minutes=minutes)).timestamp())


def open_new(team: Team, user: str = "U0MAYA", text: str = "") -> View:
    assert team.people.command(user, SOCIAL, "/social", f"new {text}".strip()).ok
    return team.server.modal(user)


def top(team: Team, callback_id: str, user: str = "U0MAYA") -> View:
    """The view on top, once it is this one."""
    team.until(lambda: team.people.modal(user).spec["callback_id"] == callback_id)
    return team.people.modal(user)


def words(view: View) -> str:
    return str(view.blocks)


def fields(view: View) -> dict[str, Any]:
    return {each["block_id"]: each["element"] for each in view.blocks if each["type"] == "input"}


def list_all(team: Team) -> list[Post]:
    return team.services.store.read(lambda db: posts.list_with_status(db, Status))


def fill(team: Team, **more: Any) -> dict[str, Any]:
    return {"Accounts": ["Bakery", "Cafe"], "Text": TEXT, **more}


WHEN = "When"


def test_a_post_is_written_scheduled_and_asked_about(team: Team) -> None:
    open_new(team)
    assert team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)})).ok
    view = top(team, LOOK)
    assert "Bakery 20/500 characters, links in full · Cafe 20/500 characters" in words(view)
    assert TEXT in words(view)
    assert not list_all(team), "looking at it saves nothing"
    assert team.people.submit("U0MAYA", view.id).ok
    (post,) = list_all(team)
    assert post.status is Status.SCHEDULED
    assert post.version.body.accounts == ("bakery", "cafe")
    assert post.authors == {"U0MAYA"}
    assert "is scheduled for" in words(top(team, DONE))
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    assert not team.server.workspace.modals.get("U0MAYA"), "closing it closes the screens below"
    facts = [
        fact.what
        for fact in team.services.store.read(
            lambda db: record.list_newest(db, f"post:{post.id}", also=(), limit=20)
        )
    ]
    assert {FactKind.WRITTEN.value, FactKind.SCHEDULED.value} <= set(facts)


def test_inside_the_lead_its_card_is_up_at_once(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team, 20)}))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    (post,) = list_all(team)
    card = team.card(post.version.seen)
    assert team.press("U0TOM", card, "Approve").ok


def test_without_a_time_it_is_a_draft(team: Team) -> None:
    open_new(team, text="Hello")
    assert fields(team.people.modal("U0MAYA"))["text"]["initial_value"] == "Hello"
    team.people.fill("U0MAYA", {"Accounts": ["Bakery"]})
    view = top(team, LOOK)
    assert view.spec["submit"]["text"] == "Save as a draft"
    team.people.submit("U0MAYA", view.id)
    (post,) = list_all(team)
    assert post.status is Status.DRAFT
    assert post.version.body.text == "Hello"
    team.clock.push(timedelta(days=2))
    assert [one.status for one in list_all(team)] == [Status.DRAFT]


def test_a_draft_with_a_time_goes_nowhere(team: Team) -> None:
    """Its time is a proposal: only Schedule starts the clock."""
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team, 20)}))
    assert team.people.click_view("U0MAYA", top(team, LOOK).id, text="Save as a draft").ok
    assert "only once somebody schedules it" in words(top(team, DONE))
    (post,) = list_all(team)
    assert (post.status, post.slot is not None) == (Status.DRAFT, True)
    assert team.services.store.read(posts.find_next_due) is None
    team.clock.push(timedelta(hours=1))
    assert list_all(team)[0].status is Status.DRAFT


def test_words_of_its_own_are_shown_before_they_are_scheduled(team: Team) -> None:
    """What is scheduled is what was on the screen."""
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)}))
    view = top(team, LOOK)
    assert team.people.click_view("U0MAYA", view.id, text="Different text for Cafe").ok
    team.until(lambda: "Text for Cafe" in words(team.people.modal("U0MAYA")))
    assert team.people.fill("U0MAYA", {"Text for Cafe": "Coffee, too"}).ok
    view = top(team, LOOK)
    assert "Not scheduled yet" in words(view)
    assert "Coffee, too" in words(view)
    assert not list_all(team)
    team.people.submit("U0MAYA", view.id)
    assert dict(list_all(team)[0].version.body.variants or {}) == {"cafe": "Coffee, too"}


def test_too_long_for_one_account_is_said_and_not_scheduled(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, Text="x" * 600, **{WHEN: soon(team)}))
    view = top(team, LOOK)
    assert "Please fix first" in words(view)
    team.people.submit("U0MAYA", view.id)
    team.until(lambda: "Not scheduled" in words(team.people.modal("U0MAYA")))
    assert not list_all(team)


def test_going_back_loses_nothing(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)}))
    view = top(team, LOOK)
    team.people.click_view("U0MAYA", view.id, text="Different text for Cafe")
    team.until(lambda: "Text for Cafe" in words(team.people.modal("U0MAYA")))
    team.people.type("U0MAYA", {"Text for Cafe": "Coffee, too"})
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    assert team.people.modal("U0MAYA").spec["callback_id"] == "new_post"
    team.people.fill("U0MAYA", fill(team, Text="Other bread", **{WHEN: soon(team)}))
    view = top(team, LOOK)
    assert "Other bread" in words(view)
    assert fields(view)["variant:cafe"]["initial_value"] == "Coffee, too"


def test_what_was_begun_is_offered_again_until_it_is_saved(team: Team) -> None:
    first = open_new(team)
    team.people.type("U0MAYA", {"Text": "Half a sent"})
    team.people.close("U0MAYA", first.id)
    view = open_new(team)
    assert "You had begun this post" in words(view)
    assert fields(view)["text"]["initial_value"] == "Half a sent"
    team.people.fill("U0MAYA", {"Accounts": ["Bakery"]})
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.people.close("U0MAYA", top(team, DONE).id)
    view = open_new(team)
    assert "You had begun" not in words(view)
    assert "initial_value" not in fields(view)["text"]


def test_images_are_checked_described_and_kept(team: Team) -> None:
    open_new(team)
    files = [("loaf.png", png()), ("roll.png", png(color="tan"))]
    assert team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team), "Images (up to 4)": files})).ok
    view = top(team, LOOK)
    alts = [name for name in fields(view) if name.startswith("alt:")]
    assert len(alts) == 2
    assert team.people.submit("U0MAYA", view.id).errors.keys() == set(alts), "each says what it shows"
    labels = [each["label"]["text"] for each in view.blocks if each.get("block_id") in alts]
    unseen = team.people.fill("U0MAYA", dict.fromkeys(labels, "\u2060"))
    assert unseen.errors.keys() == set(alts), "Slack takes what nobody sees for words"
    assert not list_all(team)
    team.people.fill("U0MAYA", dict(zip(labels, ("A loaf", "A roll"), strict=True)))
    top(team, DONE)
    (post,) = list_all(team)
    assert [image.alt for image in post.version.body.images] == ["A loaf", "A roll"]


def test_a_file_that_is_no_image_is_named(team: Team) -> None:
    open_new(team)
    files = [("loaf.png", png()), ("virus.png", b"MZ not a picture")]
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team), "Images (up to 4)": files}))
    team.until(lambda: "virus.png" in words(team.people.modal("U0MAYA")))
    assert "submit" not in team.people.modal("U0MAYA").spec
    assert not list_all(team)


def test_images_are_there_again_when_it_is_opened_again(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{"Images (up to 4)": [("loaf.png", png())]}))
    view = top(team, LOOK)
    (label,) = [each["label"]["text"] for each in view.blocks if str(each.get("block_id")).startswith("alt:")]
    team.people.type("U0MAYA", {label: "A loaf"})
    for _ in range(2):
        team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    view = open_new(team)
    assert "More images (up to 3)" in words(view)
    team.people.submit("U0MAYA", view.id)
    (alt,) = [each for name, each in fields(top(team, LOOK)).items() if name.startswith("alt:")]
    assert alt["initial_value"] == "A loaf"


def test_two_dialogs_at_once_never_mix(team: Team) -> None:
    """Seen on paper: two posts begun in two windows, kept in one place."""
    one = open_new(team)
    team.people.fill("U0MAYA", fill(team, Text="One", **{WHEN: soon(team)}))
    look = top(team, LOOK)
    with team.server.workspace.changing():  # the second device: Slack shows another stack there
        stack = team.server.workspace.modals["U0MAYA"]
        team.server.workspace.set_stack("U0MAYA")
    open_new(team)
    team.people.fill("U0MAYA", fill(team, Text="Two", **{WHEN: soon(team)}))
    top(team, LOOK)
    with team.server.workspace.changing():
        team.server.workspace.set_stack("U0MAYA", *stack)
    assert one.id == look.root
    team.people.submit("U0MAYA", look.id)
    assert [post.version.body.text for post in list_all(team)] == ["One"]


def test_a_draft_is_written_on_by_somebody_else_meanwhile(team: Team) -> None:
    """Nothing is overwritten, and nothing typed is lost."""
    draft = team.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Mine", None), key())
    team.people.open_home("U0MAYA")
    team.until(lambda: "Mine" in str(team.server.workspace.homes.get("U0MAYA")))
    assert team.people.click_home("U0MAYA", text="Open").ok
    team.server.modal("U0MAYA")
    team.services.do(drafts.save_draft, TOM, NewPost(("bakery",), "Toms", None), key(), draft.version.seen)
    team.people.fill("U0MAYA", {"Text": "Mine, longer"})
    view = top(team, LOOK)
    team.people.submit("U0MAYA", view.id)
    team.until(lambda: "saved version 2 of this draft" in words(team.people.modal("U0MAYA")))
    team.people.submit("U0MAYA", team.people.modal("U0MAYA").id)
    assert sorted(post.version.body.text for post in list_all(team)) == ["Mine, longer", "Toms"]


def test_home_lists_drafts_to_open_duplicate_and_delete(team: Team) -> None:
    team.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Mine", None), key())
    team.people.open_home("U0MAYA")
    team.until(lambda: "Duplicate" in str(team.server.workspace.homes.get("U0MAYA")))
    assert team.people.click_home("U0MAYA", text="Duplicate").ok
    assert "Draft 2" in str(team.server.modal("U0MAYA").spec["title"])
    assert [post.status for post in list_all(team)] == [Status.DRAFT] * 2
    home = team.server.workspace.homes["U0MAYA"]
    assert the_control(home.blocks, text="Delete…").confirm
    assert team.people.click_home("U0MAYA", text="Delete…").ok
    assert sorted(post.status.key for post in list_all(team)) == ["draft", "killed"]


def test_a_guest_is_refused_before_a_dialog_opens(team: Team) -> None:
    assert team.people.command("U0GUEST", SOCIAL, "/social", "new Hello").ok
    team.private("U0GUEST", "Only full members")
    assert not team.server.workspace.modals.get("U0GUEST")


def test_one_schedule_one_post(team: Team) -> None:
    """The answer to it is lost, and it is pressed again."""
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)}))
    view = top(team, LOOK)
    team.people.submit("U0MAYA", view.id)
    team.server.workspace.set_stack("U0MAYA", view)
    team.people.submit("U0MAYA", view.id)
    assert len(list_all(team)) == 1


def say(team: Team, text: str, **more: Any) -> str:
    act = team.people.say("U0TOM", SOCIAL, text, **more)
    assert act.ts
    return act.ts


def test_a_colleagues_message_is_planned_as_a_post(team: Team) -> None:
    """Its words as they read, its images with it."""
    ts = say(team, "Rye is back :bread:", files=[("loaf.png", png())])
    assert team.people.shortcut("U0MAYA", SOCIAL, ts, "plan_this").ok
    view = top(team, "new_post")
    assert fields(view)["text"]["initial_value"] == "Rye is back \N{BREAD}"
    assert "More images (up to 3)" in words(view)
    team.people.fill("U0MAYA", {"Accounts": ["Bakery"]})
    assert [name for name in fields(top(team, LOOK)) if name.startswith("alt:")]
    assert not list_all(team)


@pytest.mark.parametrize("files", [(), (("loaf.png", png()),)], ids=["words", "an image"])
def test_its_writer_is_an_author_of_the_post(team: Team, files: Any) -> None:
    """Also where it was closed and opened again, and the words were changed meanwhile."""
    ts = say(team, "Rye is back", files=files)
    assert team.people.shortcut("U0MAYA", SOCIAL, ts, "plan_this").ok
    view = top(team, "new_post")
    team.people.type("U0MAYA", {"Label": "Rye"})
    team.people.close("U0MAYA", view.id)
    open_new(team)
    assert team.people.fill("U0MAYA", {"Accounts": ["Bakery"], WHEN: soon(team, 20)}).ok
    view = top(team, LOOK)
    alts = [each["label"]["text"] for each in view.blocks if str(each.get("block_id")).startswith("alt:")]
    assert team.people.fill("U0MAYA", dict.fromkeys(alts, "A loaf")).ok
    top(team, DONE)
    (post,) = list_all(team)
    assert (post.written_by, post.planned_by, post.changed_by) == ("U0TOM", "U0MAYA", ())
    card = team.card(post.version.seen, "written by Tom, planned by Maya")
    assert "Approve" not in labels(card), "Tom is the only approver"
    with pytest.raises(NoApproverLeft, match="You wrote this, and no approver is left"):
        team.services.do(review.approve, TOM, post.version.seen, key())
    assert list_all(team)[0].status is Status.REVIEW


def test_a_message_of_an_app_brings_no_words(team: Team) -> None:
    card = team.card(team.backend.in_review("400 loaves"))
    assert team.people.shortcut("U0MAYA", SOCIAL, card.ts, "plan_this").ok
    view = top(team, "new_post")
    assert "initial_value" not in fields(view)["text"]
    assert "An app wrote that message" in words(view)
    team.people.fill("U0MAYA", fill(team))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    assert [post.authors for post in list_all(team) if post.status is Status.DRAFT] == [{"U0MAYA"}]


def test_what_cannot_come_along_is_named(team: Team) -> None:
    ts = say(team, "<!channel> Rye is back", files=[("virus.png", b"MZ no picture")])
    assert team.people.shortcut("U0MAYA", SOCIAL, ts, "plan_this").ok
    view = top(team, "new_post")
    assert "Please look at this first" in words(view)
    assert "virus.png" in words(view)


def test_a_time_that_has_passed_is_said_at_once(team: Team) -> None:
    open_new(team)
    act = team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team, -5)}))
    assert act.errors == {"slot": "That time has passed."}


def test_more_images_than_fit_are_refused(team: Team) -> None:
    open_new(team)
    files = [
        (f"{number}.png", png(color=color))
        for number, color in enumerate(("red", "blue", "tan", "gold", "gray"))
    ]
    act = team.people.fill("U0MAYA", fill(team, **{"Images (up to 4)": files}))
    assert act.errors == {"images:0": "A post can have up to 4 images."}


def test_a_content_warning_is_shown_everywhere_and_part_of_what_is_approved(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team, 20), "Content warning": " Food "}))
    view = top(team, LOOK)
    assert "Content warning: " in words(view)
    team.people.submit("U0MAYA", view.id)
    (post,) = list_all(team)
    assert post.version.body.warning == "Food"
    card = team.card(post.version.seen, "Content warning: ")
    team.press("U0TOM", card, "Approve")
    team.card(post.version.seen, "Approved")
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    team.press("U0MAYA", team.card(post.version.seen, "Approved"), "Edit")
    assert fields(team.server.modal("U0MAYA"))["warning"]["initial_value"] == "Food"
    team.people.fill("U0MAYA", {"Content warning": ""})
    (post,) = list_all(team)
    assert (post.version.body.warning, post.status) == ("", Status.REVIEW)
    team.card(post.version.seen, "changed the content warning")


def test_a_content_warning_is_published_with_the_words(team: Team) -> None:
    """End to end: what was approved is what the network has."""
    open_new(team)
    team.people.fill(
        "U0MAYA", fill(team, Accounts=["Bakery"], **{WHEN: soon(team, 20), "Content warning": "Food"})
    )
    team.people.submit("U0MAYA", top(team, LOOK).id)
    (post,) = list_all(team)
    team.services.do(review.approve, TOM, post.version.seen, key())
    team.backend.to_slot(post.version.seen)
    team.backend.worker.stop(timedelta(seconds=5))
    (status,) = [each for each in team.backend.network.state.statuses.values() if each.text == TEXT]
    assert status.warning == "Food"


def test_other_words_do_not_take_the_place_of_what_was_begun(team: Team) -> None:
    """Seen on paper: a post half written, then `/social new Quick idea`, and the first one overwritten by a key."""
    first = open_new(team)
    team.people.type("U0MAYA", {"Text": "A long story, half wri"})
    team.people.close("U0MAYA", first.id)
    view = open_new(team, text="Quick idea")
    assert "You had begun another post" in words(view)
    team.people.type("U0MAYA", {"Text": "Quick idea, typed on"})
    values = form_values(view, {"Text": "Quick idea, typed on"})
    assert team.people.click_view("U0MAYA", view.id, text="Go on with that one", values=values).ok
    team.until(lambda: team.people.modal("U0MAYA").id != view.id)
    over = team.people.modal("U0MAYA")
    assert fields(over)["text"]["initial_value"] == "A long story, half wri"
    team.people.fill("U0MAYA", {"Accounts": ["Bakery"]})
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.people.close("U0MAYA", top(team, DONE).id)
    assert [post.version.body.text for post in list_all(team)] == ["A long story, half wri"]
    view = open_new(team, text="Third")
    assert "You had begun another post" in words(view), "the quick idea is kept, too"
    assert team.people.click_view("U0MAYA", view.id, text="Go on with that one").ok
    team.until(lambda: team.people.modal("U0MAYA").id != view.id)
    assert fields(team.people.modal("U0MAYA"))["text"]["initial_value"] == "Quick idea, typed on"


def test_what_was_put_aside_is_offered_without_words_too(team: Team) -> None:
    team.people.type("U0MAYA", {"Text": "A long story"}, open_new(team).id)
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    quick = open_new(team, text="Quick idea")
    team.people.close("U0MAYA", quick.id)
    view = open_new(team)
    assert "Quick idea" in words(view), "the command's words are kept"
    assert "A long story" in words(view)
    team.people.close("U0MAYA", view.id)
    team.people.type("U0MAYA", {"Text": "Quick idea, longer"}, open_new(team, text="Quick idea").id)
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    view = open_new(team)
    assert "Quick idea, longer" in words(view)
    team.people.click_view("U0MAYA", view.id, text="Go on with that one")
    team.until(lambda: team.people.modal("U0MAYA").id != view.id)
    assert "A long story" in words(team.people.modal("U0MAYA"))


def test_nothing_begun_is_not_offered(team: Team) -> None:
    assert "You had begun" not in words(open_new(team, text="Quick idea"))
