"""What is Instagram's own: containers, images it fetches, a status that names no post, lists that prove nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.outcomes import CannotTell, Found, Later, NeedsLogin, NotSent, Outcome, Refused, Sent, Unknown
from bot.networks.http import Http
from bot.networks.instagram.client import DOCUMENTED, InstagramClient, InstagramNetwork
from bot.networks.meta import lookup
from bot.networks.meta.containers import PATIENCE
from bot.networks.protocol import AccountSettings, Attempt, Content, Picture, PrepareFailed, SentBy
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.public_images import PretendPublicImages
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.instagram.state import Account, Container
from bot.sandbox.networks.server import Fault
from tests.networks.meta.scripted import Scripted, make_batch

ACCOUNT = "17840000000000001"
LOAF = make_picture("A loaf")
PLUM = make_picture("Plums", shade=90)


def now() -> datetime:
    return datetime.now(UTC)


class Here:
    """A pretend Instagram with one account, and a public address for our images."""

    def __init__(self, images: PretendPublicImages) -> None:
        self.at = now()
        self.images = images
        self.server = InstagramServer(lambda: self.at)
        self.server.add_past("dockbakery")
        self.server.start()
        self.waited = 0.0

    @property
    def account(self) -> Account:
        return self.server.account("dockbakery")

    def connect(self, token: str = "", **settings: Any) -> InstagramClient:
        token = token or self.account.token
        account = AccountSettings(
            "dock-instagram", "instagram", self.server.url, images=self.images, **settings
        )
        return InstagramClient(account, Http(self.server.url, from_settings=True), token, self.wait)

    def wait(self, seconds: float) -> None:
        self.waited += seconds

    def begin(self, content: Content, client: InstagramClient | None = None) -> Attempt:
        client = client or self.connect()
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
        assert here.server.in_addresses == [], "a token never stands in an address"
        assert images.open == [], "an image is public no longer than it takes"


Script = Callable[..., tuple[InstagramClient, Scripted]]
ME = {
    "id": "61550000000000001",
    "name": "Dock Bakery",
    "category": "Bakery",
    "instagram_business_account": {"id": ACCOUNT, "username": "dockbakery"},
}


@pytest.fixture
def scripted() -> Iterator[Script]:
    servers: list[Scripted] = []

    def script(status: int, body: Any, me: Any = ME, **settings: Any) -> tuple[InstagramClient, Scripted]:
        servers.append(Scripted(status, body, me))
        account = AccountSettings("dock-instagram", "instagram", servers[-1].url, **settings)
        http = Http(servers[-1].url, from_settings=True, whole_call=5)
        return InstagramClient(account, http, "token"), servers[-1]

    yield script
    for one in servers:
        one.end()


def payload(caption: str = "Rye", images: int = 1) -> bytes:
    kept = {"words": caption, "images": [{"sha256": "a", "alt": "A loaf"}] * images}
    to, body = [ACCOUNT, "media_publish"], {"creation_id": "17900000000000001"}
    return json.dumps({"to": to, "body": body, "kept": kept}).encode()


# --- requests ----------------------------------------------------------------------------------------


def test_the_container_holds_everything_and_publishing_names_it(here: Here) -> None:
    attempt = here.begin(Content("Fresh rye", (LOAF,)))
    (url,) = here.images.offered
    assert here.server.containers.fetched == [url]
    (container,) = here.server.state.containers.values()
    assert (container.caption, [image.alt for image in container.images]) == ("Fresh rye", ["A loaf"])
    assert container.images[0].data == LOAF.load(), "byte for byte what was approved"
    stored = json.loads(attempt.payload)
    assert stored["to"] == [ACCOUNT, "media_publish"]
    assert stored["body"] == {"creation_id": container.id}
    outcome = here.connect().publish(attempt.payload, "key", is_open)
    (line,) = here.server.ledger
    assert outcome == Sent(line.remote_id, f"https://www.instagram.com/p/{line.remote_id}/")


def test_the_request_names_the_version_and_no_token(scripted: Script) -> None:
    client, server = scripted(200, {"id": "17900000000000002"})
    assert isinstance(client.publish(payload(), "key", is_open), Sent)
    method, path, headers, body = server.asked[0]
    assert (method, path) == ("POST", f"/v27.0/{ACCOUNT}/media_publish")
    assert headers["authorization"] == "Bearer token"
    assert json.loads(body) == {"creation_id": "17900000000000001"}, "what is kept beside it is not sent"


def test_several_images_are_an_album(here: Here) -> None:
    assert isinstance(here.publish(Content("Two views", (LOAF, PLUM))), Sent)
    (post,) = here.server.timeline()
    assert (post["text"], [one["alt"] for one in post["media"]]) == ("Two views", ["A loaf", "Plums"])
    album = list(here.server.state.containers.values())[-1]
    assert (album.child, len(album.images)) == (False, 2)
    assert len(here.server.state.containers) == 3


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"error": {"message": "Oops", "code": 190}}),
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
        (400, {"error": {"message": "Instagram server error", "code": -1, "error_subcode": 2207001}}),
        (400, {"error": {"message": "We restrict certain activity", "code": 4, "error_subcode": 2207051}}),
        (400, {"error": {"message": "Something new", "code": 9999}}),
        (500, {"error": {"message": "Down", "code": 190}}),
    ],
)
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
        (9007, 2207027, Later),
        (9, 2207042, Later),
        (4, None, Later),
        (80002, None, Later),
        (24, 2207006, Refused),
        (24, 2207008, Refused),
        (25, 2207050, Refused),
        (10, None, Refused),
        (368, None, Refused),
        (190, 460, NeedsLogin),
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
        b'{"to": ["1", "media_publish"], "body": {}}',
        b'{"to": ["1", "feed"], "body": {"creation_id": "1"}}',
        b'{"to": ["1", "media_publish"], "body": {"creation_id": "1"}, "kept": 1}',
    ],
)
def test_what_cannot_be_read_is_not_sent(here: Here, stored: bytes) -> None:
    assert isinstance(here.connect().publish(stored, "key", is_open), NotSent)
    assert here.server.ledger == ()


def test_other_words_than_were_sent_are_told(here: Here) -> None:
    here.server.state.keeps_caption = str.upper
    outcome = here.publish(Content("Fresh rye", (LOAF,)))
    assert isinstance(outcome, Sent)
    assert outcome.changed == "its words are different"


def test_a_caption_that_is_told_without_its_at_signs_is_the_same(here: Here) -> None:
    attempt = here.lose(Content("With @mill and @dock", (LOAF,)))
    assert isinstance(here.connect().find(attempt), Found)
    again = here.publish(Content("With @mill again", (LOAF,)))
    assert isinstance(again, Sent)
    assert again.changed is None


# --- containers ------------------------------------------------------------------------------------


def test_a_container_is_waited_for(here: Here) -> None:
    here.server.state.unfinished = 5
    assert isinstance(here.publish(Content("Rye", (LOAF,))), Sent)
    assert here.waited == 5


def test_one_that_does_not_get_ready_is_tried_again_later(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And waited for again: no second one is made."""
    here.server.state.unfinished = 1000
    monkeypatch.setattr("bot.networks.meta.containers.PATIENCE", 0.05)
    content, client = Content("Rye", (LOAF,)), here.connect()
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(content, {}, here.at)
    assert failed.value.outcome == Later("dock-instagram is still working on the post.")
    (container,) = here.server.state.containers.values()
    container.unfinished = 0
    prepared = client.prepare(content, {**(failed.value.so_far or {}), "unfinished": True}, here.at)
    assert "unfinished" not in prepared
    assert prepared["container"] == container.id
    assert len(here.server.state.containers) == 1


