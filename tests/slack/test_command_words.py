"""Words typed after `/social`: where the command's word ends, and what is kept of the rest."""

from __future__ import annotations

import pytest

from bot.slack.payloads import split_command, split_typed, unescape_typed
from bot.slack.routes import COMMANDS


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("bread &amp; butter &lt;3", "bread & butter <3"),
        ("ask <@U0TOM|Tom> in <#C0SOCIAL|social>", "ask @Tom in #social"),
        ("ask <@U0TOM>", "ask @Tom"),
        ("ask <@W0TOM|>", "ask @somebody"),
        ("<!channel|channel> <!here>", "@channel @here"),
        ("see <#C0SOCIAL>, <#C0SOCIAL|>", "see a private channel, a private channel"),
        ("<!here> and <!subteam^S0SHIFT|@shift>, <!subteam^S0SHIFT>", "@here and @shift, a group"),
        ("since <!date^1764460800^{date}^https://a.example|30 Nov>", "since 30 Nov"),
        ("<https://news.example/a?b=1&amp;c=2>", "https://news.example/a?b=1&c=2"),
        ("<http://news.example|news.example>", "news.example"),
        ("<https://news.example|the news>", "the news (https://news.example)"),
        ("<mailto:tom@bakery.example|tom@bakery.example>", "tom@bakery.example"),
        ("<tel:+49301234567|030 1234567>", "030 1234567"),
        ("<http://sorry.So|sorry.So>", "sorry.So"),
        ("<https://bakery.example/aaaaaaa|https://bakery.example/a[...]a>", "https://bakery.example/aaaaaaa"),
        ("&lt;https://a.example&gt; < 3 > 2 <>", "<https://a.example> < 3 > 2 <>"),
    ],
)
def test_a_reason_is_kept_as_it_was_typed(typed: str, seen: str) -> None:
    assert unescape_typed(typed, {"U0TOM": "Tom"}.get) == seen


@pytest.mark.parametrize(
    "typed",
    ["pause recall", "pause\nrecall", "pause\u00a0recall", "pause! recall", "Pause:recall", "pause\u200brecall",
     "*pause* recall", "\u201epause\u201c recall", " pause \u2014 recall", "pause,\trecall", "`pause` recall\n",
     "\u201cpause recall\u201d", "*pause recall*", "(pause) recall", "&gt; pause recall",
     "\uff30\uff21\uff35\uff33\uff25 recall",
     "pause\u3000recall"],
)  # fmt: skip
def test_a_commands_word_ends_at_any_space_or_sign(typed: str) -> None:
    assert split_command(typed) == ("pause", "recall")


@pytest.mark.parametrize(("typed", "word"), [("", ""), ("  ", ""), ("pauseall", "pauseall"), ("!?", "")])
def test_what_is_no_command(typed: str, word: str) -> None:
    assert split_command(typed)[0] == word


@pytest.mark.parametrize(
    ("command", "text", "read"),
    [
        ("/social", "pause recall", ("pause", "recall")), ("/social", "", ("", "")), ("", "status", ("status", "")),
        ("/pause", "", ("pause", "")), ("/pause", "flood", ("pause", "flood")), ("/Pause", "x", ("pause", "x")),
        ("/pause", "mastodon recall", ("pause", "mastodon recall")), ("/pause", "pause x", ("pause", "x")),
        ("/pause", "stop it all", ("pause", "stop it all")), ("/pause", "help", ("help", "")),
        ("/pause", "status page is wrong", ("pause", "status page is wrong")),
        ("/status", "pause flood", ("pause", "flood")), ("/inbox", "mine", ("mine", "")), ("/stop", "it", ("it", "")),
        *((each, "Pause: flood", ("pause", "flood")) for each in ("/byhand", "/pulse", "/phase", "/hold", "/help")),
    ],
)  # fmt: skip
def test_a_command_of_another_name(command: str, text: str, read: tuple[str, str]) -> None:
    """Seen: `/pause recall` was answered with the help, in a crisis; so was, later, `/pulse pause recall`."""
    assert split_typed(command, text, COMMANDS) == read
