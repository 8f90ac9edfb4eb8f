"""Every id Slack carries for us, made and read here: of actions, blocks, dialogs, and the values of buttons.

The values are readable and unsigned: whoever presses a button can forge them. They say what was seen; rules decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversations import SeenConversation
from bot.domain.posts import DIGEST, Seen


class Malformed(ValueError):
    """A value that Slack handed us was not made here, or was mangled on its way."""


class Act(StrEnum):
    """action_ids: what a press asks for. In brackets what its value names."""

    APPROVE = "approve"  # [seen]
    APPROVE_ANYWAY = "approve_anyway"  # [seen] opens a dialog
    GO = "go"  # [seen]
    POST_IT = "post_it"  # [seen and account] by hand
    IT_IS_UP = "it_is_up"  # [delivery] opens a dialog
    NOT_UP = "not_up"  # [delivery]
    ASK_APPROVAL = "ask_approval"  # no value
    READ_THROUGH = "read_through"  # [request] opens a dialog; in that [page of a request], another post
    WANT_CHANGE = "want_change"  # [page of a request] opens a dialog
    READ_GO = "read_go"  # [go request] opens a dialog; in that [page of it], another post
    EDIT = "edit"  # [seen] opens a dialog
    CONVERT = "convert"  # [seen] images, so that they fit; in a dialog those that it holds
    KILL = "kill"  # [seen]
    HOLD = "hold"  # [seen] opens a dialog
    UNDO = "undo"  # [seen]
    BRING_BACK = "bring_back"  # [seen]
    POST_NOW = "post_now"  # [seen] a button asks first; from the menu it opens a dialog
    PICK_TIME = "pick_time"  # [seen] opens a dialog
    STOP_REST = "stop_rest"  # [seen]
    PREVIEW = "preview"  # [seen] opens a dialog
    HISTORY = "history"  # [seen] opens a dialog
    MORE = "more"  # the menu; [choice]
    TRY_AGAIN = "try_again"  # [delivery]
    IT_IS_THERE = "it_is_there"  # [delivery]
    OPEN_CARD = "open_card"  # a link button: acknowledge it, nothing else
    HOME_EDIT = "home_edit"  # [post] opens a dialog
    HOME_PICK_TIME = "home_pick_time"  # [post] opens a dialog
    NEW_POST = "new_post"  # no value; opens a dialog
    GO_ON = "go_on"  # [dialog] the new post that was begun in it before; "-": the latest
    START_OVER = "start_over"  # no value: in the dialog of a new post or a draft
    DISCARD = "discard"  # [seen] in Edit
    SAVE_DRAFT = "save_draft"  # no value: in a dialog, with the words that stand there
    OWN_WORDS = "own_words"  # [account] in a dialog: gives it a field of its own
    DUPLICATE = "duplicate"  # [post]
    DELETE_DRAFT = "delete_draft"  # [seen]
    ON_UNTIL = "on_until"  # no value; opens a dialog
    HAND_SHIFT = "hand_shift"  # no value; opens a dialog
    BE_THERE = "be_there"  # [seen]
    CHOOSE_PLAN = "choose_plan"  # no value; opens a dialog
    ANSWER_PLAN = "answer_plan"  # [plan] opens a dialog
    IMPORT_PLAN = "import_plan"  # [plan]
    CANCEL_PLAN = "cancel_plan"  # [plan]
    PLAN_ROWS = "plan_rows"  # [page of a plan's rows] opens a dialog; in that, another page
    DESCRIBE_PLAN = "describe_plan"  # [plan] opens a dialog; in that [plan and post] goes on behind that post
    ALL_DRAFTS = "all_drafts"  # [page of drafts] opens a dialog; in that, another page
    HOME_DAY = "home_day"  # [day] opens a dialog
    HOME_LOOKED = "home_looked"  # [account]
    TRY_ACCOUNT = "try_account"  # [account]
    HOME_PAUSE = "home_pause"  # opens a dialog
    HOME_INBOX = "home_inbox"  # [list of /social inbox] opens a dialog
    PAUSE_NOW = "pause_now"  # [scopes and reason]
    PUBLISH_WITHOUT = "publish_without"  # [seen and account]
    TAKE_DOWN = "take_down"  # [several deliveries]
    CHOOSE_DOWN = "choose_down"  # [seen] opens a dialog
    RESUME = "resume"  # [scope, of a drill its pause too] opens a dialog
    STOP_REPLIES = "stop_replies"  # [pause]
    DONE_ELSEWHERE = "done_elsewhere"  # [pause and what]
    NOT_DONE_ELSEWHERE = "not_done_elsewhere"  # [pause and what]
    I_DELETED_IT = "i_deleted_it"  # [pause and delivery]
    PAUSE_LISTS = "pause_lists"  # [pause] opens a dialog
    STATEMENT = "statement"  # [pause] opens a dialog
    PICK_STATEMENT = "pick_statement"  # [pause] opens a dialog over the one it stands in
    READ_STATEMENT = "read_statement"  # [pause and seen] opens a dialog
    WITHDRAW = "withdraw"  # [pause and seen]
    START_DRILL = "start_drill"  # [the drill before it, or "-"]
    TAKE = "take"  # [conversation]; from here on the inbox's. [seen conversation]: with its seq
    REPLY = "reply"  # [seen conversation] opens a dialog
    DONE = "done"  # [conversation] opens a dialog
    HAND_OVER = "hand_over"  # [conversation] opens a dialog
    REOPEN = "reopen"  # [conversation]
    ERASE = "erase"  # [conversation] opens a dialog
    CONVERSATION_MORE = "talk_more"  # the menu; [choice]
    SHOW_ALL = "show_all"  # [message] opens a dialog
    SEND = "send"  # [draft and digest]
    SEND_ANYWAY = "send_anyway"  # [draft and digest]; in a dialog with the words that stand there
    CHANGE = "change"  # [draft and digest] opens a dialog
    KEEP = "keep"  # [draft and digest]
    ASK_AGAIN = "ask_again"  # [draft and digest]
    DESCRIBE = "describe"  # [draft and digest] opens a dialog
    DELETE_REPLY = "delete_reply"  # [delivery]
    CORRECT = "correct"  # [delivery] opens the Reply dialog
    REPLY_IS_THERE = "reply_is_there"  # [delivery]
    REPLY_AGAIN = "reply_again"  # [delivery]
    NEXT_FOR_ME = "next_for_me"  # [pile]
    PILE_LIST = "pile_list"  # [pile] opens a dialog
    CLOSE_PILE = "close_pile"  # [pile] opens a dialog
    BRING_IN = "bring_in"  # [account]
    LEAVE_OUT = "leave_out"  # [account]
    EXPECTED = "expected"  # [spike] opens a dialog
    SPIKE_PAUSE = "spike_pause"  # [spike]


class Dialog(StrEnum):
    """callback_ids of modals. Their private_metadata is [seen], where nothing else is said."""

    EDIT = "edit"
    NEW_POST = "new_post"  # [new post]
    NEW_LOOK = "new_look"  # [new look]
    CHOOSE_PLAN = "choose_plan"  # no metadata
    ANSWER_PLAN = "answer_plan"  # [plan]
    PLAN_ROWS = "plan_rows"  # no metadata
    DESCRIBE_PLAN = "describe_plan"  # [plan and seen]: values/plan.py
    PICK_TIME = "pick_time"
    HOLD = "hold"
    POST_NOW = "post_now"
    IT_IS_UP = "it_is_up"  # [delivery]
    APPROVE_ANYWAY = "approve_anyway"
    CHOOSE_DOWN = "choose_down"
    I_DELETED_IT = "i_deleted_it"  # [delivery]
    PREVIEW = "preview"
    HISTORY = "history"
    NOTICE = "notice"
    LOOKING = "looking"  # no metadata: images are fetched
    ON_UNTIL = "on_until"  # no metadata
    HAND_SHIFT = "hand_shift"  # no metadata
    AWAY = "away"  # no metadata
    PAUSE = "pause"  # no metadata
    RESUME = "resume"  # [scope and epoch]
    PAUSE_LISTS = "pause_lists"  # [pause]
    STATEMENT = "statement"  # [pause]
    PICK_STATEMENT = "pick_statement"  # [pause]
    RELEASE = "release"  # [pause and seen]: values/statement.py
    REPLY = "reply"  # [reply]
    COLLISION = "collision"  # [draft and digest] sends what it shows
    NOT_SENT = "not_sent"  # [reply] sends nothing: its button does
    DESCRIBE = "describe"  # [description]
    DONE = "done"  # [conversation]
    HAND_OVER = "hand_over"  # [conversation]
    ERASE = "erase"  # [conversation]
    CLOSE_PILE = "close_pile"  # [pile and those of it that are shown]: values/pile.py
    EXPECTED = "expected"  # [spike]
    PILE_LIST = "pile_list"  # no metadata
    SHOW_ALL = "show_all"  # no metadata
    ALL_DRAFTS = "all_drafts"  # [page of drafts]
    DAY = "day"  # no metadata
    READ_THROUGH = "read_through"  # [page of a request]
    WANT_CHANGE = "want_change"  # [page of a request]
    READ_GO = "read_go"  # [page of a go request]: values/go_request.py


HOME = "home"  # callback_id of App Home
BEGUN = "begun"  # block_id of the note that a dialog holds what its person had typed before
CHECKED = "checked"  # block_id of the note that a dialog was not saved: carries what it shows to be checked
SEND_TO_CUSTOMER, PLAN_THIS = "send_to_customer", "plan_this"  # callback_ids of message shortcuts


class Field(StrEnum):
    """block_ids of inputs, the names `FieldErrors` uses; ALT and VARIANT carry a key behind a colon."""

    TEXT = "text"
    SLOT = "slot"
    NOTE = "note"
    LABEL = "label"
    AND_THEN = "and_then"
    REASON = "reason"
    ALT = "alt"
    VARIANT = "variant"
    BACK = "back"  # accounts that were left out
    SCOPE = "scope"
    FATE = "fate"  # of a post that missed its slot while paused; FATE and MOVE_TO carry [seen]
    MOVE_TO = "move_to"
    TAKE_DOWN = "take_down"  # of one post: carries its first send that is listed
    DELETED = "deleted"  # of one post: people deleted it there; carries the first such send
    CLOSING = "closing"
    PERSON = "person"
    ACCOUNTS = "accounts"
    WARNING = "warning"  # a content warning
    IMAGES = "images"  # new ones; carries how many there are, so that files that were taken leave the field
    REMOVED = "removed"  # images that are to be taken out
    UNTIL = "until"
    ADDRESS = "address"  # where it is up
    PLAN = "plan"  # a plan file
    POST = "post"  # one that is picked
    DATES = "dates"  # what is first in its dates


KEYED = frozenset(
    {Field.ALT, Field.IMAGES, Field.VARIANT, Field.FATE, Field.MOVE_TO, Field.TAKE_DOWN, Field.DELETED}
)
INPUT = "value"  # action_id of the one element in an input block; "value:…" where a dialog was filled in anew

_ID = r"[A-Za-z0-9_-]{1,40}"
_SEEN = re.compile(rf"(?P<post>{_ID}):(?P<seq>\d{{1,9}})(:(?P<digest>[0-9a-f]{{{DIGEST}}}))?", re.ASCII)
ONE_ID = re.compile(_ID, re.ASCII)
_SCOPE = r"[a-z0-9][a-z0-9_-]{0,79}"  # "all" or an account's name


def format_seen(seen: Seen) -> str:
    """ "<post id>:<seq>:<digest>": button value and private_metadata. Cards of older Byhands have no digest."""
    return str(seen)


def parse_seen(value: str | None) -> Seen:
    """Raises Malformed."""
    found = _SEEN.fullmatch(value or "")
    if not found:
        raise Malformed("not a post and its version")
    return Seen(found["post"], int(found["seq"]), found["digest"] or "")


def format_choice(act: Act, seen: Seen) -> str:
    """ "<act> <post id>:<seq>:<digest>": an option of the menu. Slack allows 75 characters."""
    return f"{act.value} {format_seen(seen)}"


def parse_choice(value: str | None) -> tuple[Act, Seen]:
    """Raises Malformed."""
    name, _, seen = (value or "").partition(" ")
    try:
        return Act(name), parse_seen(seen)
    except ValueError:
        raise Malformed("not a choice of the menu") from None


def parse_act(action_id: str) -> Act:
    """What is asked for; a number may follow after a colon, where one block has the act twice. Raises Malformed."""
    try:
        return Act(action_id.partition(":")[0])
    except ValueError:
        raise Malformed("not a button of ours") from None


def format_without(seen: Seen, account: str) -> str:
    """ "<post id>:<seq>:<digest>:<account>"."""
    return f"{format_seen(seen)}:{account}"


def parse_without(value: str | None) -> tuple[Seen, str]:
    """Raises Malformed."""
    seen, _, account = (value or "").rpartition(":")
    return parse_seen(seen), parse_scope(account)


def parse_scope(value: str | None) -> str:
    """A scope of the gate. Raises Malformed."""
    if not re.fullmatch(_SCOPE, value or "", re.ASCII):
        raise Malformed("not a scope of the gate")
    return value or ""


def format_several(deliveries: Iterable[str]) -> str:
    """Their ids, with spaces between: one press may take a post down from all its accounts. Slack takes 2000."""
    return " ".join(list(deliveries)[:50])


def parse_several(value: str | None) -> list[str]:
    """Raises Malformed."""
    return [parse_delivery(each) for each in (value or "").split(" ")]


def parse_delivery(value: str | None) -> str:
    """The id of a delivery, which is its button's whole value. Raises Malformed."""
    return parse_one_id(value, "not a delivery")


