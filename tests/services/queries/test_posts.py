"""What screens show: the queries of `services/queries/posts.py`, run on a database in which something happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.domain.gate import ALL
from bot.domain.outcomes import Refused
from bot.domain.people import Person, Role
from bot.domain.posts import Seen, Status
from bot.domain.refusals import NotFrom, Outdated, Paused
from bot.domain.shown.post_screens import Ahead, Ended, PostCard
from bot.domain.shown.state_words import describe_places, name_state
from bot.domain.shown.tally import Tally
from bot.networks.protocol import Health
from bot.sandbox.networks.server import Fault
from bot.services.accounts import health
from bot.services.deliveries import take_down
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import create, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import home as home_queries
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.queries import status as status_queries
from bot.services.queries.edit_form import load_edit_form
from bot.slack.views.posts.rows import name_row
from bot.store.pause import pauses
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from tests.backend import ANNA, GIL, MAYA, TOM, Backend, key, team
from tests.failing_client import make_failing

HOUR = timedelta(hours=1)


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(post_queries.load_card, seen.post_id)
    assert found is not None
    return found


def draft(backend: Backend, words: str) -> Seen:
    wanted = create.NewPost(("bakery",), words, None)
    return Seen(backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id).id, 1)


def pause(backend: Backend, scope: str = ALL) -> None:
    backend.services.do_first(pausing.pause, MAYA, scope, "recall news", key())


def resume(backend: Backend, scope: str = ALL) -> None:
    form = backend.services.look(pause_queries.load_resume_form, scope)
    assert form is not None
    backend.services.do(resuming.resume, TOM, scope, form.epoch, {}, key())


# --- the card ----------------------------------------------------------------------------------------


def test_a_post_that_is_gone_has_no_card(sqlite_backend: Backend) -> None:
    assert sqlite_backend.services.look(post_queries.load_card, "nothing") is None
    assert sqlite_backend.services.look(load_edit_form, MAYA, "nothing") is None


def test_a_card_counts_only_approvals_that_count(sqlite_backend: Backend) -> None:
    sqlite_backend = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(approvals=2)
    )
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert ([one.by for one in card(sqlite_backend, seen).approvals], card(sqlite_backend, seen).needed) == (
        [TOM.id],
        2,
    )
    sqlite_backend.services.do(review.undo, TOM, seen, key())
    assert card(sqlite_backend, seen).approvals == ()


def test_a_card_shows_each_accounts_own_words(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review(accounts=("bakery", "cafe"))
    slot = sqlite_backend.post(seen).slot
    changes = Changes("For everybody", slot, variants={"cafe": "For the café alone"})
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, changes, key())
    assert [(one.title, one.text) for one in card(sqlite_backend, seen).accounts] == [
        ("Bakery", "For everybody"),
        ("Cafe", "For the café alone"),
    ]


def test_an_account_that_is_gone_from_the_settings_is_a_problem_on_the_card(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review(accounts=("bakery", "cafe"))
    without = {name: one for name, one in team().accounts.items() if name == "bakery"}
    after = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(accounts=without)
    )
    assert [one.problem for one in card(after, seen).accounts] == [
        None,
        "The account cafe is not in the settings any more",
    ]


def test_approvals_that_ended_with_an_edit_are_told_with_what_changed(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved("Fresh bread at nine\nCome early")
    slot = sqlite_backend.post(seen).slot
    sqlite_backend.services.do(
        edit.save_edit, MAYA, seen, Changes("Fresh bread at ten\nCome early", slot), key()
    )
    ended = card(sqlite_backend, seen).ended
    assert ended is not None
    assert (ended.what, ended.by, ended.whose) == ("changed the text", MAYA.id, (TOM.id,))
    assert ended.diff == (("-", "Fresh bread at nine"), ("+", "Fresh bread at ten"))


def change(backend: Backend, who: Person, seen: Seen, words: str) -> None:
    changes = Changes(words, backend.post(seen).slot)
    backend.services.do(edit.save_edit, who, backend.now_seen(seen), changes, key())


def test_what_changed_is_told_from_what_was_approved_with_everybody_who_changed_it(
    sqlite_backend: Backend,
) -> None:
    """Seen: "@Tom changed the text at 22:45" above what Maya had changed after him."""
    seen = sqlite_backend.approved("We baked 400 loaves")
    change(sqlite_backend, TOM, seen, "We baked 450 loaves")
    at = sqlite_backend.clock.now()
    assert card(sqlite_backend, seen).ended == Ended(
        "changed the text",
        TOM.id,
        at,
        (TOM.id,),
        (("-", "We baked 400 loaves"), ("+", "We baked 450 loaves")),
    )
    sqlite_backend.clock.push(timedelta(minutes=1))
    change(sqlite_backend, MAYA, seen, "We baked 460 loaves")
    ended = card(sqlite_backend, seen).ended
    assert ended is not None
    assert (ended.by, ended.at) == (TOM.id, at)
    assert ended.diff == (("-", "We baked 400 loaves"), ("+", "We baked 460 loaves"))
    assert ended.later == ((MAYA.id, at + timedelta(seconds=60)),)


def test_only_posts_that_were_approved_need_a_new_approval_after_a_resume(sqlite_backend: Backend) -> None:
    sqlite_backend.in_review("Fresh rolls")
    sqlite_backend.approved()
    pause(sqlite_backend)
    form = sqlite_backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    assert (form.later, form.again) == (2, 1)


def test_approvals_that_ended_with_a_pause_name_who_paused_also_after_the_resume(
    sqlite_backend: Backend,
) -> None:
    seen = sqlite_backend.approved()
    pause(sqlite_backend)
    shut = card(sqlite_backend, seen)
    assert shut.gate is not None
    assert (shut.gate.scope, shut.gate.by, shut.gate.reason) == (ALL, MAYA.id, "recall news")
    resume(sqlite_backend)
    after = card(sqlite_backend, seen)
    assert after.gate is None
    assert after.ended is not None
    assert (after.ended.what, after.ended.by, after.ended.whose) == ("paused publishing", MAYA.id, (TOM.id,))


def test_a_card_names_the_account_whose_pause_it_waits_for(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review(accounts=("bakery", "cafe"))
    pause(sqlite_backend, "cafe")
    shut = card(sqlite_backend, seen).gate
    assert shut is not None
    assert (shut.scope, shut.account) == ("Cafe", "cafe")
    other = sqlite_backend.in_review("Nothing to do with it")
    assert card(sqlite_backend, other).gate is None


def test_what_was_sent_can_be_taken_down_what_was_refused_cannot(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved(accounts=("bakery", "cafe"))
    make_failing(sqlite_backend, "cafe").answers["publish"] = Refused("no")
    sqlite_backend.to_slot(seen)
    sent, refused = card(sqlite_backend, seen).deliveries
    assert (sent.title, sent.can_delete, bool(sent.url)) == ("Bakery", True, True)
    assert (refused.title, refused.can_delete, refused.reason) == ("Cafe", False, "no")


# --- dialogs -----------------------------------------------------------------------------------------


def test_the_edit_dialog_says_whose_approvals_saving_ends(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    form = sqlite_backend.services.look(load_edit_form, MAYA, seen.post_id)
    assert form is not None
    assert (form.loses, form.may_approve, form.zone) == ((TOM.id,), False, "Europe/Berlin")
    pause(sqlite_backend)
    form = sqlite_backend.services.look(load_edit_form, MAYA, seen.post_id)
    assert form is not None
    assert form.loses == (), "the pause has ended them already"


@pytest.mark.parametrize(("minutes", "offered"), [(12, False), (9, True)])
def test_near_its_slot_the_edit_dialog_offers_the_next_quarter(
    sqlite_backend: Backend, minutes: int, offered: bool
) -> None:
    seen = sqlite_backend.plan(minutes=minutes)
    form = sqlite_backend.services.look(load_edit_form, MAYA, seen.post_id)
    assert form is not None
    assert (form.next_quarter is not None) is offered


def test_save_and_approve_is_offered_to_an_approver_where_authors_may(sqlite_backend: Backend) -> None:
    sqlite_backend = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(author_may_approve=True)
    )
    seen = sqlite_backend.in_review()
    offered = {
        person.name: form.may_approve
        for person in (TOM, MAYA)
        if (form := sqlite_backend.services.look(load_edit_form, person, seen.post_id))
    }
    assert offered == {"Tom": True, "Maya": False}


# --- lists -------------------------------------------------------------------------------------------


def test_upcoming_by_slot_and_as_far_as_asked(sqlite_backend: Backend) -> None:
    sqlite_backend.clock.set(sqlite_backend.clock.now().replace(hour=21))  # 22:00 in Berlin
    posts = {
        "soon": sqlite_backend.plan("soon", minutes=90),  # 23:30: still today
        "tomorrow": sqlite_backend.plan("tomorrow", minutes=150),  # half past midnight
        "in eight days": sqlite_backend.plan("in eight days", minutes=8 * 24 * 60),
        "draft": draft(sqlite_backend, "draft"),
        "held": sqlite_backend.plan("held", minutes=60),
        "killed": sqlite_backend.plan("killed", minutes=60),
    }
    sqlite_backend.services.do(review.hold, MAYA, posts["held"], key())
    sqlite_backend.services.do(review.kill, MAYA, posts["killed"], key())

    def asked(ahead: Ahead) -> list[str]:
        return [row.text for row in sqlite_backend.services.look(post_queries.list_upcoming, ahead)]

    assert asked(Ahead.TODAY) == ["held", "soon"], "it waits for a new time"
    assert asked(Ahead.WEEK) == ["held", "soon", "tomorrow"]
    assert asked(Ahead.ALL) == ["held", "soon", "tomorrow", "in eight days", "draft"]


def test_a_row_says_whether_it_waits_for_the_one_who_asks(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()

    def waits_for() -> list[str]:
        everybody = (TOM, ANNA, MAYA, GIL)
        return [
            one.name
            for one in everybody
            if sqlite_backend.services.look(post_queries.list_upcoming, Ahead.ALL, one)[0].waiting_for_me
        ]

    assert waits_for() == ["Tom", "Anna"]
    sqlite_backend.services.do(
        edit.save_edit, TOM, seen, Changes("Tom's own words", sqlite_backend.post(seen).slot), key()
    )
    assert waits_for() == ["Anna"], "an author's own approval does not count"
    sqlite_backend.services.do(review.approve, ANNA, sqlite_backend.now_seen(seen), key())
    assert waits_for() == []


def test_home_of_an_approver_and_of_a_guest(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    draft(sqlite_backend, "Not yet")
    mine, guests = (
        sqlite_backend.services.look(home_queries.load_home, TOM),
        sqlite_backend.services.look(home_queries.load_home, GIL),
    )
    assert [row.post_id for row in mine.needs_me] == [seen.post_id]
    assert [row.text for row in mine.drafts] == ["Not yet"]
    assert (mine.reader, guests.reader, guests.needs_me) == (False, True, ())


def test_home_asks_somebody_to_look_at_what_went_wrong(sqlite_backend: Backend) -> None:
    missed = sqlite_backend.in_review("Nobody decides this")
    sqlite_backend.push(minutes=25)
    good = sqlite_backend.approved("And a third thing", accounts=("cafe",))
    sqlite_backend.to_slot(good)
    unknown = sqlite_backend.approved("Something else entirely")
    sqlite_backend.network.faults.order(Fault.LOST_ANSWER)
    sqlite_backend.to_slot(unknown)
    page = sqlite_backend.services.look(home_queries.load_home, MAYA)
    assert {row.post_id for row in page.asks} == {missed.post_id, unknown.post_id}
    assert [row.post_id for row in page.today] == [good.post_id], "what is listed above is not listed again"
    assert page.this_week == Tally(1, 1)
    sqlite_backend.clock.push(71 * HOUR)
    kept = [row.post_id for row in sqlite_backend.services.look(home_queries.load_home, MAYA).asks]
    assert missed.post_id in kept, "over a weekend"
    sqlite_backend.clock.push(2 * HOUR)
    left = [row.post_id for row in sqlite_backend.services.look(home_queries.load_home, MAYA).asks]
    assert left == [unknown.post_id], "old news, but an outcome nobody knows stays"
    moved = sqlite_backend.in_review("Nobody decides this either")
    sqlite_backend.push(minutes=25)
    later = sqlite_backend.clock.now() + timedelta(days=20)
    sqlite_backend.services.do(review.move, MAYA, sqlite_backend.now_seen(moved), later, key())
    page = sqlite_backend.services.look(home_queries.load_home, MAYA)
    assert moved.post_id not in {row.post_id for row in page.asks}
    assert page.this_week.missed == 2, "it was missed this week, whatever became of it since"


@pytest.mark.parametrize(
    ("zone", "away"),
    [
        ("Europe/Berlin", False),
        ("Europe/Vienna", False),
        ("America/New_York", True),
        (None, True),
        ("Moon", True),
    ],
)
def test_a_time_field_names_the_teams_zone_only_to_whose_clock_differs(
    zone: str | None, away: bool, sqlite_backend: Backend
) -> None:
    """Seen: "in your own time zone; the team's is Europe/Berlin", to people in Berlin."""
    seen = sqlite_backend.in_review()
    maya = KnownPerson(MAYA.id, "Maya", Role.MEMBER, zone, sqlite_backend.clock.now())
    sqlite_backend.store.write(lambda db: people.remember(db, maya))
    form = sqlite_backend.services.look(load_edit_form, MAYA, seen.post_id)
    assert form is not None
    assert (form.zone, form.away) == ("Europe/Berlin", away)


def test_home_begins_with_the_outcomes_nobody_knows_then_the_newest(sqlite_backend: Backend) -> None:
    """Of twelve missed posts it listed the ten oldest."""
    missed = []
    for number in range(12):
        missed.append(sqlite_backend.in_review(f"Nobody decides No. {number * 7919}").post_id)
        sqlite_backend.push(minutes=25)
    unknown = sqlite_backend.approved("Something else entirely")
    sqlite_backend.network.faults.order(Fault.LOST_ANSWER)
    sqlite_backend.to_slot(unknown)
    asks = [row.post_id for row in sqlite_backend.services.look(home_queries.load_home, MAYA).asks]
    assert asks == [unknown.post_id, *reversed(missed)]


def test_while_paused_no_post_waits_for_me_and_home_leads_to_the_banner(sqlite_backend: Backend) -> None:
    """Nobody approves during a pause."""
    sqlite_backend.in_review("Stopped")
    sqlite_backend.in_review("On another account", accounts=("cafe",))
    pause(sqlite_backend, "bakery")
    up = text("UPDATE cards SET ts = '17.1', channel = 'C0SOCIAL' WHERE kind = 'banner'")
    sqlite_backend.store.write(lambda db: db.execute(up))
    page = sqlite_backend.services.look(home_queries.load_home, TOM)
    assert [row.text for row in page.needs_me] == ["On another account"]
    assert [one.banner for one in page.gate] == [("C0SOCIAL", "17.1")]
    pause(sqlite_backend)
    assert sqlite_backend.services.look(home_queries.load_home, TOM).needs_me == ()


def test_a_post_counts_once_by_how_it_ended_and_a_held_one_waits_in_one_place(
    sqlite_backend: Backend,
) -> None:
    """Missed and published later it was counted as both; taken down it still said "published"; a held post stood under
    Today and Drafts, and nowhere among what waits."""
    backend = sqlite_backend
    late = backend.in_review("Nobody decides this in time")
    backend.push(minutes=25)
    form = backend.services.look(load_edit_form, MAYA, late.post_id)
    assert form is not None
    assert form.passed is not None
    assert form.passed > backend.clock.now(), "a new time is offered, not the one that passed"
    backend.services.do(review.post_now, TOM, backend.now_seen(late), key())
    backend.push(seconds=5)
    backend.run()
    held = backend.in_review("Waits for a photo")
    backend.services.do(review.hold, MAYA, held, key(), reason="the photo")
    waiting = backend.in_review("Needs a decision", accounts=("cafe",))
    assert backend.services.look(status_queries.load_status).waiting == 1
    pause(backend)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(late), key())
    backend.run()
    page = backend.services.look(home_queries.load_home, TOM)
    assert page.this_week == Tally(1, 0, late=1, gone=1), "of these one post was all"
    assert [row.post_id for row in page.held] == [held.post_id]
    assert held.post_id not in {row.post_id for row in (*page.today, *page.drafts)}
    assert held.post_id in {row.post_id for row in backend.services.look(post_queries.list_upcoming)}
    (gone,) = [row for row in page.today if row.post_id == late.post_id]
    assert gone.acted_at == backend.clock.now()
    status = backend.services.look(status_queries.load_status)
    assert (status.waiting, status.held) == (0, 1), "nobody decides during a pause"
    assert backend.status(waiting) is Status.REVIEW


def test_networks_stand_in_one_order(sqlite_backend: Backend) -> None:
    """The card's title named Mastodon first, its links and buttons Bluesky."""
    seen = sqlite_backend.approved("For both", accounts=("cafe", "bakery"))
    shown = card(sqlite_backend, seen)
    assert [one.account for one in shown.deliveries] == [one.name for one in shown.accounts]


