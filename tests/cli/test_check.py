"""byhand check against a Slack and a network that answer, with each thing broken in turn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.checkup.checkup import check_up
from bot.checkup.finding import Finding, Level
from bot.checkup.public_url import check_public_url
from bot.control.socket import ControlServer, to_control_folder
from bot.networks.mastodon.client import LACKS_FOLLOWS, MastodonClient
from bot.networks.mastodon.limits import DOCUMENTED
from bot.networks.protocol import SentBy
from bot.observability import Metrics
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Channel, UserGroup
from bot.settings.load import Settings, load_settings
from bot.slack.manifest import load_manifest
from bot.slack.transport.web import Report, WebServer, build_web
from bot.store.engine.generation import Mark, write_mark
from bot.store.engine.store import Store
from bot.store.engine.vault import open_keys, save_secret, to_key_file
from tests.cli.conftest import Desk, real_now
from tests.ports import hold_silent_port

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL


@dataclass
class PushedClock:
    by: timedelta = timedelta()

    def now(self) -> Any:
        return real_now() + self.by

    def elapsed(self) -> float:
        return 0.0


@pytest.fixture
def look(desk: Desk, slack: SlackServer) -> Callable[..., dict[str, Finding]]:
    """Check, and give the findings by name, the worst of each."""
    slack.workspace.join("C0SOCIAL", "U0BOT")

    def checked(clock: PushedClock | None = None) -> dict[str, Finding]:
        found: dict[str, Finding] = {}
        for finding in check_up(clock or PushedClock()):
            rank = [OK, WARN, FAIL].index
            if finding.name not in found or rank(finding.level) > rank(found[finding.name].level):
                found[finding.name] = finding
        return found

    return checked


Look = Callable[..., dict[str, Finding]]


def test_all_is_well(look: Look, desk: Desk) -> None:
    found = look()
    assert {name: one.sentence for name, one in found.items() if one.level is not OK} == {}
    assert {
        "settings", "database", "key", "bot token", "scopes", "clock", "app token", "review_channel",
        "inbox_channel", "private_channel", "approvers", "account bakery",
    } == found.keys()  # fmt: skip
    assert sorted(path.name for path in desk.folder.iterdir()) == ["byhand.toml"], "a check makes nothing"


def test_the_command_prints_a_table_and_exits_0(look: Look, desk: Desk) -> None:
    result = desk.byhand("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "ok    bot token        Signed in to Dock Bakery as @byhand." in result.stdout
    assert result.stdout.endswith("Everything is in place. Start it: byhand run\n")


def test_json_for_machines(look: Look, desk: Desk) -> None:
    answer = json.loads(desk.byhand("check", "--json").stdout)
    assert answer["ok"] is True
    assert answer["findings"][0].keys() == {"name", "level", "sentence", "mend"}
    desk.set(SLACK_APP_TOKEN="xapp-of-nobody")
    result = desk.byhand("check", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert [one["name"] for one in answer["findings"] if one["level"] == "fail"] == ["app token"]


# --- settings ----------------------------------------------------------------------------------------


def test_swapped_tokens_are_told_apart(look: Look, desk: Desk, slack: SlackServer) -> None:
    desk.set(SLACK_BOT_TOKEN=slack.app_token, SLACK_APP_TOKEN=slack.bot_token)
    found = look()
    assert found["environment: SLACK_BOT_TOKEN"].sentence == "It holds an app-level token."
    assert found["environment: SLACK_APP_TOKEN"].sentence == "It holds a bot token."
    assert "database" in found, "what needs no token is looked at all the same"


def test_settings_that_cannot_be_read(look: Look, desk: Desk) -> None:
    desk.settings.write_text("[team\n")
    result = desk.byhand("check")
    assert result.exit_code == 1
    assert "This is not TOML" in result.stdout


def test_a_reminder_before_the_card_is_up(look: Look, desk: Desk) -> None:
    desk.change("[accounts.bakery]", '[review]\nlead = "10m"\n\n[accounts.bakery]')
    assert look()["settings"].level is WARN
    assert "never sent" in look()["settings"].sentence


# --- Slack -------------------------------------------------------------------------------------------


def test_a_bot_token_slack_does_not_take(look: Look, desk: Desk) -> None:
    desk.set(SLACK_BOT_TOKEN="xoxb-of-nobody")
    found = look()
    assert found["bot token"].level is FAIL
    assert "invalid_auth" in found["bot token"].sentence
    assert "review_channel" not in found
    assert found["account bakery"].level is OK, "one thing broken does not hide another"


def test_slack_away_ends_soon(look: Look, slack: SlackServer) -> None:
    slack.faults.take_down()
    assert look()["bot token"].level is FAIL
    assert "does not answer" in look()["bot token"].sentence


def test_slack_asked_too_often(look: Look, slack: SlackServer) -> None:
    slack.faults.order("auth.test", Kind.TOO_MANY, seconds=7)
    assert look()["bot token"].sentence == "Slack is asked too often; again in 7 s."


def test_a_network_right_that_only_reading_needs(look: Look, desk: Desk, mastodon: MastodonServer) -> None:
    mastodon.lacks.add("/api/v1/accounts/relationships")
    said = look()["account bakery"]
    assert (said.level, said.sentence) == (WARN, LACKS_FOLLOWS)
    desk.change('inbox_channel = "C0CUSTOMERS"', "")
    assert look()["account bakery"].level is OK, "nobody answers from Slack, so it is not needed"


def test_scopes_missing_and_too_many(make_slack: Callable[..., SlackServer]) -> None:
    make_slack(load_manifest().scopes - {"pins:write", "files:write"} | {"admin"})
    scopes = [one for one in check_up(PushedClock()) if one.name == "scopes"]
    assert [(one.level, one.sentence) for one in scopes] == [
        (FAIL, "Not granted: files:write, pins:write."),
        (WARN, "More than Byhand needs: admin."),
    ]


def test_a_clock_that_is_off(look: Look) -> None:
    assert look(PushedClock(timedelta(minutes=-1)))["clock"].level is OK
    off = look(PushedClock(timedelta(minutes=3)))["clock"]
    assert (off.level, off.sentence) == (WARN, "This machine's clock is 3 minutes from Slack's.")


def test_http_mode_says_what_cannot_be_looked_at(look: Look, desk: Desk) -> None:
    desk.set(SLACK_APP_TOKEN=None, SLACK_SIGNING_SECRET="5ec2e7")
    found = look()
    assert found["way in"].level is WARN
    assert "app token" not in found


# --- channels ----------------------------------------------------------------------------------------


def test_a_channel_by_its_name(look: Look, desk: Desk) -> None:
    desk.change('"C0SOCIAL"', '"#social"')
    assert look()["review_channel"].sentence == "The bot is in #social."
    desk.change('"#social"', '"#sozial"')
    assert "There is no channel #sozial" in look()["review_channel"].sentence


def test_a_channel_the_bot_is_not_in(look: Look, slack: SlackServer) -> None:
    slack.workspace.leave("C0SOCIAL", "U0BOT")
    finding = look()["review_channel"]
    assert (finding.level, finding.mend) == (FAIL, "Write there: /invite @Byhand")


def test_a_channel_that_is_not_there(look: Look, desk: Desk) -> None:
    desk.change("C0CUSTOMERS", "C0NOWHERE")
    assert look()["inbox_channel"].level is FAIL


def test_an_archived_channel(look: Look, slack: SlackServer, desk: Desk) -> None:
    slack.workspace.add_channel(Channel("C0OLD", "old", frozenset({"U0BOT"}), archived=True))
    desk.change("C0CUSTOMERS", "C0OLD")
    assert look()["inbox_channel"].sentence == "#old is archived."


def test_private_messages_need_a_private_channel(look: Look, desk: Desk) -> None:
    desk.change('private_channel = "C0CUSTOMERS"', 'private_channel = "C0SOCIAL"')
    assert look()["private_channel"].level is FAIL
    desk.change('private_channel = "C0SOCIAL"', 'private_channel = "C0CUSTOMERS"')
    assert look()["private_channel"].level is OK


def test_what_is_not_fetched_is_said(look: Look, desk: Desk) -> None:
    desk.change('private_channel = "C0CUSTOMERS"', "")
    found = look()
    assert found["private_channel"].level is WARN
    assert found["private_channel"].mend.startswith("Set [inbox] private_channel")
    desk.change('inbox_channel = "C0CUSTOMERS"', "")
    found = look()
    assert found["inbox_channel"].sentence == "None is set: nothing that customers write is fetched."
    assert "private_channel" not in found


# --- approvers ---------------------------------------------------------------------------------------


def test_more_approvals_than_approvers(look: Look, desk: Desk) -> None:
    desk.change("approvers = ", "approvals = 3\napprovers = ")
    finding = look()["approvers"]
    assert finding.level is FAIL
    assert finding.sentence == "A post needs 3 approvals, and only 2 people (Anna, Tom) can give one."


def test_a_team_of_one(look: Look, desk: Desk) -> None:
    desk.change("S0CHIEFS", "U0TOM")
    assert look()["approvers"].level is WARN
    assert look()["approvers"].sentence.startswith("Only Tom can approve")


def test_everybody_is_needed_for_each_post(look: Look, desk: Desk) -> None:
    desk.change("approvers = ", "approvals = 2\napprovers = ")
    assert "none that one of them wrote can go out" in look()["approvers"].sentence
    desk.change("approvals = 2", "approvals = 2\nauthor_may_approve = true")
    assert look()["approvers"].level is OK


def test_too_few_are_named_for_an_account_or_a_label(look: Look, desk: Desk) -> None:
    """Of each list by itself: the team's two are enough, and do not help where others are named."""
    named = '[labels."Winter drive"]\napprovers = ["U0ANNA"]\n\n[accounts.bakery]\napprovers = ["U0TOM", "U0GUEST"]\n'
    desk.change("[accounts.bakery]\n", named)
    desk.change('approvers = ["S0CHIEFS"]', 'approvals = 2\napprovers = ["S0CHIEFS"]')
    said = [(one.level, one.sentence, one.mend) for one in check_up(PushedClock()) if one.name == "approvers"]
    assert said[0][2] == "Take them out of [accounts.bakery] approvers."
    assert [(level, sentence) for level, sentence, _ in said[2:]] == [
        (FAIL, "A post on Mastodon needs 2 approvals, and only 1 person (Tom) can give one."),
        (FAIL, "A post labelled “Winter drive” needs 2 approvals, and only 1 person (Anna) can give one."),
    ]
    assert said[3][2] == 'Add people to [labels."Winter drive"] approvers, or ask for fewer approvals.'


