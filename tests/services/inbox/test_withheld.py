"""A network that lets nobody pass on what people write: it is told that somebody wrote, and nothing of it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.conversations import Closing, Conversation, Stage
from bot.domain.inbox_refusals import CannotReply
from bot.networks.mastodon.limits import DOCUMENTED
from bot.networks.protocol import Capabilities
from bot.networks.receiving import Attachment, Author, Inbound
from bot.services.inbox import ingest, replies, triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.store.tables.core import metadata
from tests.backend import MAYA, Backend, key
from tests.inbox_messages import Inbox

SECRETS = ("Lena Kowalczyk", "lena.kow", "sourdough", "pictures.example", "a burnt loaf")


class Tells:
    """A client that tells more than its network allows."""

    capabilities: Capabilities = replace(DOCUMENTED.capabilities, may_relay=False)
    streams = ("notices",)

    def poll(self, *_: Any, **__: Any) -> Any: ...
    def thread(self, _: str) -> Any: ...
    def look(self, *_: Any) -> Any: ...

    def profile_url(self) -> str:
        return "https://network.example/company/bakery/"


@pytest.fixture
def inbox(backend: Backend) -> Inbox:
    made = Inbox(backend)
    accounts = {**backend.services.accounts, "bakery": Tells()}
    backend.services = replace(backend.services, accounts=accounts)  # type: ignore[arg-type]
    return made.synced()


def write(inbox: Inbox, **more: Any) -> Inbound:
    who = Author(
        "urn:person:lena.kow", "Lena Kowalczyk", "@lena.kow", "https://network.example/lena.kow", 9000
    )
    image = Attachment("https://pictures.example/1.jpg", "a burnt loaf")
    more = {"reference": {"by": "lena.kow"}, "language": "en", **more}
    return inbox.write("My sourdough was broken!", author=who, attachments=(image,), **more)


def find_kept(inbox: Inbox) -> set[str]:
    """Which of the secrets stand anywhere in the database."""

    def read(db: Any) -> str:
        return "".join(str(row) for table in metadata.sorted_tables for row in db.execute(select(table)))

    everything = inbox.backend.store.read(read)
    assert "network.example" in everything, "it was read at all"
    return {secret for secret in SECRETS if secret in everything}


def load_card(inbox: Inbox, conversation: Conversation) -> Any:
    return inbox.backend.services.look(conversation_queries.load_conversation_card, conversation.id)


def test_neither_words_nor_names_are_kept(inbox: Inbox) -> None:
    first = write(inbox)
    inbox.page(first)
    inbox.backend.services.do(ingest.store_thread, "bakery", [write(inbox)])
    changed = replace(first, text="My sourdough was burnt!", edited_at=inbox.now)
    inbox.backend.services.do(ingest.store_look, "bakery", {first.remote_id: changed})
    assert find_kept(inbox) == set()


def test_it_waits_until_somebody_says_that_it_is_done(inbox: Inbox) -> None:
    inbox.page(write(inbox))
    conversation = inbox.conversation
    assert (conversation.stage, conversation.waiting_since is None) == (Stage.OPEN, False)
    card = load_card(inbox, conversation)
    assert (card.first.withheld, card.first.text, card.customer.name) == (True, "", "somebody")
    assert card.first.url == "https://network.example/1"
    assert not card.takes_answers
    inbox.backend.services.do(triage.close, MAYA, conversation.id, Closing.ELSEWHERE, key())
    assert inbox.conversation.stage is Stage.DONE


def test_all_who_write_below_one_post_are_one_conversation(inbox: Inbox) -> None:
    """Nobody knows whether it was the same person: so no third message of theirs is to be looked at first."""
    for n in range(3):
        inbox.page(write(inbox, ago=3 - n))
    conversation = inbox.conversation
    assert load_card(inbox, conversation).count == 3
    assert conversation.reasons == ()
    assert not conversation.is_pressing
    inbox.page(write(inbox, thread="root-2"))
    assert len(inbox.conversations()) == 2


def test_whoever_writes_next_opens_it_again(inbox: Inbox) -> None:
    inbox.page(write(inbox))
    inbox.backend.services.do(triage.close, MAYA, inbox.conversation.id, Closing.ELSEWHERE, key())
    inbox.backend.clock.push(timedelta(minutes=30))
    inbox.page(write(inbox))
    assert inbox.conversation.stage is Stage.OPEN


def test_it_is_answered_there(inbox: Inbox) -> None:
    inbox.page(write(inbox))
    with pytest.raises(CannotReply):
        inbox.backend.services.do(
            replies.draft_reply, MAYA, inbox.conversation.id, "It is vegan!", source=("C0CUSTOMERS", "1.1")
        )
    with pytest.raises(CannotReply):
        inbox.backend.services.look(conversation_queries.load_reply_form, MAYA, inbox.conversation.id)


def test_it_stands_in_lists(inbox: Inbox) -> None:
    inbox.page(write(inbox))
    (row,) = inbox.backend.services.look(inbox_queries.list_rows, inbox.conversations())
    assert (row.withheld, row.name, row.text) == (True, "", "")


def test_other_networks_say_who_and_what(backend: Backend) -> None:
    inbox = Inbox(backend).synced()
    inbox.page(write(inbox))
    assert find_kept(inbox) == set(SECRETS)
    assert load_card(inbox, inbox.conversation).takes_answers
