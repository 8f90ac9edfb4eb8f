"""`byhand connect` and `byhand disconnect`, as somebody types them, against the stage's networks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.outcomes import NotSent
from bot.networks.mastodon.client import MastodonClient
from bot.observability import hide
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.shell import connecting
from tests.cli.conftest import Desk, real_now

LINES = '\n[accounts.loft]\nnetwork = "bluesky"\nserver = "{url}"\nhandle = "loft.test"\n'


@pytest.fixture
def token(desk: Desk, mastodon: MastodonServer) -> str:
    """The bakery's, which is not in the environment any more."""
    desk.set(BYHAND_BAKERY_TOKEN=None)
    return mastodon.tokens[f"bakery{id(desk)}"]


@pytest.fixture
def bluesky() -> Iterator[BlueskyServer]:
    server = BlueskyServer(real_now, accounts=("loft.test",))
    server.start()
    yield server
    server.stop()


def test_it_says_who_it_is_and_keeps_the_secret_where_nobody_reads_it(desk: Desk, token: str) -> None:
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=f"{token}\n")
    assert result.exit_code == 0, result.stderr
    assert f"Signed in as @bakery{id(desk)}@" in result.stdout
    assert "It may: read, write." in result.stdout
    assert "until it is revoked" in result.stdout
    assert token not in result.output
    assert token.encode() not in (desk.folder / "byhand.db").read_bytes()
    assert hide(f"a traceback with {token}") == "a traceback with [hidden]"
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        ((who, kept_by),) = db.execute("SELECT name, by_user FROM sign_ins").fetchall()
    assert who.startswith("@bakery")
    assert kept_by.startswith("cli:")


def test_what_is_kept_is_used_and_on_record(desk: Desk, token: str, slack: SlackServer) -> None:
    assert desk.byhand("connect", "mastodon", "bakery", "--token", typed=token).exit_code == 0
    checked = desk.byhand("check").stdout
    assert f"account bakery Signed in as @bakery{id(desk)}" in " ".join(checked.split())
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        ((who, data),) = db.execute("SELECT who, data FROM facts WHERE what = 'account signed in'").fetchall()
    assert who.startswith("cli:")
    assert json.loads(data)["rights"] == ["read", "write"]
    assert token not in data


@pytest.mark.parametrize(
    "around",
    [
        "\ufeff{}\r\n", "  {}\u00a0", '"{}"\n', "“{}”", "Bearer {}\n", "Authorization: Bearer {}",
        "export BYHAND_BAKERY_TOKEN='{}'\n", "BYHAND_BAKERY_TOKEN={}\r\n",
    ],
)  # fmt: skip
def test_what_pasting_adds_is_taken_off(desk: Desk, token: str, around: str) -> None:
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=around.format(token))
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Nothing was typed"),
        ("\ufeff \r\n", "Nothing was typed"),
        ("two words", "more than one word"),
        ("a" * 9000, "more than one word"),
        ("caf\u00e9", "This is no token"),
        ("abcd-efgh-ijkl-mnop", "app password of Bluesky"),
        ("wrong-but-printable", "The server refuses the token"),
    ],
)
def test_what_is_no_token_is_refused_without_showing_it(
    desk: Desk, token: str, typed: str, said: str
) -> None:
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=typed)
    assert result.exit_code == 1
    assert said in result.stderr
    assert not typed.strip("\ufeff \r\n") or typed not in result.output
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        assert db.execute("SELECT count(*) FROM secrets").fetchone() == (0,)


def test_a_token_that_cannot_publish_is_refused_with_the_scope_it_lacks(
    desk: Desk, token: str, mastodon: MastodonServer
) -> None:
    mastodon.oauth.scopes[token] = frozenset({"read"})
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert result.exit_code == 1
    assert "The token lacks write:statuses: nothing can be published." in result.stderr


