"""byhand init: asks until every answer can be used, and what it writes is what was answered."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import yaml

from bot.networks import registry
from bot.settings.load import load_settings
from bot.slack.manifest import list_problems, load_manifest
from tests.cli.conftest import Desk

TEAM = ("C0SOCIAL", "", "Europe/Berlin", "Mon-Sat 08:00-18:00", "U0TOM, S0CHIEFS", "2", "yes")
MASTODON = ("bakery-mastodon", "mastodon", "https://mastodon.example", "", "de")
STORY = ("story", "manual", "Instagram stories", "https://www.instagram.com/", "4h", "en")
BLUESKY = ("bakery-bluesky", "bluesky", "https://bsky.social", "bakery.bsky.social", "")


@pytest.fixture
def fresh(desk: Desk) -> Desk:
    """Nothing is set up yet."""
    desk.settings.unlink()
    desk.set(BYHAND_BAKERY_TOKEN=None)
    return desk


def typed(*answers: str) -> str:
    return "\n".join((*answers, ""))


def test_what_it_writes_loads(fresh: Desk) -> None:
    result = fresh.byhand("init", typed=typed(*TEAM, *MASTODON, *BLUESKY, ""))
    assert result.exit_code == 0, result.output
    secrets = {"BYHAND_BAKERY_MASTODON_TOKEN": "t", "BYHAND_BAKERY_BLUESKY_PASSWORD": "p"}
    for name in secrets:
        assert name in result.stdout, "it tells what to set"
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    settings = load_settings(fresh.settings, {**secrets, **tokens}, networks=registry.load_all())
    assert settings.slack.review_channel == "C0SOCIAL"
    assert settings.team.approvers == ("U0TOM", "S0CHIEFS")
    assert (settings.team.approvals, settings.team.author_may_approve) == (2, True)
    assert settings.team.timezone == "Europe/Berlin"
    assert settings.accounts["bakery-mastodon"].language == "de"
    assert settings.accounts["bakery-bluesky"].handle == "bakery.bsky.social"
    assert settings.review.lead == timedelta(minutes=30), "what was not asked for stays at its default"


def test_private_messages_are_asked_about_where_customers_are(fresh: Desk) -> None:
    """Nobody was asked, so nobody had such a channel, and what customers wrote privately was never fetched."""
    with_customers = (TEAM[0], "C0CUSTOMERS", "customers", "G0PRIVATE", *TEAM[2:])
    result = fresh.byhand("init", typed=typed(*with_customers, ""))
    assert result.exit_code == 0, result.output
    assert "privately" in result.stdout
    assert "is not a channel" in result.stdout
    settings = load_settings(fresh.settings, {}, need_slack=False)
    assert (settings.slack.inbox_channel, settings.inbox.private_channel) == ("C0CUSTOMERS", "G0PRIVATE")
    without = fresh.byhand("init", "--force", typed=typed(*TEAM, ""))
    assert "privately" not in without.stdout, "there is no channel for customers at all"


@pytest.mark.parametrize(
    ("number", "wrong", "said"),
    [
        (0, "social", "is not a channel"),
        (1, "customers", "is not a channel"),
        (2, "Berlin", 'There is no time zone "Berlin"'),
        (3, "nine to five", "is not like"),
        (4, "maya", "is not a Slack id"),
        (5, "0", "It must be at least 1"),
        (5, "two", "Please type a number"),
        (6, "maybe", "Please type yes or no"),
        (7, "Bäckerei", "An account cannot have this name"),
        (7, "all", "An account cannot have this name"),
        (8, "mastodn", "Did you mean mastodon?"),
        (9, "mastodon.example", "is not an https address"),
        (11, "german", "is not a language"),
        (12, "bakery-mastodon", "named that one already"),
        (12, "bakery_mastodon", "would share their secrets"),
    ],
)
def test_a_wrong_answer_is_asked_again(fresh: Desk, number: int, wrong: str, said: str) -> None:
    answers = [*TEAM, *MASTODON, ""]
    answers.insert(number, wrong)
    result = fresh.byhand("init", typed=typed(*answers))
    assert result.exit_code == 0, result.output
    assert said in result.stdout
    written = fresh.settings.read_text()
    fresh.byhand("init", "--force", typed=typed(*TEAM, *MASTODON, ""))
    assert fresh.settings.read_text() == written, "as if only the right answers had been given"


def test_an_account_its_network_cannot_use_is_asked_for_again(fresh: Desk) -> None:
    without_handle = ("bakery-bluesky", "bluesky", "https://bsky.social", "", "")
    result = fresh.byhand("init", typed=typed(*TEAM, *without_handle, *BLUESKY[1:], ""))
    assert result.exit_code == 0, result.output
    assert "needs its handle" in result.stdout


def test_an_account_that_people_post_to_is_asked_for(fresh: Desk) -> None:
    """It asked for its server, which such an account has none of, and never for where to go."""
    result = fresh.byhand("init", typed=typed(*TEAM, *MASTODON, *STORY, "sign", "manual", "", "", "", "", ""))
    assert result.exit_code == 0, result.output
    assert (
        "For what one of you posts by hand (a story, a profile, a sign in the window): manual."
        in result.stdout
    )
    assert "STORY" not in result.stdout, "it has no secret to be set"
    settings = load_settings(fresh.settings, {}, need_slack=False)
    story, policy = settings.accounts["story"], settings.policy().accounts
    assert (story.network, story.title, story.address) == ("manual", *STORY[2:4])
    assert (policy["story"].window, story.language) == (timedelta(hours=4), "en")
    assert (policy["sign"].title, policy["sign"].window) == ("sign", timedelta(hours=2))


@pytest.mark.parametrize(
    ("number", "wrong", "said"),
    [
        (10, "instagram.com", "is not an https address"),
        (11, "soon", "is not"),
        (11, "0m", "too short"),
    ],
)
def test_a_wrong_answer_about_what_people_post_to_is_asked_again(
    fresh: Desk, number: int, wrong: str, said: str
) -> None:
    answers = [*TEAM, *STORY, ""]
    answers.insert(number, wrong)
    result = fresh.byhand("init", typed=typed(*answers))
    assert result.exit_code == 0, result.output
    assert said in result.stdout
    assert load_settings(fresh.settings, {}, need_slack=False).accounts["story"].address == STORY[3]


def test_words_with_quotes_stay_words(fresh: Desk) -> None:
    odd = ("bakery", "mastodon", "https://mastodon.example", 'ho"use\\n', "")
    fresh.byhand("init", typed=typed(*TEAM, *odd, ""))
    assert load_settings(fresh.settings, {}, need_slack=False).accounts["bakery"].handle == 'ho"use\\n'


def test_answers_that_end_early_write_nothing(fresh: Desk) -> None:
    result = fresh.byhand("init", typed=typed(*TEAM[:4]))
    assert result.exit_code == 1
    assert "nothing was written" in result.stderr
    assert os.listdir(fresh.folder) == []


def test_a_file_that_is_there_is_left_alone(desk: Desk) -> None:
    before = desk.settings.read_text()
    result = desk.byhand("init", typed=typed(*TEAM, ""))
    assert result.exit_code == 1
    assert "byhand.toml exists already" in result.stderr
    assert desk.settings.read_text() == before
    assert desk.byhand("init", "--force", typed=typed(*TEAM, "")).exit_code == 0
    assert desk.settings.read_text() != before


def test_it_writes_where_the_settings_are_read(fresh: Desk) -> None:
    fresh.set(BYHAND_CONFIG=str(fresh.folder / "other.toml"))
    assert fresh.byhand("init", typed=typed(*TEAM, "")).exit_code == 0
    assert os.listdir(fresh.folder) == ["other.toml"]


def test_the_manifest_and_its_form_for_http(fresh: Desk) -> None:
    printed = yaml.safe_load(fresh.byhand("init", "--manifest").stdout)
    assert printed == load_manifest().content
    url = "https://byhand.example"
    over_http = yaml.safe_load(fresh.byhand("init", "--manifest-http", url).stdout)
    assert list(list_problems(over_http)) == []
    assert over_http["settings"]["interactivity"]["request_url"] == f"{url}/slack/events"
    refused = fresh.byhand("init", "--manifest-http", "http://byhand.example")
    assert refused.exit_code == 1
    assert "is not an https address" in refused.stderr


def test_the_page_for_the_admin_explains_every_permission(fresh: Desk) -> None:
    page = fresh.byhand("init", "--admin").stdout
    assert all(f"| `{scope}` |" in page for scope in load_manifest().scopes)
