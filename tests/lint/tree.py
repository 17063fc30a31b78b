#!/usr/bin/env python3
"""What no file of the repository may hold: unfinished places, broken text, weak tests, addresses where packages were fetched."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# (which files, what, why)
RULES = [
    (r".*", r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b", "unfinished: finish it or file an issue"),
    (r".*", r"^(<{7}|>{7}) ", "a conflict that was not solved"),
    (r".*", r"\r$", "a line that ends in CR LF"),
    (r".*\.(cpp|hpp|py|js|mjs|css|html|cmake|yaml|json|script|test|md)$", r"[ \t]+$", "blanks at the end of a line"),
    (r".*\.(cpp|hpp|py|cmake)$", r"\t", "a tab"),
    (r".*package-lock\.json$", r'"resolved"', "an address in the lock file; npm omits it with omit-lockfile-registry-resolved"),
    (r"tests/.*\.cpp$", r"\b(REQUIRE|CHECK)\((true|1)\)|\bSUCCEED\(", "a check that cannot fail"),
    (r"tests/.*\.cpp$", r"#include <catch2/", "include tests/support/catch.hpp, which knows both versions of Catch2"),
    (r"(bot|adapters)/.*\.cpp$", r"\basio::detached\b", "detached swallows exceptions: give a handler that logs"),
]
# These hold such things on purpose: damaged input for the fuzzers and the tests, and pages as a word processor leaves them.
EXEMPT = r"tests/(fuzz/corpus|.*/samples)/|tests/support/|tests/lint/tree\.py$"
BINARY = r".*\.(png|ico|mp3|woff2|db)$"


def faults_of(path, text):
    rules = [(re.compile(what, re.MULTILINE), why) for files, what, why in RULES if re.fullmatch(files, path)]
    for what, why in rules:
        for found in what.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path}:{line}: {why}"


BAD = [
    ("bot/a.cpp", "// TO" "DO: later\n"),
    ("README.md", "words  \n"),
    ("dialogs/a.script", "words\r\n"),
    ("bot/a.hpp", "\tint x;\n"),
    ("tests/unit/a.cpp", "REQUIRE(true);\n"),
    ("tests/node/package-lock.json", '"resolved": "x"\n'),
    ("bot/server/a.cpp", "co_spawn(x, y, asio::detached);\n"),
]


def main():
    for path, text in BAD:
        assert list(faults_of(path, text)), f"not noticed: {path}: {text!r}"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    faults, count = [], 0
    for path in filter(None, listed.split("\0")):
        file = ROOT / path
        if re.match(EXEMPT, path) or re.fullmatch(BINARY, path) or not file.is_file():
            continue
        count += 1
        try:
            faults += faults_of(path, file.read_bytes().decode("utf-8"))
        except UnicodeDecodeError as error:
            faults.append(f"{path}: not UTF-8 at byte {error.start}")
    print("\n".join(faults) or f"{count} files are clean")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
