"""What is said happened, happened: the History of a post, whose act brought it where it stands, who paused again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.outcomes import CannotTell, NotSent, Refused, Unknown
from bot.domain.people import Role
from bot.domain.posts import Image, Seen, Status
from bot.domain.refusals import NotFrom
from bot.domain.shown.post_screens import PausedAgain, PostCard
from bot.services.deliveries import overrides, take_down
from bot.services.images.image_checks import StoredImage
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import create, edit, review, rights
from bot.services.posts.edit import Changes
from bot.services.queries import history
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from tests.backend import ANNA, LOAF, MAYA, TOM, Backend, key, team
from tests.failing_client import make_failing

TWO = ("bakery", "cafe")
NAMES: Mapping[str | None, str] = {
    MAYA.id: "Maya",
    TOM.id: "Tom",
    ANNA.id: "Anna",
    None: "-",
    "cli:maya@desk": "desk",
}


@pytest.fixture
def known(backend: Backend) -> Backend:
    """People whose names Slack has said."""
    moment = backend.clock.now()
    team_of_three = [KnownPerson(each.id, each.name, Role.MEMBER, None, moment) for each in (MAYA, TOM, ANNA)]

    def remember(db: Connection) -> None:
        for one in team_of_three:
            people.remember(db, one)

    backend.store.write(remember)
    return backend


def told(backend: Backend, seen: Seen) -> list[str]:
    """ "Maya: Changed the text." """
    return [
        f"{NAMES[line.who]}: {line.words}"
        for line in backend.services.look(history.list_history, seen.post_id)
    ]


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(post_queries.load_card, seen.post_id)
    assert found is not None
    return found


def with_pictures(backend: Backend) -> Seen:
    """For two accounts, with words of its own for one of them, and two pictures."""
    for digest in ("a" * 64, "b" * 64):
        backend.services.do(create.keep_image, StoredImage(digest, "image/png", 640, 480, len(LOAF), LOAF))
    images = (Image("a" * 64, "A laof"), Image("b" * 64, "A roll"))
    wanted = create.NewPost(TWO, "Fresh bread", backend.clock.now() + timedelta(minutes=20), images=images)
    return Seen(backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id).id, 1)


# --- History -----------------------------------------------------------------------------------------


def test_a_day_in_sentences(known: Backend) -> None:
    """Seen: "everything said yes", "begun", "begun", "outcome", "outcome"."""
    seen = known.in_review(accounts=TWO)
    known.services.do(review.approve, TOM, seen, key())
    make_failing(known, "cafe").answers["publish"] = Refused("Your account is limited")
    known.to_slot(seen)
    known.services.do(take_down.take_down, TOM, known.delivery_id(seen), key())
    known.push(seconds=1)
    lines = told(known, seen)
    assert lines[:2] == [
        "-: Posted its card and asked for a decision.",
        "Tom: Approved it.",
    ]
    assert set(lines[2:6]) == {
        "-: Began to send it to Bakery.",
        "-: Published it on Bakery.",
        "-: Began to send it to Cafe.",
        "-: Cafe refused it: “Your account is limited”",
    }
    assert lines[6:] == [
        "-: The post is published.",
        "Tom: Asked to take it down from Bakery.",
        "Tom: Took it down from Bakery.",
    ]


def test_what_was_published_is_linked(known: Backend) -> None:
    seen = known.approved(accounts=TWO)
    known.to_slot(seen)
    lines = known.services.look(history.list_history, seen.post_id)
    linked = {line.words: line.links for line in lines if line.links}
    urls = {one.account: one.url for one in card(known, seen).deliveries}
    assert linked == {
        "Published it on Bakery.": (("view the post", urls["bakery"]),),
        "Published it on Cafe.": (("view the post", urls["cafe"]),),
    }


def edited(backend: Backend) -> Seen:
    seen = backend.approved()
    slot = backend.post(seen).slot
    backend.services.do(edit.save_edit, MAYA, seen, Changes("Other words", slot=slot), key())
    return seen


def held_and_killed_and_brought_back(backend: Backend) -> Seen:
    seen = backend.in_review()
    backend.services.do(review.hold, MAYA, seen, key(), reason="the photo")
    backend.services.do(review.kill, TOM, seen, key())
    backend.services.do(review.bring_back, ANNA, seen, key())
    return seen


def moved(backend: Backend) -> Seen:
    seen = backend.in_review()
    backend.services.do(review.move, MAYA, seen, backend.clock.now() + timedelta(hours=3), key())
    return seen


def off_hold(backend: Backend) -> Seen:
    """Seen: "Moved it from 13:59 to 13:59"."""
    seen = backend.in_review()
    slot = backend.post(seen).slot
    assert slot is not None
    backend.services.do(review.hold, TOM, seen, key())
    backend.services.do(review.move, MAYA, backend.now_seen(seen), slot, key())
    return seen


def edited_by_its_approver(backend: Backend) -> Seen:
    """Seen: "Tom: Ended the approval of Tom"."""
    seen = backend.approved()
    slot = backend.post(seen).slot
    backend.services.do(edit.save_edit, TOM, seen, Changes("Other words", slot=slot), key())
    return seen


def paused_once_it_was_gone(backend: Backend) -> Seen:
    seen = backend.approved()
    backend.to_slot(seen)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    backend.push(seconds=1)
    backend.push(minutes=1)
    backend.services.do(pausing.pause, MAYA, ALL, "too late for it", key())
    assert not [line for line in told(backend, seen) if "aused" in line], "it stopped nothing of this post"
    return seen


def taken_back(backend: Backend) -> Seen:
    seen = backend.approved()
    backend.services.do(review.undo, ANNA, seen, key())
    backend.services.do(review.approve, TOM, seen, key())
    backend.services.do(review.undo, TOM, seen, key())
    return seen


def lost(backend: Backend) -> Seen:
    seen = backend.approved()
    gone = KnownPerson(TOM.id, "Tom", Role.GUEST, None, backend.clock.now())
    backend.store.write(lambda db: people.remember(db, gone))
    rights.end_lost_approvals(backend.services)
    return seen


def undecided(backend: Backend) -> Seen:
    seen = backend.in_review()
    for minutes in (6, 10, 5):
        backend.push(minutes=minutes)
    return seen


def away(backend: Backend) -> Seen:
    make_failing(backend).answers["publish"] = NotSent("no route")
    seen = backend.approved()
    backend.to_slot(seen)
    backend.services.do(overrides.stop_rest, MAYA, seen, key())
    return seen


def unclear(backend: Backend) -> Seen:
    stubborn = make_failing(backend)
    stubborn.answers |= {"publish": Unknown("The server answered 500"), "find": CannotTell("no list")}
    seen = backend.approved()
    backend.to_slot(seen)
    for _ in range(20):
        backend.push(minutes=1)
    backend.services.do(overrides.confirm_sent, MAYA, backend.delivery_id(seen), key())
    return seen


def paused_twice(backend: Backend) -> Seen:
    seen = backend.in_review()
    backend.clock.push(timedelta(seconds=1))
    backend.services.do(pausing.pause, MAYA, "bakery", "recall news", key())
    backend.services.do(pausing.pause, TOM, "bakery", "and a second", key())
    backend.services.do(resuming.resume, TOM, "bakery", 2, {}, key())
    backend.services.do(pausing.pause, MAYA, "cafe", "of another account", key())
    return seen


def posted_now(backend: Backend) -> Seen:
    seen = backend.in_review()
    backend.services.do(review.post_now, TOM, seen, key())
    return seen


SAID: dict[Callable[[Backend], Seen], tuple[str, ...]] = {
    edited: ("Maya: Ended the approval of Tom.", "Maya: Changed the text. It now says: “Other words”"),
    held_and_killed_and_brought_back: (
        "Maya: Put it on hold: “the photo”", "Tom: Killed it.", "Anna: Brought it back.",
    ),
    moved: ("Maya: Moved it from 09:20 to 12:00.",),
    off_hold: ("Maya: Took it off hold; its time is still 09:20.",),
    edited_by_its_approver: ("Tom: Ended their own approval.",),
    paused_once_it_was_gone: (),
    taken_back: (
        "Anna: Took back the approval of Tom.", "Tom: Approved it.", "Tom: Took the approval back.",
    ),
    lost: ("-: The approval of Tom no longer counts: not a full member any more.",),
    undecided: ("-: Reminded.", "-: Reminded for the last time.", "-: It missed its slot: nobody decided."),
    away: (
        "-: Not sent to Bakery yet: “Bakery could not be reached at 09:20 (no route)”",
        "Maya: Stopped it on Bakery.",
        "Maya: Stopped what had not been sent yet.",
        "-: The post is not published.",
    ),
    unclear: (
        "-: Bakery gave no clear answer: “The server answered 500”",
        "-: Looked at Bakery: that did not tell.",
        "Maya: Looked at Bakery and said that it is there.",
    ),
    paused_twice: (
        "Maya: Paused publishing on Bakery: “recall news”",
        "Tom: Paused publishing on Bakery again: “and a second”",
        "Tom: Resumed publishing on Bakery.",
    ),
    posted_now: ("Tom: Pressed Post now.",),
}  # fmt: skip


@pytest.mark.parametrize("what", SAID, ids=lambda what: what.__name__)
def test_sentences(known: Backend, what: Callable[[Backend], Seen]) -> None:
    lines = told(known, what(known))
    missing = [line for line in SAID[what] if line not in lines]
    assert missing == [], lines
    assert not [line for line in lines if "another account" in line]
    written = text("SELECT DISTINCT what FROM facts WHERE subject LIKE 'post:%' OR subject LIKE 'gate:%'")
    kinds = set(known.store.read(lambda db: db.execute(written).scalars().all()))
    assert kinds - set(history._SENTENCES) == set(), "what only a fact's own name says is no sentence"


def test_a_history_holds_every_pause_that_stopped_the_post(known: Backend) -> None:
    """It left out that of an account the post was to go to until somebody left that out, and that which was on when
    the post was written."""
    known.services.do(pausing.pause, MAYA, "bakery", "no flour", key())
    known.push(minutes=1)
    seen = known.in_review(accounts=TWO)
    known.services.do(pausing.pause, TOM, "cafe", "closed", key())
    known.services.do(edit.publish_without, MAYA, seen, "cafe", key())
    lines = [line for line in told(known, seen) if "Paused" in line]
    assert lines == [
        "Maya: Paused publishing on Bakery: “no flour”", "Tom: Paused publishing on Cafe: “closed”",
    ]  # fmt: skip


def test_a_long_history_keeps_its_newest(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    for _ in range(3):
        sqlite_backend.clock.push(timedelta(seconds=1))
        sqlite_backend.services.do(review.approve, TOM, seen, key())
        sqlite_backend.clock.push(timedelta(seconds=1))
        sqlite_backend.services.do(review.undo, TOM, seen, key())
    whole = sqlite_backend.services.look(history.list_history, seen.post_id)
    assert list(whole) == sorted(whole, key=lambda line: line.at)
    assert sqlite_backend.services.look(history.list_history, seen.post_id, 2) == whole[-2:]
    assert sqlite_backend.services.look(history.list_history, "nothing") == ()


# --- an edit says all it changed -----------------------------------------------------------------------


def test_an_edit_names_all_it_changed(sqlite_backend: Backend) -> None:
    """Seen: text and alt text were changed, and the card said "changed the text"."""
    seen = with_pictures(sqlite_backend)
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    changes = Changes(
        "Fresher bread", sqlite_backend.post(seen).slot, {"cafe": "Only for the café"},
        {"a" * 64: "A loaf"}, label="Winter", note="",
    )  # fmt: skip
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, changes, key())
    ended = card(sqlite_backend, seen).ended
    assert ended is not None
    assert ended.what == "changed the text, the text for Cafe, an alt text and the label"
    assert ended.diff == (
        ("-", "Fresh bread"), ("+", "Fresher bread"), ("+", "Cafe: Only for the café"),
        ("-", "Alt text 1: A laof"), ("+", "Alt text 1: A loaf"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            Changes("Fresh bread", None, alts={"a" * 64: "A loaf", "b" * 64: "One roll"}),
            "changed 2 alt texts",
        ),
        (Changes("Fresh bread", None, note="Photo by Ina"), "changed the note"),
        (Changes("Fresh bread", None, {"bakery": "For us"}), "changed the text for Bakery"),
    ],
)
def test_one_change_is_named_as_it_is(sqlite_backend: Backend, changes: Changes, what: str) -> None:
    seen = with_pictures(sqlite_backend)
    slot = sqlite_backend.post(seen).slot
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, Changes(**{**vars(changes), "slot": slot}), key())
    assert told(sqlite_backend, seen)[-1] == f"Maya: {what[:1].upper()}{what[1:]}."


def test_a_new_time_in_the_dialog_is_a_move(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    later = sqlite_backend.clock.now() + timedelta(hours=3)
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, Changes("Other words", later), key())
    assert "Maya: Changed the text, and picked a new time. It now says: “Other words”" in told(
        sqlite_backend, seen
    )
    came = card(sqlite_backend, seen).arrival
    assert came is not None
    assert (came.how, came.by, came.was) == (FactKind.MOVED, MAYA.id, Status.APPROVED)


# --- whose act brought it here -------------------------------------------------------------------------


def test_what_was_brought_back_was_held_by_nobody(sqlite_backend: Backend) -> None:
    """Seen: "On hold, Held by Tom", who had brought it back."""
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(review.kill, MAYA, seen, key())
    sqlite_backend.clock.push(timedelta(hours=1))
    sqlite_backend.services.do(review.bring_back, TOM, seen, key())
    assert sqlite_backend.status(seen) is Status.HELD
    came = card(sqlite_backend, seen).arrival
    assert came is not None
    assert (came.how, came.by) == (FactKind.BROUGHT_BACK, TOM.id)
    with pytest.raises(NotFrom) as refused:
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert refused.value.sentence.endswith(
        "It was brought back by a colleague at 10:00 and needs a new time."
    )
    sqlite_backend.services.do(review.move, TOM, seen, sqlite_backend.clock.now() + timedelta(hours=1), key())
    sqlite_backend.services.do(review.hold, MAYA, sqlite_backend.now_seen(seen), key(), reason="the photo")
    came = card(sqlite_backend, seen).arrival
    assert came is not None
    assert (came.how, came.by) == (FactKind.HELD, MAYA.id)


def test_a_moved_card_says_who_from_where_and_why_and_leads_to_its_old_thread(
    sqlite_backend: Backend,
) -> None:
    """Seen: a new card without a word of who moved it, and the talk below the old one was lost."""
    seen = undecided(sqlite_backend)
    up = text("UPDATE cards SET ts = '17.1', channel = 'C0SOCIAL' WHERE subject = :id AND current")
    sqlite_backend.store.write(lambda db: db.execute(up, {"id": seen.post_id}))
    old = sqlite_backend.post(seen).slot
    sqlite_backend.services.do(
        review.move, MAYA, seen, sqlite_backend.clock.now() + timedelta(minutes=20), key()
    )
    shown = card(sqlite_backend, seen)
    assert shown.arrival is not None
    assert (shown.arrival.how, shown.arrival.by, shown.arrival.slot) == (FactKind.MOVED, MAYA.id, old)
    assert (shown.arrival.was, shown.arrival.why) == (Status.MISSED, "nobody decided")
    assert shown.before == ("C0SOCIAL", "17.1")


# --- a second pause ------------------------------------------------------------------------------------


def test_the_reason_of_a_second_pause_is_on_the_banner(sqlite_backend: Backend) -> None:
    """Seen: it counted, and nobody could read it anywhere."""
    first = sqlite_backend.services.do(pausing.pause, MAYA, ALL, "recall news", key())
    sqlite_backend.clock.push(timedelta(minutes=5))
    wanted = text("SELECT wanted FROM cards WHERE subject = :of")
    before = sqlite_backend.store.read(lambda db: db.execute(wanted, {"of": first.pause_id}).scalar_one())
    sqlite_backend.services.do(pausing.pause, TOM, ALL, "and a second", key())
    again = (PausedAgain(TOM.id, sqlite_backend.clock.now(), "and a second"),)
    banner = sqlite_backend.services.look(pause_queries.load_banner, first.pause_id)
    assert banner is not None
    assert banner.again == again
    assert [gate.again for gate in sqlite_backend.services.look(post_queries.list_shut_gates)] == [again]
    after = sqlite_backend.store.read(lambda db: db.execute(wanted, {"of": first.pause_id}).scalar_one())
    assert after > before, "it is drawn again"


def test_a_second_pause_without_a_reason_changes_nothing_that_is_shown(sqlite_backend: Backend) -> None:
    """Seen: "Nothing changed", privately, and "Paused again by Tom" on the pinned message."""
    first = sqlite_backend.services.do(pausing.pause, MAYA, ALL, "recall news", key())
    before = sqlite_backend.services.look(pause_queries.load_banner, first.pause_id)
    sqlite_backend.services.do(pausing.pause, TOM, ALL, "", key())
    assert sqlite_backend.services.look(pause_queries.load_banner, first.pause_id) == before
    form = sqlite_backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    assert form.epoch == 2, "an open Resume is refused"


def test_a_pause_anew_begins_without_older_reasons(sqlite_backend: Backend) -> None:
    paused_twice(sqlite_backend)
    sqlite_backend.clock.push(timedelta(minutes=5))
    done = sqlite_backend.services.do(pausing.pause, MAYA, "bakery", "anew", key())
    banner = sqlite_backend.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert banner.again == ()


def test_history_names_the_policy_of_today(known: Backend) -> None:
    """An account that left the settings is called by the name it has left."""
    seen = known.approved(accounts=TWO)
    known.to_slot(seen)
    without = {name: one for name, one in team().accounts.items() if name == "bakery"}
    after = Backend(known.store, known.network, known.clock, team(accounts=without), "worker-2")
    assert "-: Published it on cafe." in told(after, seen)
