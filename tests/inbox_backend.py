"""A backend with an inbox: customers write on its pretend network, and verbs relay them.

What customers write is polled by the real adapter and stored by the real verbs; the network's own thread, as its
customers see it, is the judge of what they got.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.conversations import Conversation
from bot.domain.deliveries import Delivery
from bot.domain.people import Person
from bot.domain.shown.inbox_screens import DraftView
from bot.networks.receiving import Page, Trouble, as_receiving
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.inbox import ingest, replies
from bot.services.queries import conversations as conversation_queries
from bot.store import deliveries, images
from bot.store.engine.store import Store
from bot.store.images import ImageFile
from bot.store.inbox import conversations, cursors, messages
from bot.store.inbox.cursors import Cursor
from bot.store.tables.core import facts
from bot.store.tables.inbox import conversations as conversations_table
from bot.store.tables.inbox import sends
from bot.store.tables.slack import cards, lines
from tests.backend import LOAF, MAYA, Backend, ManualClock, key, team
from tests.policy_changes import PolicyChanges

INBOX = "C0CUSTOMERS"
PRIVATE = "G0PRIVATE"
ASKED = "My order arrived broken and nobody answers."
WORDS = "Sorry, Lena! We send a new one today."
_MOMENT, _STOP = timedelta(minutes=1), timedelta(seconds=5)
_POLICY: PolicyChanges = {"inbox_channel": INBOX, "private_channel": PRIVATE}


class InboxBackend(Backend):
    """A backend with an inbox. `writes` is a customer, `poll` relays them, `drafted` and `sent` are colleagues."""

    def poll(self, account: str = "bakery") -> None:
        """Ask for everything new, as the poller does."""
        half = as_receiving(self.accounts[account])
        assert half is not None
        for stream in half.streams:
            more = True
            while more:
                known = self.store.read(lambda db: cursors.load_of_account(db, account))
                stands = known.get(stream, Cursor(stream))
                page = half.poll(stream, stands.cursor, direct=True)
                assert isinstance(page, Page), page
                self.services.do(ingest.store_page, account, stream, page, stands.version)
                more = page.more

    def writes(self, text: str = ASKED, *, name: str = "Lena K.", **more: Any) -> str:
        """A customer writes to the bakery, and it is relayed. Returns the remote id."""
        remote_id = self.network.customer_writes(name, text, to="bakery", **more)
        self.poll()
        return remote_id

    def edits(self, remote_id: str, text: str) -> None:
        self.clock.push(_MOMENT)
        self.network.customer_edits(remote_id, text)
        self._look(remote_id)

    def deletes(self, remote_id: str) -> None:
        self.network.customer_deletes(remote_id)
        self._look(remote_id)

    def _look(self, remote_id: str) -> None:
        half = as_receiving(self.accounts["bakery"])
        assert half is not None
        found = half.look(half.streams[0], [remote_id])
        assert not isinstance(found, Trouble), found
        self.services.do(ingest.store_look, "bakery", found)

    # --- colleagues ----------------------------------------------------------------------------------

    def drafted(self, text: str = WORDS, *, by: Person = MAYA, **more: Any) -> DraftView:
        """A preview, as for a message in the thread."""
        source = more.pop("source", ("C0CUSTOMERS", f"{key()}.1"))
        conversation = more.pop("conversation", None) or self.conversation
        return self.services.do(replies.draft_reply, by, conversation.id, text, source=source, **more)

    def send(
        self, draft: DraftView, *, by: Person = MAYA, click: str | None = None, **more: Any
    ) -> DraftView | None:
        """Send, pressed on that preview. A view: it met a collision."""
        return self.services.do(
            replies.send_draft, by, draft.draft_id, draft.digest[:16], click or key(), **more
        )

    def sent(self, text: str = WORDS, *, by: Person = MAYA, **more: Any) -> str:
        """Previewed and sent; not yet called. Returns the delivery's id."""
        assert self.send(self.drafted(text, by=by, **more), by=by) is None
        return self.last_delivery

    def picture(self) -> str:
        """A stored image. Returns its SHA-256."""
        about = ImageFile("a" * 64, "image/png", 640, 480, len(LOAF))
        self.store.write(lambda db: images.add(db, about, LOAF))
        return about.sha256

    # --- how it stands -------------------------------------------------------------------------------

    def conversations(self) -> list[Conversation]:
        def read(db: Any) -> list[Conversation]:
            ids = db.execute(
                select(conversations_table.c.id).order_by(conversations_table.c.number)
            ).scalars()
            return [conversation for one in ids.all() if (conversation := conversations.load(db, one))]

        return self.store.read(read)

    @property
    def conversation(self) -> Conversation:
        return self.conversations()[-1]

    @property
    def last_delivery(self) -> str:
        newest = select(sends.c.delivery_id).order_by(sends.c.id.desc()).limit(1)
        return str(self.store.read(lambda db: db.execute(newest).scalar_one()))

    def delivery(self, delivery_id: str | None = None) -> Delivery:
        found = self.store.read(lambda db: deliveries.load(db, delivery_id or self.last_delivery))
        assert found is not None
        return found

    def state(self, delivery_id: str | None = None) -> str:
        return self.delivery(delivery_id).state.key

    def got(self, remote_id: str) -> list[str]:
        """Our answers in that thread that customers can read."""
        thread = self.network.conversation(remote_id)
        return [one["text"] for one in thread if one["ours"] and not one["deleted"]]

    def ours(self) -> list[str]:
        """Our answers in the newest conversation, as Byhand keeps them."""

        def read(db: Any) -> list[str]:
            said = [
                one
                for one in messages.list_of_conversation(db, self.conversation.id)
                if one.via != "customer"
            ]
            words = messages.load_words(db, [one.id for one in said])
            return [words[one.id].text for one in said if one.deleted_at is None]

        return self.store.read(read)

    def said(self) -> list[str]:
        """The kinds of all lines in conversations' threads, in order."""
        query = select(lines.c.kind).join(cards).where(cards.c.kind == "talk")
        return list(
            self.store.read(
                lambda db: db.execute(query.order_by(lines.c.card_id, lines.c.seq)).scalars().all()
            )
        )

    def line(self, kind: str) -> dict[str, Any]:
        """The values of the last line of a kind."""
        query = select(lines.c["values"]).where(lines.c.kind == kind).order_by(lines.c.id.desc()).limit(1)
        return dict(self.store.read(lambda db: db.execute(query).scalar_one()))

    def card(self) -> Any:
        found = self.services.look(conversation_queries.load_conversation_card, self.conversation.id)
        assert found is not None
        return found

    def facts(self, what: str) -> list[Any]:
        query = select(facts).where(facts.c.what == what).order_by(facts.c.id)
        return list(self.store.read(lambda db: db.execute(query).all()))


def _open(store: Store, network: MastodonServer, clock: ManualClock) -> InboxBackend:
    built = InboxBackend(store, network, clock=clock, policy=team(**_POLICY))
    built.poll()  # the first sync
    clock.push(_MOMENT)
    return built


@pytest.fixture
def inbox_backend(store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[InboxBackend]:
    """On SQLite and on PostgreSQL in turn."""
    built = _open(store, network, clock)
    yield built
    built.worker.stop(_STOP)


@pytest.fixture
def sqlite_inbox_backend(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock
) -> Iterator[InboxBackend]:
    """The same on SQLite alone, for rules that are the same on both engines."""
    built = _open(sqlite_store, network, clock)
    yield built
    built.worker.stop(_STOP)


@pytest.fixture
def postgres_inbox_backend(
    postgres_store: Store, network: MastodonServer, clock: ManualClock
) -> Iterator[InboxBackend]:
    """The same on PostgreSQL alone, for two that work at the same time."""
    built = _open(postgres_store, network, clock)
    yield built
    built.worker.stop(_STOP)