def test_guests_and_strangers_do_not_count(look: Look, desk: Desk) -> None:
    desk.change('"S0CHIEFS"', '"U0GUEST", "U0NOBODY"')
    said = [(one.level, one.sentence) for one in check_up(PushedClock()) if one.name == "approvers"]
    assert said == [
        (WARN, "Gil (U0GUEST) is a guest, so cannot approve."),
        (WARN, "Slack knows nobody as U0NOBODY: Slack says user_not_found."),
        (FAIL, "A post needs 1 approval, and nobody can give one."),
    ]


def test_user_groups_that_are_empty_or_gone(look: Look, desk: Desk, slack: SlackServer) -> None:
    slack.workspace.add_group(UserGroup("S0EMPTY", "empty", "Empty"))
    desk.change('"S0CHIEFS"', '"S0EMPTY", "S0GONE", "U0TOM", "U0ANNA"')
    said = [one.sentence for one in check_up(PushedClock()) if one.name == "approvers"]
    assert said[0] == "The user group S0EMPTY is empty."
    assert said[1].startswith("The user group S0GONE cannot be read")
    assert said[2] == "2 people can approve (Anna, Tom); a post needs 1."


# --- accounts ----------------------------------------------------------------------------------------


def test_an_account_whose_token_is_not_taken(look: Look, desk: Desk) -> None:
    desk.set(BYHAND_BAKERY_TOKEN="not-this-one")
    assert look()["account bakery"].level is FAIL
    assert "refuses the token" in look()["account bakery"].sentence


