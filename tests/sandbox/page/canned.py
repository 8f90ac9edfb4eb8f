"""A rich state for the page, as the stage would serve it: cards, a thread, a modal, a home, traffic."""

from __future__ import annotations

from typing import Any

from tests.sandbox.page import canned_outside as outside

JSON = dict[str, Any]
SOCIAL, CUSTOMERS, PRIVATE = "C0SOCIAL", "C0CUSTOMERS", "C0PRIVATE"
BOT, MAYA, TOM, GIL = "U0BOT", "U0MAYA", "U0TOM", "U0GUEST"
NOW = 1795507690  # Tue 24 Nov 2026, 09:08:10 in Berlin
SLOT = NOW + 46 * 60
NAMES = {BOT: "Byhand", MAYA: "Maya", TOM: "Tom", GIL: "Gil"}


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> JSON:
    return {"type": "mrkdwn", "text": text}


def section(block_id: str, text: str, **more: Any) -> JSON:
    return {"type": "section", "block_id": block_id, "text": mrkdwn(text), **more}


def context(block_id: str, *texts: str) -> JSON:
    return {"type": "context", "block_id": block_id, "elements": [mrkdwn(text) for text in texts]}


def button(action_id: str, text: str, **more: Any) -> JSON:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": "42:3", **more}


def option(value: str, text: str) -> JSON:
    return {"text": plain(text), "value": value}


def date(seconds: int, pattern: str = "{date_short_pretty} at {time}") -> str:
    return f"<!date^{seconds}^{pattern}|24 Nov 2026 09:00 CET>"


def message(ago: int, user: str, text: str, blocks: list[JSON] | None = None, **more: Any) -> JSON:
    return {
        "ts": f"{NOW - ago}.000100",
        "thread_ts": None,
        "user": user,
        "name": NAMES[user],
        "is_bot": user == BOT,
        "text": text,
        "blocks": blocks or [],
        "edited": False,
        "deleted": False,
        "reply_count": 0,
        "pinned": False,
        "ephemeral": False,
        "stands_for": None,
    } | more


KILL = {
    "title": plain("Kill this post?"),
    "text": plain("It will not be published anywhere. You can bring it back."),
    "confirm": plain("Kill it"),
    "deny": plain("Keep it"),
    "style": "danger",
}

POST = "We baked 400 loaves for the food bank this week. Come and meet us on Saturday, 10 to 14, Dock Street."


def review_card() -> list[JSON]:
    words = {"type": "text", "text": POST + "\n"}
    place = {"type": "link", "url": "https://dockbakery.example/loaves"}
    return [
        section("ask", f"*Decide by {date(SLOT)}: dockbakery-mastodon + dockbakery-bluesky*"),
        context("state", f"*Waiting* · written by <@{MAYA}> · in 46 min · 0 of 1 approvals"),
        {
            "type": "rich_text",
            "block_id": "words",
            "elements": [{"type": "rich_text_quote", "elements": [words, place]}],
        },
        {
            "type": "image",
            "block_id": "picture",
            "slack_file": {"id": "F0LOAVES"},
            "alt_text": "Forty loaves of bread on a wooden table",
        },
        section("check", "*Please check:* nobody is there after 17:00"),
        {
            "type": "actions",
            "block_id": "decide",
            "elements": [
                button("approve", "Approve", style="primary", accessibility_label="Approve post 42"),
                button("edit", "Edit", accessibility_label="Edit post 42"),
                button("kill", "Kill", style="danger", confirm=KILL, accessibility_label="Kill post 42"),
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("hold", "Hold"), option("move", "Move"), option("now", "Post now")],
                },
            ],
        },
        context("silence", "If nobody decides, it is not published.", "Label *Winter drive*"),
    ]


def published_card() -> list[JSON]:
    links = "Mastodon: <http://127.0.0.1:9/@dockbakery/1|open> · Bluesky: <http://127.0.0.1:9/2|open>"
    return [
        section("ask", f"*Published {date(NOW - 5000, '{time}')}: dockbakery-mastodon + dockbakery-bluesky*"),
        context("state", f"approved by <@{TOM}> 07:21 · {links}"),
        section("words", "> Good morning, Dock Street. The rye is out of the oven."),
    ]


