"""Who each account is signed in as, by whose hand and until when, and what people were told of that. The secrets
themselves: `secrets` in `system.py`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table, Text, UniqueConstraint

from bot.domain.sign_ins.endings import NoticeType
from bot.store.engine.member import Member
from bot.store.engine.moment import Moment
from bot.store.tables.core import make_id_column, metadata

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("identity", Text),  # the network's own id of it, which no renaming changes; null: never heard
    Column("name", Text),  # as people know it: "@dockbakery@mastodon.example"
    Column("rights", JSON),  # as the network names them; null: it does not say
    Column("until", Moment),  # then a person has to sign it in anew
    Column("told_at", Moment),  # that this end comes
    Column(
        "by_user", String(120)
    ),  # who signed it in or out last; null: its secret stands in the environment
    Column("changed_at", Moment, nullable=False),  # then
    Column("ended_at", Moment),  # signed out since
    Column("since", Moment),  # it is this identity; null: it was never another one
    Column("refused_at", Moment),  # since then the network refuses it; null: it takes it, as last heard
    Column("renewed_at", Moment),  # what is kept was brought by a renewal then; null: by `by_user`
    Column(
        "renewal", String(12)
    ),  # how the next one stands: "asked", "later", "unknown", "refused"; null: not begun
    Column("renewal_at", Moment),  # since when
    Column("renewal_why", Text),  # what went wrong
    Column("renew_after", Moment),  # not asked for again before
    Column("renewal_tries", Integer),  # of it, so far
    Column(
        "unpaid_at", Moment
    ),  # since then the network wants to be paid first; null: it does not, as last heard
    Column("try_at", Moment),  # somebody wants it to be asked again; null: nobody, or it was asked since
    Column("try_by", String(120)),  # who
)

sign_in_notices = Table(  # each tells people once
    "sign_in_notices",
    metadata,
    make_id_column(),
    Column("account", String(80), nullable=False),
    Column("kind", Member(NoticeType.of, 12), nullable=False),
    Column("about", Moment, nullable=False),  # the end it tells of, or since when there is none
    Column("why", Text),
    Column("at", Moment, nullable=False),  # people were told
    Column("over", Text),  # what was done about it, in a sentence
    Column("over_at", Moment),
    UniqueConstraint("account", "kind", "about"),
)
