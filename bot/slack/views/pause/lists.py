"""What a pause found: what is stopped and what is not, what is out on the networks, what Byhand cannot stop.

On the banner each list is short, so that its first line stays in sight on a phone; whole lists are in the dialog of
[Show all…], where what is to be taken down is ticked.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.gate import DRILL
from bot.domain.shown.pause_screens import BannerView, ElsewhereView
from bot.domain.shown.post_screens import DeliveryView, OutView, PostCard
from bot.domain.shown.state_words import describe_stopped_before
from bot.slack import ids
from bot.slack.ids import Act, Dialog, Field
from bot.slack.values.banner import format_elsewhere
from bot.slack.views.blocks import (
    LABEL,
    Ask,
    Block,
    Part,
    Room,
    actions,
    button,
    lines,
    link,
    plain,
    said,
    several_field,
    small,
    ticks_field,
    words,
)
from bot.slack.views.pause.sent import (
    IN_A_DRILL,
    by_hand_buttons,
    group_by_post,
    list_left_to_people,
    list_takeable,
    list_there,
    post_buttons,
    post_row,
)
from bot.slack.views.posts.about import about_send, about_sends
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.quotes import About, ask_about, draw_about, first_words
from bot.slack.views.text import NOWHERE, Place, count, cut, mention, spoken, when

SHOWN = 3  # posts of a list, and things to stop elsewhere
UNDER_WAY_SHOWN = 5  # posts: what a pause did not stop is named
ONE_MORE = 1  # no list hides one thing alone
WHOLE = 60  # blocks of posts in the dialog, of Slack's hundred
ELSEWHERE_WHOLE = 30
WENT_OUT = "Went out in the last 24 hours"
NEWEST = "Newest on each profile"


def draw_lists(view: BannerView, room: Room, place: Place) -> list[Block]:
    """For the banner: short."""
    title = under_way_title(view.under_way)
    return [
        said(draw_stopped(view, place)),
        *_short(view, title, view.under_way, room, place, most=UNDER_WAY_SHOWN, outcomes=True),
        *_short(view, WENT_OUT, view.went_out, room, place, more=view.went_out_more),
        *_short(view, NEWEST, view.newest, room, place),
        *_elsewhere(view, place),
    ]


def draw_stopped(view: BannerView, place: Place) -> str:
    """mrkdwn: how many posts, and the next of them."""
    if not view.stopped:
        return "*Stopped:* nothing was planned."
    following = f", next {when(view.next_slot, place)}" if view.next_slot else ""
    return (
        f"*Stopped:* {count(view.stopped, 'planned post')}{following}{_missed(view)}{_stopped_before(view)}"
    )


def _missed(view: BannerView) -> str:
    """ "; 1 has missed its time". In a drill one has because its slot was moved: its card had said a later one."""
    if not view.missed:
        return ""
    if view.account == DRILL:
        one = "has missed its slot, which the drill moved to the moment of the pause"
        more = "have missed their slots, one of which the drill moved to the moment of the pause"
        return f"; {count(view.missed, one, more)}"
    return f"; {count(view.missed, 'has missed its time', 'have missed their time')}"


def _stopped_before(view: BannerView) -> str:
    titles = [spoken(one.scope, 40) for one in view.paused_before if one.account is not None]
    whole = len(titles) < len(view.paused_before)
    told = describe_stopped_before(view.stopped, titles[:SHOWN], all_shut=whole)
    return f"; {told}" if told else ""


def under_way_title(under_way: Sequence[OutView]) -> str:
    """ "Not stopped: 2 sends were already under way, 1 was being posted by hand"."""
    by_hand = sum(one.holder is not None for one in under_way)
    sends = len(under_way) - by_hand
    told = [f"{count(sends, 'send was', 'sends were')} already under way"] if sends else []
    if by_hand:
        told.append(
            f"{by_hand if sends else count(by_hand, 'post')} {'was' if by_hand == 1 else 'were'} being posted by hand"
        )
    return f"Not stopped: {', '.join(told)}"


# --- short -------------------------------------------------------------------------------------------


def _short(
    view: BannerView, title: str, out: Sequence[OutView], room: Room, place: Place, *, most: int = SHOWN,
    outcomes: bool = False, more: int = 0,
) -> list[Block]:  # fmt: skip
    """The first few posts, a line each. `more`: sends beyond these."""
    if not out:
        return []
    posts, most = group_by_post(out), min(most, room.rows)
    whole = not more and len(posts) <= most + ONE_MORE
    shown = posts if whole else posts[:most]
    rows = [post_row(group, place, outcomes=outcomes, most=room.groups) for group in shown]
    drawn = [lines([words(title, bold=True)], *rows)]
    if whole and len(posts) == 1:
        pressed = post_buttons(posts[0], view.pause_id, place)
    else:
        pressed = _open_dialog(view, posts, place, whole=whole, more=more)
    return [*drawn, actions(*pressed)] if pressed else drawn


def _open_dialog(
    view: BannerView, posts: Sequence[Sequence[OutView]], place: Place, *, whole: bool, more: int
) -> list[Part]:
    goes = any(list_takeable(group) or by_hand_buttons(group, view.pause_id, place) for group in posts)
    if whole:
        text, spoken_words = "Take down…", "Choose which of these posts are taken down"
        made = button(Act.PAUSE_LISTS, text, view.pause_id, spoken_words, style="danger")
        return [made] if goes else []
    which = "Show more" if more else f"Show all {len(posts)}"
    text = f"{which}, take down…" if goes else f"{which}…"
    return [
        button(Act.PAUSE_LISTS, text, view.pause_id, f"{which} posts" + (", and take down" if goes else ""))
    ]


def _elsewhere(view: BannerView, place: Place) -> list[Block]:
    """What people must stop by hand, each at its place also once it is done: the button pressed twice must not say that
    the next one is."""
    if not view.elsewhere:
        return []
    if not view.asks_elsewhere:
        return [said("What to stop yourself is on the message of the pause of everything.")]
    whole = len(view.elsewhere) <= SHOWN + ONE_MORE
    shown = view.elsewhere if whole else view.elsewhere[:SHOWN]
    drawn = [_elsewhere_title(view), *(_one_elsewhere(one, view, place) for one in shown)]
    if whole:
        return drawn
    hidden = view.elsewhere[SHOWN:]
    left = sum(one.by is None for one in hidden)
    how = f"{left} of them not done yet" if left else "all of them done"
    text = f"Show all {len(view.elsewhere)}…"
    opened = button(Act.PAUSE_LISTS, text, view.pause_id, "Show all that Byhand cannot stop")
    return [*drawn, small(f"and {len(hidden)} more, {how}"), actions(opened)]


def _elsewhere_title(view: BannerView) -> Block:
    of_drill = f"Byhand cannot stop these. In a drill just press {MARK}; stop nothing:"
    return lines([words(of_drill if view.account == DRILL else "Please stop these yourself:", bold=True)])


NOT_DONE = Ask(
    "Is it not stopped?",
    "It stands here again as something that has to be stopped.",
    "It is not stopped",
    "It is stopped",
)


def _one_elsewhere(one: ElsewhereView, view: BannerView, place: Place) -> Block:
    """Once it is done, its place is that of the way back, which asks first: a button may be pressed twice."""
    if one.by:
        at = f" {when(one.at, place)}" if one.at else ""
        told = said(f"{spoken(one.what, 100)}: stopped by {mention(one.by)}{at}")
        about = About(one.what, at=one.at, on="stopped", of_drill=view.account == DRILL)
        ask = ask_about(NOT_DONE, about, place)
        value, spoken_words = (
            format_elsewhere(view.pause_id, one.what, one.seen),
            cut(f"{one.what} is not stopped", LABEL),
        )
        undo = button(Act.NOT_DONE_ELSEWHERE, "Not stopped after all", value, spoken_words, ask=ask)
        return {**told, "accessory": undo}
    spoken_words = cut(f"{one.what} is stopped", LABEL)
    done = button(Act.DONE_ELSEWHERE, MARK, format_elsewhere(view.pause_id, one.what, one.seen), spoken_words)
    return {"type": "section", "text": plain(one.what, 200), "accessory": done}


# --- whole, in a dialog ------------------------------------------------------------------------------


MARK = "Mark as stopped"

FOR_GOOD = "They will be deleted for good."
WHERE_TICKED = "It will be deleted for good where it is ticked."
SILENCE = "Until somebody does, its card says that it is still up."


def draw_lists_dialog(view: BannerView, place: Place = NOWHERE) -> Block:
    """Everything the banner's lists hold, and what is to be taken down, to tick."""
    drawn, of_drill = _whole(view, place), view.account == DRILL
    asks = any(block["type"] == "input" for block in drawn)
    if asks:
        drawn = [said(f"*Tick what is to be taken down. {IN_A_DRILL if of_drill else FOR_GOOD}*"), *drawn]
    shown: Block = {
        "type": "modal",
        "callback_id": Dialog.PAUSE_LISTS.value,
        "private_metadata": view.pause_id,
        "title": plain("DRILL: what it found" if of_drill else "What the pause found", 24),
        "close": plain("Cancel" if asks else "Close", 24),
        "blocks": drawn or [said("Nothing is out, and nothing has to be stopped elsewhere.")],
    }
    return {**shown, "submit": plain("Take down", 24)} if asks else shown


