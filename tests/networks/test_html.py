"""What somebody wrote as rich text keeps its meaning as plain words."""

from __future__ import annotations

import pytest

from bot.networks.html import to_plain

LONG = (
    '<a href="https://dock.example/long" rel="nofollow"><span class="invisible">https://</span>'
    '<span class="ellipsis">dock.example/lo</span><span class="invisible">ng</span></a>'
)
TAG = '<a href="https://dock.example/tags/bread" class="mention hashtag" rel="tag">#<span>bread</span></a>'
NAME = '<a href="https://dock.example/@bo" class="u-url mention">@<span>bo</span></a>'


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>No:</p><ul><li>nuts</li><li>milk</li></ul><p>Please</p>", "No:\n\n• nuts\n• milk\n\nPlease"),
        ("<ul>\n  <li>nuts</li>\n  <li><p>milk</p></li>\n</ul>", "• nuts\n• milk"),
        ("<ol><li>broken</li><li>refund</li></ol>", "1. broken\n2. refund"),
        ('<ol start="3"><li>a<li>b<li value="9">c</ol>', "3. a\n4. b\n9. c"),
        ("<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>", "• a\n  1. b\n  2. c\n• d"),
        ("<ul><li>a<br>b</li></ul>", "• a\n  b"),
        ("<div>broken</div><div>refund</div>", "broken\nrefund"),
        ("<h2>Sorry</h2>It was<p>late</p>", "Sorry\n\nIt was\n\nlate"),
        ("<blockquote><p>as you</p><p>said</p></blockquote><p>no</p>", "> as you\n>\n> said\n\nno"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<pre>\n  x = 1\n    y\n</pre>then", "  x = 1\n    y\n\nthen"),
        ("<table><tr><th>rye</th><th>2</th></tr><tr><td>oat</td><td>3</td></tr></table>", "rye | 2\noat | 3"),
        ("<p>a<br/>\nb<br><br>c</p>", "a\nb\n\nc"),
        ("a\nb", "a\nb"),
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<del>20</del> 15 euros, 10<sup>2</sup> of them, <q>rye</q>", "~20~ 15 euros, 10^2 of them, “rye”"),
        (
            "<main>a<form>b</form></main><center>c</center>d<option>e</option><option>f</option>",
            "a\nb\nc\nd\ne\nf",
        ),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字<rt>じ</rt>", "漢(かん)字(じ)"),
        ("<dl><dt>rye</dt><dd>2</dd></dl>", "rye\n2"),
        ('<p>hi <img class="emoji" alt=":loaf:"> <img src="x"></p>', "hi :loaf:"),
        ("", ""),
    ],
)
def test_blocks_and_marks(html: str, shown: str) -> None:
    assert to_plain(html) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (f"<p>See {LONG}, please</p>", "See https://dock.example/long, please"),
        (
            '<p>See <a href="https://dock.example/a?b=1&amp;c">our hours</a>.</p>',
            "See our hours (https://dock.example/a?b=1&c).",
        ),
        (
            '<a href="https://dock.example/a/long/way">dock.example/a/lo…</a>',
            "https://dock.example/a/long/way",
        ),
        ('<a href="http://dock.example/">dock.example</a>', "dock.example"),
        ('<a href="tel:+49301234567">call me</a>', "call me (+49301234567)"),
        ('<a href="mailto:lena@far.example?subject=x">write me</a>', "write me (lena@far.example)"),
        ('<a href="https://dock.example/a"><img alt="A loaf"></a>', "A loaf (https://dock.example/a)"),
        ('<a href="https://dock.example/a"></a>', "https://dock.example/a"),
        ('<a href="https://dock.example/a"><p>read</p></a>', "read\n\n(https://dock.example/a)"),
        ('<a href="javascript:alert(1)">x</a> <a href="#">y</a> <a>z</a>', "x y z"),
        (
            '<a href="https://a.example">a <a href="https://b.example">b',
            "a (https://a.example) b (https://b.example)",
        ),
        (
            '<p><a href="https://evil.example">https://bank.example</a></p>',
            "https://bank.example (https://evil.example)",
        ),
        (f"<p>{NAME} {TAG}</p>", "@bo #bread"),
        ('<p>@<a href="https://f.example/lena" class="u-url mention">lena</a></p>', "@lena"),
    ],
)
def test_links(html: str, shown: str) -> None:
    assert to_plain(html) == shown


def test_nothing_is_nested_too_deep() -> None:
    for opened in ("<ul><li>x", "<blockquote>x", "<li>x", "<pre>x\n", "<a href='https://a.example'>x"):
        assert len(to_plain(opened * 2000)) < 400_000
