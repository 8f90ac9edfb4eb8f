"""Publishing without an account, and Edit that puts it back: a change of what is published, like any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.people import Person
from bot.domain.posts import AndThen, Seen, Status
from bot.domain.refusals import (
    AuthorMayNotApprove,
    FieldErrors,
    NotFrom,
    NothingToSend,
    Outdated,
    Paused,
    Refusal,
    SavedMeanwhile,
)
from bot.domain.shown.edit_form import LeftOutView
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import overrides
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import history
from bot.services.queries import posts as post_queries
from bot.services.queries.edit_form import load_edit_form
from tests.backend import ANNA, MAYA, TOM, Backend, key

BOTH = ("bakery", "cafe")
WORDS = "Fresh bread at nine"


def without(backend: Backend, seen: Seen, account: str = "cafe", by: Person = MAYA) -> Seen:
    backend.services.do(edit.publish_without, by, seen, account, key())
    return backend.now_seen(seen)


def put_back(
    backend: Backend,
    seen: Seen,
    *accounts: str,
    by: Person = MAYA,
    and_then: AndThen = AndThen.SAVE,
    **typed: object,
) -> None:
    changes = replace(Changes(WORDS, backend.post(seen).slot, back=accounts or ("cafe",)), **typed)  # type: ignore[arg-type]  # tests say what was typed
    backend.services.do(edit.save_edit, by, seen, changes, key(), and_then=and_then)


def left_out(backend: Backend, seen: Seen) -> tuple[LeftOutView, ...]:
    form = backend.services.look(load_edit_form, MAYA, seen.post_id)
    assert form is not None
    return form.left_out


def titles(backend: Backend, seen: Seen) -> tuple[str, ...]:
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    return card.left_out


def test_an_account_comes_back_at_its_place_and_needs_a_new_approval(backend: Backend) -> None:
    """Seen: what was published without an account could never go there again."""
    seen = backend.in_review(accounts=BOTH)
    assert left_out(backend, seen) == ()
    now = without(backend, seen, "bakery")
    backend.services.do(review.approve, TOM, now, key())
    assert [(one.name, one.title, one.by) for one in left_out(backend, seen)] == [
        ("bakery", "Bakery", MAYA.id)
    ]
    assert titles(backend, seen) == ("Bakery",)
    put_back(backend, now, "bakery")
    post = backend.post(seen)
    assert (post.version.body.accounts, post.status, post.version.seq) == (BOTH, Status.REVIEW, 3)
    assert (left_out(backend, seen), titles(backend, seen)) == ((), ())
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.ended is not None
    assert (card.ended.what, card.ended.whose) == ("put back Bakery", (TOM.id,))
    told = [line.words for line in backend.services.look(history.list_history, seen.post_id)]
    assert "Put back Bakery." in told
    backend.to_slot(seen)
    backend.push(minutes=1)
    assert backend.published == [], "the approval was of a post to one account"


def test_it_goes_out_once_on_each(backend: Backend) -> None:
    seen = backend.approved(accounts=BOTH)
    now = without(backend, seen)
    backend.services.do(review.approve, TOM, now, key())
    assert backend.states(seen)["cafe"] == "dropped"
    put_back(backend, now)
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    assert backend.states(seen) == {"bakery": "ready", "cafe": "ready"}
    backend.to_slot(seen)
    backend.push(minutes=2)
    assert backend.status(seen) is Status.PUBLISHED
    assert backend.published == [WORDS, WORDS]


def test_its_own_words_come_back_with_it(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review(accounts=BOTH)
    slot = sqlite_backend.post(seen).slot
    own = Changes(WORDS, slot, {"cafe": "Cake at nine"})
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, own, key())
    now = without(sqlite_backend, sqlite_backend.now_seen(seen))
    assert [one.text for one in left_out(sqlite_backend, seen)] == ["Cake at nine"]
    put_back(sqlite_backend, now, text="Rolls at nine", variants={"cafe": "Cake at nine"})
    body = sqlite_backend.post(seen).version.body
    assert (body.text, body.variants) == ("Rolls at nine", {"cafe": "Cake at nine"})


def test_words_of_an_account_that_stays_out_are_none(sqlite_backend: Backend) -> None:
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    changes = Changes(WORDS, sqlite_backend.post(now).slot, {"cafe": "Cake"}, label="Winter")
    sqlite_backend.services.do(edit.save_edit, MAYA, now, changes, key())
    assert sqlite_backend.post(now).version.body.variants == {}


def test_what_does_not_fit_there_is_told_under_its_field(sqlite_backend: Backend) -> None:
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    with pytest.raises(FieldErrors) as refused:
        put_back(sqlite_backend, now, variants={"cafe": "x" * 501})
    assert set(refused.value.fields) == {"variant:cafe"}
    assert sqlite_backend.post(now).version.body.accounts == ("bakery",)


def test_a_whole_edit_is_told_as_one(sqlite_backend: Backend) -> None:
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    later = sqlite_backend.clock.now() + timedelta(minutes=25)
    put_back(sqlite_backend, now, text="Rolls at nine", slot=later)
    told = [line.words for line in sqlite_backend.services.look(history.list_history, now.post_id)]
    assert "Changed the text, put back Cafe, and picked a new time. It now says: “Rolls at nine”" in told


# --- while something else happens ----------------------------------------------------------------------


def test_a_paused_account_may_come_back_and_the_post_waits_with_it(backend: Backend) -> None:
    now = without(backend, backend.in_review(accounts=BOTH))
    backend.services.do_first(pausing.pause, MAYA, "cafe", "", key())
    (cafe,) = left_out(backend, now)
    assert cafe.gate is not None
    put_back(backend, now)
    with pytest.raises(Paused):
        backend.services.do(review.approve, TOM, backend.now_seen(now), key())
    backend.to_slot(now)
    assert backend.published == []


def test_nobody_approves_in_the_same_breath_what_is_paused_there(sqlite_backend: Backend) -> None:
    """The gate of the account that comes back is asked, though the post had nothing to do with it a moment ago."""
    services = sqlite_backend.services
    sqlite_backend.services = replace(services, policy=replace(services.policy, author_may_approve=True))
    sqlite_backend.worker = sqlite_backend.new_worker("worker-1")
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    sqlite_backend.services.do_first(pausing.pause, MAYA, "cafe", "", key())
    with pytest.raises(Paused):
        put_back(sqlite_backend, now, by=TOM, and_then=AndThen.APPROVE)
    assert sqlite_backend.post(now).version.body.accounts == ("bakery",)
    sqlite_backend.services.do(resuming.resume, TOM, "cafe", 1, {}, key())
    put_back(sqlite_backend, now, by=TOM, and_then=AndThen.APPROVE)
    assert sqlite_backend.status(now) is Status.APPROVED
    sqlite_backend.to_slot(now)
    sqlite_backend.push(minutes=2)
    assert sqlite_backend.published == [WORDS, WORDS]


def test_once_it_has_begun_nothing_comes_back(backend: Backend) -> None:
    now = without(backend, backend.in_review(accounts=BOTH))
    backend.services.do(review.approve, TOM, now, key())
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(now)
    assert backend.status(now) is Status.PUBLISHING
    assert (left_out(backend, now), titles(backend, now)) == ((), ())
    with pytest.raises(NotFrom):
        put_back(backend, now)
    backend.push(minutes=3)
    assert backend.post(now).version.body.accounts == ("bakery",)
    assert len(backend.published) == 1


def test_what_was_left_out_is_nothing_to_try_again(backend: Backend) -> None:
    """Seen: "Published on Bakery, not sent on Cafe", with [Try Cafe again], of an account nobody approved it for."""
    seen = backend.approved(accounts=BOTH)
    now = without(backend, seen)
    backend.services.do(review.approve, TOM, now, key())
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert [one.account for one in card.deliveries] == ["bakery"]
    with pytest.raises(NothingToSend):
        backend.services.do(overrides.try_again, ANNA, backend.delivery_id(seen, "cafe"), key())
    assert backend.published == [WORDS]


def test_two_edits_at_once(sqlite_backend: Backend) -> None:
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    put_back(sqlite_backend, now)
    with pytest.raises(SavedMeanwhile):
        put_back(sqlite_backend, now, by=ANNA)
    assert sqlite_backend.post(now).version.seq == 3
    again = sqlite_backend.now_seen(now)
    with pytest.raises(FieldErrors) as refused:
        put_back(sqlite_backend, again)
    assert set(refused.value.fields) == {"back"}, "it is there already"


def test_left_out_and_put_back_at_the_same_moment(backend: Backend) -> None:
    """Whoever comes second has seen another version."""
    now = without(backend, backend.in_review(accounts=BOTH))
    put_back(backend, now)
    third = backend.now_seen(now)
    slot = backend.post(now).slot

    def leave() -> None:
        backend.services.do(edit.publish_without, MAYA, third, "cafe", key())

    def change() -> None:
        backend.services.do(edit.save_edit, ANNA, third, Changes("Rolls at nine", slot), key())

    with ThreadPoolExecutor(2) as pool:
        failed = [one.exception() for one in [pool.submit(leave), pool.submit(change)]]
    assert [type(each) for each in failed if each] in ([Outdated], [SavedMeanwhile])
    assert all(isinstance(each, Refusal) for each in failed if each)
    assert backend.post(now).version.seq == 4


@pytest.mark.parametrize("name", ["nowhere", "bakery"])
def test_only_what_was_left_out_can_come_back(sqlite_backend: Backend, name: str) -> None:
    """Whoever can press a button can forge its value."""
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    with pytest.raises(FieldErrors) as refused:
        put_back(sqlite_backend, now, name)
    assert set(refused.value.fields) == {"back"}
    assert sqlite_backend.post(now).version.seq == 2


def test_an_account_that_is_gone_is_not_offered(sqlite_backend: Backend) -> None:
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    left = {name: one for name, one in sqlite_backend.accounts.items() if name != "cafe"}
    sqlite_backend.services = replace(sqlite_backend.services, accounts=left)
    assert left_out(sqlite_backend, now) == ()
    with pytest.raises(FieldErrors):
        put_back(sqlite_backend, now)


def test_whoever_puts_it_back_has_written_what_is_published(sqlite_backend: Backend) -> None:
    now = without(sqlite_backend, sqlite_backend.in_review(accounts=BOTH))
    put_back(sqlite_backend, now, by=TOM)
    with pytest.raises(AuthorMayNotApprove):
        sqlite_backend.services.do(review.approve, TOM, sqlite_backend.now_seen(now), key())
    sqlite_backend.services.do(review.approve, ANNA, sqlite_backend.now_seen(now), key())
    assert sqlite_backend.status(now) is Status.APPROVED
