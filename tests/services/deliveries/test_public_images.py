"""An image can be fetched while its network prepares it, and by nobody before or after: whatever ends it, at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.outcomes import NotSent
from bot.domain.posts import Image, Seen, Status
from bot.domain.refusals import Blocked
from bot.networks.pictures import find_misfits
from bot.networks.protocol import Capabilities, Content, Measure, NoPublicImages, PrepareFailed
from bot.networks.public_images import limit
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import image_offers, machine, overrides, public_images
from bot.services.deliveries.image_offers import OPEN_FOR
from bot.services.offering import add_windows
from bot.services.pause import pause, statements
from bot.services.posts import drafts, edit, review
from bot.services.posts.create import NewPost
from bot.services.posts.edit import Changes
from bot.services.queries import edit_form
from bot.services.unit_of_work import UnitOfWork
from bot.store import public_images as rows
from bot.store.engine.store import Store
from bot.store.tables.core import facts, images
from bot.store.tables.public_images import public_images as table
from tests.backend import ANNA, LOAF, MAYA, TOM, Backend, ManualClock, key
from tests.fetching_client import (
    DIGEST,
    PUBLIC_URL,
    FetchingClient,
    approved_with_image,
    fetch,
    make_fetching,
)
from tests.inbox_backend import InboxBackend


def to_prepare(backend: Backend, seen: Seen) -> None:
    """As far as the claim and its upload, half a minute before the slot."""
    slot = backend.post(seen).slot
    assert slot is not None
    backend.clock.set(slot - timedelta(seconds=30))
    backend.run()


def on_record(backend: Backend, what: FactKind) -> list[Any]:
    query = select(facts).where(facts.c.what == what.value).order_by(facts.c.id)
    return backend.store.read(lambda db: list(db.execute(query)))


def pause_all(backend: Backend, scope: str = ALL) -> None:
    backend.services.do_first(pause.pause, TOM, scope, "recall", key())


# --- from prepare until it has ended -----------------------------------------------------------------


def test_it_is_served_while_it_is_prepared_and_to_nobody_after(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    got: list[Any] = []
    client.meanwhile = lambda: got.append(public_images.fetch(backend.services, client.urls[-1][-43:]))
    to_prepare(backend, seen)
    (url,) = client.urls
    assert re.fullmatch(re.escape(PUBLIC_URL) + r"/media/[\w-]{43}", url, re.ASCII)
    assert [(one.media_type, one.content) for one in got] == [("image/png", LOAF)]
    assert fetch(backend, url) is None
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED
    assert fetch(backend, url) is None


def test_the_network_says_that_it_has_it(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    client.closes = True
    to_prepare(backend, seen)
    (shut,) = on_record(backend, FactKind.IMAGE_SHUT)
    assert (shut.data["why"], shut.data["fetched"]) == ("the network has it", None)
    client.images.close(client.urls[0])
    client.images.close("https://elsewhere.example/x")
    assert len(on_record(backend, FactKind.IMAGE_SHUT)) == 1


def test_each_address_is_another_and_none_of_them_stands_in_the_database(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    client.meanwhile = lambda: client.urls.append(client.images.offer(client.pictures[0]))
    to_prepare(backend, seen)
    assert len(set(client.urls)) == 2
    kept = backend.store.read(lambda db: repr([tuple(row) for row in db.execute(select(table))]))
    told = repr([row.data for row in on_record(backend, FactKind.IMAGE_OPENED)])
    assert not [url for url in client.urls if url[-43:] in kept + told]


def test_it_is_on_record_of_which_version_since_when_and_whether_it_was_fetched(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    client.meanwhile = lambda: fetch(backend, client.urls[0])
    to_prepare(backend, seen)
    (opened,), (shut,) = (on_record(backend, what) for what in (FactKind.IMAGE_OPENED, FactKind.IMAGE_SHUT))
    of_post = (f"post:{seen.post_id}", backend.post(seen).version.id)
    assert (opened.subject, opened.version_id) == (shut.subject, shut.version_id) == of_post
    assert opened.data["image"] == shut.data["image"] == DIGEST
    assert opened.data["until"] == (backend.clock.now() + OPEN_FOR).isoformat()
    assert shut.data["fetched"] == backend.clock.now().isoformat()


def test_an_upload_that_fails_shuts_it_too(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)

    def fail() -> None:
        raise PrepareFailed(NotSent("Instagram was busy"))

    client.meanwhile = fail
    to_prepare(backend, seen)
    assert len(on_record(backend, FactKind.IMAGE_SHUT)) == 1
    assert fetch(backend, client.urls[0]) is None


def test_no_picture_that_is_only_measured_is_offered(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    to_prepare(backend, seen)
    for claim in ("", "x", "nobody/1", f"{backend.delivery_id(seen)}/x"):
        with pytest.raises(PrepareFailed, match="not of anything that is to go out"):
            client.images.offer(replace(client.pictures[0], claim=claim))


# --- what ends it ------------------------------------------------------------------------------------


def kill(backend: Backend, seen: Seen) -> None:
    backend.services.do(review.kill, TOM, backend.now_seen(seen), key())


def hold(backend: Backend, seen: Seen) -> None:
    backend.services.do(review.hold, TOM, backend.now_seen(seen), key())


def change_words(backend: Backend, seen: Seen) -> None:
    changes = Changes("Rye and plum", backend.post(seen).slot)
    backend.services.do(edit.save_edit, MAYA, backend.now_seen(seen), changes, key())


def undo(backend: Backend, seen: Seen) -> None:
    backend.services.do(review.undo, TOM, backend.now_seen(seen), key())


def pause_it(backend: Backend, seen: Seen) -> None:
    pause_all(backend)


def pause_account(backend: Backend, seen: Seen) -> None:
    pause_all(backend, "bakery")


@pytest.mark.parametrize("end", [kill, hold, change_words, undo, pause_it, pause_account])
def test_it_ends_with_its_approval(backend: Backend, end: Callable[[Backend, Seen], None]) -> None:
    """And no other address is opened for what was claimed."""
    client, seen = make_fetching(backend), approved_with_image(backend)
    got: list[bytes | None] = []
    refused: list[str] = []

    def meanwhile() -> None:
        got.append(fetch(backend, client.urls[0]))
        end(backend, seen)
        got.append(fetch(backend, client.urls[0]))
        try:
            client.images.offer(client.pictures[0])
        except PrepareFailed as failed:
            refused.append(str(failed))

    client.meanwhile = meanwhile
    to_prepare(backend, seen)
    assert got == [LOAF, None]
    (why,) = refused
    assert image_offers.OVER in why
    backend.to_slot(seen)
    assert backend.published == []


def being_published(backend: Backend) -> tuple[FetchingClient, Seen]:
    """The cafe has it; the bakery's upload failed at first, and is made again at the slot."""
    client, seen = make_fetching(backend), approved_with_image(backend, accounts=("bakery", "cafe"))

    def fail() -> None:
        raise PrepareFailed(NotSent("Instagram was busy"))

    client.meanwhile = fail
    to_prepare(backend, seen)
    slot = backend.post(seen).slot
    assert slot is not None
    return client, seen


