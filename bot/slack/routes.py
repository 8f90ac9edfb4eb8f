"""Every button, dialog, command and event, and the function it goes to. Start here.

A reader would question the six catch-alls instead of a Bolt listener for each: what nobody routes must be
acknowledged too (Bolt answers 404), and one dictionary is faster than thirty matchers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App, BoltResponse

from bot.slack import commands, events, payloads
from bot.slack.answers import response, said_back
from bot.slack.context import Face
from bot.slack.home import handlers as home_handlers
from bot.slack.ids import SEND_TO_CUSTOMER, Act, Dialog, Malformed
from bot.slack.inbox import buttons as inbox_buttons
from bot.slack.inbox import commands as inbox_commands
from bot.slack.inbox import dialogs as inbox_dialogs
from bot.slack.inbox import submits as inbox_submits
from bot.slack.inbox import thread as inbox_thread
from bot.slack.pause import drill as drill_handlers
from bot.slack.pause import handlers as pause_handlers
from bot.slack.payloads import Click, Event, Shortcut, Submit, Typed
from bot.slack.posts import buttons as post_buttons
from bot.slack.posts import dialogs as post_dialogs
from bot.slack.posts import submits as post_submits
from bot.slack.views.blocks import Message

log = logging.getLogger(__name__)

BUTTONS: Mapping[Act, Callable[[Face, Click], None]] = {
    Act.APPROVE: post_buttons.approve,
    Act.APPROVE_ANYWAY: post_dialogs.approve_anyway,
    Act.EDIT: post_dialogs.edit,
    Act.KILL: post_buttons.kill,
    Act.HOLD: post_dialogs.hold,
    Act.UNDO: post_buttons.undo,
    Act.BRING_BACK: post_buttons.bring_back,
    Act.POST_NOW: post_buttons.post_now,
    Act.PICK_TIME: post_dialogs.pick_time,
    Act.STOP_REST: post_buttons.stop_rest,
    Act.PREVIEW: post_dialogs.preview,
    Act.HISTORY: post_dialogs.history,
    Act.TRY_AGAIN: post_buttons.try_again,
    Act.IT_IS_THERE: post_buttons.it_is_there,
    Act.OPEN_CARD: post_buttons.link,
    Act.HOME_EDIT: post_dialogs.home_edit,
    Act.HOME_PICK_TIME: post_dialogs.home_pick_time,
    Act.HOME_PAUSE: pause_handlers.home_pause,
    Act.PUBLISH_WITHOUT: pause_handlers.publish_without,
    Act.TAKE_DOWN: pause_handlers.take_down,
    Act.RESUME: pause_handlers.resume_button,
    Act.STOP_REPLIES: pause_handlers.stop_replies,
    Act.DONE_ELSEWHERE: pause_handlers.done_elsewhere,
    Act.I_DELETED_IT: pause_handlers.i_deleted_it,
    Act.TAKE: inbox_buttons.take,
    Act.REPLY: inbox_dialogs.reply,
    Act.DONE: inbox_dialogs.done,
    Act.HAND_OVER: inbox_dialogs.hand_over,
    Act.REOPEN: inbox_buttons.reopen,
    Act.ERASE: inbox_dialogs.erase,
    Act.SHOW_ALL: inbox_dialogs.show_all,
    Act.SEND: inbox_buttons.send,
    Act.SEND_ANYWAY: inbox_buttons.send_anyway,
    Act.KEEP: inbox_buttons.keep,
    Act.DESCRIBE: inbox_dialogs.describe,
    Act.DELETE_REPLY: inbox_buttons.delete_reply,
    Act.CORRECT: inbox_dialogs.correct,
    Act.REPLY_IS_THERE: inbox_buttons.reply_is_there,
    Act.REPLY_AGAIN: inbox_buttons.reply_again,
    Act.NEXT_FOR_ME: inbox_buttons.next_for_me,
    Act.PILE_LIST: inbox_dialogs.pile_list,
    Act.CLOSE_PILE: inbox_dialogs.close_pile,
    Act.BRING_IN: inbox_buttons.bring_in,
    Act.LEAVE_OUT: inbox_buttons.leave_out,
    Act.EXPECTED: inbox_dialogs.expected,
    Act.SPIKE_PAUSE: inbox_buttons.spike_pause,
}
FROM_MENU: Mapping[Act, Callable[[Face, Click], None]] = {  # a menu cannot ask "are you sure?"
    Act.POST_NOW: post_dialogs.post_now,
}
DIALOGS: Mapping[Dialog, Callable[[Face, Submit], dict[str, Any] | None]] = {
    Dialog.EDIT: post_submits.edit,
    Dialog.PICK_TIME: post_submits.pick_time,
    Dialog.HOLD: post_submits.hold,
    Dialog.POST_NOW: post_submits.post_now,
    Dialog.APPROVE_ANYWAY: post_submits.approve_anyway,
    Dialog.PREVIEW: post_submits.nothing,
    Dialog.HISTORY: post_submits.nothing,
    Dialog.NOTICE: post_submits.nothing,
    Dialog.PAUSE: pause_handlers.submit_pause,
    Dialog.RESUME: pause_handlers.submit_resume,
    Dialog.REPLY: inbox_submits.reply,
    Dialog.COLLISION: inbox_submits.send_anyway,
    Dialog.DONE: inbox_submits.done,
    Dialog.HAND_OVER: inbox_submits.hand_over,
    Dialog.ERASE: inbox_submits.erase,
    Dialog.CLOSE_PILE: inbox_submits.close_pile,
    Dialog.EXPECTED: inbox_submits.expected,
    Dialog.PILE_LIST: post_submits.nothing,
    Dialog.SHOW_ALL: post_submits.nothing,
}
COMMANDS: Mapping[str, Callable[[Face, Typed], Message | None]] = {  # None: a dialog is the answer
    "": commands.show_help,
    "pause": pause_handlers.pause,
    "resume": pause_handlers.resume,
    "help": commands.show_help,
    "drill": drill_handlers.command,
    "hours": inbox_commands.hours,
    "inbox": inbox_commands.inbox,
    "status": commands.status,
    "upcoming": commands.upcoming,
}
SHORTCUTS: Mapping[str, Callable[[Face, Shortcut], None]] = {
    SEND_TO_CUSTOMER: inbox_thread.send_to_customer,
}
EVENTS: Mapping[str, Callable[[Face, Event], None]] = {
    "app_home_opened": home_handlers.opened,
    "message": events.message,
    "user_change": events.person_changed,
    "subteam_updated": events.group_changed,
    "subteam_members_changed": events.group_changed,
    "app_uninstalled": events.thrown_out,
    "tokens_revoked": events.thrown_out,
    "member_left_channel": events.nothing,
    "channel_archive": events.nothing,
    "group_archive": events.nothing,
    "channel_deleted": events.nothing,
}

Body = dict[str, Any]
ANYTHING = re.compile(".*")


def register(app: App, face: Face) -> None:
    """Give Bolt its listeners: the tables above, and the one place for what goes wrong."""

    def press(ack: Callable[..., Any], body: Body) -> None:
        click = payloads.click(face.directory, body)
        table = FROM_MENU if click.from_menu and click.act in FROM_MENU else BUTTONS
        table[click.act](face, click)
        ack()

    def shortcut(ack: Callable[..., Any], body: Body) -> None:
        chosen = payloads.shortcut(face.directory, body)
        if chosen.name not in SHORTCUTS:
            raise Malformed("not a shortcut of ours")
        SHORTCUTS[chosen.name](face, chosen)
        ack()

    def send_off(body: Body) -> BoltResponse:
        submit = payloads.submit(face.directory, body)
        answer = DIALOGS[submit.dialog](face, submit)
        return response(answer) if answer else BoltResponse(status=200)

    def command(body: Body) -> BoltResponse:
        typed = payloads.typed(face.directory, body)
        said = COMMANDS.get(typed.word, commands.unknown)(face, typed)
        return said_back(said.text, said.blocks) if said else BoltResponse(status=200)

    def event(body: Body) -> None:
        happened = payloads.event(body)
        EVENTS.get(happened.kind, events.nothing)(face, happened)

    app.use(_acknowledge_limits)
    app.action(ANYTHING)(press)
    app.shortcut(ANYTHING)(shortcut)
    app.view(ANYTHING)(send_off)
    app.view_closed(ANYTHING)(lambda ack: ack())
    app.command(ANYTHING)(command)
    app.event(ANYTHING)(event)
    app.error(face.answers.on_error)


def _acknowledge_limits(body: Body, next: Callable[[], Any]) -> BoltResponse | None:  # noqa: A002 - Bolt's name
    """`app_rate_limited` has no event inside, so no listener ever sees it."""
    if body.get("type") == "app_rate_limited":
        log.warning("Slack holds back events: %s a minute are too many", body.get("minute_rate_limited"))
        return BoltResponse(status=200)
    next()
    return None
