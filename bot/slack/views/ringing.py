"""Whom a message rings. Slack notifies everybody whom a new message mentions, also whoever is only said to have done
something; so those of whom nothing is wanted are named, and not mentioned."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.slack.views.blocks import Message
from bot.slack.views.text import spoken

_MENTION = re.compile(r"<@([A-Z0-9]+)>")
NAME = 60  # characters of a person's


def list_called(values: Mapping[str, object]) -> set[str]:
    """Whom a thread line calls: those it asks, whoever is given a conversation, and whoever it is taken from."""
    asked = values.get("mention")
    called = {str(each) for each in asked} if isinstance(asked, list | tuple) else set()
    by = values.get("by")
    return called | {str(one) for one in (values.get("to"), values.get("from")) if one and one != by}


def list_mentioned(message: Message) -> set[str]:
    """Ids of people, of its text and its blocks."""
    found: set[str] = set()

    def note(person: str) -> None:
        found.add(person)

    _walk([message.text, message.blocks], note)
    return found


def ring_only(message: Message, called: Collection[str], names: Mapping[str, str]) -> Message:
    """The message with the names of those who are not called, where they are known."""

    def name(person: str) -> str | None:
        return None if person in called else names.get(person)

    text, blocks = _walk([message.text, message.blocks], name)
    return Message(text, blocks)


def _walk(value: Any, name: Callable[[str], str | None]) -> Any:
    """The same value; mentions replaced by what `name` says of a person, unless that is nothing."""
    if isinstance(value, str):
        return _MENTION.sub(lambda found: spoken(told, NAME) if (told := name(found[1])) else found[0], value)
    if isinstance(value, list):
        return [_walk(each, name) for each in value]
    if isinstance(value, dict):
        if value.get("type") == "user" and (told := name(str(value.get("user_id")))):
            return {
                "type": "text",
                "text": told[:NAME],
                **({"style": value["style"]} if "style" in value else {}),
            }
        if value.get("type") == "text":  # others' words, literal
            return value
        return {key: _walk(each, name) for key, each in value.items()}
    return value