def test_an_account_setting_its_network_cannot_use(look: Look, desk: Desk) -> None:
    desk.change('network = "mastodon"', 'network = "mastodon"\nvisibility = "secret"')
    assert look()["account bakery"].level is FAIL


def test_no_accounts_at_all(look: Look, desk: Desk) -> None:
    text = desk.settings.read_text()
    desk.settings.write_text(text.partition("[accounts.bakery]")[0])
    assert look()["accounts"].level is WARN


# --- database and key --------------------------------------------------------------------------------


def test_the_database_is_the_running_bots(look: Look, desk: Desk) -> None:
    desk.byhand("migrate")
    assert look()["database"].sentence == "It can be written to."
    server = ControlServer(to_control_folder(desk.folder / "byhand.db"), lambda _command, _arguments: {})
    with Store.open(desk.url, now=real_now):
        assert look()["database"].level is WARN, "somebody holds it and does not listen"
        server.start()
        assert look()["database"].level is OK
        assert "running bot" in look()["database"].sentence
        server.stop()


def test_a_database_that_was_there_and_is_gone(look: Look, desk: Desk) -> None:
    """It said that one would be made at the first start."""
    database = desk.folder / "byhand.db"
    write_mark(database, Mark("first", 3))
    assert look()["database"].level is FAIL
    assert "is gone, and Byhand does not make a new one" in look()["database"].sentence