def forms_card() -> list[JSON]:
    """Every block and text form the page knows, in one message."""
    styled = {"type": "text", "text": "bold and struck", "style": {"bold": True, "strike": True}}
    return [
        {"type": "header", "block_id": "h", "text": plain("This week")},
        {
            "type": "section",
            "block_id": "f",
            "fields": [
                mrkdwn("*Waiting*\n3 customers"),
                mrkdwn("*Published*\n9 posts"),
                mrkdwn("*Missed*\n1 post"),
            ],
            "accessory": {
                "type": "image",
                "image_url": "/files/F0LOAVES",
                "alt_text": "Loaves",
            },
        },
        {"type": "divider", "block_id": "d"},
        section(
            "m",
            "*bold* _italic_ ~strike~ `code` <https://dockbakery.example|the site> <#C0CUSTOMERS> <!here>",
        ),
        section("m2", "```\nplain *text* here\n```"),
        {
            "type": "rich_text",
            "block_id": "r",
            "elements": [
                {"type": "rich_text_section", "elements": [styled, {"type": "user", "user_id": TOM}]},
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]},
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": "second"}]},
                    ],
                },
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "- 400\n+ 420"}]},
            ],
        },
        {
            "type": "actions",
            "block_id": "pick",
            "elements": [
                {
                    "type": "static_select",
                    "action_id": "slot",
                    "placeholder": plain("Pick a new time"),
                    "options": [option("0900", "Wed 09:00"), option("1100", "Wed 11:00")],
                }
            ],
        },
    ]


def evil() -> list[JSON]:
    """What a hostile customer or a broken bot might put into a card."""
    markup = '<img src=x onerror="window.pwned=1"> <script>window.pwned=1</script>'
    return [
        section("e1", markup + " <javascript:window.pwned=1|press me> &lt;b&gt;"),
        {
            "type": "rich_text",
            "block_id": "e2",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "link", "url": "javascript:window.pwned=1", "text": "a trap"},
                        {"type": "text", "text": markup},
                    ],
                }
            ],
        },
        {"type": "image", "block_id": "e3", "image_url": "javascript:window.pwned=1", "alt_text": markup},
        {
            "type": "actions",
            "block_id": "e4",
            "elements": [button("bad", "Bad", url="javascript:window.pwned=1")],
        },
        {"type": "hologram", "block_id": "e5"},
        {"type": "rich_text", "block_id": "e6"},
    ]


def edit_view(errors: JSON | None = None) -> JSON:
    view: JSON = {
        "id": "V0EDIT",
        "type": "modal",
        "callback_id": "edit",
        "title": plain("Edit post"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": "text",
                "label": plain("Text"),
                "hint": plain("Mastodon 115/500, Bluesky 115/300. Saving removes Tom's approval."),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "max_length": 3000,
                    "initial_value": POST,
                },
            },
            {
                "type": "input",
                "block_id": "when",
                "label": plain("When"),
                "element": {"type": "datetimepicker", "action_id": "when", "initial_date_time": SLOT},
            },
            {
                "type": "input",
                "block_id": "alt",
                "label": plain("Image alt text"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "alt",
                    "initial_value": "Forty loaves of bread on a wooden table",
                },
            },
            {
                "type": "input",
                "block_id": "how",
                "label": plain("Then"),
                "element": {
                    "type": "radio_buttons",
                    "action_id": "how",
                    "options": [option("save", "Save"), option("both", "Save and approve")],
                    "initial_option": option("save", "Save"),
                },
            },
            {
                "type": "input",
                "block_id": "who",
                "optional": True,
                "label": plain("Ask someone"),
                "element": {"type": "users_select", "action_id": "who"},
            },
            {
                "type": "input",
                "block_id": "flags",
                "optional": True,
                "label": plain("Also"),
                "element": {
                    "type": "checkboxes",
                    "action_id": "flags",
                    "options": [option("variants", "Different text per network")],
                },
            },
        ],
    }
    return view | ({"errors": errors} if errors else {})


