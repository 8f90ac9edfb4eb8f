"""What a person typed into a dialog, as it will be read: emoji for their names, people by name.

Done for every dialog where its payload is read, so that no field says something else than the others. What nobody
outside the workspace could read is an error under its field; only what stops something is never refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.emoji import find_unknown_names, replace_names
from bot.domain.refusals import FieldErrors
from bot.slack.ids import BEGUN, INPUT, Dialog, Field

Json = Mapping[str, Any]
Names = Callable[[str], str | None]  # a person's id → their name
Values = Mapping[str, Mapping[str, Mapping[str, object]]]  # view.state.values

STOPS = frozenset({Dialog.PAUSE, Dialog.HOLD})
INTERNAL = frozenset({Field.REASON, Field.NOTE, Field.LABEL})  # read by colleagues: "@Tom"; all else: "Tom"

UNKNOWN = (
    "Customers would see {names} as typed: no emoji has that name outside this workspace. Use another one."
)
NOBODY = "It mentions somebody whose name Byhand cannot see. Write the name instead."
_PERSON = re.compile(r"<@([UW][A-Z0-9_]{1,40})(?:\|[^<>|]*)?>", re.ASCII)


def read_values(view: Json, dialog: Dialog, names: Names) -> Values:
    """The values of a dialog. What stood in a field and was not touched stays as it is. Raises FieldErrors."""
    values = read_state(view)
    before = _read_initial(view)
    errors: dict[str, str] = {}
    read = {}
    for block_id, block in values.items():
        typed = _read_text(block)
        if typed is None or _plainly(typed) == before.get(block_id):
            read[block_id] = block
            continue
        shown, wrong = _convert(typed, "@" if block_id.partition(":")[0] in INTERNAL else "", names)
        read[block_id] = {**block, INPUT: {**block[INPUT], "value": shown}}
        errors |= {block_id: wrong} if wrong else {}
    if errors and dialog not in STOPS:
        raise FieldErrors(errors)
    return read


def read_state(view: Json) -> Values:
    """The values of a dialog as they were typed, each under INPUT: one that was filled in anew has other names."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    if not isinstance(values, Mapping):
        return {}
    return {block_id: _under_one_name(block) for block_id, block in values.items()}


def read_untouched(view: Json) -> Values:
    """The values of a dialog as it is drawn, before anybody types into it."""
    fields = [block for block in view.get("blocks") or () if block.get("type") == "input"]
    return {
        field["block_id"]: {
            INPUT: {
                "type": field["element"]["type"],
                **{
                    state: field["element"][name]
                    for name, state in _STATES.items()
                    if name in field["element"]
                },
            }
        }
        for field in fields
    }


_STATES = {
    "initial_value": "value", "initial_option": "selected_option", "initial_options": "selected_options",
    "initial_date_time": "selected_date_time",
}  # fmt: skip


def _under_one_name(block: Any) -> Any:
    if not isinstance(block, Mapping):
        return block
    return {INPUT if is_input(name) else name: element for name, element in block.items()}


def is_input(action_id: object) -> bool:
    """Whether this is the name of a field, and of no button."""
    return isinstance(action_id, str) and action_id.partition(":")[0] == INPUT


def _convert(typed: str, mark: str, names: Names) -> tuple[str, str]:
    """The words, and what is wrong with them."""
    lost = False

    def name(found: re.Match[str]) -> str:
        nonlocal lost
        known = " ".join(re.sub(r"[<>@#]", " ", names(found[1]) or "").split())
        lost = lost or not known
        return f"{mark}{known or 'somebody'}"

    shown = replace_names(_PERSON.sub(name, typed))
    unknown = find_unknown_names(shown)
    said = [NOBODY] if lost else []
    said += [UNKNOWN.format(names=", ".join(unknown[:5]))] if unknown else []
    return shown, " ".join(said)


def _read_text(block: object) -> str | None:
    element = block.get(INPUT) if isinstance(block, Mapping) else None
    value = element.get("value") if isinstance(element, Mapping) else None
    return value if isinstance(value, str) else None


def _read_initial(view: Json) -> dict[str, str]:
    """What each field of the dialog held when it was opened. What its person had begun before counts as typed now."""
    blocks = view.get("blocks")
    found: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else []:
        element = block.get("element") if isinstance(block, Mapping) else None
        value = element.get("initial_value") if isinstance(element, Mapping) else None
        if isinstance(value, str):
            found[str(block.get("block_id"))] = _plainly(value)
        if isinstance(block, Mapping) and block.get("block_id") == BEGUN:
            return {}
    return found


def _plainly(text: str) -> str:
    """Without what a field may do to a text that nobody touched."""
    return text.replace("\r\n", "\n").strip()
