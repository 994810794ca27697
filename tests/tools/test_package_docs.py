# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package has the documents and examples to which README.md links."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
LINKS = sorted({link for link in re.findall(r"\]\((doc/[^)#]+)", (TOP / "README.md").read_text())})
PACKAGED = {path.relative_to(TOP) for name in ("docs", "examples") for pattern in (TOP / f"debian/vifi.{name}").read_text().split()
            for found in TOP.glob(pattern) for path in ([found] if found.is_file() else found.rglob("*"))}


def test_readme_has_links():
    assert len(LINKS) > 5


@pytest.mark.parametrize("link", LINKS)
def test_linked_document_is_packaged(link):
    assert pathlib.Path(link) in PACKAGED