def test_rights_that_only_some_things_need_are_named(
    desk: Desk, token: str, mastodon: MastodonServer
) -> None:
    mastodon.oauth.scopes[token] = frozenset({"read:accounts", "read:statuses", "write"})
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert result.exit_code == 0, result.stderr
    assert "But: The token lacks read:notifications" in result.stdout


@pytest.mark.parametrize(
    ("network", "line"),
    [
        ("bluesky", 'handle  = "name.bsky.social"'),
        ("facebook", 'handle  = "YourPage"'),
        ("instagram", 'handle  = "yourname"'),
        ("threads", 'handle  = "yourname"'),
        ("linkedin", 'handle  = "yourpage"'),
        ("x", 'handle  = "yourname"'),
        ("mastodon", 'server  = "https://your.server"'),
    ],
)
def test_an_account_that_the_settings_do_not_name_is_refused_with_the_lines_to_add(
    desk: Desk, network: str, line: str
) -> None:
    result = desk.byhand("connect", network, "loft", "--token", typed="abcd-efgh-ijkl-mnop")
    assert result.exit_code == 1
    assert f'[accounts.loft]\nnetwork = "{network}"\n{line}' in result.stderr
    assert "There is no account loft" in desk.byhand("disconnect", "loft").stderr


def test_the_network_is_the_one_of_the_settings(desk: Desk) -> None:
    result = desk.byhand("connect", "bluesky", "bakery", "--token", typed="x")
    assert (result.exit_code, 'network = "mastodon"' in result.stderr) == (1, True)
    assert "There is no network" in desk.byhand("connect", "mastodont", "bakery", "--token").stderr


def test_the_environment_goes_first_and_both_say_so(
    desk: Desk, mastodon: MastodonServer, slack: SlackServer
) -> None:
    token = mastodon.tokens[f"bakery{id(desk)}"]
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert "BYHAND_BAKERY_TOKEN is set in the environment and goes first" in result.stdout
    assert "the environment goes first" in desk.byhand("check").stdout
    signed_out = desk.byhand("disconnect", "bakery")
    assert "BYHAND_BAKERY_TOKEN is still set in the environment" in signed_out.stdout


def test_a_secret_of_another_account_is_refused(desk: Desk, token: str, mastodon: MastodonServer) -> None:
    assert desk.byhand("connect", "mastodon", "bakery", "--token", typed=token).exit_code == 0
    other = mastodon.add_account(f"other{id(desk)}")
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=other)
    assert result.exit_code == 1
    assert f"and this signs in as @other{id(desk)}@" in result.stderr
    assert "another account" in result.stderr


def test_with_replace_it_is_another_profile_from_now_on(
    desk: Desk, token: str, mastodon: MastodonServer, slack: SlackServer
) -> None:
    assert desk.byhand("connect", "mastodon", "bakery", "--token", typed=token).exit_code == 0
    other = mastodon.add_account(f"other{id(desk)}")
    result = desk.byhand("connect", "mastodon", "bakery", "--token", "--replace", typed=other)
    assert result.exit_code == 0, result.stderr
    said = f"bakery was @bakery{id(desk)}@dock.example until now, and is @other{id(desk)}@dock.example from now on."
    assert said in result.stdout
    assert f"account bakery Signed in as @other{id(desk)}" in " ".join(desk.byhand("check").stdout.split())
    again = desk.byhand("connect", "mastodon", "bakery", "--token", "--replace", typed=other)
    assert "until now" not in again.stdout


def test_what_a_replacement_ended_is_counted() -> None:
    ended = {"before": "@old", "posts": 1, "unknown": 2, "replies": 1}
    assert list(connecting.describe_replaced("bakery", "@new", ended)) == [
        "bakery was @old until now, and is @new from now on.",
        "1 post has to be approved again: nothing was approved for @new.",
        "Of 2 sends nobody knows the outcome: look at @old, and say so in the thread.",
        "1 answer or take-down does not go out any more.",
    ]


