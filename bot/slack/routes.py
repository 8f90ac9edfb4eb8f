"""Every button, dialog, command and event, and the function it goes to. Start here.

Six catch-all listeners instead of a Bolt listener for each, because what has no route must be acknowledged too (Bolt
answers 404), and one dictionary is faster than thirty matchers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from slack_bolt import App, BoltResponse

from bot.slack import begun, commands, events, payloads
from bot.slack.answers import make_response
from bot.slack.context import ListenerContext
from bot.slack.home import duty as duty_handlers
from bot.slack.home import handlers as home_handlers
from bot.slack.ids import PLAN_THIS, SEND_TO_CUSTOMER, Act, Dialog, Field, Malformed
from bot.slack.inbox import buttons as inbox_buttons
from bot.slack.inbox import collisions as inbox_collisions
from bot.slack.inbox import commands as inbox_commands
from bot.slack.inbox import dialogs as inbox_dialogs
from bot.slack.inbox import thread as inbox_thread
from bot.slack.inbox import triage as inbox_triage
from bot.slack.pause import drill as drill_handlers
from bot.slack.pause import handlers as pause_handlers
from bot.slack.pause import pause
from bot.slack.pause import statements as statement_handlers
from bot.slack.payloads import Change, Click, Event, Shortcut, Submit, Typed
from bot.slack.plans import describing as plan_describing
from bot.slack.plans import handlers as plan_handlers
from bot.slack.posts import buttons as post_buttons
from bot.slack.posts import by_hand, converting, editing, go_requests, new_look, new_post, read_through
from bot.slack.posts import dialogs as post_dialogs
from bot.slack.views.blocks import Message

log = logging.getLogger(__name__)

BUTTONS: Mapping[Act, Callable[[ListenerContext, Click], None]] = {
    Act.APPROVE: post_buttons.approve,
    Act.GO: post_buttons.go,
    Act.POST_IT: by_hand.post_it,
    Act.IT_IS_UP: by_hand.open_it_is_up,
    Act.NOT_UP: by_hand.say_not_up,
    Act.ASK_APPROVAL: read_through.ask_from_home,
    Act.READ_THROUGH: read_through.open_read_through,
    Act.WANT_CHANGE: read_through.open_want_change,
    Act.READ_GO: go_requests.open_read_go,
    Act.APPROVE_ANYWAY: post_dialogs.open_approve_anyway,
    Act.EDIT: editing.open_edit,
    Act.KILL: post_buttons.kill,
    Act.HOLD: post_dialogs.open_hold,
    Act.UNDO: post_buttons.undo,
    Act.BRING_BACK: post_buttons.bring_back,
    Act.POST_NOW: post_buttons.post_now,
    Act.PICK_TIME: post_dialogs.open_pick_time,
    Act.STOP_REST: post_buttons.stop_rest,
    Act.PREVIEW: post_dialogs.open_preview,
    Act.HISTORY: post_dialogs.open_history,
    Act.TRY_AGAIN: post_buttons.try_again,
    Act.IT_IS_THERE: post_buttons.confirm_sent,
    Act.OPEN_CARD: post_buttons.acknowledge_link,
    Act.HOME_EDIT: editing.open_edit_from_home,
    Act.HOME_PICK_TIME: post_dialogs.open_pick_time_from_home,
    Act.NEW_POST: new_post.open_new_from_home,
    Act.GO_ON: new_post.go_on,
    Act.START_OVER: new_post.begin_anew,
    Act.DISCARD: editing.discard,
    Act.SAVE_DRAFT: new_look.save_draft,
    Act.OWN_WORDS: new_look.add_own_words,
    Act.DUPLICATE: new_post.duplicate,
    Act.DELETE_DRAFT: new_post.delete_draft,
    Act.ON_UNTIL: duty_handlers.open_on_until,
    Act.HAND_SHIFT: duty_handlers.open_hand_over,
    Act.BE_THERE: duty_handlers.be_there,
    Act.CHOOSE_PLAN: plan_handlers.open_choose,
    Act.ANSWER_PLAN: plan_handlers.open_answer,
    Act.IMPORT_PLAN: plan_handlers.bring_in,
    Act.CANCEL_PLAN: plan_handlers.cancel,
    Act.PLAN_ROWS: plan_describing.open_rows,
    Act.DESCRIBE_PLAN: plan_describing.open_describe,
    Act.ALL_DRAFTS: home_handlers.open_all_drafts,
    Act.HOME_DAY: home_handlers.open_day,
    Act.HOME_LOOKED: home_handlers.say_looked,
    Act.TRY_ACCOUNT: home_handlers.try_account,
    Act.HOME_PAUSE: pause.open_pause,
    Act.HOME_INBOX: inbox_commands.open_inbox,
    Act.PAUSE_NOW: pause.pause_now,
    Act.CONVERT: converting.convert,
    Act.PUBLISH_WITHOUT: pause_handlers.publish_without,
    Act.TAKE_DOWN: pause_handlers.take_down,
    Act.CHOOSE_DOWN: post_dialogs.open_take_down,
    Act.PAUSE_LISTS: pause_handlers.open_lists,
    Act.RESUME: pause_handlers.open_resume_from_banner,
    Act.STOP_REPLIES: pause_handlers.stop_replies,
    Act.DONE_ELSEWHERE: pause_handlers.mark_done_elsewhere,
    Act.NOT_DONE_ELSEWHERE: pause_handlers.mark_not_done_elsewhere,
    Act.I_DELETED_IT: pause_handlers.mark_deleted_by_hand,
    Act.STATEMENT: statement_handlers.open_statement,
    Act.PICK_STATEMENT: statement_handlers.open_pick,
    Act.READ_STATEMENT: statement_handlers.open_release,
    Act.WITHDRAW: statement_handlers.withdraw,
    Act.START_DRILL: drill_handlers.start,
    Act.TAKE: inbox_buttons.take,
    Act.REPLY: inbox_dialogs.open_reply,
    Act.DONE: inbox_triage.open_done,
    Act.HAND_OVER: inbox_triage.open_hand_over,
    Act.REOPEN: inbox_buttons.reopen,
    Act.ERASE: inbox_triage.open_erase,
    Act.SHOW_ALL: inbox_triage.open_whole_message,
    Act.SEND: inbox_buttons.send_draft,
    Act.SEND_ANYWAY: inbox_buttons.send_draft_anyway,
    Act.CHANGE: inbox_collisions.open_change,
    Act.KEEP: inbox_buttons.keep_internal,
    Act.ASK_AGAIN: inbox_buttons.ask_again,
    Act.DESCRIBE: inbox_dialogs.open_description,
    Act.DELETE_REPLY: inbox_buttons.delete_reply,
    Act.CORRECT: inbox_dialogs.open_correction,
    Act.REPLY_IS_THERE: inbox_buttons.confirm_reply,
    Act.REPLY_AGAIN: inbox_buttons.try_reply_again,
    Act.NEXT_FOR_ME: inbox_buttons.take_next,
    Act.PILE_LIST: inbox_triage.open_pile_list,
    Act.CLOSE_PILE: inbox_triage.open_close_pile,
    Act.BRING_IN: inbox_buttons.bring_in,
    Act.LEAVE_OUT: inbox_buttons.leave_out,
    Act.EXPECTED: inbox_triage.open_expected,
    Act.SPIKE_PAUSE: inbox_buttons.pause_for_spike,
}
FROM_MENU: Mapping[Act, Callable[[ListenerContext, Click], None]] = {  # a menu cannot ask "are you sure?"
    Act.POST_NOW: post_dialogs.open_post_now,
}
IN_DIALOGS: Mapping[Act, Callable[[ListenerContext, Click], None]] = {  # with the words that stand there
    Act.SEND_ANYWAY: inbox_collisions.send_as_well,
    Act.CONVERT: converting.convert_there,
    Act.ALL_DRAFTS: home_handlers.turn_drafts,
    Act.PLAN_ROWS: plan_describing.turn_rows,
    Act.DESCRIBE_PLAN: plan_describing.skip,
    Act.READ_THROUGH: read_through.turn,
    Act.READ_GO: go_requests.turn,
    Act.DELETE_DRAFT: home_handlers.delete_draft_there,
}
DIALOGS: Mapping[Dialog, Callable[[ListenerContext, Submit], dict[str, Any] | None]] = {
    Dialog.EDIT: editing.submit_edit,
    Dialog.NEW_POST: new_post.submit_new_post,
    Dialog.NEW_LOOK: new_look.submit_new_look,
    Dialog.CHOOSE_PLAN: plan_handlers.submit_choose,
    Dialog.ANSWER_PLAN: plan_handlers.submit_answer,
    Dialog.PLAN_ROWS: post_dialogs.close_dialog,
    Dialog.DESCRIBE_PLAN: plan_describing.submit_describe,
    Dialog.PICK_TIME: post_dialogs.submit_pick_time,
    Dialog.HOLD: post_dialogs.submit_hold,
    Dialog.POST_NOW: post_dialogs.submit_post_now,
    Dialog.APPROVE_ANYWAY: post_dialogs.submit_approve_anyway,
    Dialog.IT_IS_UP: by_hand.submit_it_is_up,
    Dialog.CHOOSE_DOWN: pause_handlers.submit_ticked,
    Dialog.I_DELETED_IT: by_hand.submit_deleted,
    Dialog.PREVIEW: post_dialogs.close_dialog,
    Dialog.HISTORY: post_dialogs.close_dialog,
    Dialog.NOTICE: post_dialogs.close_dialog,
    Dialog.LOOKING: post_dialogs.close_dialog,
    Dialog.ON_UNTIL: duty_handlers.submit_on_until,
    Dialog.HAND_SHIFT: duty_handlers.submit_hand_over,
    Dialog.AWAY: duty_handlers.submit_away,
    Dialog.PAUSE: pause.submit_pause,
    Dialog.RESUME: pause_handlers.submit_resume,
    Dialog.PAUSE_LISTS: pause_handlers.submit_ticked,
    Dialog.STATEMENT: statement_handlers.submit_statement,
    Dialog.PICK_STATEMENT: statement_handlers.submit_pick,
    Dialog.RELEASE: statement_handlers.submit_release,
    Dialog.REPLY: inbox_dialogs.submit_reply,
    Dialog.COLLISION: inbox_collisions.submit_collision,
    Dialog.NOT_SENT: inbox_collisions.submit_not_sent,
    Dialog.DESCRIBE: inbox_dialogs.submit_description,
    Dialog.DONE: inbox_triage.submit_done,
    Dialog.HAND_OVER: inbox_triage.submit_hand_over,
    Dialog.ERASE: inbox_triage.submit_erase,
    Dialog.CLOSE_PILE: inbox_triage.submit_close_pile,
    Dialog.EXPECTED: inbox_triage.submit_expected,
    Dialog.PILE_LIST: post_dialogs.close_dialog,
    Dialog.SHOW_ALL: post_dialogs.close_dialog,
    Dialog.ALL_DRAFTS: post_dialogs.close_dialog,
    Dialog.DAY: post_dialogs.close_dialog,
    Dialog.READ_THROUGH: read_through.submit_read_through,
    Dialog.WANT_CHANGE: read_through.submit_want_change,
    Dialog.READ_GO: go_requests.submit_read_go,
}
FOLLOWED: Mapping[tuple[str, str], Callable[[ListenerContext, Change], None]] = {  # (dialog, field)
    (Dialog.EDIT, Field.ACCOUNTS): editing.follow_accounts,
}
DONE_BY_A_VIEW = frozenset(
    {Dialog.PAUSE, Dialog.DESCRIBE_PLAN}
)  # answered with a view where others are closed
KEEPS_WORDS = frozenset({Dialog.NOT_SENT})  # nothing is sent by sending it off
COMMANDS: Mapping[str, Callable[[ListenerContext, Typed], Message | None]] = {  # None: a dialog is the answer
    "": commands.show_help,
    "ask": read_through.ask,
    "new": new_post.open_new,
    "pause": pause.pause,
    "resume": pause_handlers.open_resume,
    "help": commands.show_help,
    "away": duty_handlers.open_away,
    "drill": drill_handlers.run_command,
    "duty": duty_handlers.show_duty,
    "hours": inbox_commands.show_hours,
    "inbox": inbox_commands.show_inbox,
    "status": commands.show_status,
    "upcoming": commands.show_upcoming,
}
SHORTCUTS: Mapping[str, Callable[[ListenerContext, Shortcut], None]] = {
    SEND_TO_CUSTOMER: inbox_thread.send_to_customer,
    PLAN_THIS: new_post.plan_message,
}
EVENTS: Mapping[str, Callable[[ListenerContext, Event], None]] = {
    "app_home_opened": home_handlers.open_home,
    "message": events.read_message,
    "user_change": events.note_person,
    "subteam_updated": events.note_group,
    "subteam_members_changed": events.note_members,
    "app_uninstalled": events.report_removal,
    "tokens_revoked": events.report_removal,
    "member_joined_channel": events.note_channel,
    "member_left_channel": events.note_channel,
    "channel_archive": events.ignore,
    "group_archive": events.ignore,
    "channel_deleted": events.ignore,
}

Body = dict[str, Any]
Key = TypeVar("Key")
Handler = TypeVar("Handler")
ANYTHING = re.compile(".*")


def register(app: App, context: ListenerContext) -> None:
    """Give Bolt its listeners: the tables above, and the one place for what goes wrong."""

    def press(ack: Callable[..., Any], body: Body) -> None:
        _press(context, body)
        ack()

    def shortcut(ack: Callable[..., Any], body: Body) -> None:
        chosen = payloads.read_shortcut(context.directory, body)
        if chosen.name not in SHORTCUTS:
            raise Malformed("not a shortcut of ours")
        SHORTCUTS[chosen.name](context, chosen)
        ack()

    def send_off(body: Body) -> BoltResponse:
        return _send_off(context, payloads.read_submit(context.directory, body))

    def command(body: Body) -> BoltResponse:
        typed = payloads.read_typed(context.directory, body, COMMANDS)
        said = COMMANDS.get(typed.word, commands.show_unknown)(context, typed)
        return context.answers.respond(said) if said else BoltResponse(status=200)

    def event(body: Body) -> None:
        happened = payloads.read_event(body)
        EVENTS.get(happened.kind, events.ignore)(context, happened)

    app.use(_hearing(context))
    app.use(_acknowledge_limits)
    app.action(ANYTHING)(press)
    app.shortcut(ANYTHING)(shortcut)
    app.view(ANYTHING)(send_off)
    app.view_closed(ANYTHING)(lambda ack: ack())
    app.command(ANYTHING)(command)
    app.event(ANYTHING)(event)
    app.error(context.answers.on_error)


def _press(context: ListenerContext, body: Body) -> None:
    if begun.is_typing(body):
        begun.keep_typing(context, body)
        _follow(context, body)
        return
    click = payloads.read_click(context.directory, body)
    handle = _find(BUTTONS, click.act)
    if click.from_menu:
        handle = FROM_MENU.get(click.act, handle)
    elif click.form is not None:
        handle = IN_DIALOGS.get(click.act, handle)
    handle(context, click)


def _find(table: Mapping[Key, Handler], key: Key) -> Handler:
    """Raises Malformed: a menu is no button, and what only tells something is never sent off."""
    if key not in table:
        raise Malformed(f"{key} is nothing that can be pressed or sent")
    return table[key]


def _follow(context: ListenerContext, body: Body) -> None:
    """A dialog that looks otherwise once a field of it was changed."""
    follow = FOLLOWED.get((str(body["view"].get("callback_id")), str(body["actions"][0].get("block_id"))))
    if follow is not None and (change := payloads.read_change(context.directory, body)) is not None:
        follow(context, change)


def _send_off(context: ListenerContext, submit: Submit) -> BoltResponse:
    """What was typed is kept where it was refused, and forgotten where it was not."""
    handle = _find(DIALOGS, submit.dialog)
    try:
        answer = handle(context, submit)
    except Exception:
        begun.settle(context, submit, sent=False)
        raise
    begun.settle(context, submit, sent=_is_over(submit, answer))
    return make_response(answer) if answer else BoltResponse(status=200)


def _is_over(submit: Submit, answer: dict[str, Any] | None) -> bool:
    """Whether nothing is left to be typed. A notice in its place: the words are in a draft."""
    notice = answer is not None and answer.get("view", {}).get("callback_id") == Dialog.NOTICE
    done = answer is None or notice or submit.dialog in DONE_BY_A_VIEW
    return done and submit.dialog not in KEEPS_WORDS


def _hearing(context: ListenerContext) -> Callable[..., None]:
    """Whatever comes in shows that Slack is there."""

    def hear(next: Callable[[], Any]) -> None:  # noqa: A002 - Bolt's name
        context.health.heard()
        context.answers.note_arrival()
        next()

    return hear


def _acknowledge_limits(body: Body, next: Callable[[], Any]) -> BoltResponse | None:  # noqa: A002 - Bolt's name
    """`app_rate_limited` has no event inside, so no listener ever sees it."""
    if body.get("type") == "app_rate_limited":
        log.warning("Slack holds back events: %s a minute are too many", body.get("minute_rate_limited"))
        return BoltResponse(status=200)
    next()
    return None
