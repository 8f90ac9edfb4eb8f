"""What a pause puts into Slack's values, and reads back."""

from __future__ import annotations

import pytest

from bot.domain.posts import Seen
from bot.services.pause.drill import NONE_YET
from bot.slack import ids
from bot.slack.ids import Malformed
from bot.slack.values import resume
from bot.slack.values.banner import format_elsewhere, format_pause, parse_elsewhere, parse_pause


@pytest.mark.parametrize("value", ["", "ALL", "a b", "x" * 90, None, "all\n"])
def test_no_scope_but_ours(value: str | None) -> None:
    with pytest.raises(Malformed):
        ids.parse_scope(value)


def test_what_was_put_into_a_value_comes_back() -> None:
    for seen in (Seen("p1", 3), Seen("p1", 3, "0badcafe")):
        assert ids.parse_without(ids.format_without(seen, "dock-bluesky")) == (seen, "dock-bluesky")
    assert resume.parse_resume(resume.format_resume("dock", 7)) == ("dock", 7)
    for scope, pause_id in (("all", ""), ("drill", "p1")):
        assert resume.parse_resume_press(resume.format_resume_press(scope, pause_id)) == (scope, pause_id)
    assert ids.parse_id(NONE_YET) == NONE_YET
    assert parse_pause(format_pause("p1", "Meta ads")) == ("p1", "Meta ads")
    for mark in ("", "at:by:2026-11-24T09:00:00+00:00:U0TOM"):
        assert parse_elsewhere(format_elsewhere("p1", "Meta ads", mark)) == ("p1", "Meta ads", mark)
    assert parse_elsewhere("p1 Meta ads") == ("p1", "Meta ads", "")  # of an older Byhand
    assert ids.parse_several(ids.format_several(["a", "b"])) == ["a", "b"]
    assert ids.parse_act("take_down:3") is ids.Act.TAKE_DOWN
    for broken in ("", " ", "a b;c"):
        with pytest.raises(Malformed):
            ids.parse_several(broken)
    with pytest.raises(Malformed):
        parse_pause("; x")
