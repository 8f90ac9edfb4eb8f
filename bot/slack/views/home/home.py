"""App Home of one person: a closed gate first, then what needs them, then how things stand.

Guests get the same page to read, without a button that changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.gate import ALL
from bot.domain.shown.home_page import HomePage
from bot.domain.shown.post_screens import AccountHealth, UpcomingRow
from bot.domain.shown.tally import Tally, describe_published
from bot.domain.sign_ins.words import UNTIL_THEN
from bot.slack import ids
from bot.slack.views.blocks import (
    DIVIDER,
    VIEW_BLOCKS,
    Block,
    actions,
    bullets,
    button,
    lines,
    said,
    small,
    words,
)
from bot.slack.views.home.drafts import all_drafts_button, draft_blocks
from bot.slack.views.home.duty import hand_over_button, tell_on_shift
from bot.slack.views.home.looks import draw_unwatched
from bot.slack.views.home.sign_ins import make_try_button
from bot.slack.views.home.week import ROWS, draw_week_day, pressable
from bot.slack.views.inbox.lists import home_inbox_blocks, home_needs, home_needs_blocks
from bot.slack.views.posts.rows import gates, health
from bot.slack.views.text import (
    AGO,
    NOWHERE,
    Place,
    count,
    countdown,
    cut,
    end,
    listing,
    one_line,
    sentence,
    token,
    when,
)

DRAFTS = 20
ACCOUNTS = 10  # with a problem
TRIES = 5  # buttons, for those that are out of credits
SENTENCE = 250  # characters of what is wrong with one
PAUSES = 5  # of single accounts; more are counted
TROUBLES = 5  # of Slack's, shown at once


def draw_home_page(page: HomePage, place: Place = NOWHERE, troubles: Sequence[str] = ()) -> Block:
    """The view for `views.publish`."""
    mine = not page.reader and (page.mine_is_on or not page.on_shift)  # to look where Byhand cannot
    unwatched = draw_unwatched(page.unwatched, place, presses=not page.reader)
    above = [
        *_gates(page, place),
        *(said(f":warning: {sentence(each)}") for each in troubles[:TROUBLES]),
        *_press(page),
        *_needs_you(page, place),
        *_posts("*Posts to fix before they can be approved*", page.to_fix, page, place, edits=True),
        *_posts("*Paused: to decide once publishing resumes*", page.later, page, place),
        *_posts("*Posts to look at*", page.asks, page, place),
        *_posts("*On hold: each needs a new time*", page.held, page, place, edits=True),
        *_customers(page, place),
        *(unwatched if mine else []),
        *_trouble(page),
        *_ending(page),
        *_today(page, place),
        *_ahead(page),
        *_on_shift(page, place),
    ]
    below = [
        DIVIDER,
        *_waiting(page, place),
        said(f"*This week:* {_count_week(page.this_week)}"),
        *health([replace(one, ends="") for one in page.accounts if page.reader or one.ok is not False]),
        *([] if mine else unwatched),
        small("Byhand is working", f"checked {when(page.now, place)}"),
    ]
    drafts = _drafts(page, place, VIEW_BLOCKS - len(above) - len(below))
    return {"type": "home", "callback_id": ids.HOME, "blocks": [*above, *drafts, *below]}


def _count_week(week: Tally) -> str:
    return f"{describe_published(week.published, week.late, week.gone)}, {week.missed} missed"


def _gates(page: HomePage, place: Place) -> list[Block]:
    """What is paused comes first, each with its way out."""
    drawn: list[Block] = []
    for gate in page.gate[:PAUSES]:
        drawn += gates([gate], place)
        if not page.reader:
            which = "publishing" if gate.account is None else f"publishing on {cut(gate.scope, 40)}"
            drawn.append(actions(button(ids.Act.RESUME, "Resume…", gate.gate, f"Resume {which}")))
    if len(page.gate) > PAUSES:
        drawn.append(lines([words(f"and {len(page.gate) - PAUSES} more pauses")]))
    return drawn


def _press(page: HomePage) -> list[Block]:
    """What can be begun from here."""
    if not _writes(page):
        return []
    pressed = [
        button(ids.Act.NEW_POST, "New post", "-", "Write a new post"),
        button(ids.Act.CHOOSE_PLAN, "Import a plan", "-", "Import a plan file"),
    ]
    if not page.reader and not any(gate.account is None for gate in page.gate):
        pressed.append(
            button(ids.Act.HOME_PAUSE, "Pause publishing", ALL, "Pause publishing", style="danger")
        )
    return [actions(*pressed)]


def _writes(page: HomePage) -> bool:
    return page.contributor or not page.reader


def _drafts(page: HomePage, place: Place, room: int) -> list[Block]:
    """Each with what can be done with it; whoever reads along sees them without. `room`: in blocks."""
    drawn: list[Block] = [said("*Drafts*")] if page.drafts else []
    writes = _writes(page)
    most = max(0, min(DRAFTS, (room - 3) // (2 if writes else 1)))
    for draft in page.drafts[:most]:
        drawn += draft_blocks(draft, place, writes=writes)
    number = max(page.all_drafts, len(page.drafts))
    if (left := number - len(page.drafts[:most])) > 0:
        drawn.append(lines([words(f"and {left} more")]))
        drawn += [actions(all_drafts_button(number))] if writes else []
    return drawn


def _needs_you(page: HomePage, place: Place) -> list[Block]:
    if page.contributor:
        told = "*You may write drafts here.* Only full members of this workspace schedule them and decide about posts."
        return [said(told)]
    if page.reader:
        return [said("*You read along here.* Only full members of this workspace decide about posts.")]
    needs = _needs(page, place)
    title = f"*Needs you:* {listing(needs)}" if needs else "*Needs you:* nothing just now."
    return [said(title), *_posts("*Posts to decide*", page.needs_me, page, place), *_to_read(page)]


def _to_read(page: HomePage) -> list[Block]:
    """What somebody asked this person to approve before its card is up."""
    if page.to_read is None:
        return []
    text = f"Read through {count(page.to_read.posts, 'planned post')}"
    return [actions(button(ids.Act.READ_THROUGH, text, page.to_read.request_id, text))]


def _needs(page: HomePage, place: Place) -> list[str]:
    """All of it in a few words each. What it is stands below, each with the way there."""
    needs = []
    if page.needs_me:
        needs.append(f"{count(len(page.needs_me), 'post')} to decide{_soonest(page.needs_me, page, place)}")
    if page.to_read:
        needs.append(f"{count(page.to_read.posts, 'planned post')} to read")
    if page.to_fix:
        needs.append(f"{count(len(page.to_fix), 'post')} to fix{_soonest(page.to_fix, page, place)}")
    if page.later:
        soonest = _soonest(page.later, page, place)
        needs.append(f"{count(len(page.later), 'paused post')} to decide once publishing resumes{soonest}")
    if page.asks:
        needs.append(f"{count(len(page.asks), 'post')} to look at")
    if page.held:
        needs.append(f"{count(len(page.held), 'post')} on hold")
    needs += home_needs(page.inbox) if page.inbox else []
    if troubled := _list_troubled(page):
        needs.append(f"{count(len(troubled), 'account')} with a problem")
    if ending := _list_ending(page):
        needs.append(f"{count(len(ending), 'sign-in')} to renew")
    return needs


def _soonest(posts: Sequence[UpcomingRow], page: HomePage, place: Place) -> str:
    soonest = min((post.slot for post in posts if post.slot), default=None)
    if soonest is None:
        return ""
    left = token(soonest, AGO, place, countdown(soonest, page.now))
    return f" (next {when(soonest, place)}, {left})"


def _list_troubled(page: HomePage) -> list[AccountHealth]:
    return [one for one in page.accounts if one.ok is False]


def _list_ending(page: HomePage) -> list[AccountHealth]:
    return [one for one in page.accounts if one.ends and one.ok is not False]


def _ending(page: HomePage) -> list[Block]:
    """Sign-ins that end within 7 days, and who must do what."""
    ending = _list_ending(page)
    if page.reader or not ending:
        return []
    return [
        bullets("Sign-ins to renew", [one_line(one.ends, SENTENCE) for one in ending], ACCOUNTS),
        said(UNTIL_THEN),
    ]


def _trouble(page: HomePage) -> list[Block]:
    """Accounts that are signed out, or whose server does not answer."""
    troubled = _list_troubled(page)
    if page.reader or not troubled:
        return []
    rows = [f"{cut(one.title, 60)}: {_say_trouble(one)}" for one in troubled]
    told = "Nothing goes out there until that is fixed."
    if not all(one.unpaid for one in troubled):
        told += " `byhand check` tells whoever runs Byhand how."
    unpaid = [make_try_button(one.unpaid, one.title, names=True) for one in troubled if one.unpaid]
    tries = [actions(*unpaid[:TRIES])] if unpaid else []
    return [bullets("Accounts with a problem", rows, ACCOUNTS), *tries, small(told)]


def _say_trouble(account: AccountHealth) -> str:
    said_of_it = one_line(account.sentence, SENTENCE)
    return f"{end(said_of_it)} {account.cost}." if account.cost else said_of_it


def _customers(page: HomePage, place: Place) -> list[Block]:
    """A guest reads no customer's words."""
    return home_needs_blocks(page.inbox, place) if page.inbox and not page.reader else []


