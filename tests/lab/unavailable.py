# SPDX-License-Identifier: GPL-2.0-or-later
"""A skip that is no pass: where all features must be there, it fails."""

import os

import pytest


def unavailable(reason):
    """Skips the test for lack of a feature of this machine; with CI=true in the environment it fails."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
