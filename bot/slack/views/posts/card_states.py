"""The states of a card before anything was sent, one function each, in the order of a post's life.

A card is redrawn under people's fingers, so what stops never stands where [Approve] stands on another card: [Edit] and
something broad, or [Approve] and [Edit], come before it, and what takes a decision back comes last and asks first.
"""

from __future__ import annotations

from bot.domain.deliveries import State
from bot.domain.facts import FactKind
from bot.domain.preflight.objections import (
    Objection,
    ObjectionType,
    asks_to_look,
    list_against_go,
    list_blocking,
)
from bot.domain.shown.post_screens import GateShut, PostCard
from bot.domain.shown.state_words import describe_stopped
from bot.slack.ids import Act
from bot.slack.views.blocks import Block, Message, head, lines, said, words
from bot.slack.views.pause.stays import tell_stays
from bot.slack.views.posts import card_parts as parts
from bot.slack.views.posts.card_look import CardLook
from bot.slack.views.quotes import first_words
from bot.slack.views.text import (
    AGO,
    DEADLINE,
    TIME,
    Place,
    countdown,
    cut,
    end,
    listing,
    mention,
    mentions,
    one_line,
    spoken,
    token,
    until,
    when,
)

LOOK = (Act.PREVIEW, Act.HISTORY)
NOT_BEGUN = (State.READY, State.CLAIMED)
HEAD_REASON = 200  # characters of a reason in the first block


# --- a decision is needed ----------------------------------------------------------------------------


def waiting(card: PostCard, place: Place) -> CardLook:
    """Decide by …; again, if approvals have ended; Please fix first, if something stops approval."""
    stopped = list_blocking(card.objections)
    waived = any(each.waived for each in card.approvals)
    if card.asks_go and not list_against_go(stopped, waived=waived):
        return _still_right(card, place)
    if card.nobody_may_approve:
        return _locked_out(card, place)
    waivable = all(objection.waivable for objection in stopped)
    yes = (Act.APPROVE,) if not stopped else (Act.APPROVE_ANYWAY,) if waivable else ()
    yes = () if card.all_have_approved and not card.asks_go else yes
    undo = (Act.UNDO,) if card.approvals else ()
    first = (Act.EDIT, *(yes or (Act.PICK_TIME,))) if stopped else (*yes, Act.EDIT)
    return CardLook(
        text=_ask(card, place),
        head=_fix_first(card, place) if stopped else _decide(card, place),
        about=_waiting_for(card, place, dated=bool(stopped)),
        notes=(*parts.locked(card), *(parts.ended(card.ended, place) if card.ended else ())),
        buttons=(*first, Act.KILL, *_be_there(card), *undo),
        menu=(Act.HOLD, *(() if Act.PICK_TIME in first else (Act.PICK_TIME,)), *_post_now(card), *LOOK),
        last=_silence(card, stopped=stopped),
        names_networks=bool(stopped),
        told=stopped if len(stopped) == 1 and len(stopped[0].sentence) <= HEAD_REASON else (),
    )


def _still_right(card: PostCard, place: Place) -> CardLook:
    """Its words were approved before: is the moment right?"""
    moment = card.slot if card.slot and card.slot > card.now else None
    for_when = f" for {token(moment, TIME, place)}" if moment else ""
    who = "" if card.go_from else mentions(card.approvers)
    first = (Act.EDIT, Act.PICK_TIME) if card.go_from else (Act.GO, Act.EDIT)
    left = token(card.decide_by, AGO, place, countdown(card.decide_by, card.now)) if card.decide_by else ""
    asked = (" for ", moment, f"? {parts.titles(card)}") if moment else (f"? {parts.titles(card)}",)
    return CardLook(
        text=f"{who} Still right{for_when}? {spoken(parts.titles(card))}. Its words are approved.".lstrip(),
        head=head("Still right", *asked, place=place, pattern=DEADLINE),
        about=(_from_whom(card), parts.authors(card), left),
        notes=tuple(parts.ended(card.ended, place)) if card.ended else (),
        buttons=(*first, Act.KILL, *_be_there(card), Act.UNDO),
        menu=(Act.HOLD, *(() if Act.PICK_TIME in first else (Act.PICK_TIME,)), *LOOK),
        last=_silence_of_go(card, place),
    )


