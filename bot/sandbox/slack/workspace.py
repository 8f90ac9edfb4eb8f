"""The workspace as it is now: people, channels, messages, views, files. The pretend Slack's only mutable state.

One lock guards everything, and every change raises `revision` and wakes whoever waits: a page, or a test that
would otherwise have to sleep. It holds no rule of the Web API; those are in `methods/`.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Condition
from typing import Any, TypeVar

from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.state import Channel, File, Message, Seed, User, UserGroup, View

T = TypeVar("T")
Listener = Callable[[int], None]


class Workspace:
    def __init__(self, seed: Seed, now: Callable[[], datetime], address: str) -> None:
        self.now = now
        self.address = address  # http://127.0.0.1:PORT, where its files are to be had
        self.name = seed.name
        self.bot = seed.bot
        self.revision = 0
        self.users: dict[str, User] = {user.id: user for user in (*seed.users, seed.bot)}
        self.groups: dict[str, UserGroup] = {group.id: group for group in seed.groups}
        everyone = frozenset(self.users)
        self.channels: dict[str, Channel] = {
            channel.id: replace(channel, members=channel.members or everyone) for channel in seed.channels
        }
        self.homes: dict[str, View] = {}
        self.modals: dict[str, tuple[View, ...]] = {}
        self.files: dict[str, File] = {}
        self.pins: dict[str, tuple[str, ...]] = {}
        self._messages: dict[str, dict[str, Message]] = {channel.id: {} for channel in seed.channels}
        self._threads: dict[tuple[str, str], list[str]] = {}  # (channel, ts of the parent) -> ts of replies
        self._changed = Condition()
        self._listeners: list[Listener] = []
        self._last_ts = 0
        self._numbers = itertools.count(1)

    # -- change and waiting ------------------------------------------------------------------------------

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock for a change that must be seen whole; it counts even if it did nothing."""
        with self._changed:
            yield
            self.revision += 1
            self._changed.notify_all()
            revision, listeners = self.revision, tuple(self._listeners)
        for listener in listeners:
            listener(revision)

    def touch(self) -> None:
        """Say that something outside this state changed that a reader shows too."""
        with self.changing():
            pass

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(revision)` after every change, on the changing thread; returns how to stop it."""
        with self._changed:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wait_until(self, predicate: Callable[[], object], timeout: float = 5.0) -> bool:
        """Whether it came true within `timeout` real seconds; it is asked again after every change."""
        return bool(self.wait_for_value(predicate, timeout))

    def wait_for_value(self, look: Callable[[], T | None], timeout: float = 5.0) -> T | None:
        """What `look` finds, as soon as it finds something. Looking again for what was seen may find it changed."""
        deadline = time.monotonic() + timeout
        while not (found := look()):  # asked without the lock: it may well call the Web API
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            with self._changed:
                self._changed.wait(min(left, 0.02))  # it may also look at more than this state
        return found

    # -- names ---------------------------------------------------------------------------------------------

    def make_id(self, prefix: str) -> str:
        return f"{prefix}0{next(self._numbers):06d}"

    @staticmethod
    def new_name() -> str:
        """What Slack puts where an app left out a block_id or action_id."""
        return secrets.token_urlsafe(4)

    def new_ts(self) -> str:
        """A moment that is also a name: never the same twice, never going back, even if the clock does."""
        with self._changed:
            wanted = int(self.now().timestamp()) * 1_000_000 + 100
            self._last_ts = max(wanted, self._last_ts + 100)
            seconds, fraction = divmod(self._last_ts, 1_000_000)
            return f"{seconds}.{fraction:06d}"

    # -- people and channels -------------------------------------------------------------------------------

    def user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise Refused("user_not_found")
        return self.users[user_id]

    def channel(self, channel_id: str) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind != "channel" and self.bot.id not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def add_user(self, user: User, *channels: str) -> None:
        with self.changing():
            self.users[user.id] = user
            for channel_id in channels:
                self.join(channel_id, user.id)

    def add_group(self, group: UserGroup) -> None:
        with self.changing():
            self.groups[group.id] = group

    def add_channel(self, channel: Channel) -> None:
        with self.changing():
            self.channels[channel.id] = channel
            self._messages.setdefault(channel.id, {})

    def join(self, channel_id: str, user_id: str) -> None:
        with self.changing():
            channel = self.channels[channel_id]
            self.channels[channel_id] = replace(channel, members=channel.members | {user_id})

    def leave(self, channel_id: str, user_id: str) -> None:
        with self.changing():
            channel = self.channels[channel_id]
            self.channels[channel_id] = replace(channel, members=channel.members - {user_id})

    def im(self, user_id: str) -> Channel:
        """The direct-message channel of the bot and one person; made when first needed."""
        self.user(user_id)
        with self.changing():
            name = "D" + user_id[1:]
            if name not in self.channels:
                self.add_channel(Channel(name, "", frozenset({user_id, self.bot.id}), kind="im"))
            return self.channels[name]

    # -- messages ------------------------------------------------------------------------------------------

    def put(self, message: Message) -> Message:
        """Add a message, or put a changed one in its place."""
        with self.changing():
            there = self._messages[message.channel]
            if message.is_reply and message.ts not in there:
                self._threads.setdefault((message.channel, message.thread_ts or ""), []).append(message.ts)
            there[message.ts] = message
            return message

    def message(self, channel_id: str, ts: str) -> Message:
        message = self.find(channel_id, ts)
        if message is None or message.deleted or message.seen_by:
            raise Refused("message_not_found")
        return message

    def find(self, channel_id: str, ts: str) -> Message | None:
        """Also deleted and ephemeral ones."""
        return self._messages.get(channel_id, {}).get(ts)

    def messages(self, channel_id: str) -> list[Message]:
        """Everything in a channel, oldest first: replies, deleted and ephemeral ones too."""
        with self._changed:
            return sorted(self._messages.get(channel_id, {}).values(), key=lambda message: message.ts)

    def replies(self, channel_id: str, ts: str) -> list[Message]:
        with self._changed:
            there = [self.find(channel_id, each) for each in self._threads.get((channel_id, ts), ())]
        return [message for message in there if message and not message.deleted and not message.seen_by]

    def erase(self, message: Message) -> None:
        """An ephemeral message goes without a trace; any other is only marked, for the page to show."""
        with self.changing():
            if message.seen_by:
                del self._messages[message.channel][message.ts]
            else:
                self.put(replace(message, deleted=True, metadata=None))
                self.set_pin(message.channel, message.ts, on=False)

    def set_pin(self, channel_id: str, ts: str, *, on: bool) -> None:
        with self.changing():
            others = tuple(each for each in self.pins.get(channel_id, ()) if each != ts)
            self.pins[channel_id] = (*others, ts) if on else others

    # -- views ---------------------------------------------------------------------------------------------

    def new_view(self, user_id: str, spec: dict[str, Any], *, under: View | None = None) -> View:
        name = self.make_id("V")
        root, previous = (under.root, under.id) if under else (name, None)
        return View(name, user_id, spec, self.new_hash(), root, previous)

    def new_hash(self) -> str:
        return f"{int(self.now().timestamp())}.{secrets.token_hex(4)}"

    def open_views(self) -> list[View]:
        with self._changed:
            return [view for stack in self.modals.values() for view in stack]

    def set_stack(self, user_id: str, *stack: View) -> None:
        with self.changing():
            self.modals[user_id] = stack

    def set_home(self, view: View) -> None:
        with self.changing():
            self.homes[view.user] = view

    def replace_view(self, view: View) -> None:
        """Put a changed view where the one with its id is; nothing happens if that was closed."""
        with self.changing():
            home = self.homes.get(view.user)
            if home is not None and home.id == view.id:
                self.homes[view.user] = view
            stack = self.modals.get(view.user, ())
            self.modals[view.user] = tuple(view if each.id == view.id else each for each in stack)

    # -- files ---------------------------------------------------------------------------------------------

    def put_file(self, file: File) -> None:
        with self.changing():
            self.files[file.id] = file

    def file(self, file_id: str) -> File:
        file = self.files.get(file_id)
        if file is None:
            raise Refused("file_not_found")
        return file

    def shown_files(self) -> frozenset[str]:
        """The files an image block may show."""
        with self._changed:
            return frozenset(file.id for file in self.files.values() if file.complete)
