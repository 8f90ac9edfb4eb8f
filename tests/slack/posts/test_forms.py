"""What was typed into a dialog is read back; what had no field stays as it is; garbage does no harm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.posts import AndThen, Seen
from bot.domain.shown.edit_form import Theirs
from bot.slack.ids import INPUT
from bot.slack.posts.forms import read_edit, read_reason, read_slot, restore_typed
from bot.slack.views.posts.edit_dialog import draw_edit_dialog
from tests.slack.views.samples import FORM, FORMS, IMAGE, SLOT, TOM, WORDS


def untouched(view: dict[str, Any]) -> dict[str, Any]:
    """`state.values` as Slack sends them when a person presses Save at once."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        match element["type"]:
            case "plain_text_input":
                state = {"value": element.get("initial_value")}
            case "datetimepicker":
                state = {"selected_date_time": element.get("initial_date_time")}
            case "file_input":
                state = {"files": []}
            case "checkboxes" | "multi_static_select":
                state = {"selected_options": element.get("initial_options", [])}
            case _:
                state = {"selected_option": element["initial_option"]}
        values[block["block_id"]] = {INPUT: {"type": element["type"], **state}}
    return values


def test_saving_at_once_changes_nothing() -> None:
    for form in FORMS.values():
        read = read_edit(untouched(draw_edit_dialog(form)), form)
        assert read.text == form.text
        assert read.variants == dict(form.variants)
        assert read.slot == form.slot
        assert read.alts == {image.sha256: image.alt for image in form.images}
        assert (read.label, read.note, read.and_then) == (form.label, form.note, AndThen.SAVE)


def test_everything_typed_is_read() -> None:
    values = untouched(draw_edit_dialog(FORM))
    values["text"][INPUT]["value"] = "New words"
    values["variant:dock-mastodon"][INPUT]["value"] = "For Mastodon"
    values["variant:dock-bluesky"][INPUT]["value"] = None
    values["slot"][INPUT]["selected_date_time"] = int(SLOT.timestamp()) + 900
    values[f"alt:{IMAGE.sha256}"][INPUT]["value"] = "Loaves"
    values["and_then"][INPUT]["selected_option"] = {"value": "approve"}
    read = read_edit(values, FORM)
    assert read.text == "New words"
    assert read.variants == {"dock-mastodon": "For Mastodon"}
    assert read.slot is not None
    assert (read.slot - SLOT).total_seconds() == 900
    assert read.alts == {IMAGE.sha256: "Loaves"}
    assert read.and_then is AndThen.APPROVE


def test_a_variant_like_the_text_is_none() -> None:
    values = untouched(draw_edit_dialog(FORM))
    values["variant:dock-bluesky"][INPUT]["value"] = WORDS
    assert read_edit(values, FORM).variants == {}


def test_nothing_typed_is_lost_when_someone_saved_meanwhile() -> None:
    values = untouched(draw_edit_dialog(FORM))
    values["text"][INPUT]["value"] = "Mine"
    saved = replace(FORM, seen=Seen(FORM.seen.post_id, 4), text="Theirs")
    form = restore_typed(saved, read_edit(values, saved), TOM)
    assert form.theirs == Theirs(TOM, 4, "Theirs")
    view = draw_edit_dialog(form)
    assert view["submit"]["text"] == "Save mine instead"
    assert view["private_metadata"].endswith(":4")
    assert read_edit(untouched(view), form).text == "Mine"


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from([INPUT, "value", "selected_option", "selected_date_time"]), inner),
    ),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))  # a busy machine is no finding
@given(st.dictionaries(st.sampled_from(["text", "slot", "and_then", "reason", "variant:dock-bluesky"]), JUNK))
def test_garbage_does_no_harm(values: dict[str, Any]) -> None:
    read = read_edit(values, FORM)
    assert isinstance(read.text, str)
    assert isinstance(read.and_then, AndThen)
    assert isinstance(read_reason(values), str)
    slot = read_slot(values)
    assert slot is None or slot.tzinfo is not None
