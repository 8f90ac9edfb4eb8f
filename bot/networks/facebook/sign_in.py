"""Signing in a Facebook Page: its own token."""

from __future__ import annotations

from bot.networks.facebook.rights import NEEDED, WANTED
from bot.networks.meta.sign_in import PageSignIn

SIGN_IN = PageSignIn("The Page's access token", NEEDED, WANTED)
