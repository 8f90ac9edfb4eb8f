"""What the settings take, and the sentence for everything they do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.preflight.objections import LEVELS, Level, ObjectionType
from bot.networks.bluesky.client import NETWORK as BLUESKY
from bot.networks.linkedin.client import NETWORK as LINKEDIN
from bot.networks.mastodon.client import NETWORK as MASTODON
from bot.networks.x.client import NETWORK as X
from bot.settings.account_entry import Offered
from bot.settings.database_url import list_secrets
from bot.settings.load import Settings, SettingsError, load_settings
from bot.settings.schema import ENVIRONMENT, SECTIONS, File
from bot.settings.table import format_settings_table

NETWORKS: dict[str, Offered | None] = {"mastodon": MASTODON, "bluesky": BLUESKY, "linkedin": LINKEDIN}
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
SECRETS = {"BYHAND_DOCKBAKERY_BLUESKY_PASSWORD": "p-w", "BYHAND_DOCKBAKERY_MASTODON_TOKEN": "t-k"}
EXAMPLE = """
[slack]
review_channel = "C0123456789"        # id or #name
inbox_channel  = "C0123456790"

[team]
timezone  = "Europe/Berlin"
hours     = "Mon-Sat 08:00-18:00"
approvers = ["U0AAAAAAA", "S0BBBBBBB"] # users or user groups
approvals = 1
author_may_approve = false

[review]
lead = "30m"
remind = ["15m", "5m"]
lateness_limit = "10m"

[inbox]
thread = "mention"
private_channel = "C0123456791"
answer_within = "4h"

[pause]
elsewhere = ["Meta ads", "Newsletter"]
stops_replies = false

[accounts.dockbakery-bluesky]
network = "bluesky"
language = "en"
server  = "https://bsky.social"
handle  = "dockbakery.bsky.social"

