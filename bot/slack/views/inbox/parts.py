"""What the screens of the inbox share: a customer's name, their words and images, who waits since when.

A customer's name is always put between “ and ”, because names are free text, and one that reads "Byhand" or "Approved
by Tom" would otherwise pass for a line of ours. Their words are always in a quote, cut where they are long, with [Show
all] for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from bot.domain.conversations import Happened, Meanwhile
from bot.domain.kinds import AttachmentType
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.ranking import PRIVATELY
from bot.domain.shown.inbox_screens import (
    AttachmentView,
    CustomerView,
    DraftView,
    PostLink,
    ReplyForm,
    WordsView,
)
from bot.domain.shown.state_words import TAKEN_DOWN, describe_replies_stopped
from bot.domain.shown.stopped_replies import RepliesShut
from bot.slack import ids
from bot.slack.views.blocks import Block, Part, Room, button, lines, link, moment, quote, said, small, words
from bot.slack.views.text import (
    AGO,
    Place,
    between_marks,
    countdown,
    cut,
    length,
    literal,
    mention,
    one_line,
    permalink,
    spoken,
    token,
    until,
    when,
)

WORDS = 1500  # characters of a customer's message on a card or a line
ROWS = 30  # lines of it
MORE = "… (cut here; Show all has the rest)"
IMAGES = 4  # of one message; the others are counted
ALT = 300  # characters of an image's description

REPLY, DONE = "Reply", "Done"  # what sentences call these buttons
NO_WORDS = "(no words)"
ERASED = "The words were erased."
NOT_PASSED_ON = "Byhand may not pass on what people write there, nor who they are"


# --- who ---------------------------------------------------------------------------------------------


def called(customer: CustomerView) -> str:
    """ "“Lena K.”", literal; their handle if they have no name that can be seen."""
    if customer.withheld or (not customer.handle and customer.name == "a customer"):  # erased
        return customer.name
    return between_marks(customer.name) or between_marks(customer.handle) or "a customer"


def about_customer(customer: CustomerView) -> list[Part]:
    """ "“Lena K.” @lena@example.org · 12 followers · profile"."""
    row: list[Part] = [words(called(customer), bold=True)]
    handle = one_line(literal(customer.handle), 100)
    rest = [f" {handle}"] if handle else []
    if customer.followers is not None:
        rest.append(f" · {customer.followers:,} follower{'' if customer.followers == 1 else 's'}")
    row += [words("".join(rest))] if rest else []
    return [*row, words(" · "), link(customer.url, "profile")] if customer.url else row


# --- their words -------------------------------------------------------------------------------------


def their_words(said_there: WordsView, room: Room) -> list[Block]:
    """A message as it is now: quoted, its images as links, and whether it was changed or taken away."""
    if said_there.erased:
        return [lines([words(ERASED)])]
    if said_there.withheld:  # that there is something, and where, is said before
        return []
    nothing = not literal(said_there.text) and (said_there.deleted or said_there.attachments)
    drawn = [] if nothing else quoted(said_there.text, room)
    drawn += images(said_there.attachments)
    if said_there.deleted:
        drawn.append(lines([words("Deleted by its author on the network.")]))
    elif said_there.edited:
        drawn.append(lines([words("Changed by its author since; these are the words now.")]))
    return drawn


def last_message(about: ReplyForm | DraftView, place: Place, room: Room) -> list[Block]:
    """What an answer answers, above it, and what they wrote after that: of older answers it is not their last."""
    if about.last is None:
        return []
    whose = "Their message" if about.since else "Their last message"
    drawn = [said(f"*{whose},* {when(about.last.at, place)}:"), *their_words(about.last, room)]
    shown = about.since[-room.groups :]
    for number, each in enumerate(shown):
        at = f"{when(each.at, place)}:"
        drawn += [small(at) if number else said(f"*They wrote again since,* {at}"), *their_words(each, room)]
    more = about.more_since + len(about.since) - len(shown)
    return [*drawn, small(f"and {more} more in between")] if more else drawn


def quoted(text: str, room: Room) -> list[Block]:
    """Words of theirs behind a bar; what cannot be seen is said without one."""
    shown = literal(text)
    return [quote(_shortened(shown, room), WORDS)] if shown else [lines([words(NO_WORDS)])]


def is_cut(text: str, room: Room) -> bool:
    shown = literal(text)
    return _shortened(shown, room) != shown


def _shortened(shown: str, room: Room) -> str:
    """At most WORDS characters and ROWS lines."""
    rows = shown.split("\n")
    limit = min(room.text, WORDS)
    if len(rows) > ROWS:
        return cut("\n".join(rows[:ROWS]), limit - length(MORE), "") + MORE
    return cut(shown, limit, MORE)


def show_all(said_there: WordsView, number: int | None = None) -> Part:
    whose = f" of conversation {number}" if number else ""
    return button(ids.Act.SHOW_ALL, "Show all", said_there.message_id, f"Show all of this message{whose}")


def images(attached: Sequence[AttachmentView]) -> list[Block]:
    """A link each, with its description in the customer's words. The link's own words are ours: theirs could
    name any address."""
    files, rows = count(1), list[list[Part]]()
    of = sum(each.kind in _KIND for each in attached)
    for each in attached[:IMAGES]:
        rows.append(_image(each, next(files), of) if each.kind in _KIND else _pointed_at(each))
    if len(attached) > IMAGES:
        rows.append([words(f"and {len(attached) - IMAGES} more on the network")])
    return [lines(*rows)] if rows else []


_KIND = {AttachmentType.IMAGE: "Image", AttachmentType.VIDEO: "Video", AttachmentType.OTHER: "File"}
_POINTED_AT = {AttachmentType.QUOTE: "Quotes a post", AttachmentType.LINK: "Links to a page"}
_SEE = {AttachmentType.QUOTE: "view that post", AttachmentType.LINK: "open that page"}
_ALONE = {
    AttachmentType.IMAGE: "an image",
    AttachmentType.VIDEO: "a video",
    AttachmentType.OTHER: "a file",
    AttachmentType.QUOTE: "a quoted post",
    AttachmentType.LINK: "a link",
}


def name_attached(attached: Sequence[AttachmentView]) -> str:
    """What there is where there are no words: "an image"."""
    return _ALONE[attached[0].kind] if attached else "no words"


def _image(one: AttachmentView, number: int, of: int) -> list[Part]:
    which = f"{_KIND[one.kind]}{f' {number} of {of}' if of > 1 else ''}"
    alt = between_marks(one.alt, ALT)
    described = f": {alt}" if alt else " (its author did not describe it)"
    return [link(one.url, which), words(described)]


def _pointed_at(one: AttachmentView) -> list[Part]:
    """ "Quotes a post: “Fresh rye today” · see that post"."""
    alt = between_marks(one.alt, ALT)
    what = f"{_POINTED_AT[one.kind]}: {alt}" if alt else _POINTED_AT[one.kind]
    return [words(f"{what} · "), link(one.url, _SEE[one.kind])]


def reasons(found: Sequence[str], limit: int = 300) -> str:
    """Why to look here first, literal: "“broken”, third message". The words are a customer's."""
    return one_line(literal(", ".join(_WHY.get(each, each) for each in found)), limit)