ERRORS = {"text": "Too long for Bluesky: 412 of 300 characters.", "when": "That time has passed."}


def home() -> JSON:
    blocks = [
        {"type": "header", "block_id": "needs", "text": plain("Needs you")},
        section("n1", f"*1 post to decide*\nnext {date(SLOT)}, in 46 min", accessory=button("open", "Open")),
        {"type": "header", "block_id": "today", "text": plain("Today")},
        section("t1", f"{date(SLOT, '{time}')} waiting · Winter drive\n11:00 approved · Rye\n16:00 killed"),
        {"type": "divider", "block_id": "div"},
        context("ok", "Byhand is working · Slack ok · Mastodon ok · Bluesky sign-in ends in 6 days"),
        {"type": "actions", "block_id": "do", "elements": [button("new", "New post", style="primary")]},
    ]
    return {"type": "home", "blocks": blocks}


def traffic() -> list[JSON]:
    rows = [
        ("slack→bot", "block_actions approve", 4210, "no answer", True),
        ("bot→network", "POST /api/v1/statuses", 34, "200", False),
        ("bot→slack", "chat.update", 9, "200", False),
        ("slack→bot", "view_submission edit", 14, "200", False),
        ("bot→slack", "chat.postMessage", 6, "429", False),
        ("bot→slack", "views.open", 5, "200", False),
        ("slack→bot", "slash_commands /social", 11, "200", False),
        ("bot→slack", "auth.test", 3, "200", False),
    ]
    return [
        {
            "n": 100 - at,
            "at": "2026-11-24T08:08:05Z",
            "way": way,
            "what": what,
            "ms": ms,
            "status": status,
            "slow": slow,
        }
        for at, (way, what, ms, status, slow) in enumerate(rows)
    ]


def state() -> JSON:
    card = message(300, BOT, "@approvers Decide by 09:54", review_card(), edited=True, reply_count=2)
    thread = card["ts"]
    return {
        "rev": 1,
        "now": "2026-11-24T08:08:10Z",
        "zone": "Europe/Berlin",
        "workspace": {
            "name": "Dock Bakery",
            "bot": {"user_id": BOT, "name": "Byhand", "connected": True, "running": True},
        },
        "users": [
            {"id": MAYA, "name": "Maya", "role": "member", "about": "writes the posts"},
            {"id": TOM, "name": "Tom", "role": "member", "about": "approver"},
            {"id": GIL, "name": "Gil", "role": "guest", "about": "guest"},
        ],
        "channels": [
            {"id": SOCIAL, "name": "social", "private": False},
            {"id": CUSTOMERS, "name": "customers", "private": False},
            {"id": PRIVATE, "name": "customers-private", "private": True},
        ],
        "messages": {
            SOCIAL: [
                message(88_000, TOM, "Morning. I am in from 8."),
                message(5400, BOT, "Published 07:45", published_card()),
                message(900, MAYA, f"The food bank post is up next, <@{TOM}>. :bread:"),
                card,
                message(200, BOT, "In 46 min, nobody has decided yet.", thread_ts=thread),
                message(150, MAYA, "Photo is from this morning.", thread_ts=thread),
                message(60, BOT, "Only approvers approve. Tom may.", ephemeral=True),
            ],
            CUSTOMERS: [
                message(4000, BOT, "This week", forms_card(), stands_for="one"),
                message(3000, BOT, "12 waiting", stands_for="many"),
            ],
            PRIVATE: [],
        },
        "home": home(),
        "modals": [],
        "files": {"F0LOAVES": "/files/F0LOAVES"},
        "timeline": outside.timeline(),
        "customers": outside.customers(),
        "shortcuts": [{"name": "Send to the customer", "callback_id": "send_to_customer"}],
        "traffic": traffic(),
        "faults": dict.fromkeys(
            (
                "slack_429",
                "slack_lost_answer",
                "slack_down",
                "network_fails",
                "network_times_out",
                "network_lost_answer",
                "x_no_credits",
            ),
            False,
        ),
        "next_slot": "2026-11-24T08:54:10Z",
        "busy": None,
        "stage_actions": ["push", "next_slot", "restart_bot", "disconnect"],
    }