def test_a_file_that_is_no_database(look: Look, desk: Desk) -> None:
    (desk.folder / "byhand.db").write_text("Dear diary, " * 1000)
    assert look()["database"].level is FAIL


def test_a_folder_that_is_not_there(look: Look, desk: Desk) -> None:
    desk.set(BYHAND_DATABASE_URL="sqlite:////no/such/folder/byhand.db")
    assert look()["database"].level is FAIL


def test_a_postgres_that_does_not_answer(look: Look, desk: Desk) -> None:
    desk.set(BYHAND_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert look()["database"].level is FAIL


def test_the_key(look: Look, desk: Desk) -> None:
    """Readable; another one than the secrets were encrypted with; gone; open to others."""
    desk.plan(",bakery,A draft,,,")
    desk.byhand("import", "plan.csv")
    file = to_key_file(desk.url)
    with Store.open(desk.url, now=real_now) as store:
        keys = open_keys(None, file)
        store.write(lambda db: save_secret(db, keys, "bakery", "session", "a secret", real_now()))
    assert look()["key"].level is OK
    right = file.read_bytes()
    file.unlink()
    assert "is gone" in look()["key"].sentence
    assert look()["account bakery"].level is FAIL
    assert "is gone" in desk.byhand("status").stdout
    assert "byhand.key is gone" in desk.byhand("import", "plan.csv").stderr
    assert not file.exists()
    open_keys(None, file)
    assert "encrypted with another key" in look()["key"].sentence
    assert look()["account bakery"].level is FAIL
    assert "encrypted with another key" in desk.byhand("status").stdout
    assert "another key" in desk.byhand("keys", "rotate").stderr
    file.write_bytes(right)
    file.chmod(0o644)
    assert "Others on this machine can read" in look()["key"].sentence
    file.chmod(0o600)
    rotated = desk.byhand("keys", "rotate")
    assert (rotated.exit_code, "has a new key" in rotated.stdout) == (0, True), rotated.output
    assert file.read_bytes() != right
    assert look()["key"].level is OK


# --- the address under which networks fetch images ------------------------------------------------------


WELL = Report()


@contextmanager
def proxied(desk: Desk, *, serves: bool = True) -> Iterator[Settings]:
    """The settings of a bot whose proxy passes on everything; `serves` False: it was started without `public_url`."""
    find = (lambda _token: None) if serves else None
    web = build_web(
        bolt_app=None, signing_secret="", health=lambda: WELL, ready=lambda: WELL, metrics=Metrics(), find_image=find
    )  # fmt: skip
    server = WebServer(web, "127.0.0.1", 0)
    server.start()
    settings = load_settings(desk.settings, need_slack=False)
    try:
        yield replace(settings, public_url=f"http://127.0.0.1:{server.port}")
    finally:
        server.stop()


def test_an_address_that_is_passed_on_is_fine_and_what_is_passed_on_besides_is_said(desk: Desk) -> None:
    with proxied(desk) as settings:
        passed, besides = check_public_url(settings)
    assert (passed.level, besides.level) == (OK, WARN)
    assert passed.sentence == f"{settings.public_url} passes /media on."
    assert besides.sentence == "Anybody can read /healthz and /readyz and /metrics there."
    assert "/slack/events and /media, nothing else" in besides.mend


def test_an_address_that_leads_elsewhere_or_nowhere(desk: Desk, mastodon: MastodonServer) -> None:
    with proxied(desk, serves=False) as settings:
        found = next(iter(check_public_url(settings)))
        assert found.level is WARN
        assert "answers 404, which is not Byhand's answer" in found.sentence
    with hold_silent_port() as port:
        (found,) = check_public_url(replace(settings, public_url=f"http://127.0.0.1:{port}"))
    assert found.level is WARN
    assert "was not reached from this machine" in found.sentence
    (found,) = check_public_url(replace(settings, public_url=mastodon.url))
    assert found.level is WARN
    assert list(check_public_url(replace(settings, public_url=""))) == []


def test_without_an_address_an_account_whose_network_fetches_images_says_what_is_left(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sent_by, left in ((SentBy.API, "it posts text only"), (SentBy.PERSON, "people post there by hand")):
        fetches = replace(DOCUMENTED.capabilities, needs_public_images=True, sent_by=sent_by)
        monkeypatch.setattr(MastodonClient, "capabilities", fetches)
        found = look()["account bakery"]
        assert found.level is WARN
        assert found.sentence == (
            f"Its network fetches images from Byhand, and [web] public_url is not set: {left}."
        )
