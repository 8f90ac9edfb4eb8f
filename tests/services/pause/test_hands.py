"""Whoever is posting by hand when publishing is paused is asked by direct message to stop: once for each pause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.domain.gate import ALL
from bot.domain.kinds import CardType
from bot.domain.people import Person, Role
from bot.domain.posts import Seen
from bot.domain.refusals import Paused
from bot.networks.drill import DrillClient
from bot.services.deliveries import by_hand, overrides, take_down
from bot.services.pause import drill as drilling
from bot.services.pause import pause
from bot.services.queries.pause import load_banner
from bot.slack.outbox.render import CardRenderer
from bot.slack.views.blocks import Message
from bot.slack.views.pause.banner import draw_banner
from bot.store.slack import cards
from bot.store.slack.cards import Card
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.services.deliveries.test_by_hand import (
    BOTH,
    STORY,
    backend,
    here,
    is_not,
    is_up,
    offered,
    open_again,
    shut,
    take,
)
from tests.slack.views.samples import PLACE

__all__ = ["backend", "here"]


def asked(backend: Backend) -> list[str]:
    """To whom such a message is written."""
    query = text("SELECT channel FROM cards WHERE kind = 'stop' ORDER BY id")
    return list(backend.store.read(lambda db: db.execute(query).scalars().all()))


def drawn(backend: Backend, *, up: bool = False) -> str | None:
    """What the only one says; None: it is not sent. `up`: it was sent before."""
    query = text("SELECT id FROM cards WHERE kind = 'stop'")
    card_id = str(backend.store.read(lambda db: db.execute(query).scalar_one()))
    card = backend.store.read(lambda db: cards.load(db, card_id))
    assert card is not None
    card = replace(card, ts="1.1") if up else card
    message = backend.services.look(CardRenderer(lambda: PLACE, lambda _sha256, _post: None).card, card)
    return None if message is None else f"{message.text} {message.blocks}"  # type: ignore[union-attr]


def find(backend: Backend) -> Card:
    found = backend.store.read(lambda db: cards.list_dirty(db, backend.clock.now()))
    return next(one for one in found if one.kind is CardType.STOP)


def in_hand(backend: Backend, accounts: tuple[str, ...] = STORY, person: Person = MAYA) -> Seen:
    seen = offered(backend, accounts)
    take(backend, person, seen)
    return seen


# --- who is asked ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [ALL, "story"])
def test_whoever_has_it_is_asked_once(backend: Backend, scope: str) -> None:
    in_hand(backend)
    shut(backend, scope)
    assert asked(backend) == ["@U0MAYA"]
    shut(backend, scope)
    assert asked(backend) == ["@U0MAYA"], "paused already: nobody is asked twice by one pause"
    told = drawn(backend) or ""
    where = "" if scope == ALL else " on Story"
    assert f"Please stop: do not post on Story. Publishing{where} is paused. <@" in told
    assert "Fresh bread at nine" in told
    assert "recall" in told


def test_the_pause_of_an_account_stops_its_posts_everywhere(here: Backend) -> None:
    in_hand(here, BOTH)
    shut(here, "sign")
    assert asked(here) == []
    shut(here, "bakery")
    assert asked(here) == ["@U0MAYA"]


def test_another_pause_asks_again(here: Backend) -> None:
    in_hand(here)
    shut(here, "story")
    shut(here)
    assert asked(here) == ["@U0MAYA"] * 2


def test_each_person_has_one_message_however_much_they_post(here: Backend) -> None:
    seen = offered(here, ("sign", "story"))
    take(here, MAYA, seen, "sign")
    take(here, MAYA, seen, "story")
    other = here.approved("Rolls at ten", accounts=("sign",))
    here.to_slot(other)
    take(here, ANNA, other, "sign")
    shut(here)
    assert sorted(asked(here)) == ["@U0ANNA", "@U0MAYA"]


def test_what_nobody_has_asks_nobody(here: Backend) -> None:
    offered(here)
    shut(here)
    assert asked(here) == []


def test_what_nobody_knows_of_is_still_theirs(here: Backend) -> None:
    in_hand(here)
    here.push(minutes=31)
    shut(here)
    assert asked(here) == ["@U0MAYA"]
    assert "Please stop" in (drawn(here) or "")


def test_what_byhand_sends_asks_nobody(here: Backend) -> None:
    seen = here.approved()
    here.to_slot(seen)
    shut(here)
    assert asked(here) == []


def test_from_the_command_line_without_a_bot(here: Backend) -> None:
    """Nothing is signed in there; the message waits for the bot."""
    in_hand(here)
    alone = replace(here.services, accounts={})
    shell = Person("cli:maya@desk", "maya", Role.MEMBER)
    pause.pause_each_at_once(alone, shell, (ALL,), "recall", key())
    assert asked(here) == ["@U0MAYA"]


def test_a_drill_asks_nobody_about_real_posts(here: Backend) -> None:
    in_hand(here)
    here.services.accounts["drill"] = DrillClient()  # type: ignore[index]
    here.services.do(drilling.start, MAYA, key())
    here.services.do(drilling.pause, MAYA, "the oven burns", key())
    assert asked(here) == []


def test_the_record_says_who_was_asked(here: Backend) -> None:
    in_hand(here)
    shut(here)
    query = text("SELECT CAST(data AS TEXT) FROM facts WHERE what = 'paused'")
    assert '"asked_to_stop": ["U0MAYA"]' in str(here.store.read(lambda db: db.execute(query).scalar_one()))


# --- in the same second ------------------------------------------------------------------------------


def test_who_presses_after_the_pause_has_nothing_to_stop(here: Backend) -> None:
    seen = offered(here, BOTH)
    shut(here)
    with pytest.raises(Paused):
        take(here, TOM, seen)
    assert asked(here) == []


def test_a_pause_that_is_not_written_asks_nobody(here: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: either both are there after a crash, or neither."""
    in_hand(here)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(pause, "_stop_posts", crash)
    with pytest.raises(RuntimeError):
        shut(here)
    assert asked(here) == []
    assert here.store.read(lambda db: db.execute(text("SELECT count(*) FROM pauses")).scalar_one()) == 0


