"""From Slack to the network: what a customer will get, and what keeps a message from being sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.inbox import plain_text as module
from bot.slack.inbox.plain_text import (
    CHANNEL,
    GROUP,
    HIDDEN,
    NOBODY,
    ODD,
    ODD_LINK,
    US,
    PlainText,
    read_typed_text,
    to_plain_text,
)

BOT = "U0BYHAND"
PEOPLE = {"U0TOM": "Tom", "U0INA": "@Ina <script>", "U0NONAME": ""}
CHANNELS = {"C0CARE": "customers"}
Json = dict[str, Any]


def read(message: Json) -> PlainText:
    return to_plain_text(message, PEOPLE.get, bot_user=BOT, channels=CHANNELS.get)


def rich(*leaves: Json, kind: str = "rich_text_section", **more: Any) -> Json:
    return {"text": "not read", "blocks": [block({"type": kind, "elements": list(leaves), **more})]}


def block(*parts: Json) -> Json:
    return {"type": "rich_text", "block_id": "b", "elements": list(parts)}


def text(words: str, **style: bool) -> Json:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def user(who: str) -> Json:
    return {"type": "user", "user_id": who}


def link(url: str, label: str | None = None) -> Json:
    return {"type": "link", "url": url, **({"text": label} if label is not None else {})}


US_FIRST = user(BOT)
LONG = "https://bakery.example/" + "A" * 90
INSIDE = "https://x.slack.com/archives/C1/p1"
SORRY = text(" Sorry, Lena! We send a new one today.")


def test_a_message_to_byhand_is_for_the_customer_without_byhand() -> None:
    assert read(rich(US_FIRST, SORRY)) == PlainText("Sorry, Lena! We send a new one today.", (), True)
    assert read({"text": f"<@{BOT}> Sorry &amp; thanks"}) == PlainText("Sorry & thanks", (), True)
    assert read(rich(text("  \n"), US_FIRST, text(": Sorry"))).text == "Sorry"
    assert read(rich(US_FIRST, text(" "), US_FIRST, SORRY)).addressed
    assert read(rich(US_FIRST, text(" :) hi"))).text == ":) hi"


def test_a_message_to_nobody_is_internal() -> None:
    assert read(rich(text("is this the batch from Monday?"))) == PlainText(
        "is this the batch from Monday?", (), False
    )
    assert not read({}).addressed
    assert read({"text": None, "blocks": [None, {"type": "rich_text", "elements": 3}]}) == PlainText(
        "", (), False
    )


def test_byhand_is_named_nowhere_else() -> None:
    found = read(rich(text("Ask "), US_FIRST, SORRY))
    assert not found.addressed
    assert found.problems == (US,)
    assert read(rich(US_FIRST, SORRY, US_FIRST)).problems == (US,)


@pytest.mark.parametrize(
    ("leaf", "mrkdwn", "shown"),
    [
        (user("U0TOM"), "<@U0TOM>", "Tom"),
        (user("U0INA"), "<@U0INA|ina>", "Ina script"),
        ({"type": "channel", "channel_id": "C0CARE"}, "<#C0CARE>", "#customers"),
        ({"type": "channel", "channel_id": "C0CARE"}, "<#C0NEW|customers>", "#customers"),
        (link("https://bakery.example/a?b=1&c"), "<https://bakery.example/a?b=1&amp;c>", "https://bakery.example/a?b=1&c"),
        (link("https://bakery.example", "our hours"), "<https://bakery.example|our hours>", "our hours (https://bakery.example)"),
        (link("http://bakery.example/", "bakery.example"), "<http://bakery.example/|bakery.example>", "bakery.example"),
        (link("http://sorry.So", "sorry.So"), "<http://sorry.So|sorry.So>", "sorry.So"),
        (link(LONG, "https://bakery.example/AAAA[...]AAA"), f"<{LONG}|https://bakery.example/AAAA[...]AAA>", LONG),
        (link("tel:+49301234567", "030 1234567"), "<tel:+49301234567|030 1234567>", "030 1234567"),
        (link("tel:+49301234567", "+49 30 1234567"), "<tel:+49301234567|+49 30 1234567>", "+49 30 1234567"),
        (link("tel:+49301234567", "call us"), "<tel:+49301234567|call us>", "call us (+49301234567)"),
        (link("tel:+49301234567"), "<tel:+49301234567>", "+49301234567"),
        (link("mailto:a@b.example?x=1", "a@b.example"), "<mailto:a@b.example?x=1|a@b.example>", "a@b.example"),
        (link(INSIDE, "https://x.slack.com/arc[...]p1"), f"<{INSIDE}|https://x.slack.com/arc[...]p1>", INSIDE),
        (link("mailto:a@b.example", "a@b.example"), "<mailto:a@b.example|a@b.example>", "a@b.example"),
        (link("mailto:a@b.example", "us"), "<mailto:a@b.example|us>", "us (a@b.example)"),
        (link("https://x.slack.com/archives/C1/p1"), "<https://x.slack.com/archives/C1/p1>", "https://x.slack.com/archives/C1/p1"),
        ({"type": "emoji", "name": "heart", "unicode": "2764-fe0f"}, ":heart:", "❤️"),
        ({"type": "emoji", "name": "+1", "skin_tone": 4, "unicode": "1f44d-1f3fd"}, ":+1::skin-tone-4:", "👍🏽"),
        ({"type": "emoji", "name": "wave", "skin_tone": 3}, ":wave::skin-tone-3:", "👋🏼"),
        ({"type": "emoji", "name": "flag-de"}, ":flag-de:", "🇩🇪"),
        ({"type": "emoji", "name": "man-shrugging"}, ":man-shrugging:", "🤷‍♂️"),
        ({"type": "date", "timestamp": 1, "format": "x", "fallback": "24 Nov"}, "<!date^1^{date}|24 Nov>", "24 Nov"),
        (text("<b> & *x*", bold=True), "&lt;b&gt; &amp; *x*", "<b> & *x*"),
        (text("10:30:20"), "10:30:20", "10:30:20"),
    ],
)  # fmt: skip
def test_what_has_words_outside_slack(leaf: Json, mrkdwn: str, shown: str) -> None:
    assert read(rich(text("a "), leaf, text(" b"))) == PlainText(f"a {shown} b", (), False)
    assert read({"text": f"a {mrkdwn} b"}) == PlainText(f"a {shown} b", (), False)


@pytest.mark.parametrize(
    ("leaf", "mrkdwn", "problem"),
    [
        (user("U0WHO"), "<@U0WHO|who>", NOBODY),
        (user("U0NONAME"), "<@U0NONAME>", NOBODY),
        ({"type": "channel", "channel_id": "C0SECRET"}, "<#C0SECRET>", CHANNEL),
        ({"type": "usergroup", "usergroup_id": "S0A"}, "<!subteam^S0A|@team>", GROUP),
        ({"type": "broadcast", "range": "channel"}, "<!channel>", GROUP),
        ({"type": "broadcast", "range": "here"}, "<!here|here>", GROUP),
        (link("https://x.slack.com/archives/C1/p1", "as said"), "<https://x.slack.com/archives/C1/p1|as said>", HIDDEN),
        (link("slack://channel?id=C1", "there"), "<slack://channel?id=C1|there>", ODD_LINK),
        ({"type": "date", "timestamp": 1, "format": "{date}"}, "<!date^1^{date}>", ODD),
        ({"type": "workflow"}, "<@U0TOM", ODD),
    ],
)  # fmt: skip
def test_what_has_none_is_a_problem(leaf: Json, mrkdwn: str, problem: str) -> None:
    for message in (
        rich(text("a "), leaf, text(" b")),
        {"text": f"a {mrkdwn} b" if ">" in mrkdwn else mrkdwn},
    ):
        found = read(message)
        assert found.problems == (problem,)
        assert not re.search(r"[UCS]0[A-Z]+", found.text)


def test_an_emoji_of_this_workspace_only_is_a_problem() -> None:
    found = read(rich({"type": "emoji", "name": "dock-loaf"}))
    assert found == PlainText("", (module.CUSTOM.format(name="dock-loaf"),), False)
    found = read({"text": "so :dock-loaf: it is, at 10:30:45"})
    assert found.problems == (module.CUSTOM.format(name="dock-loaf"),)
    assert read({"text": "at 10:30:45, :30:"}).problems == ()


def test_lists_and_quotes_stay_readable() -> None:
    item = {"type": "rich_text_section", "elements": [text("one")]}
    message = {
        "blocks": [
            block(
                {"type": "rich_text_section", "elements": [US_FIRST, text(" Please:\n")]},
                {"type": "rich_text_list", "style": "bullet", "elements": [item, item]},
                {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [item]},
                {"type": "rich_text_quote", "elements": [text("as\nsaid")]},
                {"type": "rich_text_preformatted", "elements": [text("x = 1")]},
            )
        ]
    }
    assert read(message).text == "Please:\n• one\n• one\n  3. one\n> as\n> said\nx = 1"
    assert read(rich(US_FIRST, SORRY, kind="rich_text_quote")).problems == (US,)


def test_what_was_struck_out_is_said() -> None:
    """ "~20~ 15 euros" went out as "20 15 euros", and nobody had been told."""
    bold = {"type": "text", "text": "0 ", "style": {"strike": True, "bold": True}}
    found = read(rich(text("2", strike=True), bold, text("15 euros, "), text("not 16", strike=True)))
    assert (found.text, found.problems) == ("20 15 euros, not 16", ())
    assert found.lost == (module.STRUCK.format(words="20"), module.STRUCK.format(words="not 16"))
    within = block({"type": "rich_text_quote", "elements": [text("20", strike=True)]})
    items = {
        "type": "rich_text_section",
        "elements": [link("https://a.example") | {"style": {"strike": True}}],
    }
    listed = block({"type": "rich_text_list", "style": "bullet", "elements": [items]})
    shown = read({"blocks": [within, listed]}).lost
    assert shown == (module.STRUCK.format(words="20"), module.STRUCK.format(words="https://a.example"))
    assert read(rich(text(" ", strike=True), text("a", bold=True, italic=True, code=True))).lost == ()


def test_what_is_typed_into_a_dialog_is_plain_already() -> None:
    assert read_typed_text(" So sorry :) <!channel> &lt; *x* ") == "So sorry :) <!channel> &lt; *x*"
    assert read_typed_text("a\r\nb\x00\ud83d") == "a\nb\ufffd"


# --- whatever is written -----------------------------------------------------------------------------

INTERNAL = re.compile(r"[UWCSTB]0SECRET|<[@!#]|secret\.slack\.com|@?Byhand|usergroup|subteam")
PLAIN = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="<>&:"), max_size=20)
# Without letters that every internal word has: hypothesis draws words from our code, and who types one may send it.
TYPED = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="<>&:B0gm"), max_size=20
)
SECRET = st.sampled_from(["U0SECRET", "W0SECRET", "C0SECRET", "S0SECRET", "U0TOM", BOT, "T0SECRET"])
LEAF = st.one_of(
    st.builds(text, TYPED),
    st.builds(user, SECRET),
    st.builds(lambda id_: {"type": "usergroup", "usergroup_id": id_}, SECRET),
    st.builds(lambda id_: {"type": "channel", "channel_id": id_}, SECRET),
    st.builds(lambda id_: {"type": "team", "team_id": id_}, SECRET),
    st.builds(lambda whom: {"type": "broadcast", "range": whom}, st.sampled_from(["here", "channel", "everyone"])),
    st.builds(
        lambda name, code: {"type": "emoji", "name": name, **({"unicode": code} if code is not None else {})},
        st.sampled_from(["smile", "U0SECRET", "+1", "", "<!channel>"]),
        st.sampled_from([None, "1f600", "zz", "110000", "d800", "55-30-53"]),
    ),
    st.builds(
        link,
        st.sampled_from(["https://a.example/x", "https://secret.slack.com/archives/C0SECRET/p1", "slack://C0SECRET"]),
        TYPED.filter(lambda label: bool(label.strip())),
    ),
    st.builds(lambda words: {"type": "date", "timestamp": 1, "format": "x", "fallback": words}, TYPED),
    st.builds(lambda id_: {"type": "canvas", "id": id_}, SECRET),
    st.sampled_from([{}, {"type": "text"}, {"type": "user"}, {"type": "link", "url": 3}, {"type": "emoji"}]),
)  # fmt: skip
SECTION = st.builds(
    lambda kind, leaves: {"type": kind, "elements": leaves},
    st.sampled_from(["rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_odd"]),
    st.lists(LEAF, max_size=6),
)
LIST = st.builds(
    lambda style, items, indent: {
        "type": "rich_text_list",
        "style": style,
        "elements": items,
        "indent": indent,
    },
    st.sampled_from(["bullet", "ordered", None]),
    st.lists(SECTION, max_size=3),
    st.sampled_from([0, 3, -1, 10**9, "x", None]),
)
BLOCKS = st.lists(
    st.builds(lambda parts: block(*parts), st.lists(st.one_of(SECTION, LIST), max_size=4)), max_size=3
)
TOKENS = st.sampled_from(
    [
        "<@U0SECRET>", "<@U0SECRET|secret>", "<@U0TOM>", f"<@{BOT}>", "<#C0SECRET>", "<!subteam^S0SECRET|@x>",
        "<!channel>", "<!here|here>", "<!everyone>", "<!date^1^{date}|24 Nov>", "<!date^1^{date}^https://a|b>",
        "<https://secret.slack.com/archives/C0SECRET/p1|look>", "<https://a.example|a>", "<@U0SECRET", "<!", "<>",
        "<slack://user?id=U0SECRET>", "<@>", "<#>", ":smile:", ":+1::skin-tone-9:", "&amp;", ":U0:", "<<@U0SECRET>>",
    ]
)  # fmt: skip
SCRAPS = st.lists(st.sampled_from([*"ab <>&*_~`@#\n!|", "&lt;", "&amp;", "&amp;gt;"]), max_size=30).map(
    "".join
)
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(BLOCKS)
def test_nothing_internal_leaves_with_rich_text(blocks: list[Json]) -> None:
    found = read({"text": "<@U0SECRET>", "blocks": [block(), *blocks]})
    assert not INTERNAL.search(found.text), found
    found.text.encode()


@quick
@given(st.lists(st.one_of(TOKENS, TYPED), max_size=8))
def test_nothing_internal_leaves_with_mrkdwn(parts: list[str]) -> None:
    found = read({"text": "".join(parts)})
    assert not INTERNAL.search(found.text), found
    mentions = {part for part in parts if part.startswith(("<!c", "<!h", "<!e", "<!s", "<@U0S", "<#C"))}
    assert found.problems or not mentions, "something was dropped in silence"


@quick
@given(st.one_of(PLAIN, SCRAPS))
def test_plain_words_stay_as_they_are(words: str) -> None:
    assert read(rich(text(words))).text == words.strip()
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert read({"text": escaped}).text == words.strip()
    assert read_typed_text(words) == words.strip()


@quick
@given(st.text(alphabet="ab:+1xo-_ ", max_size=40))
def test_converting_twice_changes_nothing(words: str) -> None:

    once = read({"text": words}).text
    assert read({"text": once}).text == once


def test_a_table_beside_the_words_is_not_dropped_silently() -> None:
    """A customer would have got "These are our prices:", and nothing below it."""
    table = {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "Rye"}, {"type": "raw_text", "text": "4"}]],
    }
    message = rich(text("These are our prices:"))
    assert read(message).problems == ()
    assert read({**message, "blocks": [*message["blocks"], table]}).problems == (ODD,)
