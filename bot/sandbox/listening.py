"""How the pretend servers stop listening."""

from __future__ import annotations

import asyncio
import socket

_TURNS = 5  # of the loop, enough for a connection to be made or to end


async def stop_listening(server: asyncio.Server, listener: socket.socket) -> None:
    """Take no more connections. What was just accepted becomes a connection first: a closed server trips over it, and
    nobody closes its socket."""
    asyncio.get_running_loop().remove_reader(listener)
    await take_turns()
    server.close()


async def take_turns() -> None:
    """Let what is under way in this loop happen."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
