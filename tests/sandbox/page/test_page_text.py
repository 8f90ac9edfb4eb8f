"""Slack's mrkdwn and date tokens, and the zone's arithmetic: the page's modules asked directly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from bot.slack.views.text import countdown
from tests.sandbox.page.browser import Browser

NAMES = "{user: id => ({U0TOM: 'Tom'})[id], channel: () => null, me: ''}"
MRKDWN = {
    "*bold* and _it_ and ~no~": "<strong>bold</strong> and <em>it</em> and <s>no</s>",
    "*_both_*": "<strong><em>both</em></strong>",
    "4 * 5 * 6, snake_case_name, a*b*c": "4 * 5 * 6, snake_case_name, a*b*c",
    "`*code* &lt;b&gt;`": "<code>*code* &lt;b&gt;</code>",
    "<@U0TOM> <@U0NOBODY>": "[@Tom] [@someone]",
    "<!channel> <!subteam^S1|@bakers> <!subteam^S1>": "[@channel] [@bakers] [@group]",
    "&amp;lt; &lt;!channel&gt;": "&amp;lt; &lt;!channel&gt;",
    ":tada: :not_a_name:": "🎉 :not_a_name:",
    "> quoted\nnot": "<blockquote>quoted</blockquote>not",
    "&gt; quoted": "<blockquote>quoted</blockquote>",
    "```\na *b*\n```\nc": "<pre>a *b*</pre>c",
    "```never closed *b*": "```never closed <strong>b</strong>",
    "*see <https://a.example/x_y_z|it>*": '<strong>see <a href="https://a.example/x_y_z">it</a></strong>',
    "<javascript:alert(1)|press>, <b>": "&lt;javascript:alert(1)|press&gt;, &lt;b&gt;",
    "<!date^x^{time}|fb>": "fb",
}
# 1795170000 is Fri 20 Nov 2026, 11:20:00 in Berlin; the clock below stands at noon that day.
TOKENS = {
    "{date_num} {time_secs}": "2026-11-20 11:20:00",
    "{date}, {date_short}": "20 November 2026, 20 Nov 2026",
    "{date_long} {time}": "Friday 20 November 2026 11:20",
    "on {date_pretty}, {date_short_pretty}, {date_long_pretty}": "on today, today, today",
    "{ago} {unknown}": "40 min ago {unknown}",
}


def test_moments_away_are_told_as_in_byhands_own_screens(page: Browser) -> None:
    """It said "now" from 45 s before, and "1 min" half a minute early: one clock, two answers."""
    now = datetime(2026, 11, 20, 11, tzinfo=UTC)
    aways = (7200, 4200, 119, 59, 1, 0, -59, -60, -32_339, 86_400, 172_799, 788_400)
    shown = page.eval(
        "import('/static/time.js').then(({setClock, relative, now}) => { setClock('2026-11-20T11:00:00Z', 'UTC');"
        f" performance.now = () => 0; setClock('2026-11-20T11:00:00Z', 'UTC');"
        f" return {list(aways)}.map(s => relative(Date.parse('2026-11-20T11:00:00Z') + s * 1000)); }})"
    )
    assert shown == [countdown(now + timedelta(seconds=away), now) for away in aways]


def test_what_a_screen_reader_hears_is_words_line_by_line(page: Browser) -> None:
    """It heard "<@U0TOM>" and "<!date^1795170000^{time}|fb>", and a quotation run together with what followed."""
    heard = page.eval(
        f"import('/static/mrkdwn.js').then(({{heard}}) => heard('<@U0TOM> *wrote*:\\n> one\\n> two\\nthree', {NAMES}))"
    )
    assert heard == "@Tom wrote:\none\ntwo\nthree"


def test_mrkdwn(page: Browser) -> None:
    shown = page.eval(
        f"import('/static/mrkdwn.js').then(({{mrkdwn}}) => {json.dumps(list(MRKDWN))}.map(source => {{"
        f" const box = document.createElement('div'); box.append(...mrkdwn(source, {NAMES}));"
        " return box.innerHTML; }))"
    )
    simple = [
        html.replace('<span class="mention">', "[")
        .replace("</span>", "]")
        .replace(' target="_blank" rel="noopener noreferrer"', "")
        for html in shown
    ]
    assert dict(zip(MRKDWN, simple, strict=True)) == MRKDWN


def test_date_tokens(page: Browser) -> None:
    shown = page.eval(
        "import('/static/time.js').then(({setClock, fillTokens}) => {"
        " setClock('2026-11-20T11:00:00Z', 'Europe/Berlin');"
        f" return {json.dumps(list(TOKENS))}.map(pattern => fillTokens(1795170000, pattern)); }})"
    )
    assert dict(zip(TOKENS, shown, strict=True)) == TOKENS


def test_wall_clock_and_seconds_agree_over_the_end_of_summer_time(page: Browser) -> None:
    before, after, round_trip = page.eval(
        "import('/static/time.js').then(t => { t.setClock('2026-10-25T00:00:00Z', 'Europe/Berlin');"
        " return [t.fromLocalInput('2026-10-24T12:00'), t.fromLocalInput('2026-10-25T12:00'),"
        " t.toLocalInput(t.fromLocalInput('2026-03-29T12:00'))]; })"
    )
    assert after - before == 25 * 3600
    assert round_trip == "2026-03-29T12:00"
