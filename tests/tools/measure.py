#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures how readable the sources are: measure.py [--check] SOURCE_ROOT BUILD_ROOT

- parameters whose names have one letter, in the headers and in all of src/;
- lines for each file and each function;
- circles: groups of files or folders in which each one needs each other, directly or through others; by includes, and
  by symbols (the object of one file needs a symbol that another file defines).  NAME.c and NAME.h of one folder are one
  file here.

--check compares the figures with LIMITS and fails where one is exceeded.
"""
import argparse
import collections
import pathlib
import re
import statistics
import sys

import layers

LIMITS = {
    "one-letter parameters in headers (%)": 5,
    "one-letter parameters (%)": 5,
    "lines of the longest file": 600,
    "lines of the longest function": 60,
    "circles between folders": 0,
    "files in the largest circle": 3,
}

TOKEN = re.compile(r"\w+|[^\w\s]")
NOT_NAMES = {"void", "const", "volatile", "restrict", "struct", "enum", "union", "unsigned", "int", "char", "long", "short",
             "size_t", "bool"}


def blank(match):
    """Removes a comment or a literal but keeps its line breaks, so that line numbers stay right."""
    return re.sub(r"[^\n]", " ", match[0])


def strip(text):
    """C without comments, literals, preprocessor lines and attributes."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)
    return re.sub(r"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)", blank, text)


def split_parameters(text):
    """The parameters between the parentheses of a function, split at commas that are not nested."""
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [part for part in (part.strip() for part in [*parts, text[start:]]) if part and part not in ("void", "...")]


def parameter_name(text):
    """The name that a parameter declares, or None for one without a name."""
    pointer = re.search(r"\(\s*\*\s*(?:const\s+)?(\w+)", text)
    if pointer:
        return pointer[1]
    text = re.sub(r"\b(struct|enum|union)\s+\w+", "tagged", text)
    words = re.findall(r"\w+", re.sub(r"\[[^\]]*\]", " ", text))
    return words[-1] if len(words) > 1 and words[-1] not in NOT_NAMES else None


Function = collections.namedtuple("Function", "name parameters line lines")


def functions(text):
    """Yields each function that a C text declares or defines outside of others; lines is 0 for a declaration."""
    text = strip(text)
    depth, position = 0, 0
    for match in re.finditer(r"[{}]|(?<![\w.])([A-Za-z_]\w*)\s*\(", text):
        if match.start() < position:
            continue
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
            continue
        if depth:
            continue
        end, level = match.end(), 1
        while end < len(text) and level:
            level += (text[end] == "(") - (text[end] == ")")
            end += 1
        position = end
        after = re.match(r"\s*([;{,])?", text[end:])[1]
        before = text[:match.start()].rstrip()
        # A declaration begins with a type; an initialiser or a macro call does not.
        if after not in ("{", ";") or not before or not (before[-1].isalnum() or before[-1] in "*_)"):
            continue
        lines = 0
        if after == "{":
            stop, level = text.index("{", end) + 1, 1
            while stop < len(text) and level:
                level += (text[stop] == "{") - (text[stop] == "}")
                stop += 1
            lines = text.count("\n", text.rfind("\n", 0, match.start()) + 1, stop) + 1
            position = stop
        yield Function(match[1], split_parameters(text[match.end():end - 1]), text.count("\n", 0, match.start()) + 1, lines)


def sources(root):
    return sorted(path for path in (root / "src").rglob("*.[ch]"))


def one_letter(paths):
    """How many parameters have names, and which of them have one letter."""
    named, short = 0, []
    for path in paths:
        for function in functions(path.read_text()):
            names = [name for name in map(parameter_name, function.parameters) if name]
            named += len(names)
            short += [f"{path}:{function.line}: {function.name}({name})" for name in names if len(name) == 1]
    return named, short


