"""The parts a card is made of: what will be published, what is against it, who approved, where it went."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.approvals import GO_TAKEN_BACK, TAKEN
from bot.domain.deliveries import State
from bot.domain.people import LOSSES
from bot.domain.preflight.objections import Level, Objection, asks_to_look
from bot.domain.shown.authorship import Authorship
from bot.domain.shown.inbox_screens import ComplaintsView
from bot.domain.shown.post_screens import AccountView, DeliveryView, Ended, GateShut, ImageView, PostCard
from bot.domain.shown.state_words import describe_who_paused
from bot.slack.views.blocks import (
    Block,
    Part,
    Room,
    bullets,
    image,
    lines,
    link,
    moment,
    quote,
    say_reason,
    small,
    words,
)
from bot.slack.views.pause.sent import gone, how_it_goes
from bot.slack.views.quotes import list_titles
from bot.slack.views.text import (
    Place,
    count,
    cut,
    listing,
    mention,
    mentions,
    one_line,
    permalink,
    spoken,
    when,
)

REASON = 500  # characters of what a person or a network gave as a reason
TITLES = 200  # characters of the networks' names in one line
LABEL, NOTE = "Label: ", "Note for reviewers: "
DIFF = 8  # lines of a change that are shown
NAME = 60  # characters of a person's
RULES = 5  # of those that have to approve
SENDS = 5  # sends with a line and buttons of their own; the next move up as these are settled


def titles(card: PostCard) -> str:
    """ "Mastodon + Bluesky"; literal."""
    return cut(card.titles, TITLES) or "no network yet"


# --- what will be published --------------------------------------------------------------------------


def group_same_texts(accounts: Sequence[AccountView]) -> list[tuple[str, list[AccountView]]]:
    """Each different text once, with the accounts that show it, in their order."""
    groups: dict[str, list[AccountView]] = {}
    for account in accounts:
        groups.setdefault(account.text, []).append(account)
    return list(groups.items())


def body(card: PostCard, room: Room, *, named: bool) -> list[Block]:
    """The texts as each network shows them, then the images. `named`: over a single text, too."""
    groups = group_same_texts(card.accounts)
    drawn = content_warning(card.warning)
    for text, accounts in groups[: room.groups]:
        if named or len(groups) > 1:
            drawn.append(lines([words(_titles(accounts), bold=True)]))
        drawn.append(quote(text, room.text) if text.strip() else lines([words("(no text)")]))
        drawn += hashtags(accounts)
    if len(groups) > room.groups:
        left = count(len(groups) - room.groups, "more text")
        drawn.append(lines([words(f"… and {left} (cut here; Preview shows all)")]))
    return drawn + pictures(card.images, room)


def content_warning(warning: str) -> list[Block]:
    """It is approved with the rest, and stands before it."""
    return [lines([words("Content warning: ", bold=True), words(cut(warning, REASON))])] if warning else []


def hashtags(accounts: Sequence[AccountView]) -> list[Block]:
    """ "Hashtags on Bluesky: #bread, #rye": what Byhand makes one there; other networks do it by themselves."""
    tagged = [account for account in accounts if account.tags]
    if not tagged:
        return []
    tags = ", ".join(dict.fromkeys(tag for account in tagged for tag in account.tags))
    return [lines([words(f"Hashtags on {_titles(tagged)}: "), words(cut(tags, REASON))])]


def _titles(accounts: Sequence[AccountView]) -> str:
    return cut(" + ".join(account.title for account in accounts), TITLES)


def pictures(images: Sequence[ImageView], room: Room, *, sized: bool = False) -> list[Block]:
    """Each image and, in words, its alt text: it is approved with the rest, and Slack shows it to nobody."""
    drawn: list[Block] = []
    for number, picture in enumerate(images[: room.groups], 1):
        which = "Image" if len(images) == 1 else f"Image {number} of {len(images)}"
        alt = one_line(picture.alt, room.text) or "none yet"
        if picture.slack_file:
            drawn.append(image(picture.slack_file, cut(picture.alt, room.text)))
            led = ", ".join(
                filter(None, (which if len(images) > 1 or sized else "", picture.size if sized else ""))
            )
            drawn.append(lines([words(f"{led}. Alt text: {alt}" if led else f"Alt text: {alt}")]))
        else:
            drawn.append(lines([words(f"{which} (not shown here): {alt}")]))
    if len(images) > room.groups:
        left = count(len(images) - room.groups, "more image")
        drawn.append(lines([words(f"… and {left} (cut here; Preview shows all)")]))
    return drawn


def pictures_whole(images: Sequence[ImageView]) -> list[Block]:
    """For the preview: every image, its alt text as it is."""
    return pictures(images, Room(text=3000, groups=20, rows=20), sized=True)


def lengths(card: PostCard, room: Room) -> list[Block]:
    """How long it is, only where that is near the limit or over it."""
    known = {objection.sentence for objection in card.objections}
    rows = []
    for account in card.accounts:
        problem = (account.problem or "").rstrip(".")
        trouble = problem if problem not in known else None
        if account.near_limit or trouble:
            rows.append(length_of(account) + (f". {trouble}" if trouble else ""))
    return [bullets("Length:", rows, room.rows)] if rows else []


def length_of(account: AccountView) -> str:
    """ "Mastodon 480/500 characters"."""
    return f"{cut(account.title, 60)} {account.length}/{account.limit} {account.unit}"


# --- what is against it ------------------------------------------------------------------------------

_TITLE = {Level.BLOCK: "Please fix first:", Level.WARN: "Please check:", Level.NOTE: "Good to know:"}


def objections(found: Sequence[Objection], room: Room) -> list[Block]:
    """One list for each level, loudest first."""
    looks = [objection for objection in found if asks_to_look((objection,))]
    groups = {"Please look first:": looks}
    for level, title in _TITLE.items():
        groups[title] = [each for each in found if each.level is level and each not in looks]
    return [
        bullets(title, [each.sentence for each in rows], room.rows) for title, rows in groups.items() if rows
    ]


# --- who said what -----------------------------------------------------------------------------------


def complaints(found: Sequence[ComplaintsView], place: Place) -> list[Block]:
    """ "12 complaints on Mastodon since today at 14:10 · open the card": whoever approves is to know."""
    rows = []
    for one in found[:3]:
        told = f"{count(one.count, 'complaint')} on {cut(one.title, 60)} since "
        look = [words(" · "), link(permalink(one.card, place), "open the card")] if one.card else []
        rows.append([words(told, bold=True), moment(one.since, place, bold=True), *look])
    return [lines(*rows)] if rows else []


def authors(card: PostCard) -> str:
    """ "written by @Maya", "written by @Tom, planned by @Maya", "imported from a plan, changed by @Ines"."""
    if card.of_drill:
        return "part of a drill: nothing is really published"
    told = Authorship(card.written_by, card.changed_by, card.planned_by).describe()
    return ", ".join(f"{did} {listing([name(card, each) for each in who])}".rstrip() for did, who in told)


def who_wrote(card: PostCard) -> str:
    """The same as a sentence: "@Maya wrote it, and @Ines changed it."."""
    if card.of_drill:
        return "It is part of a drill."
    did = [f"{name(card, card.written_by)} wrote it" if card.written_by else "It was imported from a plan"]
    did += [f"{name(card, card.planned_by)} planned it"] if card.planned_by else []
    did += (
        [f"{listing([name(card, each) for each in card.changed_by])} changed it"] if card.changed_by else []
    )
    *before, last = did
    return f"{', '.join(before)}, and {last}." if before else f"{last}."


def name(card: PostCard, person: str) -> str:
    """Somebody of whom nothing is wanted: a mention would ring their phone with each new card. One whose name nobody
    has told us yet is mentioned all the same."""
    known = dict(card.names).get(person)
    return spoken(known, NAME) if known else mention(person)


def approved_of(card: PostCard) -> str:
    """ "1 of 2 approvals (@Tom)"; "words approved by @Tom"; by rule, where others than the team's approvers are named:
    "approvals: 1 of 1 for LinkedIn and 0 of 1 for Mastodon (@Tom)"."""
    have = len(card.approvals)
    if card.asks_go:
        return f"words approved by {listing([name(card, each.by) for each in card.approvals])}"
    by = f" ({listing([name(card, each.by) for each in card.approvals])})" if have else ""
    if card.rules:
        rules = [f"{one.have} of {one.needed} for {spoken(one.where, NAME)}" for one in card.rules[:RULES]]
        return f"approvals: {listing(rules)}{by}"
    return (
        f"{have} of {count(card.needed, 'approval')}{by}"
        if have
        else f"{count(card.needed, 'approval')} needed"
    )


def approved_by(card: PostCard, place: Place) -> str:
    """ "by @Tom today at 08:21 and @Ina today at 08:30"; where the moment was asked for apart, ", Go by @Maya
    today at 08:41"."""
    shown = [f"{name(card, each.by)} {when(each.at, place)}" for each in card.approvals[:5]]
    left = len(card.approvals) - len(shown)
    go = f", Go by {name(card, card.go.by)} {when(card.go.at, place)}" if card.go else ""
    return f"by {listing([*shown, f'{left} more'] if left else shown)}{go}" if shown else ""