def test_status_counts_what_is_going_on(sqlite_backend: Backend) -> None:
    empty = sqlite_backend.services.look(status_queries.load_status)
    assert (empty.waiting, empty.next_row, empty.unknown, empty.gate) == (0, None, 0, ())
    sqlite_backend.in_review("First")
    sqlite_backend.plan("Later", minutes=300)
    lost = sqlite_backend.approved("Something else entirely", accounts=("cafe",))
    sqlite_backend.network.faults.order(Fault.LOST_ANSWER)
    sqlite_backend.to_slot(lost)
    page = sqlite_backend.services.look(status_queries.load_status)
    assert (page.waiting, page.unknown, page.today.published) == (0, 1, 0)
    assert page.next_row is not None
    assert page.next_row.text == "Later"
    facts = sqlite_backend.store.read(lambda db: db.execute(text("SELECT count(*) FROM facts")).scalar_one())
    assert page.unsealed == facts > 0


def test_shut_gates_everything_first(sqlite_backend: Backend) -> None:
    pause(sqlite_backend, "bakery")
    pause(sqlite_backend)
    shut = sqlite_backend.services.look(post_queries.list_shut_gates)
    assert [(one.scope, one.account) for one in shut] == [(ALL, None), ("Bakery", "bakery")]
    resume(sqlite_backend)
    assert [one.account for one in sqlite_backend.services.look(status_queries.load_status).gate] == [
        "bakery"
    ]


