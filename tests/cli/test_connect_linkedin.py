"""`byhand connect linkedin`, as somebody types it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest

from bot.domain.shown.moments import name_day
from bot.sandbox.networks.linkedin.server import LinkedInServer
from tests.cli.conftest import Desk, real_now

LINES = '\n[accounts.loft]\nnetwork = "linkedin"\nserver = "{url}"\nhandle = "loft"\n'


@pytest.fixture
def linkedin(desk: Desk) -> Iterator[LinkedInServer]:
    server = LinkedInServer(real_now, accounts=())
    server.add_account("loft", "Loft & Söhne")
    server.start()
    settings = desk.folder / "byhand.toml"
    settings.write_text(settings.read_text() + LINES.format(url=server.url))
    yield server
    server.stop()
    assert server.in_addresses == []


@pytest.mark.usefixtures("slack")
def test_the_page_and_the_day_are_said_and_kept(desk: Desk, linkedin: LinkedInServer) -> None:
    token = linkedin.tokens["loft"]
    result = desk.byhand("connect", "linkedin", "loft", "--token", typed=token)
    assert result.exit_code == 0, result.stderr
    assert "Signed in as Loft & Söhne (urn:li:organization:2414183)" in result.stdout
    ends = real_now() + timedelta(days=60)
    assert f"It ends on {name_day(ends, UTC)}." in result.stdout
    assert "its 60 days are counted from now" in result.stdout
    assert token not in result.output
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        ((who, until),) = db.execute("SELECT identity, until FROM sign_ins").fetchall()
    assert who == "urn:li:organization:2414183"
    assert abs(until / 1e6 - ends.timestamp()) < timedelta(minutes=5).total_seconds()
    assert "Signed in as Loft" in " ".join(desk.byhand("check").stdout.split())


@pytest.mark.parametrize(
    ("role", "said"), [(None, "has no role on Loft"), ("ANALYST", "their role is analyst")]
)
def test_who_may_not_post_there_is_refused(
    desk: Desk, linkedin: LinkedInServer, role: str | None, said: str
) -> None:
    linkedin.give_role("loft", role)
    result = desk.byhand("connect", "linkedin", "loft", "--token", typed=linkedin.tokens["loft"])
    assert result.exit_code == 1
    assert said in result.stderr
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        assert db.execute("SELECT count(*) FROM secrets").fetchone() == (0,)


def test_another_page_is_refused(desk: Desk, linkedin: LinkedInServer) -> None:
    """The settings name another Page from now on: that is another profile."""
    assert desk.byhand("connect", "linkedin", "loft", "--token", typed=linkedin.tokens["loft"]).exit_code == 0
    token = linkedin.add_account("attic")
    settings = desk.folder / "byhand.toml"
    settings.write_text(settings.read_text().replace('handle = "loft"', 'handle = "attic"'))
    result = desk.byhand("connect", "linkedin", "loft", "--token", typed=token)
    assert result.exit_code == 1
    assert "--replace" in result.stderr
