"""Modals: every field's value as Slack would send it, errors under fields, nothing typed ever lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.page import canned
from tests.sandbox.page.browser import Browser
from tests.sandbox.page.page_stage import PageStage

TEXT = "#modal textarea"
WHEN = "#modal [type=datetime-local]"


def shown(stage: PageStage, page: Browser, view: dict[str, Any] | None = None) -> None:
    stage.change(lambda state: state["modals"].append(view or canned.edit_view()))
    page.wait_for("document.querySelector('#modal').open")


def replace(view: dict[str, Any]) -> Any:
    return lambda state: state.update(modals=[view])


def test_submit_sends_slacks_state_values(page: Browser, stage: PageStage) -> None:
    shown(stage, page)
    page.fill(TEXT, "420 loaves")
    page.fill(WHEN, "2026-11-25T09:00")
    page.choose("#modal select", "Tom")
    page.click(text="Save and approve")
    page.click(text="Different text per network")

    def accept(_: dict[str, Any]) -> dict[str, Any]:
        stage.change(lambda state: state["modals"].clear())
        return {"ok": True, "ack_ms": 9}

    stage.answer = accept
    page.click(text="Save", within="#modal footer")
    page.wait_for("!document.querySelector('#modal').open")
    [order] = stage.acts
    assert (order["type"], order["view"], order["user"]) == ("submit", "V0EDIT", canned.MAYA)
    assert order["values"] == {
        "text": {"text": {"type": "plain_text_input", "value": "420 loaves"}},
        "when": {"when": {"type": "datetimepicker", "selected_date_time": 1795593600}},
        "alt": {"alt": {"type": "plain_text_input", "value": "Forty loaves of bread on a wooden table"}},
        "how": {
            "how": {"type": "radio_buttons", "selected_option": canned.option("both", "Save and approve")}
        },
        "who": {"who": {"type": "users_select", "selected_user": canned.TOM}},
        "flags": {
            "flags": {
                "type": "checkboxes",
                "selected_options": [canned.option("variants", "Different text per network")],
            }
        },
    }


def test_the_time_is_spelt_out_in_the_pages_zone(page: Browser, stage: PageStage) -> None:
    shown(stage, page)
    assert page.eval(f"document.querySelector('{WHEN}').value") == "2026-11-24T09:54"
    assert (
        page.eval("document.querySelector('#modal .zone').innerText")
        == "Tue 24 Nov 2026, 09:54, time in Europe/Berlin"
    )


def test_errors_stand_under_their_fields_and_what_was_typed_stays(page: Browser, stage: PageStage) -> None:
    shown(stage, page)
    page.fill(TEXT, "Far too long")

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        stage.change(replace(canned.edit_view(canned.ERRORS)))
        return {"ok": True, "ack_ms": 5}

    stage.answer = refuse
    page.click(text="Save", within="#modal footer")
    page.wait_for("document.querySelectorAll('#modal [aria-invalid]').length === 2")
    assert page.eval(f"document.querySelector('{TEXT}').value") == "Far too long"
    page.wait_for("document.activeElement.tagName === 'TEXTAREA'")
    described = (
        "document.activeElement.getAttribute('aria-describedby').split(' ')"
        ".map(id => document.getElementById(id).innerText)"
    )
    assert "Too long for Bluesky: 412 of 300 characters." in page.eval(described)
    page.type(".")
    page.wait_for("document.querySelectorAll('#modal [aria-invalid]').length === 1")
    stage.change(lambda state: state["traffic"].clear())
    page.wait_for("!document.querySelector('.wire-row')")
    assert page.eval("document.querySelectorAll('#modal [aria-invalid]').length") == 1
    assert page.eval(f"document.querySelector('{TEXT}').value") == "Far too long."


def test_an_empty_or_overlong_field_is_not_submitted(page: Browser, stage: PageStage) -> None:
    shown(stage, page)
    page.fill(TEXT, "")
    page.eval(f"document.querySelector('{TEXT}').value = ''")
    page.fill("#modal [type=text]", "x")
    page.click(text="Save", within="#modal footer")
    page.wait_for("document.querySelector('#modal .error:not([hidden])')?.innerText.includes('required')")
    page.fill(TEXT, "y" * 3001)
    assert page.eval("document.querySelector('#modal .counter').innerText") == "-1 left of 3000"
    page.click(text="Save", within="#modal footer")
    page.wait_for("document.querySelector('[data-block=text] .error').innerText.includes('this is 3001')")
    assert stage.acts == []


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close"])
def test_closing_tells_the_bot_and_gives_the_focus_back(page: Browser, stage: PageStage, way: str) -> None:
    page.click(text="Edit", within="#messages")
    shown(stage, page)
    if way == "Escape":
        page.key("Escape")
    else:
        page.click(text=way, within="#modal")
    page.wait_for("!document.querySelector('#modal').open")
    stage.change(lambda state: state["modals"].clear())
    page.wait_for("document.activeElement.dataset.focus === 'decide/edit'")
    assert stage.ordered(2)[-1] == {"user": canned.MAYA, "type": "close", "view": "V0EDIT"}


def test_a_refused_order_is_said_above_the_modal(page: Browser, stage: PageStage) -> None:
    shown(stage, page)
    page.fill(TEXT, "kept")
    stage.answer = lambda _: {"ok": False, "error": "Byhand is not running."}
    page.click(text="Save", within="#modal footer")
    page.wait_for("document.querySelector('#modal .toast')?.innerText.includes('not running')")
    assert page.eval(f"document.querySelector('{TEXT}').value") == "kept"
    page.wait_for("!document.querySelector('#modal footer .primary').disabled")


def test_typing_survives_every_refresh(page: Browser, stage: PageStage) -> None:
    shown(stage, page)
    page.fill(TEXT, "We baked")
    page.eval(f"window.box = document.querySelector('{TEXT}'), box.setSelectionRange(2, 2), true")
    stage.change(lambda state: state["traffic"].clear())
    page.wait_for("!document.querySelector('.wire-row')")
    page.type(" all")
    assert page.eval("box.isConnected && document.activeElement === box && box.value") == "We all baked"


def test_an_update_with_the_same_ids_keeps_the_draft_and_new_ids_bring_the_new_words(
    page: Browser, stage: PageStage
) -> None:
    shown(stage, page)
    page.fill(TEXT, "mine")
    page.eval(f"document.querySelector('{TEXT}').setSelectionRange(1, 1), true")
    changed = canned.edit_view()
    changed["blocks"][0]["label"] = canned.plain("Text, Tom saved while you were typing")
    stage.change(replace(changed))
    page.wait_for("document.querySelector('#modal').innerText.includes('Tom saved')")
    page.type("!")
    assert page.eval(f"document.querySelector('{TEXT}').value") == "m!ine"
    renamed = canned.edit_view()
    renamed["blocks"][0]["block_id"] = "text-v4"
    stage.change(replace(renamed))
    page.wait_for("document.querySelector('[data-block=text-v4]')")
    assert page.eval(f"document.querySelector('{TEXT}').value") == canned.POST


def test_the_top_of_the_stack_is_shown_and_the_one_below_keeps_its_draft(
    page: Browser, stage: PageStage
) -> None:
    shown(stage, page)
    page.fill(TEXT, "below")
    top = {
        "id": "V0TOP",
        "type": "modal",
        "title": canned.plain("Sure?"),
        "blocks": [canned.section("s", "*Really*")],
    }
    stage.change(lambda state: state["modals"].append(top))
    page.wait_for("document.querySelector('#modal-title').innerText === 'Sure?'")
    stage.change(lambda state: state["modals"].pop())
    page.wait_for("document.querySelector('#modal-title').innerText === 'Edit post'")
    assert page.eval(f"document.querySelector('{TEXT}').value") == "below"


def test_what_is_typed_is_told_where_the_field_asks_for_it(page: Browser, stage: PageStage) -> None:
    """As Slack does: when typing rests, with all the form holds, and nothing on the screen waits for it."""
    view = canned.edit_view()
    text, _, alt = view["blocks"][:3]
    for block in (text, alt):
        block["dispatch_action"] = True
    text["element"]["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    shown(stage, page, view)
    page.fill("#modal [type=text]", "Told on Enter only")
    page.fill(TEXT, "420 loaves")
    page.key("Escape")
    page.wait_for("!document.querySelector('#modal').open")
    typed, closed = stage.ordered(2)
    assert (typed["type"], typed["where"], typed["user"]) == ("click", {"view": "V0EDIT"}, canned.MAYA)
    assert typed["action"] == {
        "type": "plain_text_input", "block_id": "text", "action_id": "text", "value": "420 loaves",
    }  # fmt: skip
    assert typed["values"]["alt"]["alt"]["value"] == "Told on Enter only"
    assert closed["type"] == "close"


CHOOSE = """(() => {
  const files = new DataTransfer();
  const add = (name) => files.items.add(new File([name], name, { type: "image/png" }));
  ["loaf.png", "roll.png", "rye.png"].forEach(add);
  const input = document.querySelector("#modal [type=file]");
  input.files = files.files;
  input.dispatchEvent(new Event("change"));
})()"""


def test_files_that_were_chosen_go_along_and_can_be_taken_out(page: Browser, stage: PageStage) -> None:
    """As many as the field takes; what else the dialog holds is drawn anew without losing them."""
    files = {
        "type": "input", "block_id": "images", "optional": True, "label": {"type": "plain_text", "text": "Images"},
        "element": {"type": "file_input", "action_id": "value", "filetypes": ["png"], "max_files": 2},
    }  # fmt: skip
    view = canned.edit_view()
    view["blocks"] = [*view["blocks"], files]
    shown(stage, page, view)
    page.eval(CHOOSE)
    page.wait_for("document.querySelectorAll('#modal .files li').length === 2")
    stage.change(replace({**view, "blocks": [files, *view["blocks"][:-1]]}))
    page.wait_for("document.querySelector('#modal [data-block]').dataset.block === 'images'")
    page.click(text="Remove", within="#modal .files")
    page.wait_for("document.querySelectorAll('#modal .files li').length === 1")
    page.click(text="Save", within="#modal footer")
    [order] = stage.ordered(1)
    assert order["values"]["images"] == {
        "value": {"type": "file_input", "files": [{"name": "roll.png", "data": "cm9sbC5wbmc="}]}
    }