[accounts.dockbakery-mastodon]
network = "mastodon"
server  = "https://mastodon.example"
visibility = "public"
"""
LEAST = '[slack]\nreview_channel = "#social"\n[team]\napprovers = ["U0AAA"]\n'


def load(folder: Path, text: str, environ: Mapping[str, str] = TOKENS, need_slack: bool = True) -> Settings:
    path = folder / "byhand.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ, networks=NETWORKS, need_slack=need_slack)


def refusal(folder: Path, text: str, environ: Mapping[str, str] = TOKENS) -> str:
    with pytest.raises(SettingsError) as refused:
        load(folder, text, environ)
    return str(refused.value)


def test_the_example_is_read_whole(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE, TOKENS | SECRETS)
    bluesky = settings.accounts["dockbakery-bluesky"]
    assert (bluesky.network, bluesky.handle, bluesky.language) == ("bluesky", "dockbakery.bsky.social", "en")
    assert bluesky.secrets == {"PASSWORD": "p-w"}
    assert settings.accounts["dockbakery-mastodon"].visibility == "public"
    assert settings.inbox.answer_within == timedelta(hours=4)
    assert settings.pause.elsewhere == ("Meta ads", "Newsletter")
    assert (settings.slack_mode, settings.host, settings.port) == ("socket", "127.0.0.1", 8080)
    assert settings.database_url == "sqlite:///byhand.db"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.warnings == ()


def test_the_policy_is_what_was_chosen(tmp_path: Path) -> None:
    policy = load(tmp_path, EXAMPLE, TOKENS | SECRETS).policy()
    assert policy.zone.key == "Europe/Berlin"
    assert len(policy.hours.spans) == 6
    assert policy.approvers == ("U0AAAAAAA", "S0BBBBBBB")
    assert policy.reminders == (timedelta(minutes=15), timedelta(minutes=5))
    assert policy.title_of("dockbakery-mastodon") == "Mastodon"
    assert policy.pause_elsewhere == ("Meta ads", "Newsletter")


def test_reminders_fall_whatever_their_order_in_the_file(tmp_path: Path) -> None:
    policy = load(tmp_path, LEAST + '[review]\nremind = ["5m", "20m", "5m"]\n').policy()
    assert policy.reminders == (timedelta(minutes=20), timedelta(minutes=5))


def test_an_account_is_called_as_its_network_calls_itself(tmp_path: Path) -> None:
    """It was "Linkedin" on every card."""
    text = LEAST + '[accounts.page]\nnetwork = "linkedin"\n'
    assert load(tmp_path, text).policy().title_of("page") == "LinkedIn"
    text += '[accounts.other]\nnetwork = "linkedin"\n'
    assert load(tmp_path, text).policy().title_of("page") == "LinkedIn (page)"


def test_accounts_of_one_network_are_told_apart_by_name(tmp_path: Path) -> None:
    text = LEAST + (
        '[accounts.shop]\nnetwork = "mastodon"\nlead = "2h"\n'
        '[accounts.shop-de]\nnetwork = "mastodon"\n'
        '[accounts.blog]\nnetwork = "mastodon"\ntitle = "The blog"\n'
    )
    secrets = {"BYHAND_SHOP_TOKEN": "1", "BYHAND_SHOP_DE_TOKEN": "2", "BYHAND_BLOG_TOKEN": "3"}
    settings = load(tmp_path, text, TOKENS | secrets)
    policy = settings.policy()
    assert [policy.title_of(name) for name in ("shop", "shop-de", "blog")] == [
        "Mastodon (shop)",
        "Mastodon (shop-de)",
        "The blog",
    ]
    assert settings.accounts["shop"].secrets == {"TOKEN": "1"}, "shop must not see shop-de's secret"
    assert settings.accounts["shop-de"].secrets == {"TOKEN": "2"}
    assert policy.lead_for(("shop", "blog")) == timedelta(hours=2)


def test_what_an_account_may_cost_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "x", X)
    text = f'{LEAST}[accounts.shop]\nnetwork = "x"\nmonthly_limit = "7.50 USD"\n'
    policy = load(tmp_path, text, TOKENS | {"BYHAND_SHOP_TOKEN": "t"}).policy()
    assert policy.accounts["shop"].monthly_limit == 7500
    for wrong in ("20 EUR", "20", "0 USD", "-1 USD", "1.234 USD", "twenty USD"):
        said = refusal(tmp_path, text.replace("7.50 USD", wrong))
        assert f'[accounts.shop] monthly_limit: "{wrong}" is not an amount in US dollars.' in said
        assert 'Write it like "20 USD" or "7.50 USD".' in said
    assert "It is not a text. Put it in quotes." in refusal(tmp_path, text.replace('"7.50 USD"', "20"))
    said = refusal(tmp_path, text.replace('"x"', '"mastodon"'))
    assert '[accounts.shop] monthly_limit: Nothing is taken for sending on network = "mastodon".' in said


def test_how_often_one_account_is_asked(tmp_path: Path) -> None:
    text = f'{LEAST}[accounts.shop]\nnetwork = "mastodon"\npoll_every = "10s"\n'
    policy = load(tmp_path, text, TOKENS | {"BYHAND_SHOP_TOKEN": "t"}).policy()
    assert policy.accounts["shop"].poll_every == timedelta(seconds=10)
    said = refusal(tmp_path, text.replace('"mastodon"', '"manual"'))
    assert '[accounts.shop] poll_every: It means nothing for network = "manual".' in said


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://byhand.example", "It does not begin with https://."),
        ("byhand.example", "It does not begin with https://."),
        ("//byhand.example", "It does not begin with https://."),
        ("https://", "It does not begin with https://."),
        ("https://byhand.example/media", 'Write "https://byhand.example": Byhand adds the path itself.'),
        ("https://byhand.example//", '"/" is too much.'),
        ("https://byhand.example?x=1", '"?x=1" is too much.'),
        ("https://byhand.example#", '"#" is too much.'),
        ("https://maya:hunter2@byhand.example", "It contains a name or a password."),
        ("https://byhand.example:", "Its port is not a number from 1 to 65535."),
        ("https://byhand.example:65536", "Its port is not a number from 1 to 65535."),
        ("https://byhand.example, https://b.example", "It contains a character that no address has."),
        ("https://byhand.example\\\\@b.example", "It contains a character that no address has."),
        ("https://bäckerei.example", "begins with xn--"),
        ("https://byhand\\u200b.example", "It contains a character that no address has."),
        ("https://by_hand.example", "There is no host name in it."),
        ("https://-.example", "There is no host name in it."),
        ("https://.", "There is no host name in it."),
        ("https://2130706433", "There is no host name in it."),
        ("https://0x7f.1", "There is no host name in it."),
        ("https://[::1", "There is no host name in it."),
        ("https://localhost:8080", "No network can reach localhost."),
        ("https://byhand", "No network can reach byhand."),
        ("https://shop.local", "No network can reach shop.local."),
        ("https://127.0.0.1", "No network can reach 127.0.0.1."),
        ("https://10.1.2.3:8443", "No network can reach 10.1.2.3."),
        ("https://[fd00::1]", "No network can reach [fd00::1]."),
    ],
)
def test_a_public_address_that_no_network_could_use_is_refused(
    tmp_path: Path, url: str, sentence: str
) -> None:
    said = refusal(tmp_path, f'{LEAST}[web]\npublic_url = "{url}"\n')
    assert "[web] public_url: " in said
    assert sentence in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("", ""),
        ("https://byhand.example", "https://byhand.example"),
        (" HTTPS://Byhand.Example/ ", "https://byhand.example"),
        ("https://byhand.example:8443", "https://byhand.example:8443"),
        ("https://xn--bckerei-5wa.example", "https://xn--bckerei-5wa.example"),
        ("https://93.184.216.34", "https://93.184.216.34"),
    ],
)
def test_a_public_address_is_kept_as_it_is_meant(tmp_path: Path, url: str, meant: str) -> None:
    assert load(tmp_path, f'{LEAST}[web]\npublic_url = "{url}"\n').public_url == meant


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('[team]\ntimezome = "UTC"', ["[team] timezome: There is no such setting. Did you mean timezone?"]),
        ("[teem]\n", ["[teem]: There is no such setting. Did you mean team?"]),
        ('_env_file = "x"', ["There is no such setting."]),
        ('[slack]\nbot_token = "xoxb-1"', ["[slack] bot_token", "read from the environment only"]),
        ('[team]\ntimezone = "Mars/Olympus"', ['There is no time zone "Mars/Olympus"']),
        ('[team]\ntimezone = "Europe"', ['There is no time zone "Europe"']),
        ('[team]\nhours = "Mon-Sun 25:00-26:00"', ["[team] hours", "not a time of day"]),
        ("[team]\napprovals = 0", ["[team] approvals: It must be at least 1."]),
        ('[team]\napprovals = "2"', ["[team] approvals: It is not a whole number."]),
        (
            '[team]\nauthor_may_approve = "yes"',
            ["It is neither true nor false. Write true or false, without quotes."],
        ),
        ('[team]\napprovers = "U0AAA"', ["[team] approvers: It is not a list."]),
        ('[team]\napprovers = ["anna"]', ['[team] approvers: "anna" is not a Slack id.']),
        ("[review]\nlead = 30", ["[review] lead: 30 is not a duration."]),
        ('[review]\nlead = "0m"', ["[review] lead: It is too short."]),
        ('[review]\nremind = ["15m", "soon"]', ['[review] remind: "soon" is not a duration.']),
        ('[slack]\nreview_channel = "social"', ['"social" is not a channel.']),
        ('[inbox]\nthread = "always"', ["[inbox] thread", "'mention', 'ask' or 'button'"]),
        ('slack = "C0123"', ["[slack]: It is not a section."]),
        ("[accounts.x]\n", ["[accounts.x] network: It is not set."]),
        ('[accounts.x]\nnetwork = "mastodon"\nsever = "https://a.example"', ["Did you mean server?"]),
        ('[accounts.x]\nnetwork = "mastodont"', ["[accounts.x] network", "Did you mean mastodon?"]),
        ('[accounts.x]\nnetwork = "bluesky"\nserver = "http://a.example"', ["not an https address"]),
        ('[accounts.x]\nnetwork = "bluesky"\nlanguage = "English please"', ["is not a language"]),
        ('[accounts.X]\nnetwork = "bluesky"', ["[accounts.X]: An account cannot have this name."]),
        (
            f'[accounts.{"x" * 76}]\nnetwork = "bluesky"',
            [f"[accounts.{'x' * 76}]: An account cannot have such a long name."],
        ),
        ('[accounts.all]\nnetwork = "bluesky"', ["[accounts.all]: An account cannot have this name."]),
        (
            '[accounts.a-b]\nnetwork = "bluesky"\n[accounts.a_b]\nnetwork = "bluesky"',
            ["[accounts.a-b]: Two accounts would share", "[accounts.a_b]: Two accounts would share"],
        ),
        ("[team\n", ["This is not TOML", "line 1"]),
        ("", ["[slack] review_channel: It is not set.", "byhand init"]),
    ],
)
def test_bad_settings_are_refused_with_file_key_and_mend(
    tmp_path: Path, text: str, sentences: list[str]
) -> None:
    refused = refusal(tmp_path, text)
    assert refused.startswith(("byhand.toml: ", "environment: "))
    for sentence in sentences:
        assert sentence in refused


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, '[team]\ntimezone = "x"\napprovals = 0\nhour = ""', {})
    keys = [problem.key for problem in refused.value.problems]
    assert keys == [
        "[team] timezone",
        "[team] approvals",
        "[team] hour",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
    ]


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "SLACK_BOT_TOKEN: It is not set."),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET for HTTP mode"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "  "}, "SLACK_APP_TOKEN: It is not set."),
        (TOKENS | {"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN: It holds an app-level token."),
        (TOKENS | {"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN: It holds a user token."),
        (TOKENS | {"SLACK_BOT_TOKEN": "hunter2"}, "SLACK_BOT_TOKEN: It holds none of Slack's tokens."),
        (TOKENS | {"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN: It holds a bot token."),
        (TOKENS | {"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "2"}, "Unset both."),
        (TOKENS | {"BYHAND_PORT": "eighty"}, "BYHAND_PORT: It is not a port."),
        (TOKENS | {"BYHAND_PORT": "70000"}, "BYHAND_PORT: It is not a port."),
        (TOKENS | {"BYHAND_DATABASE_URL": "mysql://x"}, "It is neither SQLite nor PostgreSQL."),
        (TOKENS | {"BYHAND_KEY": "short"}, "BYHAND_KEY: It is not a key."),
        (TOKENS | {"BYHAND_KEY": "é"}, "BYHAND_KEY: It is not a key."),
        (TOKENS | {"SLACK_API_URL": "http://slack.example/api/"}, "SLACK_API_URL"),
        (TOKENS | {"SLACK_API_URL": "https://["}, "SLACK_API_URL"),
    ],
)
def test_a_bad_environment_is_refused(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(tmp_path, LEAST, environ)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://byhand:hunter@two2@db.example/byhand", "It has one @ too many"),
        ("postgresql://byhand:hunter@two2/3@db.example/byhand", "It has one @ too many"),
        ("postgresql://byhand:hunter@two2?3@db.example/byhand", "It has one @ too many"),
        ("postgresql://byhand:hunter@two2:3@db.example/byhand", "It has one @ too many"),
        ("postgresql://by/hand:hunter2@db.example/byhand", "It has one @ too many"),
        ("postgresql://byhand@db.example/byhand?password=hunter@two2", "It has one @ too many"),
        ("postgresql+psycopg://byhand:hunter@two2@db.example/byhand", "It has one @ too many"),
        ("postgresql://byhand:hunter2/byhand", "Its port is not a number."),
        ("postgresql://byhand:hunter2", "Its port is not a number."),
        ("postgresql:byhand:hunter2@db.example/byhand", "It is not an address."),
        ("postgres://byhand:hunter2@db.example/byhand", "It is neither SQLite nor PostgreSQL."),
    ],
)
def test_a_database_address_that_would_be_misread_is_refused_without_a_word_of_it(
    tmp_path: Path, url: str, sentence: str
) -> None:
    """With an @ in the password the driver looked for the host "two2@db.example", and said so."""
    said = refusal(tmp_path, LEAST, TOKENS | {"BYHAND_DATABASE_URL": url})
    assert f"BYHAND_DATABASE_URL: {sentence}" in said
    assert "hunter" not in said
    assert "two2" not in said
    if sentence.endswith("too many"):
        assert "write @ as %40" in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://byhand@db.example/byhand",
        "postgresql://byhand:hunter%40two@db.example:5432/byhand",
        "postgresql://byhand@tenant:hunter2@db.example/byhand",  # as some hosts name their users
        "postgresql://byhand:p/q?r#s:t@db.example/byhand?sslmode=require",
        "postgresql:///byhand?host=/run/postgresql",
        "postgresql://byhand:hunter2@/byhand?host=/run/postgresql",
        "postgresql://byhand:hunter2@[::1]:5432/byhand",
        "postgresql+psycopg://db.example/byhand",
        "sqlite:////srv/by@hand.db",
    ],
)
def test_a_database_address_that_can_be_read_is_taken(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, LEAST, TOKENS | {"BYHAND_DATABASE_URL": url}).database_url == url


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    environ = {"SLACK_BOT_TOKEN": secret, "SLACK_APP_TOKEN": secret, "BYHAND_KEY": secret}
    assert secret not in refusal(tmp_path, f'[slack]\nbot_token = "{secret}"', environ)
    settings = load(tmp_path, EXAMPLE, TOKENS | SECRETS)
    assert not [word for word in ("p-w", "t-k", "xoxb-1", "xapp-1") if word in repr(settings)]


def test_http_mode_needs_only_a_signing_secret(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"})
    assert settings.slack_mode == "http"


def test_commands_without_slack_need_no_tokens(tmp_path: Path) -> None:
    assert load(tmp_path, "", {}, need_slack=False).policy().approvals == 1


def test_a_loopback_server_may_speak_plain_http(tmp_path: Path) -> None:
    text = LEAST + '[accounts.x]\nnetwork = "mastodon"\nserver = "http://127.0.0.1:9999"\n'
    environ = TOKENS | {"BYHAND_X_TOKEN": "t", "SLACK_API_URL": "http://127.0.0.1:1/api"}
    settings = load(tmp_path, text, environ)
    assert settings.accounts["x"].server == "http://127.0.0.1:9999"
    assert settings.slack_api_url == "http://127.0.0.1:1/api/"


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Run `byhand init`"):
        load_settings(None, TOKENS | {"BYHAND_CONFIG": str(tmp_path / "none.toml")})


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "byhand.toml").write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(SettingsError, match="Line 2 is not UTF-8"):
        load_settings(tmp_path / "byhand.toml", TOKENS)


def test_a_file_is_read_as_editors_save_it(tmp_path: Path) -> None:
    """Windows' editor begins the file with a byte order mark: "Invalid statement (at line 1, column 1)"."""
    for data in (
        b"\xef\xbb\xbf" + LEAST.encode(),
        LEAST.replace("\n", "\r\n").encode(),
        LEAST.replace("\n", "\r").encode(),
    ):
        (tmp_path / "byhand.toml").write_bytes(data)
        assert load_settings(tmp_path / "byhand.toml", TOKENS).slack.review_channel == "#social"


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("[slack]\nreview_channel = “#social”\n", 'Use straight quotes: ".'),
        (
            '[slack]\nreview_channel\N{NO-BREAK SPACE}= "#social"\n',
            "Line 2 has a no-break space: type a plain space instead.",
        ),
    ],
)
def test_what_pasting_adds_is_named(tmp_path: Path, text: str, mend: str) -> None:
    assert mend in refusal(tmp_path, text)