def _whole(view: BannerView, place: Place) -> list[Block]:
    drawn: list[Block] = []
    left, offered = view.went_out_more, set[str]()
    under_way = (under_way_title(view.under_way), view.under_way)
    for title, out in (under_way, (WENT_OUT, view.went_out), (NEWEST, view.newest)):
        posts = group_by_post(out)
        drawn += [lines([words(title, bold=True)])] if posts else []
        for group in posts:
            if len(drawn) > WHOLE:
                left += len(group)
                continue
            drawn += _post_to_tick(group, view, place, offered, outcomes=out is view.under_way)
    drawn += [lines([words(f"… and {count(left, 'more send')}: see each card")])] if left else []
    if view.elsewhere and view.asks_elsewhere:
        shown = view.elsewhere[:ELSEWHERE_WHOLE]
        drawn += [_elsewhere_title(view), *(_one_elsewhere(one, view, place) for one in shown)]
        hidden = len(view.elsewhere) - len(shown)
        drawn += [lines([words(f"and {hidden} more")])] if hidden else []
    return drawn


def draw_take_down_dialog(card: PostCard, place: Place = NOWHERE) -> Block:
    """A published post's own: from which of its accounts. All that Byhand can delete is ticked, since that is what most
    want; the rest is deleted by a person, who says so here."""
    there, left = list_there(card), list_left_to_people(card)
    if len(left) == 1 and not there:
        return _draw_deleted_dialog(card, left[0], place)
    drawn = [draw_about(about_sends(card, [*there, *left]), place)]
    if there:
        field = ids.format_block(Field.TAKE_DOWN, there[0].id)
        options = [(send.title, send.id) for send in there]
        every = [send.id for send in there]
        drawn.append(several_field(field, "Take it down from", options, every, optional=bool(left)))
        drawn.append(said(f"*{WHERE_TICKED}*"))
    if left:
        drawn += _ask_people(left)
    submit = "Take down" if there else "I deleted it"
    return draw_dialog(Dialog.CHOOSE_DOWN, f"Take post {card.number} down?", card.seen, drawn, submit)