def test_the_health_of_accounts_that_are_in_the_settings(sqlite_backend: Backend) -> None:
    sqlite_backend.services.do(health.note_health, "bakery", Health(False, "The token is not valid."))
    found = sqlite_backend.services.look(health.list_account_health)
    assert [(one.title, one.ok, one.sentence) for one in found] == [
        ("Bakery", False, "The token is not valid."),
        ("Cafe", None, "not asked yet"),
    ]
    without = {name: one for name, one in team().accounts.items() if name == "cafe"}
    after = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(accounts=without)
    )
    assert [one.title for one in after.services.look(health.list_account_health)] == ["Cafe"]


def test_a_row_leads_to_its_card_once_that_is_up(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    assert sqlite_backend.services.look(post_queries.list_upcoming, Ahead.ALL)[0].card is None
    up = text("UPDATE cards SET ts = '17.1', channel = 'C0SOCIAL' WHERE subject = :id")
    sqlite_backend.store.write(lambda db: db.execute(up, {"id": seen.post_id}))
    (row,) = sqlite_backend.services.look(post_queries.list_upcoming, Ahead.ALL)
    assert (row.card, row.status) == (("C0SOCIAL", "17.1"), Status.REVIEW)


# --- one sentence of state, on every screen ------------------------------------------------------------


def rows_of(backend: Backend, ahead: Ahead = Ahead.ALL) -> list[str]:
    found = backend.services.look(post_queries.list_upcoming, ahead)
    return [name_row(row) for row in found]


def test_what_was_taken_down_from_one_account_is_not_published_there(backend: Backend) -> None:
    """Seen: "Published: Mastodon + Bluesky" on the card and in Home, after it was gone from one of them."""
    seen = backend.approved(accounts=("bakery", "cafe"))
    backend.to_slot(seen)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    backend.push(seconds=1)
    told = "Taken down from Bakery, still on Cafe"
    assert describe_places(card(backend, seen).deliveries) == told
    (row,) = backend.services.look(home_queries.load_home, MAYA).today
    assert name_state(row.status, row.sends) == told
    with pytest.raises(NotFrom) as refused:
        backend.services.do(review.kill, MAYA, seen, key())
    assert refused.value.sentence.endswith(f"It was published at 09:20. {told}.")


def test_every_list_says_that_a_post_is_paused(sqlite_backend: Backend) -> None:
    """Seen: `/social upcoming` without a word of the pause, `status` with "Next: 09:00"."""
    seen = sqlite_backend.in_review()
    sqlite_backend.plan("Later", minutes=300)
    sqlite_backend.plan("Of another account", minutes=400, accounts=("cafe",))
    pause(sqlite_backend, "bakery")
    assert rows_of(sqlite_backend) == ["Paused", "Paused", "Needs approval"]
    page = sqlite_backend.services.look(status_queries.load_status)
    assert page.next_row is not None
    assert page.next_row.gate is not None
    assert page.next_row.gate.sentence == "Publishing on Bakery is paused"
    home = sqlite_backend.services.look(home_queries.load_home, TOM)
    assert home.needs_me == (), "nobody approves"
    assert [row.post_id for row in home.later] == [seen.post_id]
    assert sqlite_backend.services.look(home_queries.load_home, MAYA).later == (), "never hers to decide"
    assert (page.waiting, page.paused, page.to_fix) == (0, 1, 0)
    assert page.decide_by == sqlite_backend.post(seen).slot
    with pytest.raises(Outdated) as refused:
        sqlite_backend.services.do(review.approve, TOM, replace(seen, seq=7), key())
    assert refused.value.sentence.endswith("Publishing on Bakery is paused. A colleague paused it at 09:00.")
    with pytest.raises(Paused) as shut:
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert shut.value.sentence.endswith("It was paused by a colleague at 09:00.")


def test_a_banner_counts_what_is_ahead_now(sqlite_backend: Backend) -> None:
    """Seen: "next today at 09:00", at half past nine."""
    seen = sqlite_backend.in_review()
    later = sqlite_backend.plan("Later", minutes=300)
    pause(sqlite_backend)
    banner = sqlite_backend.services.look(lambda work: pauses.find_running(work.db, ALL))
    assert banner is not None

    def counted() -> tuple[int, int, datetime | None]:
        shown = sqlite_backend.services.look(pause_queries.load_banner, banner.id)
        assert shown is not None
        return shown.stopped, shown.missed, shown.next_slot

    assert counted() == (2, 0, sqlite_backend.post(seen).slot)
    wanted = _wanted(sqlite_backend, banner.id)
    sqlite_backend.to_slot(seen)
    assert counted() == (2, 1, sqlite_backend.post(later).slot)
    assert _wanted(sqlite_backend, banner.id) > wanted, "it is drawn again when a slot passes"
    sqlite_backend.services.do(review.kill, MAYA, later, key())
    assert counted() == (1, 1, None)


def _wanted(backend: Backend, subject: str) -> int:
    query = text("SELECT wanted FROM cards WHERE subject = :of")
    return int(backend.store.read(lambda db: db.execute(query, {"of": subject}).scalar_one()))


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_cards_that_offer_to_send_are_drawn_again_at_a_pause_and_at_its_end(
    sqlite_backend: Backend, scope: str
) -> None:
    """Seen: [Post now] on a missed post's card, in the middle of a pause."""
    missed = sqlite_backend.in_review("Nobody decides this")
    sqlite_backend.push(minutes=25)
    make_failing(sqlite_backend, "cafe").answers["publish"] = Refused("no")
    partly = sqlite_backend.approved("On one alone", accounts=("bakery", "cafe"))
    sqlite_backend.to_slot(partly)
    before = [_wanted(sqlite_backend, each.post_id) for each in (missed, partly)]
    pause(sqlite_backend, scope)
    paused = [_wanted(sqlite_backend, each.post_id) for each in (missed, partly)]
    assert [now - then for now, then in zip(paused, before, strict=True)] == [1, 1]
    resume(sqlite_backend, scope)
    assert [
        _wanted(sqlite_backend, each.post_id) - then
        for each, then in zip((missed, partly), paused, strict=True)
    ] == [1, 1]


def test_status_of_one_account_is_about_that_account(sqlite_backend: Backend) -> None:
    """Seen: "1 published today" of Bluesky, where the post had gone to Mastodon alone; and a missed post nowhere."""
    backend = sqlite_backend
    out = backend.approved("Goes out", accounts=("bakery",))
    backend.to_slot(out)
    backend.run()
    missed = backend.in_review("Nobody decides this in time", accounts=("bakery",))
    backend.push(minutes=25)
    assert backend.status(missed) is Status.MISSED
    page = backend.services.look(status_queries.load_status)
    assert (page.today.published, page.missed) == (1, 1)
    bakery = backend.services.look(status_queries.load_status, ("bakery",))
    assert (bakery.today.published, bakery.missed, bakery.titles) == (1, 1, ("Bakery",))
    cafe = backend.services.look(status_queries.load_status, ("cafe",))
    assert (cafe.today.published, cafe.missed) == (0, 0)
    (row,) = backend.services.look(post_queries.list_upcoming, Ahead.TODAY, accounts=("bakery",))
    assert (row.post_id, row.status) == (missed.post_id, Status.MISSED)
    assert backend.services.look(post_queries.list_upcoming, Ahead.TODAY, accounts=("cafe",)) == ()