def _from_whom(card: PostCard) -> str:
    if card.go_from:
        return "Waiting for its time to come closer"
    if card.approver_says_go:
        who = f": {mentions(card.approvers)}" if card.approvers else ""
        return f"Waiting for an approver to say Go{who}"
    return "Waiting for anybody in the team to say Go"


def _silence_of_go(card: PostCard, place: Place) -> str:
    if card.go_from:
        asked = when(card.go_from, place)
        return f"Its words are approved. Whether the moment is right is asked in a new card {asked}."
    who = (
        "There was a pause since its words were approved, so only an approver can say Go. "
        if card.approver_says_go
        else ""
    )
    return f"{who}If nobody says Go, it is not published.{_tell_by_hand(card)}"


def _tell_by_hand(card: PostCard) -> str:
    """Before its slot, where a person posts it: a yes publishes nothing there. It begins with a blank."""
    titles = [one.title for one in card.accounts if one.by_hand]
    if not titles or card.slot is None or card.slot <= card.now:
        return ""
    where = spoken(cut(listing(titles), parts.TITLES))
    return f" Byhand cannot post to {where}: at its time this card asks which of you will."


def _be_there(card: PostCard) -> tuple[Act, ...]:
    return (Act.BE_THERE,) if any(one.kind is ObjectionType.SHIFT for one in card.objections) else ()


def _locked_out(card: PostCard, place: Place) -> CardLook:
    """Asks nobody for an approval that would be refused."""
    deadline = (f"its time is {when(card.slot, place)}",) if card.slot else ()
    return CardLook(
        text=f"Nobody may approve this as it stands: {spoken(parts.titles(card))}. The card says what you can do.",
        head=head(f"Nobody may approve this as it stands: {parts.titles(card)}", place=place),
        about=("Waiting for somebody who may approve it", parts.authors(card), *deadline),
        notes=(*parts.locked(card), *(parts.ended(card.ended, place) if card.ended else ())),
        buttons=(Act.EDIT, Act.PICK_TIME, Act.HOLD, Act.KILL),
        menu=LOOK,
        last="It is not published unless somebody who may approve it does.",
    )


def _decide(card: PostCard, place: Place) -> Block:
    again = " again" if card.ended else ""
    if card.decide_by is None:
        return head(f"Decide{again}: {parts.titles(card)}", place=place)
    by = (f"Decide{again} by ", card.decide_by, f": {parts.titles(card)}")
    return head(*by, place=place, pattern=DEADLINE)


def _fix_first(card: PostCard, place: Place) -> Block:
    stopped = list_blocking(card.objections)
    what = one_line(stopped[0].sentence, HEAD_REASON) if len(stopped) == 1 else f"{len(stopped)} things"
    return head(f"Please {_do(stopped)} first: {what}", place=place)


def _do(stopped: tuple[Objection, ...]) -> str:
    return "look" if asks_to_look(stopped) and len(stopped) == 1 else "fix"


def _waiting_for(card: PostCard, place: Place, *, dated: bool) -> tuple[str, ...]:
    who = mentions(card.approvers)
    deadline = ""
    if card.decide_by:
        left = token(card.decide_by, AGO, place, countdown(card.decide_by, card.now))
        deadline = f"decide by {until(card.decide_by, place)}, {left}" if dated else left
    return f"Waiting for {who}" if who else "Waiting", parts.authors(card), deadline, parts.approved_of(card)


def _ask(card: PostCard, place: Place) -> str:
    """ "@approvers Decide by 09:00: Mastodon + Bluesky. @Maya wrote it."."""
    by = f" by {token(card.decide_by, TIME, place)}" if card.decide_by else ""
    again = " again" if card.ended else ""
    stopped = list_blocking(card.objections)
    ask = f"Please {_do(stopped)} first, then decide{by}" if stopped else f"Decide{again}{by}"
    if card.ended and card.ended.later:
        who = dict.fromkeys(
            (*([card.ended.by] if card.ended.by else []), *(by for by, _ in card.ended.later))
        )
        why = f"Changed by {mentions(who)} since it was approved."
    elif card.ended and card.ended.by:
        why = (
            f"{mention(card.ended.by)} {parts.name_ending(card.ended.by, card.ended.what, card.ended.whose)}."
        )
    else:
        why = parts.who_wrote(card)
    return f"{mentions(card.approvers)} {ask}: {spoken(parts.titles(card))}. {why}".lstrip()


