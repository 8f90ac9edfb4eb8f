"""Every id Slack carries for us, made and read here: of actions, blocks, dialogs, and the values of buttons.

What a reader would question: the values are short words in the clear and carry no proof. Whoever can press a
button can forge its value, so it only says what the person had before their eyes; the rules decide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from bot.domain.posts import Seen


class Malformed(ValueError):
    """A value that Slack handed us was not made here, or was mangled on its way."""


class Act(StrEnum):
    """action_ids: what a press asks for. In brackets what its value names."""

    APPROVE = "approve"  # [seen]
    APPROVE_ANYWAY = "approve_anyway"  # [seen] opens a dialog
    EDIT = "edit"  # [seen] opens a dialog
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
    HOME_PAUSE = "home_pause"  # opens a dialog
    PUBLISH_WITHOUT = "publish_without"  # [seen and account]
    TAKE_DOWN = "take_down"  # [several deliveries]
    RESUME = "resume"  # [scope] opens a dialog
    STOP_REPLIES = "stop_replies"  # [pause]
    DONE_ELSEWHERE = "done_elsewhere"  # [pause and what]
    I_DELETED_IT = "i_deleted_it"  # [pause and delivery]


class Dialog(StrEnum):
    """callback_ids of modals. Their private_metadata is [seen]."""

    EDIT = "edit"
    PICK_TIME = "pick_time"
    HOLD = "hold"
    POST_NOW = "post_now"
    APPROVE_ANYWAY = "approve_anyway"
    PREVIEW = "preview"
    HISTORY = "history"
    NOTICE = "notice"
    PAUSE = "pause"  # no metadata
    RESUME = "resume"  # [scope and epoch]


HOME = "home"  # callback_id of App Home


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
    SCOPE = "scope"
    FATE = "fate"  # of a post that missed its slot while paused; FATE and MOVE_TO carry [seen]
    MOVE_TO = "move_to"


KEYED = frozenset({Field.ALT, Field.VARIANT, Field.FATE, Field.MOVE_TO})
INPUT = "value"  # action_id of the one element in an input block


class Fate(StrEnum):
    """What Resume does with a post that missed its slot."""

    KEEP = "keep"
    MOVE = "move"
    KILL = "kill"


class AndThen(StrEnum):
    """What saving in the Edit dialog does besides."""

    SAVE = "save"
    APPROVE = "approve"
    MOVE = "move"


_ID = r"[A-Za-z0-9_-]{1,40}"
_SEEN = re.compile(rf"(?P<post>{_ID}):(?P<seq>\d{{1,9}})", re.ASCII)
_ONE_ID = re.compile(_ID, re.ASCII)
_SCOPE = r"[a-z0-9][a-z0-9_-]{0,79}"  # "all" or an account's name


def seen_value(seen: Seen) -> str:
    """ "<post id>:<seq>": button value and private_metadata."""
    return f"{seen.post_id}:{seen.seq}"


def parse_seen(value: str | None) -> Seen:
    """Raises Malformed."""
    found = _SEEN.fullmatch(value or "")
    if not found:
        raise Malformed("not a post and its version")
    return Seen(found["post"], int(found["seq"]))


def choice_value(act: Act, seen: Seen) -> str:
    """ "<act> <post id>:<seq>": an option of the menu. Slack allows 75 characters."""
    return f"{act.value} {seen_value(seen)}"


def parse_choice(value: str | None) -> tuple[Act, Seen]:
    """Raises Malformed."""
    name, _, seen = (value or "").partition(" ")
    try:
        return Act(name), parse_seen(seen)
    except ValueError:
        raise Malformed("not a choice of the menu") from None


def parse_act(action_id: str) -> Act:
    """What is asked for; behind a colon may stand a number, where one block has the act twice. Raises Malformed."""
    try:
        return Act(action_id.partition(":")[0])
    except ValueError:
        raise Malformed("not a button of ours") from None


def without_value(seen: Seen, account: str) -> str:
    """ "<post id>:<seq>:<account>"."""
    return f"{seen_value(seen)}:{account}"


def parse_without(value: str | None) -> tuple[Seen, str]:
    """Raises Malformed."""
    seen, _, account = (value or "").rpartition(":")
    return parse_seen(seen), parse_scope(account)


def parse_scope(value: str | None) -> str:
    """A scope of the gate. Raises Malformed."""
    if not re.fullmatch(_SCOPE, value or "", re.ASCII):
        raise Malformed("not a scope of the gate")
    return value or ""


def resume_metadata(scope: str, epoch: int) -> str:
    """ "<scope>:<epoch>": which gate is to be opened, and which pause the person saw."""
    return f"{scope}:{epoch}"


def parse_resume(value: str | None) -> tuple[str, int]:
    """Raises Malformed."""
    scope, _, epoch = (value or "").rpartition(":")
    if not re.fullmatch(r"\d{1,9}", epoch, re.ASCII):
        raise Malformed("not an epoch")
    return parse_scope(scope), int(epoch)


def pause_value(pause_id: str, what: str) -> str:
    """ "<pause id> <what>": something on a pause's banner."""
    return f"{pause_id} {what}"


def parse_pause(value: str | None) -> tuple[str, str]:
    """The pause, and what on its banner ("" for the pause itself). Raises Malformed."""
    pause_id, _, what = (value or "").partition(" ")
    return _one_id(pause_id, "not a pause"), what


def several_value(deliveries: Iterable[str]) -> str:
    """Their ids, with spaces between: one press may take a post down from all its accounts. Slack takes 2000."""
    return " ".join(list(deliveries)[:50])


def parse_several(value: str | None) -> list[str]:
    """Raises Malformed."""
    return [parse_delivery(each) for each in (value or "").split(" ")]


def parse_delivery(value: str | None) -> str:
    """The id of a delivery, which is its button's whole value. Raises Malformed."""
    return _one_id(value, "not a delivery")


def parse_post(value: str | None) -> str:
    """The id of a post, which is the whole value of Home's buttons. Raises Malformed."""
    return _one_id(value, "not a post")


def _one_id(value: str | None, complaint: str) -> str:
    if not _ONE_ID.fullmatch(value or ""):
        raise Malformed(complaint)
    return value or ""


def keyed_block(field: Field, key: str) -> str:
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
