# SPDX-License-Identifier: GPL-2.0-or-later
"""The layer check reports violations of each rule, and nothing else."""
import pathlib
import subprocess

import layers
import pytest


class Tree:
    """A project in a temporary folder: files, and objects in the places where meson puts them."""

    def __init__(self, root):
        self.source, self.build = root, root / "build"
        for folder in layers.ORDER:
            (root / "src" / folder).mkdir(parents=True, exist_ok=True)

    def file(self, name, text):
        (self.source / name).write_text(text)

    def object(self, name, text, *options):
        self.file(name, text)
        layer = str(pathlib.Path(name).parent.relative_to("src"))
        folder = self.build / f"libvifi_{layer.replace('/', '_')}.a.p"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["gcc", "-O1", "-fPIE", *options, "-I", self.source / "src", "-c", self.source / name, "-o",
                        folder / (name.replace("/", "_") + ".o")], check=True)

    def errors(self):
        return [*layers.check_includes(self.source), *layers.check_objects(self.source, self.build)]


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def only(errors, *parts):
    """Checks that there is one error, with all these parts."""
    assert len(errors) == 1, errors
    for part in parts:
        assert part in errors[0]


@pytest.mark.parametrize("layer, other, message", [("mlme", "softmac", "comes after src/mlme"),
                                                   ("mlme", "softmac/ap", "comes after src/mlme"),
                                                   ("softmac", "mlme", "must not know src/mlme")])
def test_control_and_frame_protection_are_apart(tree, layer, other, message):
    tree.file(f"src/{other}/a.h", "int a(void);")
    tree.file(f"src/{layer}/b.h", f'#include "{other}/a.h"\n')
    only(tree.errors(), f"src/{layer}/b.h", message)


def test_frame_protection_does_not_use_symbols_of_control(tree):
    tree.object("src/mlme/a.c", "int a(void); int a(void) { return 1; }")
    tree.object("src/softmac/b.c", "int a(void); int b(void); int b(void) { return a(); }")
    only(tree.errors(), "src/softmac/b.c", "uses a of src/mlme")


def test_valid_tree_passes(tree):
    tree.file("src/base/a.h", "int a(const char *);")
    tree.object("src/base/a.c", '#include "base/a.h"\n#include <string.h>\nint a(const char *s) { return (int)strlen(s); }')
    tree.object("src/macnat/b.c", '#include "base/a.h"\nint b(void); int b(void) { return a("b"); }')
    tree.object("src/cli/c.c", "#include <stdio.h>\nint counter; int c(void); int c(void) { return getc(stdin) + counter; }")
    assert tree.errors() == []


@pytest.mark.parametrize("line", ['#include "bridge/a.h"', '  #  include\t"bridge/a.h" // a comment',
                                  '#include "macnat.skel.h"'])
def test_include_of_a_later_folder_is_reported(tree, line):
    tree.file("src/base/a.h", f"#pragma once\n{line}\n")
    errors = tree.errors()
    only(errors, "src/base/a.h", "comes after src/base")


@pytest.mark.parametrize("header", ["a.h", "../bridge/a.h", "bpf/../bridge/a.h", "nowhere/a.h"])
def test_include_without_a_folder_is_reported(tree, header):
    tree.file("src/bridge/a.c", f'#include "{header}"\n')
    only(tree.errors(), "src/bridge/a.c", header, "FOLDER/FILE.h")


def test_pure_folder_within_another_folder_is_checked(tree):
    """bridge/policy may neither call the system nor use src/bridge."""
    tree.file("src/bridge/b.h", "int b(void);")
    tree.object("src/bridge/policy/f.c", '#include "bridge/b.h"\n#include <stdlib.h>\nint f(void); int f(void) { return rand(); }')
    errors = tree.errors()
    assert len(errors) == 2, errors
    assert "src/bridge comes after src/bridge/policy" in errors[0]
    assert "src/bridge/policy/f.c: uses rand," in errors[1]


def test_unknown_folder_is_reported(tree):
    (tree.source / "src/helpers").mkdir()
    only(tree.errors(), "src/helpers", "ORDER")


