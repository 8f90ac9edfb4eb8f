"""What is Threads' own: containers of words too, images it fetches, emoji counted by bytes, code 24, a day's limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.domain.outcomes import CannotTell, Found, Later, NeedsLogin, NotSent, Outcome, Refused, Sent, Unknown
from bot.networks.http import Http
from bot.networks.meta import lookup
from bot.networks.protocol import AccountSettings, Attempt, Content, NoPublicImages, Picture, PrepareFailed
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.public_images import PretendPublicImages
from bot.networks.testing.publishing import is_open
from bot.networks.threads.client import DOCUMENTED, ThreadsClient, ThreadsNetwork
from bot.networks.threads.counting import count
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.threads.server import ThreadsServer
from bot.sandbox.networks.threads.state import Account
from tests.networks.meta.scripted import Scripted

ACCOUNT = "26000000000000001"
LOAF = make_picture("A loaf")
PLUM = make_picture("Plums", shade=90)
RYE = Content("Fresh rye")


def now() -> datetime:
    return datetime.now(UTC)


class Here:
    """A pretend Threads with one account, and a public address for our images."""

    def __init__(self, images: PretendPublicImages) -> None:
        self.at = now()
        self.images = images
        self.server = ThreadsServer(lambda: self.at)
        self.server.add_past("dockbakery")
        self.server.start()
        self.waited = 0.0

    @property
    def account(self) -> Account:
        return self.server.account("dockbakery")

    def connect(self, token: str = "", **settings: Any) -> ThreadsClient:
        given = {"images": self.images, **settings}
        account = AccountSettings("dock-threads", "threads", self.server.url, **given)
        http = Http(self.server.url, from_settings=True)
        return ThreadsClient(account, http, token or self.account.token, self.wait)

    def wait(self, seconds: float) -> None:
        self.waited += seconds

    def begin(self, content: Content) -> Attempt:
        client = self.connect()
        prepared = client.prepare(content, {}, self.at)
        return Attempt("key", client.render(content, prepared, "key", self.at), self.at)

    def publish(self, content: Content) -> Outcome:
        return self.connect().publish(self.begin(content).payload, "key", is_open)

    def lose(self, content: Content, fault: Fault = Fault.LOST_ANSWER) -> Attempt:
        attempt = self.begin(content)
        self.server.faults.order(fault)
        assert isinstance(self.connect().publish(attempt.payload, "key", is_open), Unknown)
        return attempt

    def why_not(self, content: Content, prepared: dict[str, Any] | None = None) -> Outcome:
        with pytest.raises(PrepareFailed) as failed:
            self.connect().prepare(content, prepared or {}, self.at)
        return failed.value.outcome


@pytest.fixture
def here() -> Iterator[Here]:
    with PretendPublicImages().serve() as images:
        here = Here(images)
        yield here
        here.server.stop()
        assert here.server.in_addresses == [], "only where it is documented stands a token in an address"
        assert images.open == [], "an image is public no longer than it takes"
        assert not any("auto_publish_text" in body for body in here.server.containers.bodies)
        assert not any("reply_control" in body for body in here.server.containers.bodies)
        assert not any("enable_reply_approvals" in body for body in here.server.containers.bodies)


Script = Callable[..., tuple[ThreadsClient, Scripted]]
ME = {"id": ACCOUNT, "username": "dockbakery"}


@pytest.fixture
def scripted() -> Iterator[Script]:
    servers: list[Scripted] = []

    def script(status: int, body: Any, me: Any = ME, **settings: Any) -> tuple[ThreadsClient, Scripted]:
        servers.append(Scripted(status, body, me))
        account = AccountSettings("dock-threads", "threads", servers[-1].url, **settings)
        http = Http(servers[-1].url, from_settings=True, whole_call=5)
        return ThreadsClient(account, http, "token"), servers[-1]

    yield script
    for one in servers:
        one.end()


def payload(text: str = "Rye", images: int = 0) -> bytes:
    kept = {"words": text, "images": [{"sha256": "a", "alt": "A loaf"}] * images}
    to, body = [ACCOUNT, "threads_publish"], {"creation_id": "18000000000000001"}
    return json.dumps({"to": to, "body": body, "kept": kept}).encode()


# --- requests ----------------------------------------------------------------------------------------


def test_words_alone_are_a_container_too(here: Here) -> None:
    """Published in one step, a lost answer would leave nothing to ask about."""
    attempt = here.begin(RYE)
    (container,) = here.server.state.containers.values()
    assert here.server.containers.bodies == [{"media_type": "TEXT", "text": "Fresh rye"}]
    assert here.server.timeline() == []
    stored = json.loads(attempt.payload)
    assert stored["to"] == [ACCOUNT, "threads_publish"]
    assert stored["body"] == {"creation_id": container.id}
    outcome = here.connect().publish(attempt.payload, "key", is_open)
    (line,) = here.server.ledger
    assert line.remote_id != container.id, "the post has an id of its own"
    assert outcome == Sent(line.remote_id, f"https://www.threads.com/@dockbakery/post/{line.remote_id}")


def test_the_request_names_the_version_and_no_token(scripted: Script) -> None:
    client, server = scripted(200, {"id": "18000000000000002"})
    assert isinstance(client.publish(payload(), "key", is_open), Sent)
    method, path, headers, body = server.asked[0]
    assert (method, path) == ("POST", f"/v1.0/{ACCOUNT}/threads_publish")
    assert headers["authorization"] == "Bearer token"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode()) == {"creation_id": ["18000000000000001"]}, "what is kept is not sent"


def test_an_image_is_fetched_byte_for_byte(here: Here) -> None:
    assert isinstance(here.publish(Content("Rye", (LOAF,))), Sent)
    (url,) = here.images.offered
    assert here.server.containers.bodies == [
        {"media_type": "IMAGE", "image_url": url, "alt_text": "A loaf", "text": "Rye"}
    ]
    (container,) = here.server.state.containers.values()
    assert container.images[0].data == LOAF.load()


def test_several_images_are_a_carousel(here: Here) -> None:
    assert isinstance(here.publish(Content("Two views", (LOAF, PLUM))), Sent)
    (post,) = here.server.timeline()
    assert (post["text"], [one["alt"] for one in post["media"]]) == ("Two views", ["A loaf", "Plums"])
    first, second, carousel = here.server.containers.bodies
    assert first["is_carousel_item"] == second["is_carousel_item"] == "true"
    made = list(here.server.state.containers)
    assert carousel == {"media_type": "CAROUSEL", "children": f"{made[0]},{made[1]}", "text": "Two views"}


NO_POST = [
    (200, {"error": {"message": "Oops", "code": 190}}),
    (200, {"error": {"message": "Media Not Found", "code": 24, "error_subcode": 4279009}}),
    (200, {"id": "17", "error": {"message": "Oops", "code": 1}}),
    (200, {"success": True}),
    (200, {"id": ""}),
    (200, {"id": "../../me"}),
    (200, {"id": True}),
    (200, []),
    (200, b"<html>Welcome</html>"),
    (302, b""),
    (400, b"<html>Bad</html>"),
    (400, {"error": {"message": "An unknown error", "code": 1, "is_transient": True}}),
    (400, {"error": {"message": "Service temporarily unavailable", "code": 2}}),
    (400, {"error": {"message": "Something new", "code": 9999}}),
    (500, {"error": {"message": "Down", "code": 190}}),
    (500, {"error": {"message": "Media Not Found", "code": 24, "error_subcode": 4279009}}),
]


@pytest.mark.parametrize(("status", "body"), NO_POST)
def test_what_names_no_post_is_unknown(scripted: Script, status: int, body: Any) -> None:
    client, _ = scripted(status, body)
    assert isinstance(client.publish(payload(), "key", is_open), Unknown)


@pytest.mark.parametrize("remote_id", [2**70, str(2**70), f"17_{2**70}"])
def test_an_id_may_be_longer_than_64_bits(scripted: Script, remote_id: object) -> None:
    client, _ = scripted(200, {"id": remote_id})
    outcome = client.publish(payload(), "key", is_open)
    assert isinstance(outcome, Sent)
    assert outcome.remote_id == str(remote_id)


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (24, 4279009, Later),
        (24, None, Later),
        (4, None, Later),
        (613, None, Later),
        (80006, None, Later),
        (10, None, Refused),
        (368, None, Refused),
        (100, None, Refused),
        (190, 463, NeedsLogin),
    ],
)
def test_what_a_refusal_to_publish_means(
    scripted: Script, code: int, subcode: int | None, expected: type
) -> None:
    error = {"message": "No", "code": code, **({"error_subcode": subcode} if subcode else {})}
    client, _ = scripted(400, {"error": error})
    assert isinstance(client.publish(payload(), "key", is_open), expected)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"[]",
        b"{}",
        b'{"to": ["1", "threads_publish"], "body": {}}',
        b'{"to": ["1", "threads"], "body": {"creation_id": "1"}}',
        b'{"to": ["1", "threads_publish"], "body": {"creation_id": "1"}, "kept": 1}',
    ],
)
def test_what_cannot_be_read_is_not_sent(here: Here, stored: bytes) -> None:
    assert isinstance(here.connect().publish(stored, "key", is_open), NotSent)
    assert here.server.ledger == ()


def test_other_words_than_were_sent_are_told(here: Here) -> None:
    here.server.state.keeps_text = str.upper
    outcome = here.publish(RYE)
    assert isinstance(outcome, Sent)
    assert outcome.changed == "its words are different"


def test_a_topic_that_is_told_without_its_sign_is_the_same(here: Here) -> None:
    here.server.state.keeps_text = lambda written: written.replace("#", "", 1)
    outcome = here.publish(Content("Fresh #rye"))
    assert isinstance(outcome, Sent)
    assert outcome.changed is None
    assert isinstance(here.connect().find(here.lose(Content("More #rye"))), Found)


# --- containers ------------------------------------------------------------------------------------


def test_published_too_early_nothing_is_out_and_it_goes_out_with_a_later_try(here: Here) -> None:
    attempt = here.begin(RYE)
    here.server.containers.too_early = 2
    for _ in range(2):
        outcome = here.connect().publish(attempt.payload, "key", is_open)
        assert outcome == Later("Threads is not ready with it yet.")
    assert here.server.ledger == ()
    assert isinstance(here.connect().publish(attempt.payload, "key", is_open), Sent)


def test_a_container_is_waited_for(here: Here) -> None:
    here.server.state.unfinished_images = 10
    assert isinstance(here.publish(Content("Rye", (LOAF,))), Sent)
    assert here.waited == 30


def test_one_that_does_not_get_ready_is_tried_again_later(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.server.state.unfinished = 1000
    monkeypatch.setattr("bot.networks.meta.containers.PATIENCE", 0.05)
    assert here.why_not(RYE) == Later("dock-threads is still working on the post.")
    assert here.server.ledger == ()


def test_one_that_fails_says_why_and_another_is_made(here: Here) -> None:
    here.server.containers.fails = ["UNKNOWN"]
    outcome = here.why_not(Content("Rye", (LOAF,)))
    assert outcome == NotSent("Threads could not work with the post: UNKNOWN")
    assert isinstance(here.publish(Content("Rye", (LOAF,))), Sent)


@pytest.mark.parametrize("what", ["failed", "gone", "ended"])
def test_one_that_is_of_no_use_any_more_is_made_again(here: Here, what: str) -> None:
    first = here.connect().prepare(RYE, {}, here.at)
    (container,) = here.server.state.containers.values()
    if what == "failed":
        container.failed = "UNKNOWN"
    elif what == "gone":
        here.server.state.containers.clear()
    else:
        here.at += timedelta(hours=25)
    assert here.connect().prepare(RYE, first, here.at)["container"] != first["container"]


def test_one_that_is_out_is_not_made_again(here: Here) -> None:
    """A try that was thought not to have arrived: people look."""
    first = here.connect().prepare(RYE, {}, here.at)
    (container,) = here.server.state.containers.values()
    container.published = True
    assert here.why_not(RYE, first) == Refused(
        "Threads says that it is out already. Look at the profile before it is sent again."
    )
    assert len(here.server.state.containers) == 1


@pytest.mark.parametrize("other", [Content("Other"), Content("Fresh rye", (LOAF,))])
def test_a_container_of_anything_else_is_not_published(here: Here, other: Content) -> None:
    """Exactly what was approved (promise P1)."""
    client = here.connect()
    prepared = client.prepare(RYE, {}, here.at)
    outcome = client.publish(client.render(other, prepared, "key", here.at), "key", is_open)
    assert isinstance(outcome, NotSent)
    assert here.server.ledger == ()


def test_an_image_that_cannot_be_fetched_is_a_matter_of_our_address(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here.images, "offer", lambda _picture: "ftp://nowhere.example/x")
    assert here.why_not(Content("Rye", (LOAF,))) == NotSent(
        "Threads could not fetch the image. Whoever runs Byhand: can public_url be reached from outside?"
    )


def test_no_address_no_container(here: Here) -> None:
    here.images.refuses = True
    assert here.why_not(Content("Rye", (LOAF,))) == NotSent("publishing is paused")
    assert here.server.state.containers == {}


def test_as_many_as_a_day_takes_are_out(here: Here) -> None:
    here.account.posts_a_day = 2
    for words in ("One", "Two"):
        assert isinstance(here.publish(Content(words)), Sent)
    outcome = here.why_not(Content("Three"))
    assert outcome == Later("Threads takes 2 posts in 24 hours through its API, and that many are out.")
    assert len(here.server.state.containers) == 2, "nothing was made for it"
    here.at += timedelta(hours=24, minutes=1)
    assert isinstance(here.publish(Content("Three")), Sent)


# --- was it published? -------------------------------------------------------------------------------


def test_what_is_not_out_yet_is_said_and_not_called_absent(here: Here) -> None:
    attempt = here.lose(RYE, Fault.CUT_BEFORE)
    for age in (timedelta(), timedelta(hours=1)):
        look = here.connect().find(replace(attempt, started_at=attempt.started_at - age))
        assert look == CannotTell(lookup.NOT_OUT.format(network="Threads"))


def test_a_request_that_lands_late_is_waited_for(here: Here) -> None:
    attempt = here.lose(RYE, Fault.LANDS_LATE)
    assert here.connect().find(attempt) == CannotTell(lookup.NOT_OUT.format(network="Threads"))
    here.at += timedelta(minutes=3)
    assert isinstance(here.connect().find(attempt), Found)


def test_what_is_out_and_in_no_list_is_asked_about(here: Here) -> None:
    here.server.faults.order(Fault.APPEARS_LATE)
    attempt = here.lose(RYE)
    assert here.connect().find(attempt) == CannotTell(lookup.OUT_BUT_WHERE.format(network="Threads"))
    here.server.show_late()
    assert isinstance(here.connect().find(attempt), Found)


def test_of_two_that_may_be_it_a_person_says_which(here: Here) -> None:
    """One container that was named twice, say."""
    attempt = here.lose(RYE)
    here.connect().publish(attempt.payload, "key", is_open)
    assert here.connect().find(attempt) == CannotTell(lookup.OUT_BUT_WHICH.format(network="Threads"))


def test_without_a_status_only_its_words_can_tell(here: Here) -> None:
    silent, spoken = here.lose(Content("", (LOAF,))), here.lose(RYE)
    here.server.state.containers.clear()
    assert here.connect().find(silent) == CannotTell(lookup.NO_PROOF.format(network="Threads"))
    assert isinstance(here.connect().find(spoken), Found)


@pytest.mark.parametrize("ago", [timedelta(minutes=5), timedelta(days=30)])
def test_the_same_words_from_before_are_not_ours(here: Here, ago: timedelta) -> None:
    here.server.state.add_post(here.account, RYE.text, at=here.at - ago)
    look = here.connect().find(here.lose(RYE))
    assert isinstance(look, Found)
    assert look.remote_id == here.server.ledger[-1].remote_id


def test_a_carousel_is_not_taken_for_an_image(here: Here) -> None:
    attempt = here.lose(Content("Rye", (LOAF, PLUM)))
    here.server.state.posts[here.server.ledger[-1].remote_id].images.pop()
    assert here.connect().find(attempt) == CannotTell(lookup.OUT_BUT_WHERE.format(network="Threads"))


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"id": 7}, {}]},
        {"data": [{"id": "7", "text": 7, "timestamp": 7, "media_type": [], "permalink": {}}]},
        {"data": ["x"]},
        {"data": None},
        {"data": [], "error": {"code": 1, "message": "Oops"}},
        {"id": "18000000000000001", "status": ["PUBLISHED"]},
        {"id": "18000000000000002", "status": "PUBLISHED", "data": []},
        [],
        b"<html>",
    ],
)
def test_a_hostile_list_proves_nothing(scripted: Script, body: Any) -> None:
    client, _ = scripted(200, body)
    assert isinstance(client.find(Attempt("key", payload(), now())), CannotTell)
    with pytest.raises(PrepareFailed):
        client.prepare(RYE, {}, now())


# --- what fits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("rye", 3),
        ("Brötchen", 8),
        ("焼きたて", 4),
        ("🥐", 4),
        ("👩‍🍳", 11),
        ("🇩🇪", 8),
        ("1️⃣ 2", 9),
        ("❤️", 6),
        ("#1 & 2 *", 8),
    ],
)
def test_an_emoji_counts_as_its_bytes(words: str, length: int) -> None:
    assert count(words) == length


@pytest.mark.parametrize("unit", ["x", "ß", "🥐", "👩‍🍳"])
def test_texts_at_the_limit(here: Here, unit: str) -> None:
    """One below, at, and one over."""
    client, many = here.connect(title="Dock"), 500 // count(unit)
    for length in (499, 500, 501):
        words = unit * (many - 1)
        content = Content(words + "x" * (length - count(words)))
        fits = length <= 500
        measure = client.measure(content)
        assert (measure.length, measure.problem is None) == (length, fits)
        outcome = here.publish(content) if fits else here.why_not(content)
        assert isinstance(outcome, Sent if fits else Refused), outcome


def test_a_text_too_long_says_how_it_is_counted(here: Here) -> None:
    client = here.connect(title="Dock")
    assert client.measure(Content("x" * 501)).problem == "Too long for Dock: 501 of 500 characters."
    crowded = client.measure(Content("🥐" * 126))
    assert crowded.problem == "Too long for Dock: 504 of 500 characters, an emoji counts as several."
    assert crowded.unit == "characters, an emoji counts as several"


@pytest.mark.parametrize(
    ("words", "images", "sentence"),
    [
        ("", (), "There is no text or image."),
        ("Rye", (LOAF,) * 21, "Dock takes at most 20 images; this post has 21 images. Leave some out."),
        (" ".join(f"https://dock.example/{n}" for n in range(6)), (), "Dock takes at most 5 links; this text has 6."),
        (" ".join(f"https://dock.example/{n}" for n in range(5)), (), None),
        ("https://dock.example/rye " * 6, (), None),
        ("Rye", (LOAF,) * 20, None),
        ("", (LOAF,), None),
    ],
)  # fmt: skip
def test_which_posts_fit(here: Here, words: str, images: tuple[Picture, ...], sentence: str | None) -> None:
    content = Content(words, images)
    found = here.connect(title="Dock").measure(content).problem
    assert found == sentence
    if words and len(images) < 3:
        outcome = here.publish(content) if sentence is None else here.why_not(content)
        assert isinstance(outcome, Sent if sentence is None else Refused), outcome


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"media_type": "image/webp"}, "Dock does not take WebP images"),
        ({"media_type": "image/gif"}, "Dock does not take GIF images"),
        ({"media_type": "image/heic"}, "Dock does not take HEIC images"),
        ({"width": 100, "height": 1001}, "The image is too narrow for Dock"),
        ({"width": 1001, "height": 100}, "The image is too wide for Dock"),
        (
            {"size": 8_000_001},
            "Dock takes images of at most 8,000,000 bytes; this one has 8,000,001 bytes. Make it smaller.",
        ),
        ({"alt": "x" * 1001}, "The alt text is too long for Dock: 1,001 of 1,000 characters."),
        ({"media_type": "image/png"}, None),
        ({"width": 100, "height": 1000}, None),
        ({"size": 8_000_000}, None),
        ({"alt": "x" * 1000}, None),
    ],
)
def test_which_images_fit(here: Here, changes: dict[str, Any], sentence: str | None) -> None:
    found = here.connect(title="Dock").measure(Content("Rye", (replace(LOAF, **changes),))).problem
    assert (found is None) is (sentence is None)
    assert sentence is None or sentence in str(found)


@pytest.mark.parametrize("data", [b"GIF89a", LOAF.load().ljust(8_000_001, b"\0")])
def test_an_image_that_it_refuses_all_the_same(here: Here, data: bytes) -> None:
    outcome = here.why_not(Content("Rye", (replace(LOAF, load=lambda: data),)))
    assert isinstance(outcome, Refused)


def test_what_readers_will_see_otherwise(here: Here) -> None:
    client = here.connect(title="Dock")
    assert client.measure(Content("See https://dock.example/rye", warning="Food")).notes == (
        "Dock shows a card of https://dock.example/rye below the text",
        "Dock has no content warnings: people see everything straight away",
    )
    assert client.measure(Content("See https://dock.example/rye", (LOAF,))).notes == (), "an image, no card"


def test_without_a_public_address_it_takes_text_alone(here: Here) -> None:
    client = here.connect(title="Dock", images=NoPublicImages())
    assert client.capabilities == replace(DOCUMENTED, max_pictures=0)
    assert client.measure(RYE).problem is None
    assert client.measure(Content("Rye", (LOAF,))).problem == (
        "Dock would have to fetch the image, and Byhand has no public address for that. Leave it out, or ask whoever "
        "runs Byhand to set public_url."
    )
    prepared = client.prepare(RYE, {}, here.at)
    assert isinstance(client.publish(client.render(RYE, prepared, "key", here.at), "key", is_open), Sent)


# --- whose token, and which kind -----------------------------------------------------------------


def test_check_says_who_and_what_it_cannot_see(here: Here) -> None:
    here.server.ends_at = 1_800_000_000
    health = here.connect().check()
    assert (health.ok, health.identity, health.account_id, health.lacks) == (True, "@dockbakery", ACCOUNT, ())
    assert health.sentence == (
        "Signed in as @dockbakery. The token ends on 15 Jan 2027. Threads does not say whether “Dock tools” is open to "
        "the public (“Live”). If it is not, only people with a role in that app see your posts: look at the first one "
        "signed out."
    )
    assert here.connect(handle="@dockbakery").profile_url() == "https://www.threads.com/@dockbakery"


@pytest.mark.parametrize(
    ("lacking", "kind", "words"),
    [
        ({"threads_content_publish"}, "USER", "The token lacks threads_content_publish: nothing can be published."),
        (set(), "APP", "This is not a Threads account's token."),
    ],
)  # fmt: skip
def test_a_token_that_is_of_no_use(here: Here, lacking: set[str], kind: str, words: str) -> None:
    here.account.scopes -= lacking
    here.server.token_kind = kind
    health = here.connect().check()
    assert not health.ok
    assert words in health.sentence


def test_check_lists_what_posts_can_do_without(here: Here) -> None:
    here.account.scopes = {"threads_basic", "threads_content_publish"}
    assert [sentence.partition(" Give")[0] for sentence in here.connect().check().lacks] == [
        "The token lacks threads_read_replies: replies do not come in.",
        "The token lacks threads_manage_replies: replies cannot be answered.",
        "The token lacks threads_manage_mentions: mentions do not come in and cannot be answered.",
        "The token lacks threads_delete: somebody has to delete posts on Threads by hand.",
    ]


def test_a_token_that_ended_is_said(here: Here) -> None:
    here.server.revoke("dockbakery")
    health = here.connect().check()
    assert not health.ok
    assert "Set a new BYHAND_DOCK_THREADS_TOKEN." in health.sentence


def test_a_token_that_cannot_be_asked_about_is_no_failure(scripted: Script) -> None:
    """Who it is, is known by then."""
    health = scripted(200, b"<html>")[0].check()
    assert health.ok
    assert health.lacks[0].startswith("Threads did not say what the token may do: ")


@pytest.mark.parametrize(
    ("handle", "ok"), [("dockbakery", True), ("@DockBakery", True), (ACCOUNT, True), ("pier", False)]
)
def test_the_handle_says_whose_it_should_be(here: Here, handle: str, ok: bool) -> None:
    health = here.connect(handle=handle).check()
    assert health.ok is ok
    assert ok or health.sentence == f"The token belongs to @dockbakery ({ACCOUNT}), not to pier."


@pytest.mark.parametrize(
    ("settings", "words"),
    [({}, "token of a is empty"), ({"secrets": {"TOKEN": "t"}, "visibility": "public"}, "has no visibility")],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ThreadsNetwork().open(AccountSettings("a", "threads", "", **settings), None)  # type: ignore[arg-type]


def test_without_a_server_in_the_settings_it_is_threads_own() -> None:
    account = AccountSettings("a", "threads", "", secrets={"TOKEN": "t"})
    client = ThreadsNetwork().open(account, None)  # type: ignore[arg-type]
    assert isinstance(client, ThreadsClient)
    assert client._graph._http.server == "https://graph.threads.net"


# --- taking down -------------------------------------------------------------------------------------


def test_a_take_down_without_the_right_says_what_to_do(here: Here) -> None:
    sent = here.publish(RYE)
    assert isinstance(sent, Sent)
    here.account.scopes.discard("threads_delete")
    refused = here.connect().delete(sent.remote_id)
    assert isinstance(refused, Refused)
    assert refused.reason == "The token may not delete on Threads: it lacks threads_delete. Delete it there."
    assert not here.server.timeline()[0]["deleted"]


def test_after_as_many_as_a_day_takes_a_take_down_waits(here: Here) -> None:
    here.account.deletes_a_day = 1
    first, second = here.publish(Content("One")), here.publish(Content("Two"))
    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert isinstance(here.connect().delete(first.remote_id), Sent)
    assert isinstance(here.connect().delete(second.remote_id), Later)
    here.at += timedelta(hours=24, minutes=1)
    assert isinstance(here.connect().delete(second.remote_id), Sent)


GONE = {"error": {"message": "does not exist", "code": 100, "error_subcode": 33}}
NOT_FOUND = {"error": {"message": "The requested resource does not exist", "code": 24}}


@pytest.mark.parametrize("said", [GONE, NOT_FOUND])
def test_what_is_gone_is_believed_of_a_known_token_only(scripted: Script, said: Any) -> None:
    """Threads may say the same of what a token may not see."""
    assert scripted(400, said)[0].delete("18") == Sent("18")
    assert not isinstance(scripted(400, said, me=GONE)[0].delete("18"), Sent)


@pytest.mark.parametrize("body", [{"success": False}, {}, [], b"<html>", {"success": "true"}])
def test_a_delete_that_is_not_confirmed_is_unknown(scripted: Script, body: Any) -> None:
    assert isinstance(scripted(200, body)[0].delete("18"), Unknown)


def test_a_delete_of_something_else_is_unknown(scripted: Script) -> None:
    assert scripted(200, {"success": True})[0].delete("18") == Sent("18")
    assert isinstance(scripted(200, {"success": True, "deleted_id": "19"})[0].delete("18"), Unknown)