def circles(graph):
    """The strongly connected groups of more than one node (Tarjan), largest first."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return sorted(found, key=lambda group: (-len(group), group))


def includes(root):
    """A graph of files without suffix: which file includes a header of which other one."""
    graph = collections.defaultdict(set)
    for path in sources(root):
        name = str(path.relative_to(root).with_suffix(""))
        graph[name] |= {"src/" + header.rpartition(".")[0] for header in layers.INCLUDE.findall(path.read_text())
                        if (root / "src" / header).exists()} - {name}
    return graph


def uses(root, build):
    """A graph of files without suffix: which file needs a symbol of which other one."""
    names = {path: name.removesuffix(".c") for layer in layers.ORDER for path, name in layers.objects(root, build, layer)}
    wanted = {names[path]: symbols for path, symbols in layers.symbols(names, "--undefined-only").items()}
    exported = layers.symbols(names, "--defined-only", "--extern-only")
    defined = {symbol: names[path] for path, symbols in exported.items() for symbol in symbols}
    return {name: {defined[symbol] for symbol in symbols if symbol in defined} - {name} for name, symbols in wanted.items()}


def folders(graph):
    """The graph of the folders of a graph of files."""
    result = collections.defaultdict(set)
    for name, others in graph.items():
        folder = name.rpartition("/")[0]
        result[folder] |= {other.rpartition("/")[0] for other in others} - {folder}
    return result


def spread(numbers):
    """Median, 95th percentile and maximum."""
    ordered = sorted(numbers) or [0]
    return f"{statistics.median(ordered):g} / {ordered[int(0.95 * (len(ordered) - 1))]} / {ordered[-1]}"


def measure(root, build):
    """Returns the figures of LIMITS, lines for a person, and what stands behind the figures."""
    paths = sources(root)
    headers = [path for path in paths if path.suffix == ".h"]
    in_headers, short_in_headers = one_letter(headers)
    everywhere, short = one_letter(paths)
    files = {str(path.relative_to(root)): path.read_text().count("\n") for path in paths}
    lengths = {f"{path.relative_to(root)}:{function.line}: {function.name}": function.lines
               for path in paths for function in functions(path.read_text()) if function.lines}
    graphs = {"includes": includes(root), "symbols": uses(root, build)}
    between = [(kind, group) for kind, graph in graphs.items() for group in circles(folders(graph))]
    inside = [(kind, group) for kind, graph in graphs.items() for group in circles(graph)]
    figures = {
        "one-letter parameters in headers (%)": round(100 * len(short_in_headers) / max(in_headers, 1), 1),
        "one-letter parameters (%)": round(100 * len(short) / max(everywhere, 1), 1),
        "lines of the longest file": max(files.values(), default=0),
        "lines of the longest function": max(lengths.values(), default=0),
        "circles between folders": len(between),
        "files in the largest circle": max((len(group) for _, group in inside), default=0),
    }
    lines = [
        f"files                                    {len(files)}",
        f"lines per file (median / p95 / max)      {spread(files.values())}",
        f"functions                                {len(lengths)}",
        f"lines per function (median / p95 / max)  {spread(lengths.values())}",
        *(f"{name:40} {value}  (at most {LIMITS[name]})" for name, value in figures.items()),
        *(f"circle of folders by {kind}: {' '.join(group)}" for kind, group in between),
        *(f"circle by {kind}: {' '.join(group)}" for kind, group in inside),
    ]
    examples = {
        "one-letter parameters in headers (%)": short_in_headers,
        "one-letter parameters (%)": short,
        "lines of the longest file": [name for name, count in files.items() if count > LIMITS["lines of the longest file"]],
        "lines of the longest function": [name for name, count in lengths.items()
                                          if count > LIMITS["lines of the longest function"]],
    }
    return figures, lines, examples


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Measures how readable the sources are.")
    parser.add_argument("--check", action="store_true", help="fail where a figure exceeds its limit")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    options = parser.parse_args(arguments)
    figures, lines, examples = measure(options.root, options.build)
    print("\n".join(lines))
    exceeded = [name for name, value in figures.items() if value > LIMITS[name]]
    for name in exceeded if options.check else []:
        print(f"too many: {name} is {figures[name]}, at most {LIMITS[name]} allowed", *examples.get(name, [])[:20], sep="\n  ")
    return 1 if options.check and exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
