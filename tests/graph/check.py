#!/usr/bin/env python3
"""Draws every shipped script: no words lie over others, and the picture is well-formed XML that names every step.

usage: check.py REWEAVE   Exits with 77 where Graphviz is missing.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
WORDS = re.compile(r'pos="(-?\d+),(-?\d+)", width=([\d.]+), height=([\d.]+), label="([^"]+?)(\\[lr])?", .*shape=plaintext')


def reweave(*arguments, code=0, path=None):
    done = subprocess.run(
        [sys.argv[1], "graph", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env=None if path is None else {"PATH": path},
    )
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done


def words_of(dot):
    """Left, right, top and bottom of each text, by its letters of at most 5.2 points."""
    for x, y, width, height, words, side in WORDS.findall(dot):
        x, y, width, height = float(x), float(y), float(width) * 72, float(height) * 72
        long = min(width, 5.2 * len(words))
        left = x - width / 2 if side == "\\l" else x + width / 2 - long if side == "\\r" else x - long / 2
        yield left, left + long, y - height / 2, y + height / 2, words


def overlapping(dot):
    all_words = sorted(words_of(dot))
    assert len(all_words) > 3
    for i, (left, right, low, high, words) in enumerate(all_words):
        for other in all_words[i + 1 :]:
            if other[0] >= right:
                break
            if min(high, other[3]) - max(low, other[2]) > 4.5:
                yield words, other[4]


def main():
    scripts = sorted((ROOT / "dialogs").rglob("*.script"))
    titles = {}
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        titles[script] = re.findall(r"^## (.+?)(?: \{#.*\})?$", text, re.MULTILINE)
        for pair in overlapping(reweave("--dot", script).stdout):
            sys.exit(f"{script.name}: these lie over one another: {pair}")

    with tempfile.TemporaryDirectory() as folder:
        none = reweave(scripts[0], code=1, path=folder)
        assert "apt install graphviz" in none.stderr and "--dot" in none.stderr and not none.stdout, none
        bad = pathlib.Path(folder) / "bad.script"
        bad.write_text("# Bad\nDraft: a test\n\n## One\nGO TO: Nowhere\n", encoding="utf-8")
        told = reweave(bad, code=1)
        checked = subprocess.run([sys.argv[1], "check", str(bad)], capture_output=True, encoding="utf-8", timeout=60)
        assert "error" in told.stderr and told.stderr == checked.stdout and not told.stdout, told

        if not shutil.which("neato"):
            print("SKIPPED: Graphviz (package graphviz) is not installed, so no picture was drawn")
            sys.exit(77)
        for script in scripts:
            to = pathlib.Path(folder) / "picture.svg"
            reweave(script, "-o", to)
            picture = ElementTree.parse(to).getroot()
            assert picture.tag == SVG + "svg" and picture.get("role") == "img", script
            assert picture[0].tag == SVG + "title" and picture[0].text, script
            names = "\n".join(title.text or "" for title in picture.iter(SVG + "title"))
            for title in titles[script]:
                assert title in names, f"{script.name}: the step {title} is missing"
        assert ElementTree.fromstring(reweave(scripts[0]).stdout.encode()).tag == SVG + "svg"
    print(f"{len(scripts)} scripts are drawn")


if __name__ == "__main__":
    main()
