"""The images of a plan that have no alt text are described one post after the other."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from bot.domain.posts import Post
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import labels, the_control, words
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message, View
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.store.engine.store import Store
from tests.backend import MAYA as MAYA_HERSELF
from tests.backend import TOM, key
from tests.slack.bench import PushedClock
from tests.slack.plans.test_dropped_plans import drop, list_all, press, restart, told
from tests.slack.posts.test_new_post import png
from tests.slack.team import Team

MAYA, GUEST = "U0MAYA", "U0GUEST"
WHAT = "what it shows, for those who cannot see it"
FIRST, SECOND, THIRD = (f"Image {number} of 3: {WHAT}" for number in (1, 2, 3))


@pytest.fixture
def bakery(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    with Team(store, network, clock, server, contributors=(GUEST,)) as running:
        yield running


def make_zip() -> bytes:
    """Two posts with three images that nobody described, and one with an alt text."""
    made = io.BytesIO()
    rows = (
        "Time,Accounts,Text,Image,Alt text,Label",
        "2026-12-01 10:00,bakery,Loaf,a.png,,",
        "2026-12-02 10:00,bakery,Rolls,b.png c.png,,",
        "2026-12-03 10:00,bakery,Stollen,d.png,A stollen,",
    )
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("plan.csv", "\n".join(rows) + "\n")
        for name, colour in (("a", "red"), ("b", "green"), ("c", "blue"), ("d", "brown")):
            archive.writestr(f"{name}.png", png(color=colour))
    return made.getvalue()


def bring_in(team: Team, user: str = MAYA, button: str = "Import 3 posts") -> Message:
    """The message with the button."""
    drop(team, make_zip(), user, name="december.zip")
    press(team, told(team, "3 good", user), button, user)
    return told(team, "3 images have no alt text", user)


def open_first(team: Team, done: Message, user: str = MAYA) -> View:
    number = 3 - words(done).count("2 images have no alt text")
    press(team, done, f"Describe the images ({number})", user)
    return team.server.modal(user)


def alts(team: Team) -> list[list[str]]:
    """Of each post, by slot."""
    found = sorted(list_all(team), key=lambda post: str(post.slot))
    return [[image.alt for image in post.version.body.images] for post in found]


def first(team: Team) -> Post:
    return min(list_all(team), key=lambda post: str(post.slot))


def test_one_after_the_other(team: Team) -> None:
    view = open_first(team, bring_in(team))
    assert "“Loaf”" in str(view.blocks)
    assert [block["type"] for block in view.blocks].count("image") == 1, "the picture itself"
    assert view.spec["submit"]["text"] == "Save and next"
    assert team.people.fill(MAYA, {FIRST: "A loaf"}).ok
    view = team.people.modal(MAYA)
    assert "“Rolls”" in str(view.blocks)
    assert view.spec["submit"]["text"] == "Save"
    assert team.people.fill(MAYA, {SECOND: "Rolls", THIRD: " "}).errors, "each needs one"
    assert team.people.fill(MAYA, {SECOND: "Rolls", THIRD: "More rolls"}).ok
    assert "Done: every image of this plan has an alt text." in str(team.people.modal(MAYA).blocks)
    assert alts(team) == [["A loaf"], ["Rolls", "More rolls"], ["A stollen"]]
    assert {post.authors for post in list_all(team)} == {frozenset()}, "alt texts make nobody an author"
    team.until(lambda: labels(told(team, "3 posts imported")) == [])


def test_a_closed_dialog_goes_on_where_it_was_also_after_a_restart(team: Team) -> None:
    view = open_first(team, bring_in(team))
    assert team.people.fill(MAYA, {FIRST: "A loaf"}).ok
    team.people.type(MAYA, {SECOND: "Half a ro"})
    team.people.close(MAYA, team.people.modal(MAYA).id)
    restart(team)
    done = told(team, "2 images have no alt text")
    view = open_first(team, done)
    assert "“Rolls”" in str(view.blocks)
    assert "You had begun to describe this" in str(view.blocks)
    assert "Half a ro" in str(view.blocks)
    assert SECOND in str(view.blocks), "each image keeps its number"


def test_a_post_can_be_skipped(team: Team) -> None:
    view = open_first(team, bring_in(team))
    assert team.people.click_view(MAYA, view.id, text="Skip this post").ok
    team.until(lambda: "“Rolls”" in str(team.people.modal(MAYA).blocks))
    assert team.people.fill(MAYA, {SECOND: "Rolls", THIRD: "More rolls"}).ok
    end = str(team.people.modal(MAYA).blocks)
    assert "That was the last one. 1 image of this plan still has no alt text." in end
    assert labels(told(team, "1 image has no alt text")) == ["Describe the image"]


def test_saved_twice_is_saved_once(team: Team) -> None:
    """The first answer was lost: the dialog still shows the first post."""
    view = open_first(team, bring_in(team))
    assert team.people.fill(MAYA, {FIRST: "A loaf"}).ok
    team.server.workspace.set_stack(MAYA, view)
    assert team.people.fill(MAYA, {FIRST: "A loaf"}, view.id).ok
    assert first(team).version.seq == 2
    shown = str(team.people.modal(MAYA).blocks)
    assert "“Rolls”" in shown
    assert "Yours was not saved" not in shown


def test_somebody_described_it_meanwhile(team: Team) -> None:
    open_first(team, bring_in(team))
    post = first(team)
    described = Changes(post.version.body.text, post.slot, {}, {post.version.body.images[0].sha256: "Toms"})
    team.services.do(edit.save_edit, TOM, post.version.seen, described, key())
    assert team.people.fill(MAYA, {FIRST: "Mine"}).ok
    shown = str(team.people.modal(MAYA).blocks)
    assert "described the post before this one while you were typing. Yours was not saved: “Mine”" in shown
    assert "“Rolls”" in shown
    assert alts(team)[0] == ["Toms"]


def test_somebody_moved_it_meanwhile(team: Team) -> None:
    open_first(team, bring_in(team))
    post = first(team)
    later = post.version.saved_at.replace(year=2027, month=1)
    team.services.do(review.move, TOM, post.version.seen, later, key())
    assert team.people.fill(MAYA, {FIRST: "A loaf"}).ok
    view = team.people.modal(MAYA)
    assert "saved version 2 of this post while you were typing" in str(view.blocks)
    assert "A loaf" in str(view.blocks)
    assert team.people.submit(MAYA, view.id).ok
    assert "“Rolls”" in str(team.people.modal(MAYA).blocks)
    assert ["A loaf"] in alts(team)


def test_nothing_is_left_to_describe(team: Team) -> None:
    """Colleagues did it by Edit; the button was still there."""
    done = bring_in(team)
    for post in list_all(team):
        images = {image.sha256: image.alt or "Described" for image in post.version.body.images}
        described = Changes(post.version.body.text, post.slot, {}, images)
        team.services.do(edit.save_edit, TOM, post.version.seen, described, key())
    press(team, done, "Describe the images (3)")
    assert "Done: every image of this plan has an alt text." in str(team.server.modal(MAYA).blocks)
    team.until(lambda: labels(told(team, "3 posts imported")) == [])


def test_what_was_killed_is_not_asked_for(team: Team) -> None:
    done = bring_in(team)
    team.services.do(review.kill, MAYA_HERSELF, first(team).version.seen, key())
    press(team, done, "Describe the images (3)")
    assert "“Rolls”" in str(team.server.modal(MAYA).blocks)


def test_a_contributor_describes_their_own_drafts(bakery: Team) -> None:
    done = bring_in(bakery, GUEST, "Import 3 drafts")
    assert "They come in as drafts of yours." in words(done)
    assert {(post.status.key, post.created_by) for post in list_all(bakery)} == {("draft", GUEST)}
    open_first(bakery, done, GUEST)
    assert bakery.people.fill(GUEST, {FIRST: "A loaf"}).ok
    assert alts(bakery)[0] == ["A loaf"]
    assert the_control(bakery.people.modal(GUEST).blocks, text="Skip this post")