def test_an_environment_is_read_without_what_pasting_adds(tmp_path: Path) -> None:
    pasted = {name: f"\ufeff{value}\u200b\r\n" for name, value in TOKENS.items()}
    assert load(tmp_path, LEAST, pasted).bot_token == TOKENS["SLACK_BOT_TOKEN"]


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "“{}”", ' "{}" \r'])
def test_quotes_around_a_value_are_none_of_it(tmp_path: Path, quoted: str) -> None:
    """Docker keeps the quotes of an --env-file: the database's address was refused, the token was "none of Slack's"."""
    token, address = "xoxb-1-longer", "postgresql://byhand:hunter22@db/byhand"
    given = TOKENS | {"SLACK_BOT_TOKEN": token, "BYHAND_DATABASE_URL": address}
    pasted = {name: quoted.format(value) for name, value in given.items()}
    settings = load(tmp_path, LEAST, pasted)
    assert (settings.bot_token, settings.database_url) == (token, address)
    assert {token, "hunter22"} <= set(list_secrets(pasted)), "what is hidden is what is used"


def test_what_works_but_hardly_as_meant_is_a_warning(tmp_path: Path) -> None:
    text = '[slack]\nreview_channel = "#social"\n[review]\nlead = "15m"\n'
    warnings = load(tmp_path, text, TOKENS | {"BYHAND_PROT": "1", "BYHAND_X_TOKEN": "t"}).warnings
    assert warnings == (
        "A reminder 15m before the slot is never sent: [review] lead is 15m, so the card is not up by then.",
        "[team] approvers is empty: nobody can approve, so nothing will be published.",
        "BYHAND_PROT is not read. Did you mean BYHAND_PORT?",
        "BYHAND_X_TOKEN is not read. It names no account.",
    )


