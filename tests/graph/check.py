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


def words_of(picture):
    """Left, right, top and bottom of each text, its letters half as wide as they are high."""
    for text in picture.iter(SVG + "text"):
        x, y, size = float(text.get("x")), float(text.get("y")), float(text.get("font-size"))
        long = 0.5 * size * len(text.text)
        left = {"start": x, "middle": x - long / 2, "end": x - long}[text.get("text-anchor")]
        yield left, left + long, y - 0.8 * size, y + 0.2 * size, text.text


def overlapping(picture):
    words = sorted(words_of(picture))
    assert len(words) > 3
    for i, (_, right, top, bottom, text) in enumerate(words):
        for other in words[i + 1 :]:
            if other[0] >= right:
                break
            if min(bottom, other[3]) > max(top, other[2]):
                yield text, other[4]


def main():
    scripts = sorted((ROOT / "dialogs").rglob("*.script"))
    titles = {}
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        titles[script] = re.findall(r"^## (.+?)(?: \{#.*\})?$", text, re.MULTILINE)

    with tempfile.TemporaryDirectory() as folder:
        none = reweave(scripts[0], code=1, path=folder)
        assert reweave("--dot", scripts[0], path=folder).stdout.startswith("digraph"), "--dot needs no Graphviz"
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
            for pair in overlapping(picture):
                sys.exit(f"{script.name}: these lie over one another: {pair}")
            names = "\n".join(title.text or "" for title in picture.iter(SVG + "title"))
            for title in titles[script]:
                assert title in names, f"{script.name}: the step {title} is missing"
        assert ElementTree.fromstring(reweave(scripts[0]).stdout.encode()).tag == SVG + "svg"
    print(f"{len(scripts)} scripts are drawn")


if __name__ == "__main__":
    main()