_WHY = {PRIVATELY: "it is a private message"}


# --- an answer of ours ---------------------------------------------------------------------------------


def name_account(about: ReplyForm | DraftView) -> str:
    """ "on Instagram from @dockbakery": where an answer goes out, and as whom."""
    title, us = one_line(about.title, 60), one_line(about.us, 100)
    return " ".join([*([f"on {title}"] if title else []), *([f"from {us}"] if us != title else [])])


def until_when(about: ReplyForm | DraftView, place: Place) -> list[Block]:
    """Where the network takes an answer for a while only."""
    if about.answers_end is None:
        return []
    return [small(f"It can be answered until {until(about.answers_end, place)}.")]


def from_to(about: ReplyForm | DraftView, place: Place, *, how: bool = False) -> list[Block]:
    """ "On Mastodon from @dockbakery to “Lena K.” @lena@example.org", and until when it is taken. `how`: "Public reply"
    before it, where the dialog's title does not say so."""
    what = f"{'Private' if about.private else 'Public'} reply " if how else ""
    told = f"{what}{name_account(about)} to "
    row = lines([words(f"{told[:1].upper()}{told[1:]}"), *about_customer(about.customer)])
    return [row, *until_when(about, place)]


# --- which post, how long, what happened -------------------------------------------------------------


def name_the_post(post: PostLink) -> str:
    """ "the post “We baked…”": not a customer's words."""
    return name_post_by_words(post.text, post.number, "the post ")


def about_post(post: PostLink, place: Place) -> Block:
    """ "About the post “We baked…” · open its card · view the post"; or since when it is gone."""
    row = [words(f"About {name_the_post(post)}"), *where_the_post_is(post, place)]
    if post.url and not post.gone_at:
        row += [words(" · "), link(post.url, "view the post")]
    return lines(row)


def where_the_post_is(post: PostLink, place: Place) -> list[Part]:
    """ " · open its card"; and since when it is gone."""
    row = [words(" · "), link(permalink(post.card, place), "open its card")] if post.card else []
    if post.gone_at:
        row += [words(" · "), words(f"{TAKEN_DOWN} ", bold=True), moment(post.gone_at, place)]
    return row


def waits_since(since: datetime, now: datetime, place: Place) -> str:
    """mrkdwn: "waiting since today at 10:05 (12 minutes ago)"; the reader's Slack keeps both true."""
    return f"waiting since {when(since, place)} ({token(since, AGO, place, countdown(since, now))})"


def tell_stopped(shut: RepliesShut, place: Place, title: str | None = None) -> str:
    """mrkdwn: "Replies stopped by @Tom today at 09:05.". `title`: of the account, where several are meant."""
    by = mention(shut.by) if shut.by else "somebody"
    return describe_replies_stopped(by, when(shut.at, place), spoken(title, 60) if title else None)


def happened(each: Meanwhile, place: Place, room: Room) -> list[Block]:
    """One thing that came in between, and its words as they are now."""
    drawn = [said(f"*{_what(each)}* {when(each.at, place)}")]
    return drawn + quoted(each.text, room) if each.text else drawn


def _what(each: Meanwhile) -> str:
    match each.what:
        case Happened.ANSWERED:
            return f"{mention(each.by) if each.by else 'Somebody in the network’s own app'} answered"
        case Happened.WROTE:
            return "The customer wrote again"
        case Happened.EDITED:
            return "The customer changed a message"
        case Happened.DELETED:
            return "The customer deleted a message"