def test_every_setting_has_a_default_a_unit_and_a_sentence() -> None:
    for section, shape in SECTIONS.items():
        for name, info in shape.model_fields.items():
            assert info.description, (section, name)
            assert info.description.endswith("."), (section, name)
            assert isinstance(info.json_schema_extra, dict), (section, name)
            assert info.json_schema_extra["unit"], (section, name)
            required = {("accounts", "network"), ("labels", "approvers")}
            assert not info.is_required() or (section, name) in required
    assert set(SECTIONS) == set(File.model_fields)


def test_every_default_would_be_taken_if_written() -> None:
    for section, shape in SECTIONS.items():
        if section not in ("accounts", "labels"):
            shape.model_validate(shape().model_dump())


def test_the_table_names_every_setting_and_variable() -> None:
    table = format_settings_table()
    assert '| `[review] remind` | `["15m", "5m"]` | list of durations |' in table
    assert "| `[accounts.NAME] network` | required | network |" in table
    assert "| `SLACK_BOT_TOKEN` | unset |" in table
    rows = sum(len(shape.model_fields) for shape in SECTIONS.values()) + len(ENVIRONMENT) + 1
    assert len([line for line in table.splitlines() if line.startswith("| `")]) == rows


NAMED = """
[accounts.bakery]
network = "mastodon"
server = "https://mastodon.example"
approvers = ["U0INES", "S0BAKERY"]

[labels."Winter drive"]
approvers = ["U0ANNA"]
"""


