"""A post in a list: one literal line, the status word first. Home and the private answers share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.posts import Status
from bot.domain.shown.post_screens import AccountHealth, GateShut, PausedAgain, UpcomingRow
from bot.domain.shown.state_words import describe_asked_again, is_whole, name_state
from bot.slack.views.blocks import (
    Block,
    Part,
    bullets,
    lines,
    link,
    moment,
    say_reason,
    small,
    words,
)
from bot.slack.views.quotes import first_words
from bot.slack.views.text import Place, count, cut, mention, one_line, permalink, when

LONG = 60  # characters: what is shorter may be said twice


def row(post: UpcomingRow, place: Place, *, linked: bool = True) -> list[Part]:
    """ "Waiting for a decision · today at 09:00 · Mastodon + Bluesky · 1 of 2 approvals · “We…” (post 42) · open its
    card"."""
    paused = post.gate is not None
    said: list[Part] = [words(cut(name_row(post), 150), bold=True)]
    if post.acted_at:
        said += [words(" · "), moment(post.acted_at, place)]
    if post.slot:
        said += [words(f" · {_led(post)}"), moment(post.slot, place)]
    rest = [cut(post.titles, 100)] if post.status is not Status.PUBLISHED or is_whole(post.sends) else []
    if post.status is Status.REVIEW and not paused:
        rest.append(
            "its words are approved"
            if post.asks_go
            else f"{post.approvals} of {count(post.needed, 'approval')}"
        )
    if post.reason:
        lost = "it needs a new Go: " if post.asks_go else "its approval ended: "
        ended = lost if post.status is Status.REVIEW else ""
        rest.append(ended + one_line(post.reason, 100))
    which = "draft" if post.status is Status.DRAFT else "post"
    rest.append(f"{first_words(post.text)} ({which} {post.number})")
    said.append(words("".join(f" · {part}" for part in rest if part)))
    if post.card and linked:
        said += [words(" · "), link(permalink(post.card, place), "open its card")]
    return said


def name_row(post: UpcomingRow, *, short: bool = False) -> str:
    return name_state(
        post.status,
        post.sends,
        paused=post.gate is not None,
        approvals=post.approvals,
        needed=post.needed,
        asks_go=post.asks_go,
        fix=post.fix,
        look=post.look,
        short=short,
    )


def _led(post: UpcomingRow) -> str:
    """Before the slot of a post that does not go out then any more."""
    if post.acted_at:
        return "its slot was "
    return {Status.HELD: "was planned for ", Status.DRAFT: "proposed for "}.get(post.status, "")


def listed(posts: Sequence[UpcomingRow], place: Place, most: int) -> list[Block]:
    """A line for each post; those beyond `most` are counted."""
    rows = [row(post, place) for post in posts[:most]]
    if len(posts) > most:
        rows.append([words(f"and {len(posts) - most} more")])
    return [lines(*rows)] if rows else []


def gates(shut: Sequence[GateShut], place: Place) -> list[Block]:
    """Who paused what, and why."""
    drawn: list[Block] = []
    for gate in shut[:5]:
        led = (
            [words(" · "), link(permalink(gate.banner, place), "open the pause message")]
            if gate.banner
            else []
        )
        drawn.append(lines([words(cut(gate.sentence, 100), bold=True), *led]))
        drawn.append(small(f"{mention(gate.by)} paused it {when(gate.at, place)}"))
        drawn += [say_reason(gate.reason, 300)] if gate.reason else []
        drawn += paused_again(gate.again, place)
    if len(shut) > 5:
        drawn.append(lines([words(f"and {len(shut) - 5} more pauses")]))
    return drawn


def paused_again(again: Sequence[PausedAgain], place: Place) -> list[Block]:
    """Whoever asked for it once more, with a reason that was added; the newest of them."""
    drawn: list[Block] = []
    for one in again[-3:]:
        drawn.append(small(describe_asked_again(mention(one.by), when(one.at, place))))
        drawn.append(say_reason(one.reason, 300))
    return drawn


def health(accounts: Sequence[AccountHealth], most: int = 10) -> list[Block]:
    """How each account stands, in words."""
    told: dict[str, str] = {}
    rows = [f"{cut(one.title, 60)}: {_how(_say_once(one, told))}" for one in accounts]
    return [bullets("Accounts", rows, most)] if rows else []


def _say_once(account: AccountHealth, told: dict[str, str]) -> AccountHealth:
    """What follows on who is signed in, unless it was said of another account. `told`: {it: of which}."""
    who, _, more = account.sentence.partition(". ")
    if len(more) < LONG or account.ok is not True:
        return account
    of = told.setdefault(more, account.title)
    if of == account.title:
        return account
    return replace(account, sentence=f"{who}. The same as for {cut(of, 60)}.")


def _how(account: AccountHealth) -> str:
    if account.ok is None:
        how = f"not asked yet. {account.sentence}".rstrip(". ")
    else:
        how = account.sentence if account.ok else f"needs attention: {account.sentence}"
    more = [one for one in (account.cost, account.ends) if one]
    return f"{'. '.join([how.rstrip('.'), *more]).rstrip('.')}." if more else how