def stop_rest(backend: Backend, seen: Seen) -> None:
    backend.services.do(overrides.stop_rest, MAYA, backend.now_seen(seen), key())


@pytest.mark.parametrize("end", [stop_rest, pause_it, pause_account])
def test_it_ends_with_what_is_being_published_already(
    backend: Backend, end: Callable[[Backend, Seen], None]
) -> None:
    """A pause leaves such a claim to its begin: the address is shut all the same, for good."""
    client, seen = being_published(backend)
    got: list[bytes | None] = []

    def meanwhile() -> None:
        if backend.status(seen) is not Status.PUBLISHING:
            raise PrepareFailed(NotSent("Instagram was busy"))
        got.append(fetch(backend, client.urls[-1]))
        end(backend, seen)
        got.append(fetch(backend, client.urls[-1]))
        client.images.offer(client.pictures[-1])

    client.meanwhile = meanwhile
    backend.to_slot(seen)
    for _ in range(5):
        backend.push(minutes=1)
    assert got == [LOAF, None]
    assert backend.states(seen) == {"bakery": "dropped", "cafe": "sent"}
    assert len(backend.published) == 1


def test_a_pause_of_another_account_leaves_it_open(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    got: list[bytes | None] = []

    def meanwhile() -> None:
        pause_all(backend, "cafe")
        got.append(fetch(backend, client.urls[0]))

    client.meanwhile = meanwhile
    backend.to_slot(seen)
    assert got == [LOAF]
    assert len(backend.published) == 1


def test_a_pause_says_on_record_who_shut_it(backend: Backend) -> None:
    client, seen = being_published(backend)

    def meanwhile() -> None:
        if backend.status(seen) is not Status.PUBLISHING:
            raise PrepareFailed(NotSent("Instagram was busy"))
        pause_all(backend)

    client.meanwhile = meanwhile
    backend.to_slot(seen)
    for _ in range(5):
        backend.push(minutes=1)
    shut = [(one.who, one.data["why"]) for one in on_record(backend, FactKind.IMAGE_SHUT)]
    assert shut.count((TOM.id, "publishing was paused")) == 1


def test_a_statements_image_ends_when_somebody_pauses_again(backend: Backend) -> None:
    client = make_fetching(backend)
    approved_with_image(backend)  # keeps the image
    began = backend.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    wanted = NewPost(("bakery",), "We recall the rye.", None, images=(Image(DIGEST, "A loaf"),))
    post = backend.services.do(drafts.save_draft, MAYA, wanted, key())
    seen = Seen(post.id, 1, post.version.seen.digest)
    for person in (MAYA, ANNA):
        backend.services.do(statements.release, person, began.pause_id, seen, key())
    got: list[bytes | None] = []

    def meanwhile() -> None:
        got.append(fetch(backend, client.urls[0]))
        pause_all(backend)
        got.append(fetch(backend, client.urls[0]))
        client.images.offer(client.pictures[0])

    client.meanwhile = meanwhile
    backend.run()
    assert got == [LOAF, None]
    assert backend.published == []


@pytest.mark.parametrize("stops", [False, True])
def test_an_answers_image_ends_only_where_replies_are_stopped(
    inbox_backend: InboxBackend, stops: bool
) -> None:
    client = make_fetching(inbox_backend)
    approved_with_image(inbox_backend)  # keeps the image
    got: list[bytes | None] = []

    def meanwhile() -> None:
        done = inbox_backend.services.do_first(pause.pause, MAYA, ALL, "", key())
        if stops:
            inbox_backend.services.do(pause.stop_replies, MAYA, done.pause_id, key())
        got.append(fetch(inbox_backend, client.urls[0]))
        if stops:
            client.images.offer(client.pictures[0])

    client.meanwhile = meanwhile
    asked = inbox_backend.writes()
    inbox_backend.sent(image=(DIGEST, "A loaf"))
    inbox_backend.run()
    assert got == [None if stops else LOAF]
    assert bool(inbox_backend.got(asked)) is not stops
    (opened,) = on_record(inbox_backend, FactKind.IMAGE_OPENED)
    (shut,) = on_record(inbox_backend, FactKind.IMAGE_SHUT)
    assert opened.subject == shut.subject == f"conversation:{inbox_backend.conversation.id}"


# --- crashes, other workers, time --------------------------------------------------------------------


def claim(backend: Backend, client: FetchingClient, seen: Seen, worker: str = "worker-1") -> Any:
    """As a worker does that stops right after the address was opened."""
    slot = backend.post(seen).slot
    assert slot is not None
    backend.clock.set(max(backend.clock.now(), slot - timedelta(seconds=30)))
    (held,) = backend.services.do(machine.claim, worker)
    upload = backend.services.look(machine.upload, held)
    client.meanwhile = stop
    with pytest.raises(KeyboardInterrupt):
        upload(backend.accounts["bakery"], backend.clock.now())
    return held


def stop() -> None:
    raise KeyboardInterrupt


def test_a_crash_after_the_offer_ends_with_the_lease(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    claim(backend, client, seen)
    assert fetch(backend, client.urls[0]) == LOAF, "another process serves it as well"
    backend.clock.push(timedelta(seconds=61))
    backend.services.do(machine.recover, "worker-2")
    assert fetch(backend, client.urls[0]) is None


def test_the_next_worker_opens_its_own_and_the_last_ones_is_over(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    claim(backend, client, seen)
    stale = client.pictures[0]
    backend.clock.push(timedelta(seconds=61))
    backend.services.do(machine.recover, "worker-2")
    held = claim(backend, client, seen, "worker-2")
    assert [fetch(backend, url) for url in client.urls] == [None, LOAF]
    with pytest.raises(PrepareFailed, match="not to go out there any more"):
        client.images.offer(stale)
    backend.services.do(machine.keep_prepared, held, {})
    assert [fetch(backend, url) for url in client.urls] == [None, None]
    assert len(on_record(backend, FactKind.IMAGE_SHUT)) == 2, "what the one that stopped had left, too"


def test_it_ends_by_itself_whatever_the_lease_says(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    held = claim(backend, client, seen)
    for _ in range(39):  # ten minutes less a quarter
        backend.clock.push(timedelta(seconds=15))
        backend.services.do(machine.renew, [held], "worker-1")
    assert fetch(backend, client.urls[0]) == LOAF
    backend.clock.push(timedelta(seconds=15))
    backend.services.do(machine.renew, [held], "worker-1")
    assert fetch(backend, client.urls[0]) is None


def test_nothing_is_served_of_an_image_that_was_erased_or_changed(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    claim(backend, client, seen)
    backend.store.write(lambda db: db.execute(update(images).values(bytes=LOAF + b"x")))
    assert fetch(backend, client.urls[0]) is None
    backend.store.write(lambda db: db.execute(delete(images)))
    assert fetch(backend, client.urls[0]) is None


def test_what_is_over_is_forgotten_after_a_while(backend: Backend) -> None:
    client, seen = make_fetching(backend), approved_with_image(backend)
    claim(backend, client, seen)
    week = timedelta(days=7)
    backend.store.write(lambda db: rows.forget_ended(db, backend.clock.now() - week))
    assert fetch(backend, client.urls[0]) == LOAF
    backend.store.write(lambda db: rows.forget_ended(db, backend.clock.now() + week))
    assert backend.store.read(lambda db: db.execute(text("SELECT count(*) FROM public_images")).scalar()) == 0


# --- without an address ------------------------------------------------------------------------------


class WithoutAddress(FetchingClient):
    """As a network's client says its capabilities where there is no `public_url`."""

    needs_image = False

    @property
    def capabilities(self) -> Capabilities:
        return limit(super().capabilities, NoPublicImages(), needs_image=self.needs_image)

    def measure(self, content: Content) -> Measure:
        return Measure(1, 500, "characters", find_misfits(content, self.capabilities, "Threads"))


def test_a_post_with_an_image_is_not_approved_where_nothing_can_be_fetched(sqlite_backend: Backend) -> None:
    sqlite_backend.accounts["bakery"] = WithoutAddress(sqlite_backend.accounts["bakery"], NoPublicImages())
    with pytest.raises(Blocked, match="Threads would have to fetch the image, and Byhand has no public"):
        approved_with_image(sqlite_backend)
    (seen,) = sqlite_backend.store.read(
        lambda db: [Seen(row.id, 1) for row in db.execute(text("SELECT id FROM posts"))]
    )
    form = sqlite_backend.services.look(edit_form.load_edit_form, MAYA, seen.post_id)
    assert form is not None
    assert any("no public address" in one.sentence for one in form.objections)
    sqlite_backend.services.do(review.approve, TOM, sqlite_backend.plan(minutes=20), key())  # words alone


def test_where_every_post_needs_one_people_post_it_for_as_long_as_by_hand(sqlite_backend: Backend) -> None:
    client = WithoutAddress(sqlite_backend.accounts["bakery"], NoPublicImages())
    assert add_windows(sqlite_backend.policy, {"bakery": client}) == sqlite_backend.policy
    client.needs_image = True
    policy = add_windows(sqlite_backend.policy, {"bakery": client})
    assert policy.find_window("bakery") == timedelta(hours=2)
    assert policy.is_by_hand(("bakery",))
    assert not policy.is_by_hand(("cafe",))


# --- a pause beside an offer (PostgreSQL: transactions run side by side) -------------------------------


@pytest.fixture
def beside(postgres_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    built = Backend(postgres_store, network, clock=clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    done: list[object] = []

    def run() -> None:
        try:
            done.append(work())
        except PrepareFailed as failed:
            done.append(failed)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def held_open(backend: Backend, verb: Callable[[UnitOfWork], object]) -> Callable[[], None]:
    """Do it in a transaction that waits before its commit. Returns what lets it go on."""
    inside, go_on = threading.Event(), threading.Event()

    def wait(work: UnitOfWork) -> None:
        verb(work)
        inside.set()
        assert go_on.wait(10)

    thread = threading.Thread(target=lambda: backend.services.do(wait))
    thread.start()
    assert inside.wait(10)

    def finish() -> None:
        go_on.set()
        thread.join(10)

    return finish


def held_by_a_worker(backend: Backend) -> FetchingClient:
    """The cafe's is sent; the bakery's is claimed, and its picture loaded."""
    client, seen = being_published(backend)
    backend.to_slot(seen)
    assert backend.states(seen)["cafe"] == "sent"
    backend.clock.push(timedelta(minutes=2))  # whatever lease the first one had is over
    backend.services.do(machine.recover, "worker-2")
    (held,) = backend.services.do(machine.claim, "worker-2")
    upload = backend.services.look(machine.upload, held)
    client.meanwhile = stop
    with pytest.raises(KeyboardInterrupt):
        upload(client, backend.clock.now())
    return client


def test_an_offer_beside_a_pause_waits_and_is_refused(beside: Backend) -> None:
    client = held_by_a_worker(beside)
    finish = held_open(beside, lambda work: pause.pause(work, TOM, ALL, "recall", key()))
    thread, done = in_thread(lambda: client.images.offer(client.pictures[-1]))
    thread.join(0.3)
    assert done == [], "it waits for the pause"
    finish()
    thread.join(10)
    (failed,) = done
    assert isinstance(failed, PrepareFailed)
    assert "paused publishing at" in str(failed)


def test_a_pause_beside_an_offer_waits_and_shuts_it(beside: Backend) -> None:
    client, address = held_by_a_worker(beside), "a" * 64
    picture = client.pictures[-1]
    finish = held_open(beside, lambda work: image_offers.open_address(work, picture, address))
    thread, done = in_thread(lambda: pause_all(beside))
    thread.join(0.3)
    assert done == [], "it waits for the offer"
    finish()
    thread.join(10)
    assert len(done) == 1
    found = beside.store.read(lambda db: db.execute(select(table).where(table.c.id == address)).one())
    assert found.shut_at is not None
