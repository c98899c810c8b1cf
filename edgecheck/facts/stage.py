"""The stages of a connection, in the order in which they happen."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """One step on the way from the settings to an answered ping."""

    CONFIG = "config"
    DNS = "dns"
    TCP = "tcp"
    PROXY = "proxy"
    TLS = "tls"
    UPGRADE = "upgrade"
    AUTH = "auth"
    SESSION = "session"
