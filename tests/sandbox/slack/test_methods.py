"""The Web API as the real client calls it: what it answers, what it refuses, and in which words."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.checks.manifest import read_rights
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.slack import Rights
from bot.sandbox.slack.state import Channel, Seed, UserGroup
from bot.sandbox.slack.transport import payloads
from bot.slack.manifest import load_manifest, read_manifest
from tests.sandbox.slack.cards import CARD, FORM, section
from tests.sandbox.slack.props import PushedClock, client_for

Call = Callable[[], Any]
METADATA = {"event_type": "byhand_card", "event_payload": {"card_id": "7"}}


def refusal(call: Call) -> SlackApiError:
    with pytest.raises(SlackApiError) as refused:
        call()
    return refused.value


def error(call: Call) -> str:
    return str(refusal(call).response["error"])


def trigger(server: SlackServer, user: str = "U0MAYA") -> str:
    return server._slack.tickets.trigger(user)


# -- who calls ---------------------------------------------------------------------------------------------


def test_auth_names_the_bot_and_its_scopes(make_server: Callable[..., SlackServer]) -> None:
    server = make_server(scopes=frozenset({"chat:write", "users:read"}))
    answer = client_for(server).auth_test()
    assert (answer["user_id"], answer["bot_id"]) == ("U0BOT", "B0BOT")
    assert answer.headers["x-oauth-scopes"] == "chat:write,users:read"


def test_tokens_are_told_apart(server: SlackServer, client: WebClient) -> None:
    app = client_for(server, server.app_token)
    assert error(client_for(server, "xoxb-wrong").auth_test) == "invalid_auth"
    assert error(app.auth_test) == "not_allowed_token_type"
    assert error(lambda: client.apps_connections_open(app_token=server.bot_token)) == "not_allowed_token_type"
    assert error(WebClient(base_url=server.api_url, retry_handlers=[]).auth_test) == "not_authed"
    assert str(app.apps_connections_open(app_token=server.app_token)["url"]).startswith("ws://127.0.0.1:")
    assert error(lambda: client.api_call("chat.meMessage")) == "unknown_method"


def test_a_scope_the_app_lacks_is_named(make_server: Callable[..., SlackServer]) -> None:
    server = make_server(scopes=frozenset({"chat:write"}))
    client = client_for(server)
    refused = refusal(lambda: client.users_info(user="U0MAYA")).response
    assert (refused["error"], refused["needed"], refused["provided"]) == (
        "missing_scope",
        "users:read",
        "chat:write",
    )
    history = refusal(lambda: client.conversations_history(channel="C0SOCIAL")).response
    assert (history["error"], history["needed"]) == ("missing_scope", "channels:history")


def test_scopes_and_events_come_from_the_manifest(
    make_server: Callable[..., SlackServer],
) -> None:
    manifest = (
        "oauth_config:\n  scopes:\n    bot:\n      - chat:write  # posts\n      - 'channels:history'\n"
        "settings:\n  event_subscriptions:\n    bot_events: [app_home_opened]\n"
    )
    server = make_server(manifest=manifest)
    answer = client_for(server).auth_test()
    assert answer.headers["x-oauth-scopes"] == "channels:history,chat:write"
    server.people.say("U0MAYA", "C0SOCIAL", "not subscribed to")
    server.people.open_home("U0MAYA")
    assert {each.what for each in server.tries} == {"event app_home_opened"}


@pytest.mark.parametrize("form", ["json", "form", "query"])
def test_a_call_may_come_in_any_form(server: SlackServer, form: str) -> None:
    args = {"channel": "C0SOCIAL", "text": "hi", "blocks": [section("hi")]}
    flat = {**args, "blocks": json.dumps(args["blocks"])}
    address, headers = f"{server.api_url}chat.postMessage", {"Authorization": f"Bearer {server.bot_token}"}
    body = b""
    if form == "json":
        headers["Content-Type"] = "application/json; charset=utf-8"
        body = json.dumps(args).encode()
    elif form == "form":
        body = urllib.parse.urlencode(flat).encode()
    else:
        address += "?" + urllib.parse.urlencode(flat)
    with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
        assert json.load(answer)["message"]["blocks"][0]["text"]["text"] == "hi"


# -- chat --------------------------------------------------------------------------------------------------


def test_posts_have_their_own_ts_also_when_the_clock_stands_or_goes_back(
    client: WebClient, clock: PushedClock
) -> None:
    first = client.chat_postMessage(channel="C0SOCIAL", text="one")["ts"]
    second = client.chat_postMessage(channel="C0SOCIAL", text="two")["ts"]
    clock.push(seconds=-30)
    third = client.chat_postMessage(channel="C0SOCIAL", text="three")["ts"]
    assert [first, second, third] == ["1795507090.000100", "1795507090.000200", "1795507090.000300"]


def test_an_update_without_blocks_removes_them_and_keeps_metadata(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0SOCIAL", text="a", blocks=CARD, metadata=METADATA)["ts"]
    answer = client.chat_update(channel="C0SOCIAL", ts=ts, text="b")
    assert (answer["text"], "blocks" in answer["message"]) == ("b", False)
    found = client.conversations_history(channel="C0SOCIAL", include_all_metadata=True)["messages"][0]
    assert found["metadata"] == METADATA
    assert found["edited"]["user"] == "U0BOT"


def test_metadata_is_given_back_only_when_asked_for(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0SOCIAL", text="a", metadata=METADATA)["ts"]
    client.chat_postMessage(channel="C0SOCIAL", text="b", thread_ts=ts, metadata=METADATA)
    for read in (client.conversations_history, lambda **more: client.conversations_replies(ts=ts, **more)):
        assert "metadata" not in read(channel="C0SOCIAL")["messages"][-1]
        asked = read(channel="C0SOCIAL", include_all_metadata=True)["messages"][-1]
        assert asked["metadata"] == METADATA


def test_chat_refuses_what_slack_refuses(server: SlackServer, client: WebClient) -> None:
    server.workspace.add_channel(Channel("C0OTHER", "other", frozenset({"U0MAYA"})))
    server.workspace.add_channel(Channel("G0SECRET", "secret", frozenset({"U0MAYA"}), kind="group"))
    server.workspace.add_channel(Channel("C0OLD", "old", frozenset({"U0BOT"}), archived=True))
    ts = client.chat_postMessage(channel="C0SOCIAL", text="hi")["ts"]
    maya = server.people.say("U0MAYA", "C0SOCIAL", "mine").ts or ""
    post, update = client.chat_postMessage, client.chat_update

    assert error(lambda: post(channel="C0NONE", text="x")) == "channel_not_found"
    assert error(lambda: post(channel="G0SECRET", text="x")) == "channel_not_found"
    assert error(lambda: post(channel="C0OTHER", text="x")) == "not_in_channel"
    assert error(lambda: post(channel="C0OLD", text="x")) == "is_archived"
    assert error(lambda: client.api_call("chat.postMessage", json={"channel": "C0SOCIAL"})) == "no_text"
    assert error(lambda: post(channel="C0SOCIAL", text="x" * 40_001)) == "msg_too_long"
    assert error(lambda: post(channel="C0SOCIAL", text="x", thread_ts="1.1")) == "thread_not_found"
    assert error(lambda: post(channel="C0SOCIAL", text="x", metadata={"a": 1})) == "invalid_metadata_format"
    assert error(lambda: post(channel="C0SOCIAL", text="x", blocks="[")) == "invalid_blocks_format"
    assert error(lambda: update(channel="C0SOCIAL", ts="1.1", text="x")) == "message_not_found"
    assert error(lambda: update(channel="C0SOCIAL", ts=maya, text="x")) == "cant_update_message"
    assert error(lambda: update(channel="C0SOCIAL", ts=ts, text="x" * 4001)) == "msg_too_long"
    assert error(lambda: client.chat_delete(channel="C0SOCIAL", ts=maya)) == "cant_delete_message"
    assert (
        error(lambda: client.chat_postEphemeral(channel="C0SOCIAL", user="U0NO", text="x"))
        == "user_not_found"
    )
    assert update(channel="C0SOCIAL", ts=ts, text="x" * 4000)["ok"]


def test_refused_blocks_are_pointed_at(client: WebClient) -> None:
    refused = refusal(
        lambda: client.chat_postMessage(channel="C0SOCIAL", text="x", blocks=[section("x" * 3001)])
    ).response
    assert refused["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]


def test_blocks_can_be_judged_without_posting(server: SlackServer, client: WebClient) -> None:
    assert client.blocks_validate(blocks=CARD)["ok"]
    assert error(lambda: client.blocks_validate(blocks=[section("")])) == "invalid_blocks"
    assert server.workspace.messages("C0SOCIAL") == []


def test_an_ephemeral_message_is_neither_found_nor_changed(client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel="C0SOCIAL", user="U0TOM", text="psst")["message_ts"]
    assert client.conversations_history(channel="C0SOCIAL")["messages"] == []
    assert error(lambda: client.chat_update(channel="C0SOCIAL", ts=ts, text="x")) == "message_not_found"


def test_a_message_deleted_by_a_person_is_gone_for_the_bot(server: SlackServer, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0SOCIAL", text="card")["ts"]
    client.chat_postMessage(channel="C0SOCIAL", text="line", thread_ts=ts)
    server.people.delete("U0MAYA", "C0SOCIAL", ts)
    assert error(lambda: client.chat_update(channel="C0SOCIAL", ts=ts, text="x")) == "message_not_found"
    (tombstone,) = client.conversations_history(channel="C0SOCIAL")["messages"]
    assert tombstone["subtype"] == "tombstone"
    told = (
        "event message_changed"  # not necessarily the last: what was posted before is told by other threads
    )
    assert server.wait_until(lambda: any(one.what == told for one in server.tries))


# -- channels, people, pins, files -------------------------------------------------------------------------


def test_history_is_newest_first_in_pages_and_between_two_moments(
    client: WebClient, clock: PushedClock
) -> None:
    stamps = []
    for number in range(5):
        clock.push(seconds=10)
        stamps.append(client.chat_postMessage(channel="C0SOCIAL", text=str(number))["ts"])
    first = client.conversations_history(channel="C0SOCIAL", limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = client.conversations_history(channel="C0SOCIAL", limit=2, cursor=cursor)
    assert [each["text"] for each in [*first["messages"], *second["messages"]]] == ["4", "3", "2", "1"]
    assert first["has_more"]
    since = client.conversations_history(channel="C0SOCIAL", oldest=stamps[2])
    assert [each["text"] for each in since["messages"]] == ["4", "3"]
    until = client.conversations_history(channel="C0SOCIAL", latest=stamps[1], inclusive=True)
    assert [each["text"] for each in until["messages"]] == ["1", "0"]


def test_a_thread_has_its_parent_first_and_is_not_in_the_channel(
    server: SlackServer, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel="C0SOCIAL", text="card")["ts"]
    server.people.say("U0TOM", "C0SOCIAL", "why?", thread_ts=ts)
    client.chat_postMessage(channel="C0SOCIAL", text="loud", thread_ts=ts, reply_broadcast=True)
    thread = client.conversations_replies(channel="C0SOCIAL", ts=ts)["messages"]
    assert [each["text"] for each in thread] == ["card", "why?", "loud"]
    assert (thread[0]["reply_count"], thread[1]["parent_user_id"]) == (2, "U0BOT")
    assert [each["text"] for each in client.conversations_history(channel="C0SOCIAL")["messages"]] == [
        "loud",
        "card",
    ]


def test_people_groups_and_channels_are_told(make_server: Callable[..., SlackServer]) -> None:
    seed = replace(Seed(), groups=(UserGroup("S0APPROVE", "approvers", "Approvers", ("U0TOM",)),))
    client = client_for(make_server(seed=seed))
    assert client.users_info(user="U0GUEST")["user"]["is_restricted"] is True
    assert client.users_info(user="U0TOM")["user"]["profile"]["display_name"] == "Tom"
    assert error(lambda: client.users_info(user="U0NO")) == "user_not_found"
    assert len(client.users_list()["members"]) == 4
    assert client.usergroups_users_list(usergroup="S0APPROVE")["users"] == ["U0TOM"]
    assert "users" not in client.usergroups_list()["usergroups"][0]
    assert [each["name"] for each in client.conversations_list()["channels"]] == ["social", "customers"]
    assert client.conversations_info(channel="C0SOCIAL")["channel"]["is_member"] is True
    assert "U0BOT" in client.conversations_members(channel="C0SOCIAL")["members"]
    assert client.team_info()["team"]["name"] == "Dock Bakery"
    assert client.bots_info(bot="B0BOT")["bot"]["user_id"] == "U0BOT"
    link = client.chat_getPermalink(
        channel="C0SOCIAL", message_ts=client.chat_postMessage(channel="C0SOCIAL", text="x")["ts"]
    )
    assert "/archives/C0SOCIAL/p" in link["permalink"]


def test_a_person_is_written_to_directly(server: SlackServer, client: WebClient) -> None:
    channel = client.conversations_open(users="U0MAYA")["channel"]["id"]
    assert client.chat_postMessage(channel="U0MAYA", text="psst")["channel"] == channel
    assert server.find(channel, "psst") is not None
    assert channel not in [each["id"] for each in client.conversations_list()["channels"]]


def test_a_bot_joins_an_open_channel(server: SlackServer, client: WebClient) -> None:
    server.workspace.add_channel(Channel("C0OTHER", "other", frozenset({"U0MAYA"})))
    client.conversations_join(channel="C0OTHER")
    assert client.chat_postMessage(channel="C0OTHER", text="here")["ok"]


def test_pins_stay_until_they_are_taken_off(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0SOCIAL", text="banner")["ts"]
    client.pins_add(channel="C0SOCIAL", timestamp=ts)
    assert error(lambda: client.pins_add(channel="C0SOCIAL", timestamp=ts)) == "already_pinned"
    assert [each["message"]["ts"] for each in client.pins_list(channel="C0SOCIAL")["items"]] == [ts]
    client.pins_remove(channel="C0SOCIAL", timestamp=ts)
    assert error(lambda: client.pins_remove(channel="C0SOCIAL", timestamp=ts)) == "no_pin"
    assert error(lambda: client.pins_add(channel="C0SOCIAL", timestamp="1.1")) == "message_not_found"


def test_a_file_is_uploaded_shown_and_read_back(server: SlackServer, client: WebClient) -> None:
    uploaded = client.files_upload_v2(filename="loaf.png", content=b"\x89PNG loaf", title="A loaf")["file"]
    picture = {"type": "image", "slack_file": {"id": uploaded["id"]}, "alt_text": "a loaf"}
    assert client.chat_postMessage(channel="C0SOCIAL", text="x", blocks=[picture])["ok"]
    info = client.files_info(file=uploaded["id"])["file"]
    assert (info["title"], info["size"]) == ("A loaf", 9)
    assert _got(info["url_private"], server.bot_token) == b"\x89PNG loaf"
    assert b"Sign in" in _got(info["url_private"], "xoxb-wrong")

    client.files_upload_v2(filename="b.png", content=b"b", channel="C0SOCIAL", initial_comment="look")
    shared = client.conversations_history(channel="C0SOCIAL")["messages"][0]
    assert (shared["text"], shared["files"][0]["name"]) == ("look", "b.png")


def test_a_file_never_sent_cannot_be_completed(client: WebClient) -> None:
    promised = client.files_getUploadURLExternal(filename="a.png", length=3)
    assert (
        error(lambda: client.files_completeUploadExternal(files=[{"id": promised["file_id"]}]))
        == "file_not_found"
    )
    assert error(lambda: client.files_info(file="F0NO")) == "file_not_found"


def _got(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        content: bytes = answer.read()
    return content


# -- views and tickets -------------------------------------------------------------------------------------


def test_a_trigger_opens_one_modal_and_only_soon(server: SlackServer, client: WebClient) -> None:
    used = trigger(server)
    client.views_open(trigger_id=used, view=FORM)
    assert error(lambda: client.views_open(trigger_id=used, view=FORM)) == "trigger_exchanged"
    assert error(lambda: client.views_open(trigger_id="1.2.3", view=FORM)) == "invalid_trigger_id"
    late = trigger(server)
    server._slack.tickets.trigger_seconds = -1.0
    assert error(lambda: client.views_open(trigger_id=late, view=FORM)) == "expired_trigger_id"


def test_a_refused_view_leaves_its_trigger_good(server: SlackServer, client: WebClient) -> None:
    good = trigger(server)
    assert (
        error(lambda: client.views_open(trigger_id=good, view={**FORM, "submit": None}))
        == "invalid_arguments"
    )
    assert client.views_open(trigger_id=good, view=FORM)["ok"]


def test_a_stale_hash_changes_nothing(server: SlackServer, client: WebClient) -> None:
    view = client.views_open(trigger_id=trigger(server), view=FORM)["view"]
    newer = client.views_update(view_id=view["id"], hash=view["hash"], view=FORM)["view"]
    stale = refusal(lambda: client.views_update(view_id=view["id"], hash=view["hash"], view=FORM))
    assert stale.response["error"] == "hash_conflict"
    assert server.modal("U0MAYA").hash == newer["hash"]

    home = {"type": "home", "blocks": []}
    old = client.views_publish(user_id="U0MAYA", view=home)["view"]["hash"]
    client.views_publish(user_id="U0MAYA", view=home)
    assert error(lambda: client.views_publish(user_id="U0MAYA", view=home, hash=old)) == "hash_conflict"


def test_a_stack_holds_three_views(server: SlackServer, client: WebClient) -> None:
    first = client.views_open(trigger_id=trigger(server), view=FORM)["view"]
    second = client.views_push(trigger_id=trigger(server), view=FORM)["view"]
    client.views_push(trigger_id=trigger(server), view=FORM)
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    assert error(lambda: client.views_push(trigger_id=trigger(server), view=FORM)) == "push_limit_reached"
    assert error(lambda: client.views_update(view_id="V0NO", view=FORM)) == "not_found"
    assert error(lambda: client.api_call("views.update", json={"view": FORM})) == "no_view_id"


def test_a_view_is_found_by_its_external_id(server: SlackServer, client: WebClient) -> None:
    client.views_open(trigger_id=trigger(server), view={**FORM, "external_id": "mine"})
    assert client.views_update(external_id="mine", view={**FORM, "external_id": "mine"})["ok"]
    again = {**FORM, "external_id": "mine"}
    assert (
        error(lambda: client.views_open(trigger_id=trigger(server, "U0TOM"), view=again))
        == "duplicate_external_id"
    )
    both = {"view_id": "V1", "external_id": "mine", "view": FORM}
    assert error(lambda: client.api_call("views.update", json=both)) == "invalid_arguments"


def test_a_response_url_is_good_for_five_uses_and_thirty_minutes(
    server: SlackServer, clock: PushedClock
) -> None:
    user = server.workspace.users["U0TOM"]
    command, _ = payloads.command(server._slack, user, "C0SOCIAL", "/social", "")
    body = {"text": "hi", "response_type": "in_channel"}
    assert [_posted(command["response_url"], body) for _ in range(6)] == [200] * 5 + [404]
    later, _ = payloads.command(server._slack, user, "C0SOCIAL", "/social", "")
    clock.push(minutes=31)
    assert _posted(later["response_url"], body) == 404
    assert len([each for each in server.workspace.messages("C0SOCIAL") if each.text == "hi"]) == 5


def _posted(url: str, body: dict[str, Any]) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_a_command_the_manifest_does_not_declare_never_reaches_the_app(
    make_server: Callable[..., SlackServer],
) -> None:
    """Seen: `/pause` did something in the demo, and nothing in Slack."""
    server = make_server(manifest=read_manifest())
    act = server.people.command("U0MAYA", "C0SOCIAL", "/pause", "recall")
    assert not act.ok
    assert (act.error or "").startswith(
        '/pause is not a valid command. In Slack, all messages that start with the "/"'
    )
    assert not server.tries
    server.people.command("U0MAYA", "C0SOCIAL", "/Social", "pause")
    assert [each.what for each in server.tries] == ["/Social pause"]


def test_the_demos_slack_has_what_the_manifest_asks_for() -> None:
    asked = load_manifest()
    assert read_rights(read_manifest()) == Rights(asked.scopes, asked.events, frozenset(asked.commands))