def released_by(card: PostCard, place: Place, word: str) -> str:
    """ "Released as a statement by @Maya today at 21:04 and @Tom today at 21:07"."""
    did = "Released" if word[:1].isupper() else "released"
    each = [f"{name(card, one.by)} {when(one.at, place)}" for one in card.released]
    return f"{did} as a statement by {listing(each)}"


def waivers(card: PostCard) -> list[Block]:
    """The reasons of those who approved anyway."""
    drawn = []
    did = "released it" if card.released else "approved"
    given = card.released or [*card.approvals, *([card.go] if card.go else [])]
    for each in [each for each in given if each.waived][:3]:
        drawn += [
            small(f"{mention(each.by)} {did} anyway, because:"),
            quote(each.waived or "", REASON, "…"),
        ]
    return drawn


def ended(what: Ended, place: Place) -> list[Block]:
    """Why given approvals have ended, and what changed."""
    told = tell_ended(what.by, what.what, what.whose, f" {when(what.at, place)}")
    drawn = [small(whose_lost(what.whose, what.what) if is_loss(what.by, what.what) else told)]
    if what.later:
        changes = listing([f"{mention(who)} {when(at, place)}" for who, at in what.later[-5:]])
        drawn.append(small(f"Changed after that by {changes}."))
    if what.diff:
        rows = [
            [words(_DIFF[sign], bold=True), words(one_line(text, 300))] for sign, text in what.diff[:DIFF]
        ]
        if len(what.diff) > DIFF:
            rows.append([words(f"… and {count(len(what.diff) - DIFF, 'more line')} (cut here)")])
        drawn.append(lines([words("What changed since it was approved", bold=True)], *rows))
    return drawn


