"""Private copies of posts' images in Slack, for cards to show: each is uploaded once, beside the desk.

A card never waits for its pictures: it is posted with their alt texts and drawn again when they are there.
The three calls are made here one by one because the SDK's `files_upload_v2` brings its own retries and waits.
"""

from __future__ import annotations

import logging
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

import httpx
