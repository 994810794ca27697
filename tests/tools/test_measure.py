# SPDX-License-Identifier: GPL-2.0-or-later
"""The measuring script finds what it is there to find, and the tree keeps its limits."""
import pathlib
import subprocess

import layers
import measure
import pytest

ROOT = pathlib.Path(__file__).parents[2]


def parsed(text):
    return {function.name: (list(map(measure.parameter_name, function.parameters)), function.lines)
            for function in measure.functions(text)}


def test_prototypes_and_definitions_are_found():
    text = """
/* int commented(int x); */
#define MACRO(a) \\
	int in_macro(int a)
struct thing { int (*member)(void *m, int v); };
int plain(const char *text, size_t n);
struct thing *returns_pointer(void);
static inline __attribute__((always_inline)) uint16_t read16(const uint8_t *p)
{
	return call(p, 1);
}
void sorted(int (*compare)(const void *a, const void *b), uint8_t mac[6], const char *const names[static 2], ...);
int unnamed(int, struct thing *);
static const struct row rows[] = { ROW(x), {"brace { in a text", 1} };
bool attributed(const char *format, ...) __attribute__((format(printf, 1, 2)));
int main(void)
{
	if (x) {
		f();
	}
}
"""
    assert parsed(text) == {
        "plain": (["text", "n"], 0),
        "returns_pointer": ([], 0),
        "read16": (["p"], 4),
        "sorted": (["compare", "mac", "names"], 0),
        "unnamed": ([None, None], 0),
        "attributed": (["format"], 0),
        "main": ([], 6),
    }


def test_lines_are_counted_past_comments_and_literals():
    text = 'int f(void)\n{\n\t/* }\n\t */\n\tputs("}\\"}");\n\treturn \'}\';\n}\n'
    assert parsed(text) == {"f": ([], 7)}


@pytest.mark.parametrize("graph, found", [
    ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
    ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, [["a", "b"]]),
    ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": {"d", "a"}}, [["a", "b", "c"], ["d", "e"]]),
    ({"a": {"a"}}, []),
])
def test_circles(graph, found):
    assert measure.circles(graph) == found


class Tree:
    """A project in a temporary folder: files, and objects where meson would put them."""

    def __init__(self, root):
        self.root, self.build = root, root / "build"

    def file(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if name.endswith(".c"):
            layer = str(path.parent.relative_to(self.root / "src")).replace("/", "_")
            folder = self.build / f"libvifi_{layer}.a.p"
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["gcc", "-I", self.root / "src", "-c", path, "-o", folder / (name.replace("/", "_") + ".o")],
                           check=True)

    def figures(self):
        return measure.measure(self.root, self.build)[0]


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_one_letter_parameters_are_counted(tree):
    tree.file("src/base/a.h", "int a(int x, int length);\nint b(int left, int right);\n")
    tree.file("src/base/a.c", '#include "base/a.h"\nint a(int x, int length) { return x + length; }\n')
    assert tree.figures()["one-letter parameters in headers (%)"] == 25
    assert tree.figures()["one-letter parameters (%)"] == 33.3


def test_circle_by_includes_is_found(tree):
    tree.file("src/base/a.h", '#pragma once\n#include "base/b.h"\n')
    tree.file("src/base/b.h", '#pragma once\n#include "wire/c.h"\n')
    tree.file("src/wire/c.h", '#pragma once\n#include "base/a.h"\n')
    assert tree.figures()["files in the largest circle"] == 3
    assert tree.figures()["circles between folders"] == 1


def test_circle_by_symbols_is_found(tree):
    tree.file("src/base/a.c", "int b(void); int a(void); int a(void) { return b(); }\n")
    tree.file("src/base/b.c", "int a(void); int b(void); int b(void) { return a(); }\n")
    assert tree.figures()["files in the largest circle"] == 2
    assert tree.figures()["circles between folders"] == 0


def test_exceeded_limit_fails_and_is_named(tree, capsys):
    tree.file("src/base/a.c", "int f(int line); int f(int line)\n{\n" + "\tline++;\n" * 60 + "\treturn line;\n}\n")
    assert measure.main([str(tree.root), str(tree.build)]) == 0
    assert measure.main(["--check", str(tree.root), str(tree.build)]) == 1
    assert "lines of the longest function is 64, at most 60 allowed\n  src/base/a.c:1: f" in capsys.readouterr().out


def test_tree_keeps_its_limits(capsys):
    build = ROOT / "build"
    assert any(build.glob("libvifi_*.a.p/*.o")), "build first: ninja -C build"
    assert set(layers.ORDER) >= {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*")
                                 if path.is_dir() and any(path.glob("*.[ch]"))}
    assert measure.main(["--check", str(ROOT), str(build)]) == 0, capsys.readouterr().out
