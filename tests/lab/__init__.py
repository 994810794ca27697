# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: a small network in network namespaces, behind an uplink that may send with one MAC address only."""

from .oracle import Capture, Verdict
from .netns import LabError, Node
from .topology import Lab, Options
from .vifi import Vifi

__all__ = ["Capture", "Lab", "LabError", "Node", "Options", "Verdict", "Vifi"]