def test_the_server_does_not_answer_with_what_was_asked_for(
    desk: Desk, mastodon: MastodonServer, bluesky: BlueskyServer
) -> None:
    """A page of HTML in place of JSON: another server, or a sign-in page in between."""
    desk.change(mastodon.url, bluesky.url)
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed="some-token-of-mine")
    assert result.exit_code == 1
    assert "did not answer as expected" in result.stderr


def test_an_app_password_of_bluesky(desk: Desk, bluesky: BlueskyServer) -> None:
    with desk.settings.open("a", encoding="utf-8") as settings:
        settings.write(LINES.format(url=bluesky.url))
    password = bluesky.passwords["loft.test"]
    wrong = desk.byhand("connect", "bluesky", "loft", "--token", typed="my own password".replace(" ", ""))
    assert "This is no app password" in wrong.stderr
    result = desk.byhand("connect", "bluesky", "loft", "--token", typed=password)
    assert result.exit_code == 0, result.stderr
    assert "Signed in as @loft.test (did:plc:" in result.stdout
    assert password not in result.output
    assert bluesky.state.accounts["loft.test"].refresh
    signed_out = desk.byhand("disconnect", "loft")
    assert "Its session on Bluesky has ended." in signed_out.stdout
    assert not bluesky.state.accounts["loft.test"].refresh, "the session was ended at the network, too"
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        assert db.execute("SELECT count(*) FROM secrets").fetchone() == (0,)


def test_signing_out_forgets_it_once(desk: Desk, token: str) -> None:
    desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    result = desk.byhand("disconnect", "bakery")
    assert result.exit_code == 0, result.stderr
    assert "bakery is signed out, and its secret is forgotten" in result.stdout
    assert "Revoke it on your server" in result.stdout, "a token somebody made there only they can revoke"
    again = desk.byhand("disconnect", "bakery")
    assert (again.exit_code, "Nothing is kept of bakery" in again.stderr) == (1, True)


def test_a_database_that_was_copied_without_its_key(desk: Desk, token: str) -> None:
    desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    (desk.folder / "byhand.key").unlink()
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert result.exit_code == 1
    assert "The key file" in result.stderr
    assert "is gone" in result.stderr


@pytest.mark.parametrize("later", [True, False])
def test_an_id_that_the_check_does_not_tell_is_asked_for(
    desk: Desk, token: str, mastodon: MastodonServer, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    """A name in its place would be another account as soon as the id is told, and nothing would go out any more."""
    honest = MastodonClient.check
    with monkeypatch.context() as silent:
        silent.setattr(MastodonClient, "check", lambda self: replace(honest(self), account_id=None))
        if later:
            silent.setattr(MastodonClient, "who", lambda _self: NotSent("it could not be reached"))
        result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    if later:
        said = "It could not be asked whose account it is: it could not be reached. Nothing was changed."
        assert (result.exit_code, said in result.stderr) == (1, True)
    again = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert again.exit_code == 0, again.stderr
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        ((identity, name),) = db.execute("SELECT identity, name FROM sign_ins").fetchall()
    assert identity != name
    assert "@" in identity


def test_where_a_network_has_no_id_it_is_learnt_when_it_has_one(
    desk: Desk, token: str, mastodon: MastodonServer, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = MastodonClient.check
    with monkeypatch.context() as silent:
        silent.setattr(MastodonClient, "check", lambda self: replace(honest(self), account_id=None))
        silent.setattr(connecting, "KnowsWho", Never)
        result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert f"Signed in as @bakery{id(desk)}@dock.example: " in result.stdout
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        assert db.execute("SELECT identity FROM sign_ins").fetchall() == [(None,)]
    again = desk.byhand("connect", "mastodon", "bakery", "--token", typed=token)
    assert again.exit_code == 0, again.stderr
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        ((identity,),) = db.execute("SELECT identity FROM sign_ins").fetchall()
    assert identity


class Never:
    """No client is one."""
