#!/usr/bin/env python3
"""Compiled scripts fit dialogs/schema/script.schema.json, and what is changed for the worse does not.

usage: check.py PRINT_SCRIPTS   (the program that prints compiled scripts). Exits with 77 where python3-jsonschema is missing.
"""

import copy
import json
import pathlib
import subprocess
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed, so the schema of scripts was not checked")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]


def objects(value, path=()):
    """Every object inside a value, with the way to it."""
    if isinstance(value, dict):
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from objects(item, path + (key,))


def main():
    schema = json.loads((ROOT / "dialogs/schema/script.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    printed = subprocess.run(
        [sys.argv[1], ROOT / "dialogs", ROOT / "tests/schema/scripts"], stdout=subprocess.PIPE, check=True, encoding="utf-8"
    ).stdout
    scripts = [json.loads(line) for line in printed.splitlines()]
    for script in scripts:
        for fault in validator.iter_errors(script):
            sys.exit(f"{script['id']}: {fault.json_path}: {fault.message}")

    # No object may take a field that is not described; calls alone takes any script's id.
    refused = 0
    for name in ("every-construct", "every-cue-for-several"):
        full = next(script for script in scripts if script["id"] == name)
        for path in objects(full):
            if path == ("calls",):
                continue
            changed = copy.deepcopy(full)
            target = changed
            for key in path:
                target = target[key]
            target["colour"] = "red"
            if validator.is_valid(changed):
                sys.exit(f"an unknown field is accepted at {path} of {name}")
            refused += 1
    for field in ("format", "id", "title", "language", "steps"):
        changed = {key: value for key, value in full.items() if key != field}
        if validator.is_valid(changed):
            sys.exit(f"a script without {field} is accepted")
        refused += 1
    print(f"{len(scripts)} scripts fit the schema, {refused} changed ones do not")


main()