def parse_post(value: str | None) -> str:
    """The id of a post, which is the whole value of Home's buttons. Raises Malformed."""
    return parse_one_id(value, "not a post")


def parse_one_id(value: str | None, complaint: str) -> str:
    """Raises Malformed with this complaint."""
    if not ONE_ID.fullmatch(value or ""):
        raise Malformed(complaint)
    return value or ""


@dataclass(frozen=True)
class ReplyAbout:
    """What a Reply dialog is about: an answer, one more try of a draft, or new words for what was sent."""

    seen: SeenConversation
    draft_id: str | None = None
    corrects: str | None = None  # a delivery
    channel: str | None = None  # where its person is told how it went
    thread_ts: str | None = None  # of a private message that asked the same
    response_url: str = ""  # by which that is replaced


_CONVERSATION = re.compile(rf"(?P<conversation>{_ID})(:(?P<seq>\d{{1,9}}))?", re.ASCII)
_DRAFT = re.compile(rf"(?P<draft>{_ID}):(?P<digest>[0-9a-f]{{16}})", re.ASCII)
NONE = "-"


def format_seen_conversation(seen: SeenConversation) -> str:
    """ "<conversation id>:<seq>"."""
    return f"{seen.conversation_id}:{seen.seq}"


def parse_seen_conversation(value: str | None) -> SeenConversation:
    """Raises Malformed."""
    found = _CONVERSATION.fullmatch(value or "")
    if not found or found["seq"] is None:
        raise Malformed("not a conversation and its seq")
    return SeenConversation(found["conversation"], int(found["seq"]))


