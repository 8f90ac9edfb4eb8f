"""The manifest asks for what the code uses, within Slack's limits, and says why."""

from __future__ import annotations

import re

import pytest
import yaml
from slack_sdk import WebClient

from bot.slack import manifest, routes
from bot.slack.manifest import METHODS, SCOPES, load_manifest, make_http_manifest, write_admin_page
from tests.program import read_program

SDK_METHODS = {method.replace(".", "_"): method for method in METHODS}
SDK_NAMES = {name for name in dir(WebClient) if "_" in name.strip("_")} - {"api_call"}
CALL = re.compile(r"\.(\w+)\b")  # of whatever variable holds the client, called or handed on
NOT_SEEN = {  # called within the SDK
    "files.completeUploadExternal",
    "files.getUploadURLExternal",
}
NAMED = re.compile(r"""["']([a-z]+(?:\.\w+)+)["']""")  # "chat.update", handed on as a name


def methods_called(source: str) -> set[str]:
    called = {name for name in CALL.findall(source) if name in SDK_NAMES}
    called |= {name for name in NAMED.findall(source) if name.replace(".", "_") in SDK_NAMES}
    return {SDK_METHODS.get(name, name) for name in called}


def edited(old: str, new: str) -> str:
    text = manifest.read_manifest()
    assert old in text
    return text.replace(old, new)


def test_the_manifest_is_in_order() -> None:
    loaded = load_manifest()
    assert loaded.name == "Byhand"
    assert loaded.commands == ("/social",)
    assert loaded.content["settings"]["socket_mode_enabled"] is True
    assert loaded.scopes == SCOPES.keys()


def test_every_shortcut_leads_somewhere() -> None:
    assert set(load_manifest().shortcuts) == routes.SHORTCUTS.keys()


def test_every_command_is_hinted_at() -> None:
    """`/social` shows the hint while one types; the drill is for those who look for it."""
    hint = load_manifest().content["features"]["slash_commands"][0]["usage_hint"]
    assert set(re.findall(r"\w+", hint)) == routes.COMMANDS.keys() - {"", "drill"}


def missing_scopes(methods: frozenset[str], granted: frozenset[str]) -> dict[str, frozenset[str]]:
    """Method → the scopes it lacks."""
    lacking = {method: METHODS[method] - granted for method in sorted(methods)}
    return {method: scopes for method, scopes in lacking.items() if scopes}


def test_every_method_called_is_covered_by_a_scope() -> None:
    called = {
        (method, file)
        for file, text in read_program().items()
        if not file.startswith("sandbox/") and file != "slack/manifest.py"
        for method in methods_called(text)
    }
    assert {(method, file) for method, file in called if method not in METHODS} == set(), "METHODS lacks it"
    assert METHODS.keys() - {method for method, _file in called} == NOT_SEEN, (
        "METHODS lists what nothing calls"
    )
    methods = frozenset(method for method, _file in called)
    assert missing_scopes(methods, load_manifest().scopes) == {}
    needed = {scope for method in methods for scope in METHODS[method]}
    assert SCOPES.keys() - needed == {"commands"}, "a scope that nothing needs, or a call that is not seen"


def test_every_event_is_subscribed_and_has_its_listener() -> None:
    subscribed = {event.partition(".")[0] for event in load_manifest().events}
    assert subscribed == routes.EVENTS.keys()


def test_the_search_for_calls_finds_them() -> None:
    source = """
self._web.chat_postMessage(x)
web.api_call(
    "users.lookupByEmail")
x.files_upload_v2()
call = web.pins_add if wanted else None
"""
    assert methods_called(source) == {
        "chat.postMessage",
        "users.lookupByEmail",
        "files.upload.v2",
        "pins.add",
    }
    assert missing_scopes(frozenset({"pins.add"}), frozenset()) == {"pins.add": frozenset({"pins:write"})}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "name: Byhand\n  desc",
            f"name: {'x' * 36}\n  desc",
            "display_information.name is no text or list, or longer than 35.",
        ),
        (
            "Your team decides",
            "x" * 141,
            "display_information.description is no text or list, or longer than 140.",
        ),
        (
            "command: /social",
            f"command: /{'x' * 32}",
            "features.slash_commands.command is no text or list, or longer than 32.",
        ),
        ("org_deploy_enabled", "org_deploy_enable", "settings.org_deploy_enable is not a key we know."),
        ("should_escape", "should_espace", "features.slash_commands.should_espace is not a key we know."),
        (
            "Send to the customer",
            "Send this to the customer now",
            "features.shortcuts.name is no text or list, or longer than 24.",
        ),
        ("- chat:write", "- chat:wriet", "chat:wriet is a scope without a reason in SCOPES."),
        ("      - groups:history\n", "", "message.groups needs the scope groups:history."),
        ("- message.groups", "- message.group", "message.group is an event we do not know."),
        ("socket_mode_enabled: true", "socket_mode_enabled: false", "request_url is needed in HTTP mode."),
        ("is_enabled: true", "is_enabled: false", "without it no button works"),
        ("messages_tab_enabled: true", "messages_tab_enabled: false", "messages to people fail"),
        ("is_enabled: true", "is_enabled: true\n    request_url: https://x", "is not used in Socket Mode."),
    ],
)
def test_what_slack_would_refuse_is_found(old: str, new: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_manifest(edited(old, new))


@pytest.mark.parametrize("text", ["", "[]", "a: {b: 1}", "display_information: Byhand"])
def test_something_else_is_no_manifest(text: str) -> None:
    with pytest.raises(ValueError, match="is missing"):
        load_manifest(text)


def test_the_http_form_has_the_address_everywhere() -> None:
    text = make_http_manifest("https://bot.example/")
    assert load_manifest(text).scopes == load_manifest().scopes
    content = yaml.safe_load(text)
    assert content["settings"]["socket_mode_enabled"] is False
    assert text.count("https://bot.example/slack/events\n") == 3


@pytest.mark.parametrize("url", ["http://bot.example", "bot.example", "https://"])
def test_slack_calls_only_https(url: str) -> None:
    with pytest.raises(ValueError, match="is not an https address"):
        make_http_manifest(url)


def test_the_admin_reads_every_permission_with_its_reason() -> None:
    page = write_admin_page()
    for scope in load_manifest().scopes:
        assert f"| `{scope}` | {SCOPES[scope]} |" in page
