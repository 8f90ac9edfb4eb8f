"""Posts of the same hour that ask whether the moment is right: one message for all, and the dialog that walks through
them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.domain.posts import Status
from bot.domain.preflight.objections import Level, only_asks_to_look
from bot.domain.shown.approval_requests import GoPage, GoRequestView, GoRow
from bot.domain.shown.post_screens import PostCard
from bot.domain.shown.state_words import TO_BE_POSTED, name_state
from bot.slack.ids import Act, Dialog
from bot.slack.values.go_request import GoPlace, format_go_place
from bot.slack.views.blocks import (
    Block,
    Message,
    Part,
    actions,
    fit,
    lines,
    moment,
    said,
    small,
    words,
)
from bot.slack.views.blocks import button as draw_button
from bot.slack.views.posts.card_buttons import press
from bot.slack.views.posts.card_parts import (
    approved_of,
    authors,
    body,
    complaints,
    ended,
    extras,
    lengths,
    name,
    objections,
    still_paused,
    tell_ended,
    titles,
    waivers,
)
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.quotes import first_words
from bot.slack.views.text import (
    AGO,
    DEADLINE,
    NOWHERE,
    TIME,
    Place,
    count,
    countdown,
    cut,
    listing,
    mentions,
    one_line,
    spoken,
    token,
    when,
)

TITLES = 100  # characters of the accounts in a line
NAMED = 3  # people who approved the words of a post, and complaints since, in its line
CHECKED = 150  # characters of what there is to check
SENTENCE = 600  # characters of why somebody cannot say Go
SILENCE = "If nobody says Go for a post, it is not published."
AFTER_PAUSE = "There was a pause: only an approver can say Go"
IF_STILL_PAUSED = "A post that is still paused at its time is not published."
WHOLE = (
    " *Read through* shows each post whole; once you have opened them all, you can say Go for all at once."
)


# --- the message -------------------------------------------------------------------------------------


def draw_go_request(view: GoRequestView, place: Place) -> Message:
    """It rings whoever is asked once; what becomes of its posts is drawn into it."""
    asking = view.asking
    if not asking:
        return _nothing_left(view.rows, place)
    posts, who = count(len(asking), "post"), mentions(view.called)
    left = _count_left(len(asking), len(view.rows))
    anybody = AFTER_PAUSE if _is_after_pause(asking) else "anybody in the team can say Go"
    drawn = fit(lambda room: [
        lines([words(f"{posts} ", bold=True), *_span(asking, place), words(": still right?", bold=True)]),
        small(f"for {mentions(view.people)}" if view.people else "", anybody, left),
        *_rows(view.rows, room.rows, place, after_pause=_is_after_pause(asking)),
        *_why_paused(view.rows, place),
        actions(draw_button(Act.READ_GO, "Read through", view.id, f"Read through {posts}", style="primary")),
        said(f"{SILENCE}{WHOLE if len(asking) > 1 else ''}"),
    ])  # fmt: skip
    return Message(f"{who} {posts} {_spoken_span(asking, place)}: still right? {SILENCE}".lstrip(), drawn)


def _is_after_pause(asking: Sequence[GoRow]) -> bool:
    """There was a pause since all of them were approved: then it is said once, above."""
    return all(row.card.approver_says_go for row in asking)


def _why_paused(rows: Sequence[GoRow], place: Place) -> list[Block]:
    """Who paused what keeps some of them, each pause once."""
    gates = {row.card.gate.scope: row.card.gate for row in rows if row.card.gate is not None}
    return [block for gate in gates.values() for block in still_paused(gate, place, "nobody can say Go")]


def _count_left(asking: int, of: int) -> str:
    return f"{asking} of {of} still {'needs' if asking == 1 else 'need'} a Go" if asking < of else ""


def _nothing_left(rows: Sequence[GoRow], place: Place) -> Message:
    """ "3 posts between 09:00 and 09:45 today: 2 approved, 1 on hold"."""
    stand = Counter(_name_state(row.card, short=True).lower() for row in rows)
    told = listing([f"{number} {state}" if len(stand) > 1 else state for state, number in stand.items()])
    posts, told = count(len(rows), "post"), f": {cut(told, 300)}"
    first = lines([words(f"{posts} ", bold=True), *_span(rows, place), words(told, bold=True)])
    paused = [row for row in rows if row.card.gate is not None]
    drawn = fit(lambda room: [
        first, *_why_paused(paused, place), *_list_states(paused[: room.rows], place),
        *([said(IF_STILL_PAUSED)] if paused else []),
    ])  # fmt: skip
    return Message(f"{posts} {_spoken_span(rows, place)}{told}.", drawn)


def _span(rows: Sequence[GoRow], place: Place) -> list[Part]:
    """ "between 09:00 and 09:45 today", "for 09:00 today"."""
    first, last = rows[0].slot, rows[-1].slot
    if _is_same_minute(rows):
        return [words("for ", bold=True), moment(last, place, DEADLINE, bold=True)]
    start = [words("between ", bold=True), moment(first, place, TIME, bold=True), words(" and ", bold=True)]
    return [*start, moment(last, place, DEADLINE, bold=True)]


def _spoken_span(rows: Sequence[GoRow], place: Place) -> str:
    first, last = token(rows[0].slot, TIME, place), token(rows[-1].slot, DEADLINE, place)
    return f"for {last}" if _is_same_minute(rows) else f"between {first} and {last}"


def _is_same_minute(rows: Sequence[GoRow]) -> bool:
    return len({row.slot.replace(second=0, microsecond=0) for row in (rows[0], rows[-1])}) == 1


def _rows(rows: Sequence[GoRow], most: int, place: Place, *, after_pause: bool) -> list[Block]:
    drawn = [block for row in rows[:most] for block in _row(row, place, after_pause=after_pause)]
    left = f"and {len(rows) - most} more, each on its own card"
    return [*drawn, lines([words(left)])] if len(rows) > most else drawn


def _row(row: GoRow, place: Place, *, after_pause: bool) -> list[Block]:
    """Those that do not ask: how they stand. One that asks in a moment has no button yet. `after_pause`: that there was
    one is said above."""
    if not (row.asks or row.soon):
        return [lines(_state(row, place))]
    card = row.card
    about = [
        moment(row.slot, place, TIME, bold=True),
        words(f" · {cut(card.titles, TITLES)} · {_named(card)}"),
    ]
    section = said(
        "\n".join(
            [_who_approved(card, place), *_since(card, place, after_pause=after_pause), *_to_check(card)]
        )
    )
    if row.asks:
        pressed = press(Act.GO, card, place)
        pressed.pop("style", None)  # there are many of them
        section["accessory"] = pressed
    return [lines(about), section]


def _named(card: PostCard) -> str:
    text = card.accounts[0].text if card.accounts else ""
    return f"{first_words(text)} (post {card.number})"


def _who_approved(card: PostCard, place: Place) -> str:
    """ "Words approved by Tom yesterday at 10:12"."""
    shown = [f"{name(card, each.by)} {when(each.at, place)}" for each in card.approvals[:NAMED]]
    left = len(card.approvals) - len(shown)
    return f"Words approved by {listing([*shown, f'{left} more'] if left else shown)}"


def _since(card: PostCard, place: Place, *, after_pause: bool) -> list[str]:
    """What has happened since its words were approved, so far as its card says it: a line, if there is anything."""
    told = [f"{count(one.count, 'complaint')} on {spoken(one.title, 60)}" for one in card.complaints[:NAMED]]
    what = [f"Since then: {listing(told)}."] if told else []
    if card.ended and not (after_pause and card.ended.by_a_pause):
        what.append(
            tell_ended(card.ended.by, card.ended.what, card.ended.whose, f" {when(card.ended.at, place)}")
        )
    if card.approver_says_go and not after_pause:
        what.append("Only an approver can say Go." if card.ended else f"{AFTER_PAUSE}.")
    return [" ".join(what)] if what else []


def _to_check(card: PostCard) -> list[str]:
    found = [one for one in card.objections if one.level is Level.WARN]
    return [f"*Please check:* {spoken(one_line(one.sentence, CHECKED))}" for one in found[:NAMED]]


def _state(row: GoRow, place: Place) -> list[Part]:
    """ "Approved · today at 09:00 · Mastodon · “Rye …” (post 4)"; of one that asks, without the first."""
    card = row.card
    told = _name_state(card)
    state = [] if row.asks or row.soon else [words(cut(told, 150), bold=True), words(" · ")]
    at = [moment(card.slot, place), words(" · ")] if card.slot else []
    return [*state, *at, words(f"{cut(card.titles, TITLES)} · {_named(card)}")]


def _name_state(card: PostCard, *, short: bool = False) -> str:
    if card.by_hand and card.status is Status.REVIEW and card.gate is None:
        return TO_BE_POSTED
    return name_state(
        card.status,
        card.deliveries,
        paused=card.gate is not None,
        approvals=card.have,
        needed=card.needed,
        asks_go=card.asks_go,
        fix=[one.sentence for one in card.in_the_way],
        look=only_asks_to_look(card.in_the_way),
        short=short,
    )


# --- the dialog --------------------------------------------------------------------------------------


def draw_go_page(page: GoPage, place: Place = NOWHERE) -> Block:
    """One post whole, with Go; behind the last, Go for all that were opened."""
    drawn = [lines([words(page.refused, bold=True)])] if page.refused else []
    if page.row is None:
        more, submit = _draw_last(page, place)
    else:
        more, submit = _draw_post(page, page.row, place), None if page.why_not else "Go"
    made = draw_dialog(Dialog.READ_GO, "Still right?", None, [*drawn, *more, *_turn(page)], submit)
    return {**made, "private_metadata": format_go_place(_place(page))}


def _draw_post(page: GoPage, row: GoRow, place: Place) -> list[Block]:
    card = row.card
    left = token(row.slot, AGO, place, countdown(row.slot, card.now)) if row.asks else ""
    at = f" · {when(card.slot, place)}" if card.slot else ""
    why = "There was a pause since its words were approved, so only an approver can say Go. "
    silence = f"{why if card.approver_says_go else ''}If nobody says Go, it is not published."
    return [
        said(f"*{page.place + 1} of {len(page.rows)}*{at} · {spoken(titles(card))}"),
        small(authors(card), approved_of(card), f"post {card.number}", left),
        *complaints(card.complaints, place),
        *(ended(card.ended, place) if card.ended else []),
        *fit(lambda room: [
            *body(card, room, named=False), *lengths(card, room), *objections(card.objections, room),
        ]),
        *waivers(card),
        *extras(card),
        small(spoken(page.why_not, SENTENCE) if page.why_not else silence),
    ]  # fmt: skip


def _draw_last(page: GoPage, place: Place) -> tuple[list[Block], str | None]:
    """What is left, and what can be said of it."""
    asking, others = page.asking, _list_states([row for row in page.rows if not row.asks], place)
    if not asking:
        return [said("*Done.* None of these posts needs a Go any more."), *others], None
    if page.why_not:
        return [*_list_states(asking, place), *others, small(spoken(page.why_not, SENTENCE))], None
    if page.unopened:
        told = "Go for all is offered once you have opened each post that needs one. Not opened yet, or changed since:"
        return [said(told), *_list_states(page.unopened, place), *others], None
    if len(asking) == 1:
        return [said("Go says that the moment is right:"), *_list_states(asking, place), *others], "Go"
    every = "both" if len(asking) == 2 else f"all {len(asking)}"
    told = f"You have seen {every}. *Go for {every}* says yes to each of them:"
    again = "If one of them changes before you press, none gets a Go, and you are told which."
    return [said(told), *_list_states(asking, place), *others, small(again)], f"Go for {every}"


def _list_states(rows: Sequence[GoRow], place: Place) -> list[Block]:
    shown = [_state(row, place) for row in rows]
    return [lines(*shown)] if shown else []


def _place(page: GoPage) -> GoPlace:
    """Behind the last only what can get a Go is carried on: the button says it of all of these."""
    if page.row is not None:
        return GoPlace(page.request_id, page.row.card.seen.post_id, page.opened)
    asking = [row.now for row in page.asking]
    return GoPlace(page.request_id, None, tuple(one for one in page.opened if one in asking))


def _turn(page: GoPage) -> list[Block]:
    ids = [*(row.card.seen.post_id for row in page.rows), None]
    done = page.row is None and not page.asking
    pressed = [_leaf(page, "Back", ids[page.place - 1])] if page.place > 0 and not done else []
    if page.row is not None:
        last = page.place + 1 == len(page.rows)
        end = "Go for all…" if len(page.asking) > 1 else "Finish"
        pressed.append(_leaf(page, end if last else "Next", ids[page.place + 1]))
    return [actions(*pressed)] if pressed else []


def _leaf(page: GoPage, text: str, to: str | None) -> Part:
    value = format_go_place(GoPlace(page.request_id, to))
    made = draw_button(Act.READ_GO, text, value, f"{text}: {'another post' if to else 'what is left'}")
    return {**made, "action_id": f"{Act.READ_GO.value}:{text.lower() if to else 'finish'}"}