def _waiting(page: HomePage, place: Place) -> list[Block]:
    return home_inbox_blocks(page.inbox, place) if page.inbox and not page.reader else []


def _today(page: HomePage, place: Place) -> list[Block]:
    """What is not listed above already."""
    lists = (page.needs_me, page.to_fix, page.later, page.asks, page.held)
    above = {post.post_id for posts in lists for post in posts[:ROWS]}
    rest = tuple(post for post in page.today if post.post_id not in above)
    if not rest:
        return [said(f"*Today:* nothing {'else ' if page.today else ''}is planned.")]
    title = "*Also today*" if len(rest) < len(page.today) else "*Today*"
    return [said(title), *pressable(rest, place, reader=page.reader, asks=False)]


def _ahead(page: HomePage) -> list[Block]:
    """The six days after today, each to be opened."""
    if not any(day.posts for day in page.ahead):
        return [
            *([small("Nothing is planned on the six days after today.")] if page.ahead else []),
            *_to_ask(page),
        ]
    return [said("*The days ahead*"), *map(draw_week_day, page.ahead), *_to_ask(page)]


def _to_ask(page: HomePage) -> list[Block]:
    """Planned posts whose words nobody has approved yet: approvers can be asked before the cards are up."""
    if not page.to_ask:
        return []
    text = f"Ask for approval of {count(page.to_ask, 'planned post')}"
    return [actions(button(ids.Act.ASK_APPROVAL, text, "-", text))]


def _posts(
    title: str, posts: tuple[UpcomingRow, ...], page: HomePage, place: Place, *, edits: bool = False
) -> list[Block]:
    drawn: list[Block] = [said(title)] if posts else []
    return [*drawn, *pressable(posts, place, reader=page.reader, edits=edits)]


def _on_shift(page: HomePage, place: Place) -> list[Block]:
    if not page.has_rota and not page.on_shift:
        return []
    told = said(f"*On shift:* {tell_on_shift(page.on_shift, page.next_shift, place)}.")
    return [{**told, "accessory": hand_over_button()} if page.mine_is_on else told]
