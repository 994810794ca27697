# SPDX-License-Identifier: GPL-2.0-or-later
"""The user that daemons continue as when root starts them: vifi, or one without a name where that user does not exist."""

import grp
import os
import pwd

FREE = range(65520, 65534)


def _exists(look, key):
    try:
        look(key)
    except KeyError:
        return False
    return True


def service_user():
    """(uid, gid)"""
    if _exists(pwd.getpwnam, "vifi"):
        entry = pwd.getpwnam("vifi")
        return entry.pw_uid, entry.pw_gid
    number = next(n for n in FREE if not _exists(pwd.getpwuid, n) and not _exists(grp.getgrgid, n))
    return number, number


def give(folder):
    """Gives a folder of root to the service user, which connects to sockets there and removes files; returns the folder."""
    if os.geteuid() == 0:
        os.chown(folder, *service_user())
    return folder