def test_approvers_of_an_account_and_of_a_label(tmp_path: Path) -> None:
    environ = {**TOKENS, "BYHAND_BAKERY_TOKEN": "t"}
    policy = load(tmp_path, NAMED, environ, need_slack=False).policy()
    assert policy.accounts["bakery"].approvers == ("U0INES", "S0BAKERY")
    assert policy.labels == {"Winter drive": ("U0ANNA",)}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["U0ANNA"]', "[]", '[labels."Winter drive"] approvers: It names nobody.'),
        ('["U0INES", "S0BAKERY"]', "[]", "[accounts.bakery] approvers: It names nobody."),
        ('["U0ANNA"]', '["Anna"]', '[labels."Winter drive"] approvers: "Anna" is not a Slack id.'),
        ('approvers = ["U0ANNA"]', "", '[labels."Winter drive"] approvers: It is not set.'),
        ('approvers = ["U0ANNA"]', 'aprovers = ["U0ANNA"]', "Did you mean approvers?"),
        ('"Winter drive"', '" "', '[labels." "]: This label is empty.'),
        ("[labels", '[labels."winter  DRIVE"]\napprovers = ["U0TOM"]\n[labels', "This is the same label as"),
    ],
)
def test_approvers_that_cannot_be_named_so(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, NAMED.replace(old, new), need_slack=False)
    assert told in str(refused.value)


def test_how_loud_each_objection_is(tmp_path: Path) -> None:
    assert load(tmp_path, "", need_slack=False).policy().levels == LEVELS, (
        "every one has its setting, and the same default"
    )
    text = '[objections]\nalt_text = "warn"\nspacing = "off"\nfull_day = "block"\nhours = "note"'
    levels = load(tmp_path, text, need_slack=False).policy().levels
    assert levels[ObjectionType.ALT_TEXT] is Level.WARN
    assert levels[ObjectionType.SPACING] is None
    assert levels[ObjectionType.FULL_DAY] is Level.BLOCK
    assert levels[ObjectionType.HOURS] is Level.NOTE
    assert "[objections] hours" in refusal(tmp_path, '[objections]\nhours = "loud"')


def test_a_country_is_one_whose_holidays_are_known(tmp_path: Path) -> None:
    assert load(tmp_path, '[team]\ncountry = "DE-BY"', need_slack=False).policy().country == "DE-BY"
    for wrong in ("Germany", "DE-XX", "XX"):
        assert f'"{wrong}" is not a country.' in refusal(tmp_path, f'[team]\ncountry = "{wrong}"')
