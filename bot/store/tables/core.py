"""Every table but those of `inbox.py`, `slack.py` and `system.py`. The schema refuses what must not be.

Ids are text made by the caller (`domain/ids.py`), so that a commit whose answer was lost can be looked up by its id.
The digest of a version leaves out the epochs of the gate: with them, a post could never be approved again after a
pause. The epochs are stored in the approval.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.domain.kinds import ApprovalType, DeliveryType
from bot.store.engine.member import Member, Names
from bot.store.engine.moment import Moment

_COLUMNS = "%(table_name)s_%(column_0_N_name)s"
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s", "uq": f"uq_{_COLUMNS}", "ix": f"ix_{_COLUMNS}", "fk": f"fk_{_COLUMNS}",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)  # fmt: skip


def make_id_column(*rules: Any) -> Column[str]:
    return Column("id", String(32), *rules, primary_key=True)


def index_some(name: str, which: str, *columns: Column[Any]) -> None:
    """An index of those rows alone. A query has to say it in the same words."""
    Index(name, *columns, sqlite_where=text(which), postgresql_where=text(which))


# --- posts -------------------------------------------------------------------------------------------

posts = Table(
    "posts",
    metadata,
    make_id_column(),
    Column("number", Integer, nullable=False, unique=True),  # what people call it: "post 42"
    Column("status", String(12), nullable=False),
    Column("version_id", String(32), nullable=False),  # the current one; no foreign key: each names the other
    Column("created_by", String(120)),  # a person's id, "cli:user@host", or nothing for an imported post
    Column("created_at", Moment, nullable=False),
    Column("review_at", Moment),  # when its review opened, for this slot
    Column("status_at", Moment, nullable=False),
    Column("status_by", String(120)),  # whose verb led here; nothing: the clock's
    Column("reason", Text),  # why it is held, killed, missed; or why its approvals ended
    Column("reminded", Integer, nullable=False, default=0),  # how many reminders of this review are out
    Column("import_key", String(64), unique=True),  # of account, time, text, image: imported once
    Column("due_at", Moment),  # its earliest next moment; nothing: the clock ignores it
    Column("drill", Boolean, nullable=False, default=False),  # of a drill: in no list, no number
    Column(
        "copied_at", Moment
    ),  # it is out of a backup of then, put back: nobody has said that it is not out yet
)
_due = posts.c.due_at.is_not(None)
Index("ix_posts_due_at", posts.c.due_at, sqlite_where=_due, postgresql_where=_due)
Index("ix_posts_status_at", posts.c.status, posts.c.status_at)

versions = Table(
    "versions",
    metadata,
    make_id_column(),
    Column("post_id", String(32), ForeignKey("posts.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),  # the fingerprint: all that promise P1 names
    Column("accounts", JSON, nullable=False),  # ["dockbakery-mastodon", …]
    Column("text", Text, nullable=False),
    Column("variants", JSON, nullable=False),  # {account: text}
    Column("images", JSON, nullable=False),  # [{"sha256": …, "alt": …}]
    Column("slot", Moment),
    Column("visibility", JSON, nullable=False),  # {account: visibility}
    Column("language", JSON, nullable=False),  # {account: language}
    Column("label", Text, nullable=False, default=""),
    Column("warning", Text),  # before the words; NULL: none
    Column("identities", Names),  # {account: whose it is}, of those that were known; NULL: none was
    Column("note", Text, nullable=False, default=""),  # for reviewers; like the label not fingerprinted
    Column("immediate", Boolean, nullable=False, default=False),  # "Post now": decide until slot + limit
    Column("words_by", JSON, nullable=False),  # the authors of these words, images and accounts
    Column("saved_by", String(120)),
    Column("saved_at", Moment, nullable=False),
    UniqueConstraint("post_id", "id", "sha256"),
    UniqueConstraint("post_id", "seq"),
)
Index("ix_versions_slot", versions.c.slot)
images = Table(
    "images",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes
    Column("bytes", LargeBinary, nullable=False),
    Column("slack_file", String(40)),  # the private copy cards show
    Column("frames", Integer),  # more than one: it moves; null: not counted
)

approvals = Table(
    "approvals",
    metadata,
    make_id_column(),
    Column("post_id", String(32), nullable=False),
    Column("version_id", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("kind", Member(ApprovalType, 8), nullable=False),
    Column("epochs", Text, nullable=False),  # canonical JSON {"all": 3, "dockbakery-mastodon": 0}
    Column("by_user", String(120), nullable=False),
    Column("action_key", String(200), nullable=False, unique=True),
    Column("waived", Text),  # "Approve anyway, because …"
    Column("at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("revoked_by", String(120)),
    Column("revoked_why", Text),  # what that person did: "changed the text", "took it back"
    Column("words", String(64)),  # their digest, where only the words were approved
    ForeignKeyConstraint(
        ["post_id", "version_id", "sha256"], ["versions.post_id", "versions.id", "versions.sha256"]
    ),
    CheckConstraint("kind IN ('approve', 'go')", name="kind"),
    UniqueConstraint("id", "version_id"),  # so that an attempt can name an approval *of its version*
)
_standing = text("revoked_at IS NULL")
Index(
    "uq_approvals_standing",
    approvals.c.version_id, approvals.c.kind, approvals.c.epochs, approvals.c.by_user,
    unique=True, sqlite_where=_standing, postgresql_where=_standing,
)  # fmt: skip
Index("ix_approvals_version", approvals.c.version_id)  # the one above knows only what still stands
Index("ix_approvals_post", approvals.c.post_id)
index_some(
    "ix_approvals_words", "words IS NOT NULL", approvals.c.post_id
)  # they count for later versions too

requests = Table(  # approvers were asked for the words of posts, in one message
    "requests",
    metadata,
    make_id_column(),
    Column("by_user", String(120), nullable=False),
    Column("at", Moment, nullable=False),
)
request_posts = Table(
    "request_posts",
    metadata,
    Column("request_id", String(32), ForeignKey("requests.id"), primary_key=True),
    Column("place", Integer, primary_key=True),  # 0, 1, …: by slot as it was then
    Column("post_id", String(32), ForeignKey("posts.id"), nullable=False),
)
Index("ix_request_posts_post", request_posts.c.post_id)

# --- the gate ----------------------------------------------------------------------------------------

gate = Table(
    "gate",
    metadata,
    Column("scope", String(80), primary_key=True),  # "all", an account's name, or "drill"; rows made at start
    Column("paused", Boolean, nullable=False, default=False),
    Column("stops_replies", Boolean, nullable=False, default=False),
    Column("epoch", Integer, nullable=False, default=0),
    Column("by_user", String(120)),
    Column("reason", Text),
    Column("at", Moment),
)

pauses = Table(  # what a pause found and what people did about it: its banner shows this
    "pauses",
    metadata,
    make_id_column(),
    Column("scope", String(80), nullable=False),  # as in `gate`
    Column("by_user", String(120), nullable=False),
    Column("reason", Text),
    Column("at", Moment, nullable=False),
    Column("stopped", Integer, nullable=False),  # posts whose approval or review it stopped
    Column("next_slot", Moment),  # the soonest of them
    Column("under_way", JSON, nullable=False),  # ids of deliveries that were already being sent
    Column(
        "elsewhere", JSON, nullable=False
    ),  # {"Meta ads": null | {"by": …, "at": …} | {"not_by": …, "at": …}}
    Column("deleted", JSON, nullable=False),  # {delivery id: {"by": …, "at": …}}: "I deleted it"
    Column("reminders", Integer, nullable=False, default=0),
    Column("remind_at", Moment),
    Column("ended_at", Moment),
    Column("ended_by", String(120)),
    Column("summary", JSON),  # {"moved": 1, "kept": 1, "killed": 1}, once resumed
)
drills = Table(
    "drills",
    metadata,
    make_id_column(),
    Column("by_user", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    Column("posts", JSON, nullable=False),  # their ids
    Column("seen_at", Moment),  # the first thing anybody did about it
    Column("paused_at", Moment),
    Column("changed_at", Moment),  # every card in Slack showed it
    Column("ended_at", Moment),
    Column("why", Text),
)

_running = text("ended_at IS NULL")
index_some("ix_drills_running", "ended_at IS NULL", drills.c.at)
Index("uq_pauses_running", pauses.c.scope, unique=True,  # one a scope
      sqlite_where=_running, postgresql_where=_running)  # fmt: skip

accounts = Table(
    "accounts",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("last_begin_at", Moment),  # promise P5: never two posts within 60 s
    Column("throttled_until", Moment),
    Column("health", Text),  # the last sentence of its check
    Column("healthy", Boolean),
    Column("checked_at", Moment),
    # Where Byhand reads no comments: who last said that they had looked, and when.
    Column("looked_at", Moment),
    Column("looked_by", String(120)),
)

releases = Table(  # of a statement: who let exactly this go while publishing was paused
    "releases",
    metadata,
    make_id_column(),
    Column("pause_id", String(32), ForeignKey("pauses.id"), nullable=False),  # on whose message it stands
    Column("post_id", String(32), nullable=False),
    Column("version_id", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("epochs", Text, nullable=False),  # as in `approvals`
    Column("pauses", Text, nullable=False),  # canonical JSON {"all": 3}: those that kept its accounts shut
    Column("by_user", String(120), nullable=False),
    Column("approver", Boolean, nullable=False),  # they were one
    Column("action_key", String(200), nullable=False, unique=True),
    Column("waived", Text),
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(120)),
    Column("ended_why", Text),
    ForeignKeyConstraint(
        ["post_id", "version_id", "sha256"], ["versions.post_id", "versions.id", "versions.sha256"]
    ),
    UniqueConstraint("id", "version_id"),  # so that an attempt can name releases *of its version*
)
Index("uq_releases_standing", releases.c.version_id, releases.c.by_user, unique=True,  # one a person
      sqlite_where=_running, postgresql_where=_running)  # fmt: skip
index_some("ix_releases_running", "ended_at IS NULL", releases.c.at)
Index("ix_releases_pause", releases.c.pause_id)
Index("ix_releases_post", releases.c.post_id)

# --- sending -----------------------------------------------------------------------------------------

clicks = Table(  # a person's click: the authority of a take-down
    "clicks",
    metadata,
    make_id_column(),
    Column("action_key", String(200), nullable=False, unique=True),
    Column("by_user", String(120), nullable=False),
    Column("at", Moment, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    make_id_column(),
    Column("post_id", String(32), ForeignKey("posts.id")),
    Column("kind", Member(DeliveryType, 8), nullable=False),
    Column("account", String(80), nullable=False),
    Column("state", String(8), nullable=False),
    Column("due_at", Moment),  # when to begin; nothing: not approved, the clock ignores it
    Column("latest_at", Moment),  # never begun after this by itself
    Column("fence", Integer, nullable=False, default=0),
    Column("lease_by", String(80)),
    Column("lease_until", Moment),
    Column("next_check_at", Moment),  # unknown: when to look again; nothing: a person is asked
    Column("tries", Integer, nullable=False, default=0),
    Column("idem_key", String(64), nullable=False, unique=True),
    Column("handle", String(120), nullable=False),  # made once per delivery, never per attempt
    Column("prepared", JSON, nullable=False),
    Column("release_id", String(32)),  # of a post's: it is a statement, which this release let go
    Column("remote_id", Text),
    Column("remote_url", Text),
    Column("reason", Text),  # why refused or dropped, or what makes it unknown: a sentence
    Column("resolved_by", String(120)),
    Column("changed_at", Moment, nullable=False),
    Column(
        "copied_at", Moment
    ),  # ended as it is in a backup of then: it may have been tried again since, and nobody looked yet
    CheckConstraint("kind IN ('post', 'reply', 'takedown', 'correct')", name="kind"),
    CheckConstraint(
        "state IN ('ready', 'claimed', 'sending', 'sent', 'refused', 'unknown', 'dropped')", name="state"
    ),
    UniqueConstraint("id", "kind"),  # so that an attempt can name the kind of its delivery
)
_of_post = text("kind = 'post'")
Index("uq_deliveries_post_account", deliveries.c.post_id, deliveries.c.account, unique=True,
      sqlite_where=_of_post, postgresql_where=_of_post)  # fmt: skip
Index("ix_deliveries_remote", deliveries.c.account, deliveries.c.remote_id)  # what answers a post of ours
_SENT = "kind = 'post' AND state = 'sent'"
index_some("ix_deliveries_sent", _SENT, deliveries.c.account, deliveries.c.changed_at)
index_some("ix_deliveries_sent_at", _SENT, deliveries.c.changed_at)
index_some("ix_deliveries_takedown", "kind = 'takedown'", deliveries.c.post_id, deliveries.c.account)
index_some("ix_deliveries_ready", "state = 'ready' AND due_at IS NOT NULL", deliveries.c.due_at)
index_some("ix_deliveries_leased", "state IN ('claimed', 'sending')", deliveries.c.lease_until)
index_some("ix_deliveries_unknown", "state = 'unknown'", deliveries.c.next_check_at)

attempts = Table(
    "attempts",
    metadata,
    make_id_column(),
    Column("delivery_id", String(32), nullable=False),
    Column("kind", Member(DeliveryType, 8), nullable=False),  # its delivery's
    Column("post_id", String(32)),
    Column("version_id", String(32)),
    Column("approval_id", String(32)),
    Column("release_id", String(32)),  # of a statement: the one that made it go, and the one before it
    Column("seconds_id", String(32)),
    Column("send_id", String(32)),
    Column("click_id", String(32), ForeignKey("clicks.id")),
    Column("fence", Integer, nullable=False),
    Column("epochs", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),  # exactly what is sent
    Column("state", String(8), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("send_by", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("http_status", Integer),
    Column("evidence", Text),
    Column("remote_id", Text),
    Column("identity", Text),  # who the account was signed in as, where that was known
    ForeignKeyConstraint(["delivery_id", "kind"], ["deliveries.id", "deliveries.kind"]),
    ForeignKeyConstraint(["approval_id", "version_id"], ["approvals.id", "approvals.version_id"]),
    ForeignKeyConstraint(["release_id", "version_id"], ["releases.id", "releases.version_id"]),
    ForeignKeyConstraint(["seconds_id", "version_id"], ["releases.id", "releases.version_id"]),
    ForeignKeyConstraint(["send_id", "delivery_id"], ["sends.id", "sends.delivery_id"]),  # of this delivery
    CheckConstraint(
        "CASE kind WHEN 'post' THEN COALESCE(approval_id, release_id) WHEN 'takedown' THEN click_id ELSE send_id END"
        " IS NOT NULL",
        name="authority_of_its_kind",
    ),
    CheckConstraint(
        "(CASE WHEN approval_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN send_id IS NULL THEN 0 ELSE 1 END)"
        " + (CASE WHEN release_id IS NULL THEN 0 ELSE 1 END)"
        " + (CASE WHEN click_id IS NULL THEN 0 ELSE 1 END) = 1",
        name="one_authority",
    ),
    CheckConstraint("approval_id IS NULL OR version_id IS NOT NULL", name="approval_of_a_version"),
    CheckConstraint(
        "CASE WHEN release_id IS NULL THEN seconds_id IS NULL"
        " ELSE seconds_id IS NOT NULL AND seconds_id <> release_id AND version_id IS NOT NULL END",
        name="two_releases",
    ),
    CheckConstraint("state IN ('sending', 'unknown', 'sent', 'refused', 'not_sent', 'absent')", name="state"),
)
_live = text("state IN ('sending', 'unknown', 'sent')")
Index("uq_attempts_live", attempts.c.delivery_id, unique=True, sqlite_where=_live, postgresql_where=_live)
Index("ix_attempts_delivery", attempts.c.delivery_id)

# --- the record --------------------------------------------------------------------------------------

facts = Table(  # append-only; commits unchained with its cause
    "facts",
    metadata,
    make_id_column(),
    Column("at", Moment, nullable=False),
    Column("what", String(40), nullable=False),
    Column("who", String(120)),  # nothing: the clock
    Column("via", String(20), nullable=False),  # "slack", "cli", "clock", "network"
    Column("subject", String(60)),  # "post:…", "gate:all", "account:…"
    Column("version_id", String(32)),
    Column("data", JSON, nullable=False),
)
Index("ix_facts_subject", facts.c.subject)
Index("ix_facts_at", facts.c.at)

seals = Table(  # one sealer chains the facts by hash, in its own order
    "seals",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("fact_id", String(32), ForeignKey("facts.id"), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)
