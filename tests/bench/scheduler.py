"""The peer of the burst: APScheduler 3 with its SQLAlchemy job store, one job a post, no misfire limit.

Its default thread pool of ten; the job makes the same call through the same client. Asked "plan", it stores the jobs;
asked "begun", it tells when each began. Started again on the same store, it goes on with what is left there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bot.networks.http import Http
from tests.bench.children import Json, serve

_begun: dict[str, float] = {}
_done: set[str] = set()
_lock = Lock()


def publish(server: str, token: str, text: str) -> None:
    """The job."""
    began = time.time()
    with _lock:
        _begun[text] = began
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "idempotency-key": text,
    }
    Http(server, from_settings=True).call(
        "POST", "/api/v1/statuses", headers=headers, content=json.dumps({"status": text}).encode()
    )
    with _lock:
        _done.add(text)


def main(store: str) -> None:
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=store)},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )
    scheduler.start()

    def plan(server: str, posts: Sequence[tuple[str, str]], slot: float) -> Json:
        at = datetime.fromtimestamp(slot, UTC)
        scheduler.pause()  # one pass over its jobs instead of one a job
        for token, text in posts:
            scheduler.add_job(publish, "date", run_date=at, args=(server, token, text), id=text)
        scheduler.resume()
        return {}

    def answer(asked: Json) -> Json:
        if asked["do"] == "plan":
            return plan(asked["server"], asked["posts"], asked["slot"])
        left = len(scheduler.get_jobs())  # not under the jobs' lock: it waits while they are handed out
        with _lock:
            return {"begun": dict(_begun), "done": len(_done), "left": left}

    serve(answer)
    scheduler.shutdown(wait=False)


if __name__ == "__main__":
    main(sys.argv[1])