# --- when it is not needed any more ------------------------------------------------------------------


@pytest.mark.parametrize("how", [is_not, is_up])
def test_once_it_is_said_nothing_is_sent(here: Backend, how: Callable[[Backend, Person, Seen], None]) -> None:
    seen = in_hand(here)
    shut(here)
    before = find(here).wanted
    how(here, MAYA, seen)
    assert find(here).wanted > before, "one that is up is drawn again"
    assert drawn(here) is None
    told = drawn(here, up=True) or ""
    assert "Please stop" not in told
    assert ("it is up" if how is is_up else "not posted") in told


def test_said_before_the_pause_nobody_is_asked(here: Backend) -> None:
    seen = in_hand(here)
    is_not(here, MAYA, seen)
    shut(here)
    assert asked(here) == []


def test_after_the_resume_it_is_not_sent_any_more(here: Backend) -> None:
    in_hand(here)
    shut(here)
    before = find(here).wanted
    open_again(here)
    assert find(here).wanted > before
    assert drawn(here) is None
    assert "The pause is over. Please say on the card how it went." in (drawn(here, up=True) or "")


def test_said_after_the_resume_the_message_follows(here: Backend) -> None:
    seen = in_hand(here)
    shut(here)
    open_again(here)
    before = find(here).wanted
    is_not(here, MAYA, seen)
    assert find(here).wanted > before
    assert "Nothing is left to do here" in (drawn(here, up=True) or "")


def test_taken_from_them_it_is_not_theirs(here: Backend) -> None:
    """Nobody knew; after the pause an approver has it posted again, and somebody else takes it."""
    seen = in_hand(here)
    here.push(minutes=31)
    shut(here)
    open_again(here)
    here.services.do(overrides.try_again, TOM, here.delivery_id(seen, "story"), key())
    here.run()
    here.services.do(by_hand.begin, ANNA, here.now_seen(seen), "story", key())
    assert "Nothing is left to do here" in (drawn(here, up=True) or "")


def test_the_account_left_the_settings(here: Backend) -> None:
    in_hand(here)
    shut(here)
    left = {name: each for name, each in here.services.accounts.items() if name != "story"}
    rest = {name: each for name, each in here.policy.accounts.items() if name != "story"}
    here.services = replace(here.services, accounts=left, policy=replace(here.policy, accounts=rest))
    assert "Please stop: do not post on story." in (drawn(here) or "")
    open_again(here)
    shut(here)
    assert asked(here) == ["@U0MAYA"] * 2


# --- on the message of the pause -----------------------------------------------------------------------


def banner(backend: Backend) -> str:
    """What the newest pause's message says, in words."""
    query = text("SELECT id FROM pauses ORDER BY at DESC")
    pause_id = str(backend.store.read(lambda db: db.execute(query).scalars().first()))
    view = backend.services.look(load_banner, pause_id)
    assert view is not None
    return read_words(draw_banner(view, PLACE))


def read_words(message: Message) -> str:
    """The literal words and the people of its blocks."""
    found = list[str]()

    def walk(part: object) -> None:
        if isinstance(part, dict):
            if part.get("type") == "user":
                found.append(f"@{part['user_id']}")
            elif isinstance(part.get("text"), str):
                found.append(part["text"])
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(message.blocks)
    return "".join(found)


def test_what_a_person_has_in_hand_is_not_called_a_send(here: Backend) -> None:
    seen = in_hand(here)
    shut(here)
    told = banner(here)
    assert "Not stopped: 1 post was being posted by hand" in told
    assert "Story (@U0MAYA is posting it by hand and has been asked to stop)" in told
    assert "being sent" not in told
    is_up(here, MAYA, seen)
    assert "(@U0MAYA posted it, open it and delete it there)" in banner(here)


def test_who_did_not_post_it_is_named(here: Backend) -> None:
    seen = in_hand(here)
    shut(here)
    is_not(here, MAYA, seen)
    assert "Story (@U0MAYA did not post it)" in banner(here)


@pytest.mark.parametrize("over", [False, True])
def test_what_a_person_deleted_is_not_asked_for_again(here: Backend, over: bool) -> None:
    """`over`: publishing had been resumed before the press."""
    seen = in_hand(here)
    shut(here)
    is_up(here, MAYA, seen)
    if over:
        open_again(here)
        assert "(@U0MAYA posted it)" in banner(here), "a message without buttons asks for nothing"
    here.push(minutes=1)
    here.services.do(take_down.say_deleted, TOM, here.delivery_id(seen, "story"), key())
    told = banner(here)
    assert "delete it there" not in told
    assert over or "(@U0MAYA posted it, taken down by @U0TOM" in told
