"""Screens as plain text, for snapshots people can read: what a team member sees, line by line."""

from __future__ import annotations

import re
from typing import Any

from bot.slack.views.blocks import Message

Json = dict[str, Any]
_DATE = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")
_PERSON = re.compile(r"<[@!](?:subteam\^)?([A-Z0-9_]+)>")
_CHANNEL = re.compile(r"<#([A-Z0-9]+)>")


def render_message(message: Message) -> str:
    return f"text: {_mrkdwn(message.text)}\n\n{render_blocks(message.blocks)}"


def render_view(view: Json) -> str:
    ends = " | ".join(f"{name}: {view[name]['text']}" for name in ("submit", "close") if name in view)
    about = f"{view['callback_id']} {view.get('private_metadata', '')}".strip()
    title = view["title"]["text"] if "title" in view else "App Home"
    return f"{title}  ({about})\n{render_blocks(view['blocks'])}\n{ends}".rstrip()


def render_blocks(blocks: list[Json]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _block(block: Json) -> str:
    match block["type"]:
        case "rich_text":
            return "\n".join(_rich(part) for part in block["elements"])
        case "section":
            beside = f" {_element(block['accessory'])}" if "accessory" in block else ""
            return _words(block["text"]) + beside
        case "context":
            return "  " + " ".join(_words(part) for part in block["elements"])
        case "actions":
            return " ".join(_element(part) for part in block["elements"])
        case "image":
            return f"(image {block['slack_file']['id']}: {block['alt_text']})"
        case "input":
            optional = "" if not block["optional"] else " (optional)"
            hint = f"\n    {block['hint']['text']}" if "hint" in block else ""
            field = f"{block['label']['text']}{optional} <{block['block_id']}>"
            return f"{field}\n    {_element(block['element'])}{hint}"
        case "divider":
            return "---"
        case "table":
            rows = [" | ".join(render_blocks([cell]) for cell in row) for row in block["rows"]]
            return "\n".join(f"| {row} |" for row in rows)
    raise AssertionError(f"no rendering of {block['type']}")


def _rich(part: Json) -> str:
    match part["type"]:
        case "rich_text_section":
            return "".join(_piece(each) for each in part["elements"])
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in "".join(map(_piece, part["elements"])).split("\n"))
        case "rich_text_preformatted":
            return "\n".join(f"    {line}" for line in "".join(map(_piece, part["elements"])).split("\n"))
        case "rich_text_list":
            return "\n".join(f"• {_rich(each)}" for each in part["elements"])
    raise AssertionError(f"no rendering of {part['type']}")


def _piece(piece: Json) -> str:
    text = {"text": "text", "date": "fallback", "link": "text", "user": "user_id"}[piece["type"]]
    shown = (
        ("@" if piece["type"] == "user" else "")
        + str(piece[text])
        + (f" ({piece['url']})" if piece["type"] == "link" else "")
    )
    return f"**{shown}**" if piece.get("style", {}).get("bold") else shown


def _element(element: Json) -> str:
    match element["type"]:
        case "button":
            style = f" {element['style']}" if "style" in element else ""
            where = f" -> {element['url']}" if "url" in element else ""
            asks = element.get("confirm")
            ask = (
                f" asks: {asks['title']['text']} {asks['text']['text']}"
                f" ({asks['confirm']['text']} | {asks['deny']['text']})"
                if asks
                else ""
            )
            return f"[{element['text']['text']}{style}{where}{ask}]"
        case "overflow":
            return f"[More: {', '.join(option['text']['text'] for option in element['options'])}]"
        case "plain_text_input":
            return f"|{element.get('initial_value', '')}|"
        case "datetimepicker":
            return f"|{element.get('initial_date_time', '')}|"
        case "users_select":
            return "|a person|"
        case "file_input":
            return f"[Choose files: {', '.join(element['filetypes'])}]"
        case "checkboxes" | "multi_static_select":
            ticked = [option["value"] for option in element.get("initial_options", ())]
            return " ".join(
                f"[{'x' if each['value'] in ticked else ' '}] {each['text']['text']}"
                + (f" ({each['description']['text']})" if "description" in each else "")
                for each in element["options"]
            )
        case "radio_buttons" | "static_select":
            first = element["initial_option"]["value"]
            return " ".join(
                f"({'o' if option['value'] == first else ' '}) {option['text']['text']}"
                for option in element["options"]
            )
    raise AssertionError(f"no rendering of {element['type']}")


def _words(text: Json) -> str:
    return _mrkdwn(text["text"]) if text["type"] == "mrkdwn" else str(text["text"])


def _mrkdwn(text: str) -> str:
    return _CHANNEL.sub(r"#\1", _PERSON.sub(r"@\1", _DATE.sub(r"\1", text)))