def _silence(card: PostCard, *, stopped: tuple[Objection, ...]) -> str:
    if stopped:
        done = "looks" if _do(stopped) == "look" else "fixes it"
        return f"If nobody {done} and approves it, it is not published."
    at_once = card.slot is not None and card.decide_by is not None and card.decide_by > card.slot
    return ("It goes out as soon as it is approved. " if at_once else "") + (
        "If nobody decides, it is not published." + _tell_by_hand(card)
    )


def paused(card: PostCard, gate: GateShut, place: Place) -> CardLook:
    """Nobody approves while publishing is paused."""
    account = None if gate.account is None else cut(gate.scope, 60)
    what = describe_stopped(account, parts.titles(card))
    slot = f"Its time is {when(card.slot, place)}. " if card.slot else ""
    return CardLook(
        text=f"{spoken(what)}. It {_will_need(card)}.",
        head=head(what, place=place),
        about=(f"Paused by {mention(gate.by)} {when(gate.at, place)}", _will_need(card)),
        notes=(*parts.because(gate.reason), *_beside(gate, place)),
        buttons=(Act.EDIT, Act.PICK_TIME, Act.HOLD, Act.KILL),
        menu=LOOK,
        last=f"{slot}If that passes during the pause, it is not published.",
    )


def _will_need(card: PostCard) -> str:
    """Only what was approved is approved again."""
    if card.asks_go:
        return "will need an approver to confirm its time"
    return f"will need {'a new' if card.was_approved else 'an'} approval"


def _beside(gate: GateShut, place: Place) -> list[Block]:
    """Its accounts that are paused by themselves too."""
    return [said(f"*When everything is resumed:* {tell_stays(gate.beside, place)}")] if gate.beside else []


def waits_whole(card: PostCard, gate: GateShut, place: Place) -> CardLook:
    """One account of several is paused: the whole post waits, unless somebody leaves that account out."""
    title = cut(gate.scope, 60)
    slot = f"Its time is {when(card.slot, place)}. " if card.slot else ""
    return CardLook(
        text=f"{mention(gate.by)} paused {spoken(title)}, so this post waits: {spoken(parts.titles(card))}.",
        head=head(f"{title} is paused, so this post waits", place=place),
        about=(f"Paused by {mention(gate.by)} {when(gate.at, place)}", _will_need(card)),
        notes=tuple(parts.because(gate.reason)),
        without=(gate.account or "", title),
        buttons=(Act.EDIT, Act.PICK_TIME, Act.HOLD, Act.KILL),
        menu=LOOK,
        last=f"{slot}If that passes during the pause, it is not published anywhere.",
        names_networks=True,
    )


def approved(card: PostCard, place: Place) -> CardLook:
    """Waits for its slot."""
    ahead = card.slot is not None and card.slot > card.now
    moment = (card.slot,) if ahead and card.slot else ("now",)
    by_hand = all(one.by_hand for one in card.accounts)
    what = "one of you posts it" if by_hand else "goes out"
    due = f"{what} {token(card.slot, TIME, place)}" if ahead and card.slot else f"{what} now"
    return CardLook(
        text=f"Approved: {due}, {spoken(parts.titles(card))}.",
        head=head(f"Approved: {what} ", *moment, f", {parts.titles(card)}", place=place),
        about=(parts.authors(card),),
        notes=tuple(parts.sends(parts.stuck(card.deliveries))),
        buttons=(Act.EDIT, Act.PICK_TIME if ahead else Act.PREVIEW, Act.HOLD, Act.KILL, Act.UNDO),
        menu=(*_post_now(card), *LOOK) if ahead else (Act.HISTORY,),
        last=f"{_silence_of_approved(card, by_hand=by_hand, ahead=ahead)} An edit needs a new approval.",
    )


def _silence_of_approved(card: PostCard, *, by_hand: bool, ahead: bool) -> str:
    if by_hand:
        return f"If nobody posts it, it is not published.{_tell_by_hand(card)}"
    return f"If nobody stops it, it goes out {'then' if ahead else 'now'}.{_tell_by_hand(card)}"


# --- nothing will go out unless somebody acts --------------------------------------------------------


