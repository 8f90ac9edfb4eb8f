"""A pause of a hundred posts with the worst words there are: Slack takes its screens, and words stay words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.deliveries import State
from bot.domain.posts import Seen
from bot.domain.shown.pause_screens import BannerView, ElsewhereView, ResumeForm, ResumeRow
from bot.domain.shown.post_screens import OutView, PausedAgain
from bot.slack.views.pause.banner import draw_banner, draw_resumed
from bot.slack.views.pause.lists import draw_lists_dialog
from bot.slack.views.pause.pause import (
    Guessed,
    PausedAccount,
    Told,
    draw_not_paused,
    draw_pause_answer,
    draw_pause_dialog,
    draw_paused_dialog,
)
from bot.slack.views.pause.resume import draw_resume_dialog
from tests.slack.limits import check_view
from tests.slack.views.pause_samples import OUT, PAUSE_ID, RESUME, ROW, RUNNING
from tests.slack.views.samples import APPROVERS, MAYA, NOW, PLACE, TOM
from tests.slack.views.test_torture import (
    EVIL,
    check,
    check_words,
    links,
    moments,
    nasty,
    short,
    take_downs,
    torture,
)

people = st.sampled_from([MAYA, TOM, EVIL, "cli:" + EVIL])
outs = st.builds(
    OutView, delivery_id=st.just("d" * 26), number=st.integers(1, 60), title=short,
    text=nasty.map(lambda text: text[:60]), at=st.just(NOW), state=st.sampled_from(State), url=links,
    profile_url=links, can_delete=st.booleans(), take_down=take_downs,
    deleted_by=st.one_of(st.none(), people),
)  # fmt: skip
many = st.lists(outs, max_size=25).map(tuple)
elsewhere = st.lists(
    st.builds(
        ElsewhereView, st.one_of(st.just(EVIL), st.just("W" * 150)), st.one_of(st.none(), people), moments
    ),
    max_size=30,
).map(tuple)
banners = st.builds(
    BannerView, pause_id=st.just(PAUSE_ID), scope=short, account=st.sampled_from([None, "dock"]), by=people,
    at=st.just(NOW), reason=st.one_of(st.none(), nasty),
    approvers=st.sampled_from([(), (TOM, APPROVERS), (EVIL,) * 30]), stopped=st.integers(0, 2000),
    next_slot=moments, under_way=many, went_out=many, newest=many, elsewhere=elsewhere,
    stops_replies=st.booleans(), went_out_more=st.integers(0, 900), ended_at=moments,
    ended_by=st.one_of(st.none(), people), summary=st.just((("moved", 1), ("kept", 900))),
    again=st.lists(st.builds(PausedAgain, people, st.just(NOW), nasty), max_size=9).map(tuple),
)  # fmt: skip
rows_of = st.builds(
    ResumeRow,
    st.builds(Seen, st.just("p"), st.integers(1, 99), st.just("0badcafe")),
    st.just(7),
    st.just(NOW),
    short,
    nasty,
    st.just(NOW),
)


@torture
@given(banners, nasty, st.booleans())
def test_banner_and_answers(view: BannerView, reason: str, first: bool) -> None:
    check(draw_banner(view, PLACE))
    check(draw_resumed(view, ("C0SOCIAL", "1796000000.000100"), PLACE))
    banners = ((view.scope, ("C0SOCIAL", "1796000000.000100")),) * (1 if first else 27)
    told = Told(first, view.by, NOW, reason, "#" + EVIL, under_way=view.under_way, banners=banners)
    check(draw_pause_answer(told, view, PLACE))
    guess = Guessed(EVIL, ("dock",) * 9, (EVIL,) * 9, reason)
    check(draw_pause_answer(replace(told, guess=guess), view, PLACE))
    scopes = tuple(
        PausedAccount("dock", view.scope, each, view.by, NOW) for each in (first, True, not first) * 9
    )
    told = replace(told, guess=None, scopes=scopes[: 1 if first else 27], still_open=(EVIL,) * 30)
    check(draw_pause_answer(told, view, PLACE))
    shown = draw_paused_dialog(told, view, PLACE)
    check_view(shown)
    check_words(shown["blocks"])
    whole = draw_lists_dialog(view, PLACE)
    check_view(whole)
    check_words(whole["blocks"])
    check(draw_not_paused(reason, [(("dock",), EVIL)] * 4, reason, None, NOW, PLACE))


def test_the_heaviest_banner() -> None:
    out = tuple(replace(OUT, number=number // 3, title="T" * 60, text="W" * 60) for number in range(75))
    things = tuple(ElsewhereView("E" * 200, None, None) for _ in range(40))
    heavy = replace(RUNNING, under_way=out, went_out=out, newest=out, elsewhere=things, reason=EVIL * 40)
    check(draw_banner(heavy, PLACE))
    check_view(draw_lists_dialog(heavy, PLACE))


@torture
@given(st.lists(rows_of, max_size=25, unique_by=lambda row: row.seen), short)
def test_resume(rows: list[ResumeRow], title: str) -> None:
    form: ResumeForm = replace(RESUME, scope="dock", title=title, rows=tuple(rows), more=900)
    view = draw_resume_dialog(form, PLACE)
    check_view(view)
    check_words(view["blocks"])


def test_twenty_five_posts_and_a_hundred_accounts_fit() -> None:
    rows = tuple(replace(ROW, seen=Seen(ROW.seen.post_id, number)) for number in range(25))
    check_view(draw_resume_dialog(replace(RESUME, rows=rows, more=9), PLACE))
    check_view(draw_pause_dialog([(f"a{number}", EVIL * 9) for number in range(150)]))