def test_one_that_fails_says_why_and_another_is_made(here: Here) -> None:
    here.server.containers.fails = ["Error: Media upload has failed with error code 2207053"]
    outcome = here.why_not(Content("Rye", (LOAF,)))
    assert outcome == NotSent(
        "Instagram could not work with the post: Error: Media upload has failed with error code 2207053"
    )
    assert isinstance(here.publish(Content("Rye", (LOAF,))), Sent)


@pytest.mark.parametrize("several", [False, True])
def test_one_that_is_not_known_for_a_moment_is_waited_for(here: Here, several: bool) -> None:
    """What was just made is not known everywhere at once; Instagram says that it does not exist."""
    containers, hidden = here.server.state.containers, dict[str, Container]()
    here.server.state.unfinished = 3

    def wait(seconds: float) -> None:
        if hidden:
            containers.update(hidden)
            hidden.clear()
        elif here.waited == 0:
            hidden.update(containers)
            containers.clear()
            here.waited = 1

    here.wait = wait  # type: ignore[method-assign]
    assert isinstance(here.publish(Content("Rye", (LOAF, PLUM) if several else (LOAF,))), Sent)
    assert here.waited == 1
    assert len(containers) == (3 if several else 1), "no other one was made"


def test_one_that_stays_unknown_is_made_again(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes but while it waits: how long a call takes here does not matter."""
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("bot.networks.meta.containers.time", clock)

    def lose() -> None:
        here.server.state.containers.clear()
        clock.monotonic = lambda: PATIENCE

    here.server.state.unfinished = 1000
    here.wait = lambda seconds: lose()  # type: ignore[method-assign]
    content = Content("Rye", (LOAF,))
    with pytest.raises(PrepareFailed) as failed:
        here.connect().prepare(content, {}, here.at)
    assert failed.value.outcome == NotSent("Instagram took the post and does not have it any more")
    assert failed.value.so_far is None
    here.server.state.unfinished = 0
    assert isinstance(here.publish(content), Sent)


@pytest.mark.parametrize(("hours", "kept"), [(11, True), (13, False), (25, False)])
def test_one_that_may_have_ended_is_made_again(here: Here, hours: int, kept: bool) -> None:
    content = Content("Rye", (LOAF,))
    first = here.connect().prepare(content, {}, here.at)
    here.at += timedelta(hours=hours)
    again = here.connect().prepare(content, first, here.at)
    assert (again == first) is kept
    assert len(here.server.state.containers) == (1 if kept else 2)


@pytest.mark.parametrize("what", ["failed", "gone"])
def test_one_that_is_of_no_use_any_more_is_made_again(here: Here, what: str) -> None:
    content = Content("Rye", (LOAF,))
    first = here.connect().prepare(content, {}, here.at)
    (container,) = here.server.state.containers.values()
    container.failed = "2207053"
    if what == "gone":
        here.server.state.containers.clear()
    assert here.connect().prepare(content, first, here.at)["container"] != first["container"]


def test_one_that_is_out_is_not_made_again(here: Here) -> None:
    """A try that was thought not to have arrived: people look."""
    content = Content("Rye", (LOAF,))
    first = here.connect().prepare(content, {}, here.at)
    (container,) = here.server.state.containers.values()
    container.published = True
    assert here.why_not(content, first) == Refused(
        "Instagram says that it is out already. Look at the profile before it is sent again."
    )
    assert len(here.server.state.containers) == 1


@pytest.mark.parametrize(
    "other",
    [Content("Other", (LOAF,)), Content("Rye", (PLUM,)), Content("Rye", (LOAF, PLUM)), Content("Rye")],
)
def test_a_container_of_anything_else_is_not_published(here: Here, other: Content) -> None:
    """Exactly what was approved (promise P1)."""
    client = here.connect()
    prepared = client.prepare(Content("Rye", (LOAF,)), {}, here.at)
    outcome = client.publish(client.render(other, prepared, "key", here.at), "key", is_open)
    assert isinstance(outcome, NotSent)
    assert here.server.ledger == ()


@pytest.mark.parametrize("code", [2207003, 2207052])
def test_an_image_that_cannot_be_fetched_is_a_matter_of_our_address(scripted: Script, code: int) -> None:
    said = {
        "error": {"message": "It takes too long to download the media.", "code": -2, "error_subcode": code}
    }
    client, _ = scripted(400, said, images=PretendPublicImages())
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye", (LOAF,)), {}, now())
    assert failed.value.outcome == NotSent(
        "Instagram could not fetch the image. Whoever runs Byhand: can public_url be reached from outside?"
    )


def test_it_may_say_so_in_the_containers_status_too(here: Here) -> None:
    here.server.containers.fails = ["-2/2207003"]
    assert "can public_url be reached" in str(here.why_not(Content("Rye", (LOAF, PLUM))))


def test_no_address_no_container(here: Here) -> None:
    here.images.refuses = True
    assert here.why_not(Content("Rye", (LOAF,))) == NotSent("publishing is paused")
    assert here.server.state.containers == {}


def test_as_many_as_a_day_takes_are_out(here: Here) -> None:
    here.account.posts_a_day = 2
    for words in ("One", "Two"):
        assert isinstance(here.publish(Content(words, (LOAF,))), Sent)
    outcome = here.why_not(Content("Three", (LOAF,)))
    assert outcome == Later("Instagram takes 2 posts in 24 hours through its API, and that many are out.")
    assert len(here.server.state.containers) == 2, "nothing was made for it"
    here.at += timedelta(hours=24, minutes=1)
    assert isinstance(here.publish(Content("Three", (LOAF,))), Sent)


# --- was it published? -------------------------------------------------------------------------------


def test_refused_with_the_post_in_place_is_found(here: Here) -> None:
    here.server.containers.restricts = 1
    attempt = here.begin(Content("Rye", (LOAF,)))
    outcome = here.connect().publish(attempt.payload, "key", is_open)
    assert isinstance(outcome, Unknown), outcome
    (line,) = here.server.ledger
    found = here.connect().find(attempt)
    assert found == Found(line.remote_id, f"https://www.instagram.com/p/{line.remote_id}/")


def test_what_is_not_out_yet_is_said_and_not_called_absent(here: Here) -> None:
    attempt = here.lose(Content("Rye", (LOAF,)), Fault.CUT_BEFORE)
    for age in (timedelta(), timedelta(hours=1)):
        look = here.connect().find(replace(attempt, started_at=attempt.started_at - age))
        assert look == CannotTell(lookup.NOT_OUT.format(network="Instagram"))


def test_a_request_that_lands_late_is_waited_for(here: Here) -> None:
    attempt = here.lose(Content("Rye", (LOAF,)), Fault.LANDS_LATE)
    assert here.connect().find(attempt) == CannotTell(lookup.NOT_OUT.format(network="Instagram"))
    here.at += timedelta(minutes=3)
    assert isinstance(here.connect().find(attempt), Found)


def test_what_is_out_and_in_no_list_is_asked_about(here: Here) -> None:
    here.server.faults.order(Fault.APPEARS_LATE)
    attempt = here.lose(Content("Rye", (LOAF,)))
    assert here.connect().find(attempt) == CannotTell(lookup.OUT_BUT_WHERE.format(network="Instagram"))
    here.server.show_late()
    assert isinstance(here.connect().find(attempt), Found)


def test_of_two_that_may_be_it_a_person_says_which(here: Here) -> None:
    """One of them was put up in the app, a moment before."""
    here.server.state.add_media(here.account, "Rye")
    attempt = here.lose(Content("Rye", (LOAF,)))
    assert here.connect().find(attempt) == CannotTell(lookup.OUT_BUT_WHICH.format(network="Instagram"))


def test_without_a_status_only_its_words_can_tell(here: Here) -> None:
    """After a day the container is gone."""
    silent, spoken = here.lose(Content("", (LOAF,))), here.lose(Content("Rye", (LOAF,)))
    here.server.state.containers.clear()
    assert here.connect().find(silent) == CannotTell(lookup.NO_PROOF.format(network="Instagram"))
    assert isinstance(here.connect().find(spoken), Found)
    here.server.state.add_media(here.account, "Rye")
    assert here.connect().find(spoken) == CannotTell(lookup.SEVERAL)


@pytest.mark.parametrize("ago", [timedelta(minutes=5), timedelta(days=30)])
def test_the_same_words_from_before_are_not_ours(here: Here, ago: timedelta) -> None:
    here.server.state.add_media(here.account, "Rye", at=here.at - ago)
    attempt = here.lose(Content("Rye", (LOAF,)))
    look = here.connect().find(attempt)
    assert isinstance(look, Found)
    assert look.remote_id == here.server.ledger[-1].remote_id


def test_an_album_is_not_taken_for_an_image(here: Here) -> None:
    attempt = here.lose(Content("Rye", (LOAF, PLUM)))
    here.server.state.media[here.server.ledger[-1].remote_id].images.pop()
    assert here.connect().find(attempt) == CannotTell(lookup.OUT_BUT_WHERE.format(network="Instagram"))


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"id": 7}, {}]},
        {"data": [{"id": "7", "caption": 7, "timestamp": 7, "media_type": [], "permalink": {}}]},
        {"data": ["x"]},
        {"data": None},
        {"data": [], "error": {"code": 1, "message": "Oops"}},
        {"id": "17900000000000001", "status_code": ["PUBLISHED"]},
        {"id": "17900000000000002", "status_code": "PUBLISHED", "data": []},
        [],
        b"<html>",
    ],
)
def test_a_hostile_list_proves_nothing(scripted: Script, body: Any) -> None:
    client, _ = scripted(200, body, images=PretendPublicImages())
    assert isinstance(client.find(Attempt("key", payload(), now())), CannotTell)
    with pytest.raises(PrepareFailed):
        client.prepare(Content("Rye", (LOAF,)), {}, now())


# --- what fits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"media_type": "image/png"}, "Dock does not take PNG images. Save it as a JPEG and add it again."),
        ({"media_type": "image/webp"}, "Dock does not take WebP images. Save it as a JPEG and add it again."),
        ({"media_type": "image/gif"}, "Dock does not take GIF images. Save it as a JPEG and add it again."),
        (
            {"width": 1000, "height": 1251},
            "The image is too narrow for Dock: 1000 × 1251. Its height may be at most 1.25 times its width. Crop it.",
        ),
        (
            {"width": 1920, "height": 1005},
            "The image is too wide for Dock: 1920 × 1005. Its width may be at most 1.91 times its height. Crop it.",
        ),
        (
            {"size": 8 * 1024 * 1024},
            "Dock takes images of at most 8.4 MB; this one has 8.4 MB. Make it smaller.",
        ),
        ({"alt": "x" * 1001}, "The alt text is too long for Dock: 1,001 of 1,000 characters."),
        ({"width": 1000, "height": 1250}, None),
        ({"width": 1910, "height": 1000}, None),
        ({"size": 8 * 1024 * 1024 - 1}, None),
        ({"alt": "x" * 1000}, None),
    ],
)
def test_which_images_fit(here: Here, changes: dict[str, Any], sentence: str | None) -> None:
    picture = replace(LOAF, **changes)
    found = here.connect(title="Dock").measure(Content("Rye", (picture,)))
    if sentence is not None and "8.4 MB" in sentence:
        sentence = (
            "Dock takes images of at most 8,388,607 bytes; this one has 8,388,608 bytes. Make it smaller."
        )
    assert found.problem == sentence
    second = here.connect(title="Dock").measure(Content("Rye", (LOAF, picture)))
    assert second.problem == (sentence and f"Image 2: {sentence}")


@pytest.mark.parametrize(
    ("words", "images", "sentence"),
    [
        ("Rye", (), "Dock takes no post without an image: add one."),
        ("Rye", (LOAF,) * 11, "Dock takes at most 10 images; this post has 11 images. Leave some out."),
        ("x" * 2201, (LOAF,), "Too long for Dock: 2,201 of 2,200 characters."),
        ("#a " * 31, (LOAF,), "Dock takes at most 30 hashtags; this text has 31."),
        ("@a " * 21, (LOAF,), "Dock takes at most 20 mentions; this text has 21."),
        ("x" * 2200, (LOAF,), None),
        ("#a " * 30, (LOAF,), None),
        ("@a " * 20, (LOAF,) * 10, None),
        ("", (LOAF,), None),
    ],
)
def test_which_posts_fit(here: Here, words: str, images: tuple[Picture, ...], sentence: str | None) -> None:
    content = Content(words, images)
    assert here.connect(title="Dock").measure(content).problem == sentence
    if images and len(images) < 3:
        outcome = here.publish(content) if sentence is None else here.why_not(content)
        assert isinstance(outcome, Sent if sentence is None else Refused), outcome


@pytest.mark.parametrize(
    ("code", "subcode", "data"),
    [
        (36001, 2207005, b"\x89PNG"),
        (36000, 2207004, LOAF.load().ljust(8 * 1024 * 1024, b"\0")),
    ],
)
def test_an_image_that_it_refuses_all_the_same(here: Here, code: int, subcode: int, data: bytes) -> None:
    outcome = here.why_not(Content("Rye", (replace(LOAF, load=lambda: data),)))
    assert isinstance(outcome, Refused)
    assert outcome.code == str(code)
    assert subcode


def test_what_readers_will_see_otherwise(here: Here) -> None:
    wide = replace(PLUM, width=1910, height=1000)
    notes = (
        here.connect(title="Dock")
        .measure(Content("See https://dock.example", (LOAF, wide), warning="Food"))
        .notes
    )
    assert notes == (
        "Dock shows links as plain text: nobody can press them",
        "Dock cuts every image to the shape of the first",
        "Dock has no content warnings: people see everything straight away",
    )
    assert here.connect().measure(Content("Rye", (LOAF, replace(PLUM, width=801, height=600)))).notes == ()


def test_without_a_public_address_people_post_there(scripted: Script) -> None:
    client, _ = scripted(200, {})
    assert client.capabilities == replace(DOCUMENTED, sent_by=SentBy.PERSON)
    assert client.measure(Content("Rye", (LOAF,))).problem is None


# --- whose token, and which kind -----------------------------------------------------------------

SCOPES = [
    "instagram_content_publish",
    "instagram_basic",
    "pages_read_engagement",
    "instagram_manage_comments",
    "instagram_manage_contents",
]


def test_check_says_who_and_what_it_cannot_see(here: Here) -> None:
    health = here.connect().check()
    assert (health.ok, health.identity, health.account_id, health.lacks) == (True, "@dockbakery", ACCOUNT, ())
    assert health.sentence == (
        "Signed in as @dockbakery. Facebook does not say whether “Dock tools” is open to the public "
        "(“Live”). If it is not, only people with a role in that app see your posts: look at the first one signed out."
    )
    assert here.connect(handle="@dockbakery").profile_url() == "https://www.instagram.com/dockbakery"


def test_a_persons_token_is_of_the_wrong_kind(here: Here) -> None:
    """With it, lists are empty without an error."""
    client = here.connect(here.account.user_token)
    assert client.check().sentence == (
        "Instagram refuses the token (it is not a Page's own token). Take the Page's own: ask Facebook for "
        "/me/accounts with the person's token, and copy its access_token."
    )
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye", (LOAF,)), {}, now())
    assert isinstance(failed.value.outcome, NeedsLogin)
    look = client.find(Attempt("key", payload(), now()))
    assert look == CannotTell("it is not a Page's own token"), "its empty list is no answer"


def test_a_page_without_a_professional_account(here: Here) -> None:
    here.account.linked = False
    health = here.connect().check()
    assert not health.ok
    assert health.sentence == (
        "Instagram refuses the token (no professional Instagram account is linked to the Page dockbakery (Page)). In "
        "Instagram's settings make the account a Business or Creator account, and link it to the Page."
    )
    assert isinstance(here.why_not(Content("Rye", (LOAF,))), NeedsLogin)


@pytest.mark.parametrize("linked", [{"id": ""}, {"id": "../me"}, {"id": ["7"]}, "17", None, 17])
def test_a_page_that_names_no_account_of_ours(scripted: Script, linked: Any) -> None:
    client, _ = scripted(200, {"data": []}, me={**ME, "instagram_business_account": linked})
    assert isinstance(client.who(), NeedsLogin)


@pytest.mark.parametrize(
    ("said", "ok", "words"),
    [
        ({"type": "USER"}, False, "This is a person's token, and not the Page's own. Take the Page's own:"),
        ({"scopes": SCOPES[1:]}, False, "The token lacks instagram_content_publish: nothing can be published."),
        ({"scopes": []}, False, "The token lacks pages_read_engagement:"),
        ({"is_valid": False, "error": {"code": 190, "message": "No role", "subcode": 492}}, False,
         "(No role). The person who made the token lost their role"),
        ({"expires_at": 1_800_000_000}, True, "The token ends on 15 Jan 2027."),
    ],
)  # fmt: skip
def test_what_check_says_of_a_token(scripted: Script, said: dict[str, Any], ok: bool, words: str) -> None:
    client, server = scripted(200, make_batch(**{"scopes": SCOPES, **said}))
    health = client.check()
    assert (health.ok, health.account_id) == (ok, ACCOUNT)
    assert words in health.sentence
    assert "token=" not in "".join(path for _, path, _, _ in server.asked)


def test_check_lists_what_posts_can_do_without(scripted: Script) -> None:
    client, _ = scripted(200, make_batch(SCOPES[:3]))
    assert [sentence.partition(" Give")[0] for sentence in client.check().lacks] == [
        "The token lacks instagram_manage_comments: comments do not come in and cannot be answered.",
        "The token lacks instagram_manage_contents: somebody has to delete posts on Instagram by hand.",
    ]


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
        InstagramNetwork().open(AccountSettings("a", "instagram", "", **settings), None)  # type: ignore[arg-type]


def test_without_a_server_in_the_settings_it_is_metas_own() -> None:
    account = AccountSettings("a", "instagram", "", secrets={"TOKEN": "t"})
    client = InstagramNetwork().open(account, None)  # type: ignore[arg-type]
    assert isinstance(client, InstagramClient)
    assert client._graph._http.server == "https://graph.facebook.com"


# --- taking down -------------------------------------------------------------------------------------


def test_a_take_down_without_the_right_says_what_to_do(here: Here) -> None:
    sent = here.publish(Content("Rye", (LOAF,)))
    assert isinstance(sent, Sent)
    here.account.scopes.discard("instagram_manage_contents")
    refused = here.connect().delete(sent.remote_id)
    assert isinstance(refused, Refused)
    assert refused.reason == (
        "The token may not delete it: it lacks instagram_manage_contents, for comments instagram_manage_comments. "
        "Delete it on Instagram."
    )
    assert not here.server.timeline()[0]["deleted"]


def test_what_is_gone_is_believed_of_the_pages_own_token_only(scripted: Script) -> None:
    gone = {"error": {"message": "does not exist", "code": 100, "error_subcode": 33}}
    assert scripted(400, gone)[0].delete("17") == Sent("17")
    assert isinstance(scripted(400, gone, me={"id": "1022"})[0].delete("17"), Refused)


@pytest.mark.parametrize("body", [{"success": False}, {}, [], b"<html>", {"success": "true"}])
def test_a_delete_that_is_not_confirmed_is_unknown(scripted: Script, body: Any) -> None:
    assert isinstance(scripted(200, body)[0].delete("17"), Unknown)
