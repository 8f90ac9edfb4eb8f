"""What people do in Slack: press, fill in, say, command, open. One method an act; it tells what came of it.

What a person could not do on their screen raises `CannotDo`; what Slack or the app made of an act is in the
`Act`, because a warning on the screen is a result and not an error of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from mimetypes import guess_type
from typing import Any
from uuid import uuid4

from bot.sandbox.slack import happenings
from bot.sandbox.slack.checks.forms import TROUBLE, after_submit, close, missing, tells_typing
from bot.sandbox.slack.find import CannotDo, Control, form_values, the_control
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Json, Slack
from bot.sandbox.slack.state import File, Message, User, View
from bot.sandbox.slack.transport import payloads
from bot.sandbox.slack.transport.delivery import COMMANDS, INTERACTIVE, Delivery, Try
from bot.sandbox.slack.transport.payloads import Values
from bot.sandbox.slack.transport.responses import respond
from bot.sandbox.slack.transport.wire import file_json
from bot.sandbox.slack.typed import escaped, in_command, rich_text

WARNING = "This app did not answer in time. Nobody knows whether it heard you."


NO_COMMAND = (
    'is not a valid command. In Slack, all messages that start with the "/" character are interpreted as commands. If '
    'you are trying to send a message and not run a command, try preceding the "/" with an empty space.'
)


@dataclass(frozen=True)
class Act:
    """`ok`: the app acknowledged in time. `response` is what its acknowledgement carried."""

    ok: bool = True
    ack_ms: int = 0
    error: str | None = None  # what the person reads instead
    response: Json = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)  # block_id -> sentence, in a form
    ts: str | None = None  # of what was said


class People:
    def __init__(self, slack: Slack, delivery: Delivery) -> None:
        self._slack = slack
        self._delivery = delivery

    # -- pressing ------------------------------------------------------------------------------------------

    def click(
        self,
        user: str,
        channel: str,
        ts: str,
        *,
        text: str | None = None,
        action_id: str | None = None,
        block_id: str | None = None,
        value: Any = None,
        values: Values | None = None,
    ) -> Act:
        """Press what has this text (or menu option) or this action_id, in the message as it is now."""
        message = self._visible(user, channel, ts)
        control = the_control(message.blocks, text=text, action_id=action_id, block_id=block_id)
        return self._press_message(user, message, control.action(value), values or {})

    def press(
        self, user: str, channel: str, ts: str, control: Control | Json, values: Values | None = None
    ) -> Act:
        """Press a control found earlier, though the message may have changed: a screen that lags behind."""
        action = control.action() if isinstance(control, Control) else control
        return self._press_message(user, self._visible(user, channel, ts), action, values or {})

    def click_home(self, user: str, *, text: str | None = None, action_id: str | None = None) -> Act:
        view = self._home(user)
        return self._press_view(
            user, view, the_control(view.blocks, text=text, action_id=action_id).action(), {}
        )

    def click_view(
        self,
        user: str,
        view_id: str,
        *,
        text: str | None = None,
        action_id: str | None = None,
        value: Any = None,
        values: Values | None = None,
    ) -> Act:
        view = self.modal(user, view_id)
        control = the_control(view.blocks, text=text, action_id=action_id)
        return self._press_view(user, view, control.action(value), values or {})

    def press_view(self, user: str, view_id: str | None, action: Json, values: Values) -> Act:
        """As `press`, in a modal or, without an id, in App Home."""
        view = self._home(user) if view_id is None else self.modal(user, view_id)
        return self._press_view(user, view, action, values)

    # -- forms ---------------------------------------------------------------------------------------------

    def modal(self, user: str, view_id: str | None = None) -> View:
        """A person's open view of this id; without one, the top of their stack."""
        for view in reversed(self._slack.workspace.modals.get(user, ())):
            if view_id in (None, view.id):
                return view
        raise CannotDo("There is no such window open.")

    def submit(self, user: str, view_id: str, values: Values | None = None) -> Act:
        """`values` as in `state.values`, only what was touched."""
        view, values = self.modal(user, view_id), self._with_files(user, values or {})
        complaints = missing(view, values)
        if complaints:
            self._slack.workspace.replace_view(replace(view, errors=complaints))
            return Act(ok=False, error="Slack did not send it.", errors=complaints)
        payload = payloads.submission(self._slack, self._user(user), view, values)
        done, response = self._delivery.ask(INTERACTIVE, payload, _named("view_submission", view))
        if not done.ok:
            return _act(done, response, TROUBLE)
        try:
            errors = after_submit(self._slack, view, response)
        except Refused as refused:
            return Act(ok=False, ack_ms=done.ms, error=f"{TROUBLE} ({refused.error})", response=response)
        return replace(_act(done, response), errors=errors)

    def fill(self, user: str, filled: Mapping[str, Any], view_id: str | None = None) -> Act:
        """Submit by the labels of the fields: `fill("U0MAYA", {"Text": "…"})`."""
        view = self.modal(user, view_id)
        return self.submit(user, view.id, form_values(view, filled))

    def type(self, user: str, filled: Mapping[str, Any], view_id: str | None = None) -> Act:
        """Type into the fields of these labels, without sending off. Slack tells the app of those that ask for it."""
        view, act = self.modal(user, view_id), Act()
        values = self._with_files(user, form_values(view, filled))
        for block in view.blocks:
            if block.get("block_id") in values and tells_typing(block):
                element = block["element"]
                held = values[block["block_id"]][element["action_id"]]
                action = {**held, "block_id": block["block_id"], "action_id": element["action_id"]}
                act = self._press_view(user, view, action, values)
        return act

    def close(self, user: str, view_id: str) -> Act:
        view = self.modal(user, view_id)
        close(self._slack, view)
        if not view.spec.get("notify_on_close"):
            return Act()
        payload = payloads.closed(self._slack, self._user(user), view, cleared=False)
        return _act(*self._delivery.ask(INTERACTIVE, payload, _named("view_closed", view)))

    # -- saying --------------------------------------------------------------------------------------------

    def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        *,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Act:
        """`files`: (name, content) of what is dropped into the composer; the text may be empty then."""
        self._in(user, channel)
        workspace = self._slack.workspace
        parts = (rich_text(workspace, text),) if text else ()
        message = Message(
            channel,
            workspace.new_ts(),
            user,
            escaped(workspace, text),
            parts,
            thread_ts=thread_ts,
            files=tuple(self._upload(user, (channel,), name, content) for name, content in files),
            client_msg_id=str(uuid4()),
        )
        happenings.said(self._slack, message)
        return Act(ts=message.ts)

    def edit(self, user: str, channel: str, ts: str, text: str) -> Act:
        before = self._own(user, channel, ts)
        workspace = self._slack.workspace
        after = replace(before, text=escaped(workspace, text), blocks=(rich_text(workspace, text),))
        happenings.changed(self._slack, before, after, user)
        return Act(ts=ts)

    def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Act:
        """Choose an app's entry in a message's own menu."""
        message = self._visible(user, channel, ts)
        payload = payloads.shortcut(self._slack, self._user(user), message, callback_id)
        return _act(*self._delivery.ask(INTERACTIVE, payload, f"message_action {callback_id}"), WARNING)

    def delete(self, user: str, channel: str, ts: str) -> Act:
        """One's own message; a workspace's admin may delete the bot's as well, so anyone here may."""
        happenings.deleted(self._slack, self._visible(user, channel, ts))
        return Act(ts=ts)

    def command(self, user: str, channel: str, command: str, text: str = "") -> Act:
        self._in(user, channel)
        if not self._slack.rights.knows(command):
            return Act(ok=False, error=f"{command} {NO_COMMAND}")
        typed = in_command(self._slack.workspace, text)
        payload, path = payloads.command(self._slack, self._user(user), channel, command, typed)
        done, response = self._delivery.ask(COMMANDS, payload, f"{command} {text}".strip())
        if not done.ok:
            return _act(done, response, f"{command} failed with the error “{_command_error(done)}”.")
        if response.get("text") or response.get("blocks"):
            try:
                respond(self._slack, self._slack.tickets.respond(path), response)
            except Refused as refused:
                return Act(ok=False, ack_ms=done.ms, error=f"{command} failed: {refused.error}")
        return _act(done, response)

    def open_home(self, user: str) -> Act:
        happenings.home_opened(self._slack, user, self._slack.workspace.homes.get(user))
        return Act()

    # -- what they see -------------------------------------------------------------------------------------

    def _press_message(self, user: str, message: Message, action: Json, values: Values) -> Act:
        payload = payloads.message_action(self._slack, self._user(user), message, action, values)
        return self._ask_action(payload, action)

    def _press_view(self, user: str, view: View, action: Json, values: Values) -> Act:
        values = self._with_files(user, values)
        payload = payloads.view_action(self._slack, self._user(user), view, action, values)
        return self._ask_action(payload, action)

    def _ask_action(self, payload: Json, action: Json) -> Act:
        what = f"block_actions {action.get('action_id', '')}".strip()
        return _act(*self._delivery.ask(INTERACTIVE, payload, what), WARNING)

    def _with_files(self, user: str, values: Values) -> Values:
        """Files chosen in a form, (name, content), as Slack uploads them: seen by their person and the app."""
        return {
            block_id: {action_id: self._uploaded(user, entry) for action_id, entry in block.items()}
            for block_id, block in values.items()
        }

    def _uploaded(self, user: str, entry: Json) -> Json:
        if entry.get("type") != "file_input":
            return entry
        workspace, files = self._slack.workspace, []
        for file in entry.get("files") or ():
            if isinstance(file, dict):
                files.append(file)
                continue
            files.append(file_json(workspace, workspace.file(self._upload(user, (), *file))))
        return {**entry, "files": files}

    def _upload(self, user: str, channels: tuple[str, ...], name: str, content: bytes) -> str:
        """The id of the new file."""
        media_type = guess_type(name)[0] or "application/octet-stream"
        file = File(
            self._slack.workspace.make_id("F"), name, len(content), content=content, complete=True,
            channels=channels, media_type=media_type, user=user,
        )  # fmt: skip
        self._slack.workspace.put_file(file)
        return file.id

    def _user(self, user: str) -> User:
        if user not in self._slack.workspace.users:
            raise CannotDo("There is no such person here.")
        return self._slack.workspace.users[user]

    def _in(self, user: str, channel: str) -> None:
        there = self._slack.workspace.channels.get(channel)
        if there is None or self._user(user).id not in there.members:
            raise CannotDo("You are not in this channel.")

    def _visible(self, user: str, channel: str, ts: str) -> Message:
        self._in(user, channel)
        message = self._slack.workspace.find(channel, ts)
        if message is None or message.deleted or message.seen_by not in (None, user):
            raise CannotDo("This message is gone.")
        return message

    def _own(self, user: str, channel: str, ts: str) -> Message:
        message = self._visible(user, channel, ts)
        if message.user != user:
            raise CannotDo("This is somebody else's message.")
        return message

    def _home(self, user: str) -> View:
        home = self._slack.workspace.homes.get(user)
        if home is None:
            raise CannotDo("The app has not shown you anything here yet.")
        return home


def _act(done: Try, response: Json, otherwise: str = WARNING) -> Act:
    return Act(ok=done.ok, ack_ms=done.ms, error=None if done.ok else otherwise, response=response)


def _named(kind: str, view: View) -> str:
    return f"{kind} {view.spec.get('callback_id', '')}".strip()


def _command_error(done: Try) -> str:
    return "operation_timeout" if done.status == "no answer" else "dispatch_failed"