@pytest.mark.parametrize("call, symbol", [
    ("#include <time.h>\nlong f(void); long f(void) { return time(0); }", "time"),
    ("#include <time.h>\nlong f(void); long f(void) { struct timespec t; clock_gettime(0, &t); return t.tv_sec; }",
     "clock_gettime"),
    ("#include <stdio.h>\nvoid f(int x); void f(int x) { printf(\"%d\\n\", x); }", "printf"),
    ("#include <stdio.h>\nvoid f(int x); void f(int x) { fprintf(stderr, \"%d\\n\", x); }", "fprintf"),
    ("#include <unistd.h>\nlong f(void *p); long f(void *p) { return read(0, p, 1); }", "read"),
    ("#include <sys/socket.h>\nint f(void); int f(void) { return socket(1, 1, 0); }", "socket"),
    ("#include <fcntl.h>\nint f(void); int f(void) { return open(\"/\", 0); }", "open"),
    ("#include <sys/ioctl.h>\nint f(void); int f(void) { return ioctl(0, 0); }", "ioctl"),
    ("#include <stdlib.h>\nint f(void); int f(void) { return rand(); }", "rand"),
    ("#include <stdlib.h>\nchar *f(void); char *f(void) { return getenv(\"HOME\"); }", "getenv"),
])
@pytest.mark.parametrize("folder", ["base", "macnat"])
def test_system_call_in_a_pure_folder_is_reported(tree, folder, call, symbol):
    tree.object(f"src/{folder}/f.c", call)
    errors = tree.errors()
    assert any(f"src/{folder}/f.c: uses {symbol}," in error for error in errors), errors


def test_impure_folder_may_call_the_system(tree):
    tree.object("src/netdev/f.c", "#include <sys/socket.h>\nint f(void); int f(void) { return socket(1, 1, 0); }")
    assert tree.errors() == []


@pytest.mark.parametrize("folder, symbol, fine", [("crypto", "EVP_MAC_init", True), ("softmac", "EVP_MAC_init", False),
                                                  ("crypto", "RAND_bytes", False), ("crypto", "EVPfoo", False)])
def test_library_is_restricted_to_its_folder(tree, folder, symbol, fine):
    tree.object(f"src/{folder}/f.c", f"int {symbol}(void); int f(void); int f(void) {{ return {symbol}(); }}")
    if fine:
        assert tree.errors() == []
    else:
        only(tree.errors(), f"uses {symbol}, which a pure folder must not call")


def test_symbol_of_a_later_folder_is_reported(tree):
    tree.object("src/bridge/go.c", "int go(void); int go(void) { return 1; }")
    tree.object("src/netdev/f.c", "extern int go(void); int f(void); int f(void) { return go(); }")
    only(tree.errors(), "src/netdev/f.c", "uses go of src/bridge", "comes after src/netdev")


@pytest.mark.parametrize("variable", ["int v;", "static int v; int f(void); int f(void) { return v++; }",
                                      "int v = 7;", "_Thread_local int v;", "_Thread_local int v = 7;",
                                      'const char *v = "text";',
                                      "int f(void); int f(void) { static int v; return v++; }"])
def test_static_state_in_a_pure_folder_is_reported(tree, variable):
    tree.object("src/wire/f.c", variable)
    only(tree.errors(), "src/wire/f.c", " v", "static state")


@pytest.mark.parametrize("table", ["const int v[] = {1, 2};", 'const char *const v[] = {"a", "b"};',
                                   "extern const int w; extern const int w; const int *const v = &w; const int w = 3;"])
def test_constant_tables_are_allowed(tree, table):
    tree.object("src/wire/f.c", table)
    assert tree.errors() == []


def test_sanitizers_are_allowed(tree):
    tree.object("src/wire/f.c", "const char v[] = \"abc\"; int f(int i); int f(int i) { return v[i] << i; }",
                "-fsanitize=address,undefined")
    assert tree.errors() == []


def test_unbuilt_source_is_reported(tree):
    tree.file("src/base/lost.c", "int x;")
    only(tree.errors(), "src/base/lost.c", "is not built", "base_sources")


def test_object_of_a_deleted_source_is_ignored(tree):
    tree.object("src/base/old.c", "#include <stdio.h>\nvoid f(void); void f(void) { puts(\"x\"); }")
    (tree.source / "src/base/old.c").unlink()
    assert tree.errors() == []


def test_exit_code_reports_errors(tree, capsys):
    assert layers.main(tree.source, tree.build) == 0
    tree.file("src/base/a.h", '#include "cli/cmd.h"\n')
    assert layers.main(tree.source, tree.build) == 1
    assert "src/base/a.h" in capsys.readouterr().out
