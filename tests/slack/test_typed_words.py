"""Whatever a person types into whichever dialog: names of emoji and people as they will be read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.refusals import FieldErrors
from bot.slack.ids import BEGUN, INPUT, Dialog
from bot.slack.typed_words import NOBODY, UNKNOWN, read_values

PEOPLE = {"U0TOM": "Tom", "U0INA": "@Ina <b>", "U0NONAME": ""}


def view(typed: str | None, field: str = "text", before: str | None = None) -> dict[str, Any]:
    element = {
        "type": "plain_text_input",
        "action_id": INPUT,
        **({"initial_value": before} if before else {}),
    }
    values = {field: {INPUT: {"type": "plain_text_input", "value": typed}}}
    return {"state": {"values": values}, "blocks": [{"type": "input", "block_id": field, "element": element}]}


def read(typed: str, field: str = "text", dialog: Dialog = Dialog.EDIT, before: str | None = None) -> Any:
    return read_values(view(typed, field, before), dialog, PEOPLE.get)[field][INPUT]["value"]


@pytest.mark.parametrize("dialog", Dialog)
@pytest.mark.parametrize("field", ["text", "variant:dock-mastodon", "alt:abc", "label", "note", "reason"])
def test_every_field_of_every_dialog_shows_emoji(field: str, dialog: Dialog) -> None:
    """The Edit dialog published `:tada:` as letters, where the Reply dialog did not."""
    assert read(" Fresh :egg: :wave::skin-tone-3: at 10:30:45 &lt; *x*", field, dialog) == (
        " Fresh 🥚 👋🏼 at 10:30:45 &lt; *x*"
    )


@pytest.mark.parametrize(
    ("field", "shown"),
    [("text", "ask Tom, Ina b"), ("reason", "ask @Tom, @Ina b"), ("note", "ask @Tom, @Ina b")],
)
def test_people_are_named(field: str, shown: str) -> None:
    """`<@U0AAAAAAA>` stood literally on the pause's banner."""
    assert read("ask <@U0TOM>, <@U0INA|ina>", field) == shown


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("so :dock-loaf: it is", UNKNOWN.format(names=":dock-loaf:")),
        ("ask <@U0WHO>", NOBODY),
        ("<@U0NONAME> :dock: :loaf:", f"{NOBODY} {UNKNOWN.format(names=':dock:, :loaf:')}"),
    ],
)
def test_what_nobody_outside_can_read_is_an_error_under_its_field(typed: str, wrong: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        read(typed, "variant:dock-mastodon")
    assert refused.value.fields == {"variant:dock-mastodon": wrong}


@pytest.mark.parametrize("dialog", [Dialog.PAUSE, Dialog.HOLD])
def test_stopping_is_never_refused_for_a_word(dialog: Dialog) -> None:
    assert read("<@U0WHO> says :dock-loaf:", "reason", dialog) == "@somebody says :dock-loaf:"


def test_what_was_not_touched_stays() -> None:
    """Else a new label would end the approvals of a text that has such a word."""
    assert read("so :egg: and :dock-loaf:", before="so :egg: and :dock-loaf:") == "so :egg: and :dock-loaf:"
    assert read("so\n:dock-loaf:", before="so\r\n:dock-loaf: ") == "so\n:dock-loaf:", (
        "a field has one kind of line break"
    )
    assert read("so :egg:", before="so") == "so 🥚"


@pytest.mark.parametrize("odd", [None, 5, {}, []])
def test_no_payload_crashes_it(odd: Any) -> None:
    for made in (
        view(odd),
        {"state": odd},
        {"state": {"values": odd}},
        {**view("x"), "blocks": [odd]},
        {**view("x"), "blocks": odd},
    ):
        read_values(made, Dialog.EDIT, PEOPLE.get)
    values = {"text": odd, "alt": {INPUT: odd}, "note": {INPUT: {"value": odd}}}
    assert read_values({"state": {"values": values}}, Dialog.EDIT, PEOPLE.get) == values


def test_what_its_person_had_begun_before_counts_as_typed() -> None:
    """It stands in the field when the dialog opens, and was never read."""
    opened = view("so :egg:", before="so :egg:")
    opened["blocks"].insert(0, {"type": "section", "block_id": BEGUN})
    assert read_values(opened, Dialog.REPLY, PEOPLE.get)["text"][INPUT]["value"] == "so 🥚"
