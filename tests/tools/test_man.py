# SPDX-License-Identifier: GPL-2.0-or-later
"""Man pages and `vifi help`: every command has a page in section 8, pages refer to each other, and help works at every depth."""
import os
import pathlib
import re
import subprocess

import man_words
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VIFI = pathlib.Path(os.environ.get("VIFI", ROOT / "build/vifi"))


def vifi(*args, code=0):
    result = subprocess.run([VIFI, *args], capture_output=True, text=True, timeout=30)
    assert result.returncode == code, result
    return result


def listed(*group):
    """Returns the commands that the help of a group lists."""
    text = vifi(*group, "--help").stdout
    return re.findall(r"^  (\w+) ", text.split("Commands:\n")[1], re.M) if "Commands:\n" in text else []


COMMANDS = [name for name in listed() if name != "help"]
PATHS = [(name,) for name in COMMANDS] + [(name, sub) for name in COMMANDS for sub in listed(name)]
PAGES = {"vifi": (), **{f"vifi-{name}": (name,) for name in COMMANDS}}


@pytest.fixture(scope="module")
def known_words():
    return man_words.source_words()


def page(name, tmp_path):
    """Returns a page in the macros of man(7), and its text as man(1) renders it."""
    source = vifi(*PAGES[name], "--man").stdout
    roff = tmp_path / f"{name}.8"
    roff.write_text(source)
    return source, man_words.rendered(roff)


def test_commands_are_found():
    assert {"bridge", "air", "ap", "sta", "decrypt"} <= set(COMMANDS) and ("bridge", "up") in PATHS and ("air", "show") in PATHS


@pytest.mark.parametrize("name", PAGES)
def test_every_command_has_a_page_in_section_8(name, tmp_path):
    source, text = page(name, tmp_path)
    assert source.startswith(f".TH {name} 8 ")
    assert len(text) > 500


@pytest.mark.parametrize("name", PAGES)
def test_page_refers_to_every_other_page(name, tmp_path):
    see_also = page(name, tmp_path)[1].split("SEE ALSO", 1)[1].rsplit("\n\n", 1)[0]
    see_also = re.sub(r"-\n\s*", "-", see_also)  # man(1) breaks lines after a hyphen
    assert set(re.findall(r"\b(vifi[a-z-]*)\(8\)", see_also)) == set(PAGES) - {name}


def test_main_page_leaves_options_to_the_pages_of_the_commands(tmp_path):
    text = page("vifi", tmp_path)[1]
    assert "An access point on a Wi-Fi card or on a virtual medium" in text and "--air" not in text and "--json" not in text


@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_a_page_is_glued(name, tmp_path, known_words):
    assert man_words.glued_words(page(name, tmp_path)[1], known_words) == []


def test_glued_words_are_found(known_words):
    assert man_words.glued_words("vifi\nAvirtual medium; Abridge that\nvifi", known_words) == ["abridge", "avirtual"]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_shows_the_page_of_the_command(path):
    assert vifi("help", *path).stdout == vifi(*path, "--help").stdout != ""


def test_help_of_help_and_of_nothing():
    assert vifi("help").stdout == vifi("--help").stdout
    assert vifi("help", "help").stdout == vifi("help", "--help").stdout
    assert "Usage: vifi help" in vifi("help", "help").stdout


@pytest.mark.parametrize("path", [("brigde",), ("bridge", "pu"), ("air", "rulez")], ids=" ".join)
def test_help_of_an_unknown_command_suggests_the_nearest(path):
    assert "did you mean" in vifi("help", *path, code=2).stderr
