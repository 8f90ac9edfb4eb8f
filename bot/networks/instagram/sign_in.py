"""Signing in an Instagram account: the own token of the Facebook Page that it is linked to."""

from __future__ import annotations

from bot.networks.instagram.rights import NEEDED, WANTED
from bot.networks.meta.sign_in import PageSignIn

SIGN_IN = PageSignIn("The access token of the account's Facebook Page", NEEDED, WANTED)
