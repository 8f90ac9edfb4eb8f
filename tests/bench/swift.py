"""`byhand run` that takes Slack for one which allows 50 messages a second and channel, and is otherwise the same."""

from __future__ import annotations

from bot.cli import main
from bot.slack.transport import limits

POSTS_A_SECOND = 50.0

if __name__ == "__main__":
    limits.SLACKS[limits.POST] = limits.Rate(POSTS_A_SECOND, burst=3, by_channel=True)
    main()
