# SPDX-License-Identifier: GPL-2.0-or-later
"""What the fault laboratories of guests and of radios share: they ask `vifi why`, and doc/why.schema.json judges its answer."""

import json
import os

import jsonschema
from lab.netns import LabError, wait_for
from lab.vifi import TOP, program

with open(os.path.join(TOP, "doc/why.schema.json")) as file:
    SCHEMA = json.load(file)


def why(node, asked):
    done = node.run([program(), "why", "-j", asked], check=False, timeout=30)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    jsonschema.validate(verdict, SCHEMA)
    assert done.returncode == int(any(c["level"] == "fail" for c in verdict["causes"])), verdict
    return verdict


def first(node, asked):
    causes = why(node, asked)["causes"]
    return causes[0]["id"] if causes else None


def found(node, asked, cause, without_remedy=()):
    """The fault is the first cause, at once or as soon as vifi knows of it.  Returns the sentence."""
    try:
        wait_for(f"{cause} is the first cause of {asked}", lambda: first(node, asked) == cause, 20, step=0.3)
    except LabError as error:
        raise LabError(f"{error}: {why(node, asked)['causes']}") from error
    top = why(node, asked)["causes"][0]
    assert top["sentence"].endswith(".") and top["evidence"] and (top["remedy"] or cause in without_remedy), top
    return top["sentence"]
