# SPDX-License-Identifier: GPL-2.0-or-later
"""man_words.py PAGE...: fails if a man page, as man(1) renders it, has a word that the sources do not have.

The pages are printed from texts in the sources, so such a word is two words that lost the blank between them.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def words(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def source_words():
    texts = (path.read_text() for path in sorted((ROOT / "src").rglob("*.[ch]")))
    return set().union(*(words(re.sub(r"\\[nt]", " ", text)) for text in texts))


def rendered(page):
    env = dict(os.environ, MANWIDTH="100", GROFF_NO_SGR="1", LC_ALL="C.UTF-8")
    command = ["man", "--no-hyphenation", "-Tutf8", "-P", "cat", "-l", page]
    text = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True).stdout
    return re.sub(".\b", "", text)


def body(text):
    """Returns a rendered page without its first and last line, whose words are those of man(1)."""
    return "\n".join(text.strip().splitlines()[1:-1])


def glued_words(text, known):
    return sorted(words(body(text)) - known)


def main(pages):
    known = source_words()
    for page in pages:
        text = rendered(page)
        glued = glued_words(text, known) if len(text) > 500 else ["(no page)"]
        if glued:
            print(f"{page}: not in the sources: {' '.join(glued)}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