def held(card: PostCard, place: Place) -> CardLook:
    return CardLook(
        text=f"On hold: {spoken(parts.titles(card))}.",
        head=head(f"On hold: {parts.titles(card)}", place=place),
        about=_done("Brought back" if _is_brought_back(card) else "Held", card, place),
        notes=(
            *parts.because(card.reason),
            *parts.still_paused(card.gate, place),
            *parts.locked_out(card),
        ),
        buttons=(Act.PICK_TIME, Act.EDIT, Act.KILL),
        menu=(*_post_now(card), *LOOK),
        last=_needs_a_time(card),
    )


def _is_brought_back(card: PostCard) -> bool:
    return card.arrival is not None and card.arrival.how is FactKind.BROUGHT_BACK


def _needs_a_time(card: PostCard) -> str:
    passed = "Its slot had passed when it was brought back. " if _is_brought_back(card) and card.slot else ""
    return f"{passed}It is not published until somebody picks a new time."


def killed(card: PostCard, place: Place) -> CardLook:
    return CardLook(
        text=f"Killed: will not be published. {spoken(parts.titles(card))}.",
        head=head("Killed: will not be published", place=place),
        about=_done("Killed", card, place),
        notes=tuple(parts.because(card.reason)),
        buttons=(Act.BRING_BACK,),
        menu=LOOK,
        names_networks=True,
    )


def missed(card: PostCard, place: Place) -> CardLook:
    why = f": {one_line(card.reason, HEAD_REASON)}" if card.reason else ""
    slot = ("Missed its slot ", card.slot) if card.slot else ("Missed its slot",)
    told = f"Missed its slot at {token(card.slot, TIME, place)}" if card.slot else "Missed its slot"
    return CardLook(
        text=f"{end(told + spoken(why))} {spoken(parts.titles(card))}.",
        head=head(*slot, why or ": nobody decided", place=place),
        about=(parts.authors(card),),
        notes=(
            *parts.sends([send for send in card.deliveries if send.state not in NOT_BEGUN]),
            *parts.still_paused(card.gate, place),
            *parts.locked_out(card),
        ),
        buttons=(Act.PICK_TIME, *_post_now(card), Act.EDIT, Act.KILL),
        menu=LOOK,
        last=f"It is not published unless somebody picks a new time{' or posts it now' if _post_now(card) else ''}.",
        names_networks=True,
    )


def moved(card: PostCard, place: Place) -> CardLook:
    """Its slot is ahead of the lead again: this card has nothing to ask until a new one comes."""
    slot = ("Moved to ", card.slot) if card.slot else ("Moved",)
    to = f" to {when(card.slot, place)}" if card.slot else ""
    return CardLook(
        text=f"Moved{to}: a new card comes before that. {spoken(parts.titles(card))}.",
        head=head(*slot, ": a new card comes before that", place=place),
        about=_done("Moved", card, place),
        notes=tuple(parts.still_paused(card.gate, place)),
        buttons=(Act.EDIT, Act.PICK_TIME, Act.HOLD, Act.KILL),
        menu=LOOK,
        last="There is nothing to do now. It is not published without a decision on its new card.",
        names_networks=True,
    )


def draft(card: PostCard, place: Place) -> CardLook:
    return CardLook(
        text=f"A draft again: it has no time yet. {spoken(parts.titles(card))}.",
        head=head("A draft again: it has no time yet", place=place),
        about=_done("Made a draft", card, place),
        buttons=(Act.PICK_TIME, Act.EDIT, Act.KILL),
        menu=LOOK,
        last="It is not published until somebody picks a time.",
        names_networks=True,
    )


def drill_over(card: PostCard) -> Message:
    """Of a drill that has ended: one line, since there is nothing to decide, and nothing to press."""
    quoted = first_words(card.accounts[0].text if card.accounts else "")
    told = f"DRILL is over: nothing was published of {quoted} (post {card.number})"
    return Message("DRILL is over: nothing was published.", [lines([words(told)])])


def _post_now(card: PostCard) -> tuple[Act, ...]:
    """It is an approval, too: nobody gives one while publishing is paused, of what has to be fixed first, or of what
    too few may approve: it would end the approvals there are, and be missed."""
    refused = card.gate or card.locked or list_blocking(card.objections)
    return () if refused else (Act.POST_NOW,)


def _done(what: str, card: PostCard, place: Place) -> tuple[str, ...]:
    """ "Killed by @Tom today at 08:21", "written by @Maya"."""
    by = f" by {mention(card.status_by)}" if card.status_by else ""
    return f"{what}{by} {when(card.status_at, place)}", parts.authors(card)
