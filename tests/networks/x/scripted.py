"""What X says to who asks whose account it is."""

from __future__ import annotations

import json

from tests.networks import scripted


class Scripted(scripted.Scripted):
    asks_who = "^/2/users/me$"
    who = json.dumps({"data": {"id": "2244994945", "name": "Dock Bakery", "username": "dockbakery"}}).encode()