_DIFF = {"-": "Before: ", "+": "Now: "}


def tell_ended(by: str | None, what: str, whose: Sequence[str], at: str = "") -> str:
    """ "@Maya changed the text today at 08:40. @Tom's approval has ended.", "@Tom took their own approval back." """
    told = f"{mention(by) if by else 'Byhand'} {name_ending(by, what, whose)}{at}."
    says_whose = what in TAKEN and bool(whose)
    return told if says_whose else f"{told} {whose_ended(whose)}".rstrip()


def name_ending(by: str | None, what: str, whose: Sequence[str]) -> str:
    """What somebody did that ended approvals; of one taken back, whose it was."""
    if what not in TAKEN or not whose:
        return spoken(what, 200)
    taken = "Go" if what == GO_TAKEN_BACK else "approval"
    return f"took {f'their own {taken}' if list(whose) == [by] else f'the {taken} of {mentions(whose)}'} back"


def whose_ended(whose: Sequence[str]) -> str:
    """ "@Tom's approval has ended."; "" if there was none."""
    if not whose:
        return ""
    if len(whose) == 1:
        return f"{mention(whose[0])}'s approval has ended."
    return f"The approvals of {mentions(whose)} have ended."


def is_loss(by: str | None, what: str) -> bool:
    """Nobody ended the approvals: their people lost the right."""
    return by is None and what in LOSSES


