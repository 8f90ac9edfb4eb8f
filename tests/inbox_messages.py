"""What tests of the inbox say: messages as a network hands them over, and what was made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Unpack

from sqlalchemy import select

from bot.domain.conversations import Conversation, Kind, Stage
from bot.domain.policy import Policy
from bot.networks.receiving import NOTICES, OWN, Author, Inbound, Page
from bot.services.inbox import ingest
from bot.store.inbox import conversations, cursors, messages
from bot.store.inbox.messages import Message
from bot.store.tables.core import deliveries, facts
from bot.store.tables.inbox import conversations as conversations_table
from bot.store.tables.slack import cards, lines
from tests.backend import Backend, team
from tests.policy_changes import PolicyChanges

INBOX = "C0CUSTOMERS"
PRIVATE = "C0PRIVATE"
US = "us"
_numbers = count(1000)


def inbox_team(**changes: Unpack[PolicyChanges]) -> Policy:
    inbox: PolicyChanges = {
        "inbox_channel": INBOX,
        "private_channel": PRIVATE,
        "look_first": ("broken", "refund"),
    }
    return team(**inbox | changes)


@dataclass
class Inbox:
    """Receiving on one account, its pages written by hand."""

    backend: Backend
    account: str = "bakery"
    pages: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        policy = replace(inbox_team(), accounts=self.backend.policy.accounts)
        self.backend.services = replace(self.backend.services, policy=policy)
        self.backend.worker = self.backend.new_worker(self.backend.worker_name)

    @property
    def now(self) -> datetime:
        return self.backend.clock.now()

    def synced(self) -> Inbox:
        """An account whose first sync is long over."""
        for stream in (NOTICES, OWN):
            self.page(stream=stream)
        self.backend.clock.push(timedelta(hours=2))
        return self

    # --- what the network says ------------------------------------------------------------------------

    def write(self, text: str = "Is the shop open today?", *, by: str = "lena", **more: Any) -> Inbound:
        """A customer's comment below post "root-1", just now; `ago` minutes ago."""
        ago = timedelta(minutes=more.pop("ago", 0))
        kind = more.pop("kind", Kind.COMMENT)
        values: dict[str, Any] = {
            "remote_id": f"m{next(_numbers)}", "own": False, "kind": kind, "text": text,
            "at": self.now - ago, "url": "https://network.example/1",
            "thread": "private" if kind is Kind.DIRECT else "root-1",
            "parent_id": "root-1", "root_is_ours": kind is Kind.COMMENT, "visibility": "public",
            "author": Author(by, by.title(), f"@{by}@far.example", followers=more.pop("followers", 12)),
        }  # fmt: skip
        return Inbound(**values | more)

    def answer(self, to: Inbound, text: str = "Yes, until six!", **more: Any) -> Inbound:
        """Our own, given in the network's app."""
        author = Author(US, "Dock Bakery", "@bakery")
        return self.write(
            text, own=True, author=author, parent_id=to.remote_id, thread=to.thread, kind=to.kind, **more
        )

    def page(self, *found: Inbound, stream: str = NOTICES, **more: Any) -> int:
        """One page, stored; the cursor moves."""
        page = Page(found, f"cursor-{next(self.pages)}", **more)
        return self.backend.services.do(ingest.store_page, self.account, stream, page, self.version(stream))

    def own(self, *found: Inbound) -> int:
        return self.page(*found, stream=OWN)

    def version(self, stream: str = NOTICES) -> int:
        found = self.backend.store.read(lambda db: cursors.load_of_account(db, self.account))
        return found[stream].version if stream in found else 0

    # --- what was made of it --------------------------------------------------------------------------

    def conversations(self) -> list[Conversation]:
        def read(db: Any) -> list[Conversation]:
            ids = db.execute(select(conversations_table.c.id).order_by("number")).scalars().all()
            found = [conversations.load(db, one) for one in ids]
            return [one for one in found if one]

        return self.backend.store.read(read)

    @property
    def conversation(self) -> Conversation:
        (only,) = self.conversations()
        return only

    def stages(self) -> list[Stage]:
        return [conversation.stage for conversation in self.conversations()]

    def messages(self, conversation: Conversation | None = None) -> list[Message]:
        wanted = (conversation or self.conversation).id
        return self.backend.store.read(lambda db: messages.list_of_conversation(db, wanted))

    def texts(self, conversation: Conversation | None = None) -> list[str]:
        found = self.messages(conversation)
        words = self.backend.store.read(lambda db: messages.load_words(db, [one.id for one in found]))
        return [words[one.id].text for one in found]

    def cards(self, kind: str = "talk") -> list[Any]:
        query = select(cards).where(cards.c.kind == kind).order_by(cards.c.created_at, cards.c.id)
        return list(self.backend.store.read(lambda db: db.execute(query).all()))

    def lines(self, kind: str = "talk") -> list[tuple[str, dict[str, Any]]]:
        """(kind, values) of the lines in threads of these cards."""
        query = select(lines.c.kind, lines.c["values"]).join(cards).where(cards.c.kind == kind)
        rows = self.backend.store.read(
            lambda db: db.execute(query.order_by(lines.c.card_id, lines.c.seq)).all()
        )
        return [(row[0], row[1]) for row in rows]

    def line_kinds(self, kind: str = "talk") -> list[str]:
        return [name for name, _ in self.lines(kind)]

    def facts(self, what: str) -> list[Any]:
        query = select(facts).where(facts.c.what == what).order_by(facts.c.id)
        return list(self.backend.store.read(lambda db: db.execute(query).all()))

    def set_owner(self, owner: str) -> None:
        self.save(replace(self.conversation, owner=owner, owner_since=self.now))

    def save(self, conversation: Conversation) -> None:
        self.backend.store.write(lambda db: conversations.save(db, conversation))

    def posted(self, root: str = "root-1") -> str:
        """A post of ours that is `root` on the network. Returns its id."""
        seen = self.backend.approved("Winter drive")
        self.backend.to_slot(seen)
        known = deliveries.c.post_id == seen.post_id
        self.backend.store.write(
            lambda db: db.execute(deliveries.update().where(known).values(remote_id=root))
        )
        return seen.post_id


def texts(found: Sequence[Inbound]) -> list[str]:
    return [one.text for one in found]
