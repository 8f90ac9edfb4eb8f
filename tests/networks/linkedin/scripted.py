"""What LinkedIn says to who asks which Page it is."""

from __future__ import annotations

import json

from tests.networks import scripted

PAGE = {"id": 2414183, "localizedName": "Dock Bakery", "vanityName": "dockbakery"}


class Scripted(scripted.Scripted):
    asks_who = "^/rest/organizations"
    who = json.dumps({"elements": [PAGE]}).encode()