def _ask_people(left: Sequence[DeliveryView]) -> list[Block]:
    field = ids.format_block(Field.DELETED, left[0].id)
    options = [(f"I deleted it from {cut(send.title, 50)}", send.id) for send in left]
    return [
        said(f"*{_cannot(len(left))} Please delete {'it' if len(left) == 1 else 'them'} yourself:*"),
        lines(*(_where_it_is(send) for send in left[:WHOLE])),
        several_field(field, "Tick once it is gone", options, [], optional=True),
    ]


def _draw_deleted_dialog(card: PostCard, send: DeliveryView, place: Place) -> Block:
    """On its only account."""
    told = f"*{_cannot(1)}* Please delete it yourself, and then press *I deleted it*. {SILENCE}"
    drawn = [draw_about(about_send(card, send), place), said(told), lines(_where_it_is(send))]
    return {
        "type": "modal", "callback_id": Dialog.I_DELETED_IT.value, "private_metadata": send.id,
        "title": plain(f"Take post {card.number} down?", 24), "submit": plain("I deleted it", 24),
        "close": plain("Not yet", 24), "blocks": drawn,
    }  # fmt: skip


def _cannot(number: int) -> str:
    return f"Byhand cannot delete {'this one' if number == 1 else 'these'}."


def _where_it_is(send: DeliveryView) -> list[Part]:
    """Its address; of a story, a sign, where it was posted."""
    title = cut(send.title, 60)
    if send.url:
        return [words(f"{title}: ", bold=True), link(send.url, cut(send.url, 200))]
    return [words(f"{title}: ", bold=True), link(send.profile_url, f"open {title}")]


def _post_to_tick(
    group: Sequence[OutView], view: BannerView, place: Place, offered: set[str], *, outcomes: bool
) -> list[Block]:
    """`offered`: sends that stand further up already. A field is named for its send, so that what is ticked stays so
    where the dialog is drawn anew."""
    drawn = [lines(post_row(group, place, outcomes=outcomes))]
    if takeable := [one for one in list_takeable(group) if one.delivery_id not in offered]:
        offered |= {one.delivery_id for one in takeable}
        field = ids.format_block(Field.TAKE_DOWN, takeable[0].delivery_id)
        options = [(one.title, one.delivery_id) for one in takeable]
        which = f"{first_words(group[0].text, 40)} (post {group[0].number})"
        drawn.append(ticks_field(field, f"Take {which} down from", options))
    by_hand = by_hand_buttons(group, view.pause_id, place)
    return [*drawn, actions(*by_hand)] if by_hand else drawn
