# SPDX-License-Identifier: GPL-2.0-or-later
"""The user that daemons continue as when root starts them: vifi, or nobody where that user does not exist."""

import os
import pwd

NOBODY = 65534


def service_user():
    """(uid, gid)"""
    for name in ("vifi", "nobody"):
        try:
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
        except KeyError:
            pass
    return NOBODY, NOBODY


def give(folder):
    """Gives a folder of root to the service user, which connects to sockets there and removes files; returns the folder."""
    if os.geteuid() == 0:
        os.chown(folder, *service_user())
    return folder
