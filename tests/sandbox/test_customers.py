"""Customers on the stage: what they do on the pretend networks, and the threads everybody sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import story
from bot.sandbox.customers import Customers, Network
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Published
from bot.sandbox.networks.x.server import XServer
from bot.sandbox.slack.find import CannotDo
from bot.sandbox.slack.slack import Json

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MENTIONED = ("Mastodon", "Bluesky", "LinkedIn", "X")
WRITTEN_TO = ("Mastodon", "Bluesky", "Facebook")


class World:
    """Networks that are not served, a clock that moves by a minute each time it is read, and their customers."""

    def __init__(self) -> None:
        self._now = NOW
        self.mastodon = MastodonServer(self.now)
        self.instagram = InstagramServer(self.now)
        self.facebook = FacebookServer(self.now, accounts=())
        self.facebook.add_account("dockbakery", "Dock Bakery")
        linkedin = LinkedInServer(self.now, accounts=())
        linkedin.add_account("dockbakery", "Dock Bakery")
        self.x = XServer(self.now)
        networks = {
            "Mastodon": Network(self.mastodon, mentions=True, private=True, edits=True),
            "Bluesky": Network(BlueskyServer(self.now), mentions=True, private=True),
            "Instagram": Network(self.instagram),
            "Facebook": Network(self.facebook, private=True, edits=True, sign=""),
            "LinkedIn": Network(linkedin, mentions=True, edits=True, sign=""),
            "X": Network(self.x, mentions=True, edits=True),
        }
        self.customers = Customers(networks, self.now)

    def now(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now

    def threads(self) -> list[Json]:
        return self.customers.threads()

    def publish(self, text: str) -> str:
        """A post of ours, as the API would have made it."""
        account = next(iter(self.mastodon.state.ours.values()))
        status = self.mastodon.state.add(account, text, "public")
        self.mastodon._publish(Published(self.now(), account.username, status.id, None, text))
        return status.id

    def publish_on(self, network: str, text: str) -> str:
        """The same on Instagram or Facebook."""
        if network == "Instagram":
            account = self.instagram.account("dockbakery")
            post = self.instagram.state.add_media(account, text)
            self.instagram._publish(Published(self.now(), account.username, post.id, None, text))
            return post.id
        page = self.facebook.page("dockbakery")
        made = self.facebook.state.add_post(page, text)
        self.facebook._publish(Published(self.now(), page.username, made.id, None, text))
        return made.id

    def answer_on(self, network: str, comment: str, text: str) -> None:
        server = self.instagram if network == "Instagram" else self.facebook
        made = server.we_answer_in_app(comment, text)
        server._publish(Published(self.now(), "dockbakery", made, comment, text))


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("network", MENTIONED)
def test_a_mention_begins_a_thread_and_answers_stand_in_it(world: World, network: str) -> None:
    mention = world.customers.write(network, "Jonas", "Do you ship?")
    world.customers.write(network, "Lena K.", "I wonder too.", reply_to=mention)
    (thread,) = world.threads()
    assert (thread["network"], thread["by"], thread["private"]) == (network, "Jonas", False)
    assert [(each["by"], each["text"].endswith("I wonder too.")) for each in thread["thread"]] == [
        ("Lena K.", True)
    ]


def test_comments_stand_under_our_post(world: World) -> None:
    post = world.publish("400 loaves")
    world.customers.write("Mastodon", "Lena K.", "Lovely", reply_to=post)
    (thread,) = world.threads()
    assert (thread["ours"], thread["text"], thread["visibility"]) == (True, "400 loaves", "public")
    assert len(thread["thread"]) == 1


@pytest.mark.parametrize("network", WRITTEN_TO)
def test_private_messages_of_one_customer_are_one_conversation(world: World, network: str) -> None:
    for words in ("one", "two", "three"):
        world.customers.write(network, "Lena K.", words, private=True)
    world.customers.write(network, "Jonas", "mine", private=True)
    assert [(each["by"], each["private"], len(each["thread"])) for each in world.threads()] == [
        ("Jonas", True, 0),
        ("Lena K.", True, 2),
    ]
    told = [words["text"][-3:] for words in world.threads()[1]["thread"]]
    assert told == ["two", "ree"]


def test_the_newest_thread_is_first_and_the_past_keeps_its_time(world: World) -> None:
    world.customers.write("Bluesky", "Jonas", "now")
    world.customers.write("Mastodon", "Lena K.", "long ago", at=NOW - timedelta(hours=3))
    assert [each["by"] for each in world.threads()] == ["Jonas", "Lena K."]
    assert world.threads()[1]["created_at"] == (NOW - timedelta(hours=3)).isoformat()


def test_edits_and_deletions_are_seen(world: World) -> None:
    words = world.customers.write("Mastodon", "Jonas", "teh bread")
    world.customers.edit("Mastodon", words, "the bread")
    assert world.threads()[0]["edited"]
    world.customers.delete("Mastodon", words)
    assert world.threads()[0]["deleted"]


def test_a_mention_on_linkedin_is_a_post_of_theirs_which_they_change_and_delete(world: World) -> None:
    words = world.customers.write("LinkedIn", "Jonas", "Teh bread of Dock Bakery")
    world.customers.edit("LinkedIn", words, "The bread of Dock Bakery")
    assert world.threads()[0]["text"] == "The bread of Dock Bakery"
    world.customers.delete("LinkedIn", words)
    assert world.threads()[0]["deleted"]
    with pytest.raises(CannotDo, match="gone"):
        world.customers.delete("LinkedIn", words)


def test_an_edited_post_on_x_is_one_post(world: World) -> None:
    """X gives each version an id of its own."""
    words = world.customers.write("X", "Jonas", "Teh bread")
    world.customers.edit("X", words, "The bread")
    (thread,) = world.threads()
    assert (thread["text"], thread["edited"], thread["thread"]) == ("The bread", True, [])


def test_on_x_an_answer_may_leave_the_company_out(world: World) -> None:
    us = world.x.account("dockbakery")
    post = world.x.state.add_post(us, "400 loaves")
    world.x._publish(Published(world.now(), us.username, post.id, None, post.text))
    asked = world.customers.write("X", "Jonas", "Do you ship?", reply_to=post.id)
    named = world.customers.write("X", "Ona", "To Bremen?", reply_to=asked)
    unnamed = world.customers.write_unnamed("X", "Bo", "I wonder too.", reply_to=asked)
    mentions = [post.id for post in world.x.state.list_mentions(us)]
    assert named in mentions
    assert unnamed not in mentions
    assert unnamed in [each["id"] for each in world.threads()[0]["thread"]]
    with pytest.raises(CannotDo, match="Mastodon"):
        world.customers.write_unnamed("Mastodon", "Bo", "I wonder too.", reply_to=asked)


def test_what_a_network_cannot_do_is_said(world: World) -> None:
    words = world.customers.write("Bluesky", "Jonas", "teh bread")
    with pytest.raises(CannotDo, match="Nobody can change a message on Bluesky"):
        world.customers.edit("Bluesky", words, "the bread")
    with pytest.raises(CannotDo, match="gone"):
        world.customers.delete("Bluesky", "at://nobody/app.bsky.feed.post/1")
    with pytest.raises(CannotDo, match="Private messages on Instagram do not come in"):
        world.customers.write("Instagram", "Jonas", "Psst", private=True)
    for network in ("Instagram", "Facebook"):
        with pytest.raises(CannotDo, match=f"Mentions on {network} do not come in"):
            world.customers.write(network, "Jonas", "Do you ship?")
    assert len(world.threads()) == 1


@pytest.mark.parametrize(("network", "we"), [("Instagram", "@dockbakery"), ("Facebook", "Dock Bakery")])
def test_below_a_post_everybody_has_the_name_they_wrote_under(world: World, network: str, we: str) -> None:
    """Instagram shows handles: whoever goes on there would be somebody else on the page."""
    post = world.publish_on(network, "400 loaves")
    comment = world.customers.write(network, "Lena K.", "Lovely", reply_to=post)
    world.customers.write(network, "Jonas", "It is", reply_to=comment)
    (thread,) = world.threads()
    assert (thread["ours"], thread["acct"], thread["text"]) == (True, we, "400 loaves")
    assert [each["by"] for each in thread["thread"]] == ["Lena K.", "Jonas"]
    world.answer_on(network, comment, "Thank you")
    assert world.threads()[0]["thread"][-1]["acct"] == we


def test_the_audience_speaks_under_the_first_post_and_once(world: World) -> None:
    audience = story.Audience(world.customers)
    audience.look()
    assert world.threads() == []
    for text in ("first", "second"):
        world.publish(text)
        audience.look()
    spoken = {each["text"]: [said["by"] for said in each["thread"]] for each in world.threads()}
    assert spoken == {"first": ["Nora Bakes"], "second": []}


def test_what_is_said_under_the_first_post_fits_whichever_goes_first() -> None:
    """Nora wrote "400 loaves!" under the sourdough class."""
    posts = (story.BREAD, story.STOLLEN, story.CLASS, story.MORNING, story.THANKS, "An edited post")
    said = [story.answer_to(network, post) for network in story.WHO for post in posts]
    assert len(set(said)) == len(said)
    assert [words for words in said if "loaves" in words] == [story.answer_to("Mastodon", story.BREAD)]


def test_who_wrote_before_wrote_in_the_past(world: World) -> None:
    story.write_before(world.customers, NOW)
    times = [datetime.fromisoformat(each["created_at"]) for each in world.threads()]
    assert len(times) == len(story.BEFORE) + 1
    assert all(NOW - timedelta(hours=1) < at < NOW for at in times)  # the first sync relays the last hour
