"""The peer of the decisions: an empty Bolt listener behind Bolt's own Starlette adapter, on the same uvicorn.

No database, no thread pool, no check besides Bolt's own signature: what Bolt itself costs, and nothing else.
"""

from __future__ import annotations

import os
import re

from slack_bolt import App
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.slack.transport.web import WebServer
from tests.bench.children import serve


def main() -> None:
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    bolt = App(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"], process_before_response=True)
    bolt.action(re.compile(".*"))(lambda ack: ack())
    handler = SlackRequestHandler(bolt)
    web = Starlette(routes=[Route("/slack/events", handler.handle, methods=["POST"])])
    server = WebServer(web, "127.0.0.1", 0)
    server.start()
    serve(lambda _asked: {}, port=server.port)
    server.stop()


if __name__ == "__main__":
    main()
