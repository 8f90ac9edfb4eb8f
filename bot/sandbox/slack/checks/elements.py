"""What may stand inside a block: texts, options and the interactive elements, each with Slack's limits.

The numbers are those of Slack's Block Kit reference; several of them the SDK's own models let pass.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.slack.checks.shapes import (
    Check,
    Report,
    boolean,
    integer,
    list_of,
    objects,
    one_of,
    shape,
    string,
    tagged,
)

ID_LIMIT = 255  # characters of action_id, block_id, callback_id, external_id
INPUT_LIMIT = 3000  # characters a plain_text_input can hold
TEN_DIGITS = (1_000_000_000, 9_999_999_999)  # Unix seconds, as the date-time picker wants them


def text(limit: int, *kinds: str) -> Check:
    return shape(
        "type text",
        type=one_of(*(kinds or ("plain_text", "mrkdwn"))),
        text=string(limit),
        emoji=boolean,
        verbatim=boolean,
    )


def plain(limit: int) -> Check:
    return text(limit, "plain_text")


IDENT = string(ID_LIMIT)
ANYTHING = string(10_000, least=0)
OPTION = shape("text value", text=plain(75), value=string(75), description=plain(75), url=string(3000))
BOX = shape("text value", text=text(75), value=string(75), description=text(75))  # these alone take mrkdwn
OPTION_GROUP = shape("label options", label=plain(75), options=list_of(OPTION, most=100))
CONFIRM = shape(
    "title text confirm deny",
    title=plain(100),
    text=text(300),
    confirm=plain(30),
    deny=plain(30),
    style=one_of("primary", "danger"),
)


def _options_or_groups(report: Report, pointer: str, value: dict[str, Any]) -> None:
    if ("options" in value) == ("option_groups" in value):
        report.fail(pointer, "exactly one of options and option_groups is required")
    _initial_is_offered(report, pointer, value)


def _initial_is_offered(report: Report, pointer: str, value: object) -> None:
    if not isinstance(value, dict):
        return
    offered = objects(value.get("options"))
    for group in objects(value.get("option_groups")):
        offered += objects(group.get("options"))
    chosen = objects(value.get("initial_options"))
    if isinstance(value.get("initial_option"), dict):
        chosen.append(value["initial_option"])
    known = [(option.get("value"), (option.get("text") or {}).get("text")) for option in offered]
    for option in chosen:
        if (option.get("value"), (option.get("text") or {}).get("text")) not in known:
            report.fail(pointer, "initial option is not among the options")


def _static(report: Report, pointer: str, value: object) -> None:
    if isinstance(value, dict):
        _options_or_groups(report, pointer, value)


def _lengths(report: Report, pointer: str, value: object) -> None:
    if not isinstance(value, dict):
        return
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        report.fail(pointer, "min_length must not be greater than max_length")
    initial = value.get("initial_value")
    if isinstance(initial, str) and isinstance(most, int) and len(initial) > most:
        report.fail(f"{pointer}/initial_value", f"must be less than {most + 1} characters")


def _picture(report: Report, pointer: str, value: object) -> None:
    """Slack fetches an image itself: no address of this machine can ever work there."""
    if not isinstance(value, dict):
        return
    if ("image_url" in value) == ("slack_file" in value):
        report.fail(pointer, "exactly one of image_url and slack_file is required")
    address = value.get("image_url")
    if isinstance(address, str):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or parts.hostname in (None, "localhost", "127.0.0.1", "::1"):
            report.fail(f"{pointer}/image_url", "downloading image failed")
    file = value.get("slack_file")
    if isinstance(file, dict) and file.get("id") not in report.files:
        report.fail(f"{pointer}/slack_file", "invalid slack file")


def image(**more: Check) -> Check:
    return shape(
        "alt_text",
        _picture,
        image_url=string(3000),
        alt_text=string(2000),
        slack_file=shape("id", id=string(100)),
        **more,
    )


_ASK: dict[str, Check] = {"action_id": IDENT, "focus_on_load": boolean}
_PICK: dict[str, Check] = {**_ASK, "placeholder": plain(150), "confirm": CONFIRM}
_MANY: dict[str, Check] = {**_PICK, "max_selected_items": integer(1, 10_000)}
_TYPED: dict[str, Check] = {
    **_ASK,
    "placeholder": plain(150),
    "dispatch_action_config": shape(
        trigger_actions_on=list_of(one_of("on_enter_pressed", "on_character_entered"), most=2)
    ),
}
_ID_LIST = list_of(string(100), most=1000)

BUTTON = shape(
    "text",
    text=plain(75),
    action_id=IDENT,
    value=string(2000, least=0),
    url=string(3000),
    style=one_of("primary", "danger"),
    confirm=CONFIRM,
    accessibility_label=string(75),
)
OVERFLOW = shape("options", action_id=IDENT, options=list_of(OPTION, most=5), confirm=CONFIRM)
_BOXES: dict[str, Check] = {**_ASK, "confirm": CONFIRM, "options": list_of(BOX, most=10)}
_STATIC: dict[str, Check] = {
    "options": list_of(OPTION, most=100),
    "option_groups": list_of(OPTION_GROUP, most=100),
}

SINGLE: dict[str, Check] = {
    "static_select": shape("", _static, **_PICK, **_STATIC, initial_option=OPTION),
    "users_select": shape("", **_PICK, initial_user=string(100)),
    "channels_select": shape("", **_PICK, initial_channel=string(100), response_url_enabled=boolean),
    "conversations_select": shape(
        "", **_PICK, initial_conversation=string(100), default_to_current_conversation=boolean
    ),
    "datepicker": shape("", **_PICK, initial_date=string(10, least=10)),
    "timepicker": shape("", **_PICK, initial_time=string(5, least=5), timezone=string(100)),
    "datetimepicker": shape("", **_ASK, confirm=CONFIRM, initial_date_time=integer(*TEN_DIGITS)),
    "radio_buttons": shape("options", _initial_is_offered, **_BOXES, initial_option=BOX),
    "checkboxes": shape("options", _initial_is_offered, **_BOXES, initial_options=list_of(BOX, most=10)),
}
MANY: dict[str, Check] = {
    "multi_static_select": shape("", _static, **_MANY, **_STATIC, initial_options=list_of(OPTION, most=100)),
    "multi_users_select": shape("", **_MANY, initial_users=_ID_LIST),
    "multi_channels_select": shape("", **_MANY, initial_channels=_ID_LIST),
    "multi_conversations_select": shape("", **_MANY, initial_conversations=_ID_LIST),
}
TYPED: dict[str, Check] = {
    "plain_text_input": shape(
        "",
        _lengths,
        **_TYPED,
        initial_value=string(INPUT_LIMIT, least=0),
        multiline=boolean,
        min_length=integer(0, INPUT_LIMIT),
        max_length=integer(1, INPUT_LIMIT),
    ),
    "email_text_input": shape("", **_TYPED, initial_value=string(INPUT_LIMIT, least=0)),
    "url_text_input": shape("", **_TYPED, initial_value=string(INPUT_LIMIT, least=0)),
    "number_input": shape(
        "is_decimal_allowed",
        **_TYPED,
        is_decimal_allowed=boolean,
        initial_value=ANYTHING,
        min_value=ANYTHING,
        max_value=ANYTHING,
    ),
}
PRESSED: dict[str, Check] = {"button": BUTTON, "overflow": OVERFLOW}

FILES: dict[str, Check] = {
    "file_input": shape("", action_id=IDENT, filetypes=list_of(string(20), most=50), max_files=integer(1, 10))
}

IN_ACTIONS = tagged({**PRESSED, **SINGLE}, "element")
IN_SECTION = tagged({**PRESSED, **SINGLE, **MANY, "image": image()}, "element")
IN_INPUT = tagged({**SINGLE, **MANY, **TYPED, **FILES}, "element")
IN_CONTEXT = tagged({"image": image(), "plain_text": plain(3000), "mrkdwn": text(3000, "mrkdwn")}, "element")