def parse_conversation(value: str | None) -> str:
    """The conversation's id; its seq may follow, as in the menu. Raises Malformed."""
    found = _CONVERSATION.fullmatch(value or "")
    if not found:
        raise Malformed("not a conversation")
    return found["conversation"]


def format_conversation_choice(act: Act, seen: SeenConversation) -> str:
    """ "<act> <conversation id>:<seq>": an option of a conversation's menu."""
    return f"{act.value} {format_seen_conversation(seen)}"


def format_draft(draft_id: str, digest: str) -> str:
    """ "<draft id>:<first 16 of its digest>": Send says which words were on the screen."""
    return f"{draft_id}:{digest[:16]}"


def parse_draft(value: str | None) -> tuple[str, str]:
    """The draft, and the beginning of its digest. Raises Malformed."""
    found = _DRAFT.fullmatch(value or "")
    if not found:
        raise Malformed("not a draft and its digest")
    return found["draft"], found["digest"]


def format_reply(about: ReplyAbout) -> str:
    """ "<conversation id>:<seq>:<draft>:<corrects>:<channel>", "-" for none; a private message's " <thread> <url>"."""
    rest = (each or NONE for each in (about.draft_id, about.corrects, about.channel))
    known = ":".join((format_seen_conversation(about.seen), *rest))
    return f"{known} {about.thread_ts or NONE} {about.response_url}" if about.response_url else known