def whose_lost(whose: Sequence[str], why: str) -> str:
    """ "@Tom's approval no longer counts: not an approver any more." """
    if len(whose) == 1:
        return f"{mention(whose[0])}'s approval no longer counts: {why}."
    return f"The approvals of {mentions(whose)} no longer count: {why}."


def because(reason: str | None) -> list[Block]:
    return [say_reason(reason, REASON)] if reason and reason.strip() else []


def still_paused(gate: GateShut | None, place: Place, what: str = "") -> list[Block]:
    """ "Publishing is paused: nobody can post it now. @Maya paused it today at 08:11". `what`: what that keeps from
    being."""
    if gate is None:
        return []
    keeps = f": {what}" if what else ""
    return [
        small(describe_who_paused(f"{spoken(gate.sentence)}{keeps}", mention(gate.by), when(gate.at, place)))
    ]


def locked(card: PostCard) -> tuple[Block, ...]:
    """That too few may approve it, or nobody, and what can be done."""
    if card.locked is None:
        return ()
    return (lines([words(f"{card.locked.sentence} ", bold=True), words(card.locked.mend)]),)


def locked_out(card: PostCard) -> tuple[Block, ...]:
    """The same where that takes a button away: nobody may post it now, or try again."""
    return locked(card) if card.nobody_may_approve else ()


def extras(card: PostCard) -> list[Block]:
    """Label and note, and accounts that were left out; only where there are any."""
    left = f"{list_titles(card.left_out, TITLES)}. Edit can put that back." if card.left_out else ""
    return _titled(("Left out: ", left), (LABEL, card.label), (NOTE, card.note))


def for_colleagues(label: str, note: str) -> list[Block]:
    """What the public does not see of it; only where there is any."""
    return _titled((LABEL, label), (NOTE, note))


def _titled(*rows: tuple[str, str]) -> list[Block]:
    shown = [[words(title, bold=True), words(cut(text, REASON))] for title, text in rows if text.strip()]
    return [lines(*shown)] if shown else []


# --- where it went -----------------------------------------------------------------------------------

_DOES = {
    State.READY: "waits for its turn",
    State.CLAIMED: "is being prepared",
    State.SENDING: "is being sent",
    State.SENT: "published",
    State.REFUSED: "refused it",
    State.UNKNOWN: "no clear answer yet, Byhand is looking",
    State.DROPPED: "not sent",
}


def sends(deliveries: Sequence[DeliveryView]) -> list[Block]:
    """A line for each send: the network, what became of it, the link or the reason."""
    rows = [_send(send) for send in deliveries[:SENDS]]
    if len(deliveries) > SENDS:
        rows.append([words(f"and {len(deliveries) - SENDS} more")])
    return [lines(*rows)] if rows else []


def _send(send: DeliveryView) -> list[Part]:
    said = [words(f"{cut(send.title, 60)}: ", bold=True)]
    if send.state is State.SENT:
        if send.gone:
            return [*said, words("published, then taken down")]
        how = how_it_goes(send.take_down)
        title = cut(send.title, 60)
        shown = [link(send.url, f"View on {title}")] if send.url else [*said, words("published")]
        return [*shown, words(f" ({how})")] if how else shown
    reason = f": {one_line(send.reason, 300)}" if send.reason else ""
    does = "not sent yet, tried again by itself" if send in stuck([send]) else _DOES[send.state]
    return [*said, words(f"{does}{reason}")]


def stuck(deliveries: Sequence[DeliveryView]) -> list[DeliveryView]:
    """Those that something is in the way of, though they are tried again."""
    return [send for send in deliveries if send.state in (State.READY, State.CLAIMED) and send.reason]


def taken_down(deliveries: Sequence[DeliveryView], place: Place) -> str:
    """ "taken down by @Tom today at 12:20", below the line that says from where; of several, each by itself."""
    over = [send for send in deliveries if send.gone][:SENDS]
    told = [gone("" if len(over) == 1 else send.title, send.take_down, place) for send in over]
    return " · ".join(filter(None, told))