def parse_reply(value: str | None) -> ReplyAbout:
    """Raises Malformed."""
    known, *private = (value or "").split(" ")
    parts = known.split(":")
    if len(parts) != 5 or not all(ONE_ID.fullmatch(each) for each in parts) or len(private) not in (0, 2):
        raise Malformed("not what a reply is about")
    draft, corrects, channel = (None if each == NONE else each for each in parts[2:])
    thread, url = private or (NONE, "")
    seen = parse_seen_conversation(":".join(parts[:2]))
    return ReplyAbout(seen, draft, corrects, channel, parse_thread(thread), url)


def parse_thread(value: str) -> str | None:
    """Of a message; None where there is none. Raises Malformed."""
    if value != NONE and not re.fullmatch(r"[0-9.]{1,40}", value, re.ASCII):
        raise Malformed("not a thread")
    return None if value == NONE else value


def parse_id(value: str | None) -> str:
    """The id of a message, a pile, a spike, a drill, which is a button's whole value. Raises Malformed."""
    return parse_one_id(value, "not an id")


def format_block(field: Field, key: str) -> str:
    """ "alt:<sha256>" or "variant:<account>"."""
    return f"{field.value}:{key}"


def parse_block(block_id: str) -> tuple[Field, str]:
    """The field and its key ("" for most). Raises Malformed."""
    name, colon, key = block_id.partition(":")
    try:
        field = Field(name)
    except ValueError:
        raise Malformed("not a field of ours") from None
    if (field in KEYED) != bool(colon and key):
        raise Malformed("a field without its key, or with one too many")
    return field, key


def parse_dialog(callback_id: str | None) -> Dialog:
    """Raises Malformed."""
    try:
        return Dialog(callback_id or "")
    except ValueError:
        raise Malformed("not a dialog of ours") from None
