"""The table that the bench prints: one line for each number, what was asked, and whether it was reached."""

import pathlib
import platform
import sqlite3
import subprocess


def machine():
    """What the numbers come from, in one line."""
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    cores = sum(line.startswith("processor") for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines())
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    return (f"{cpu}, {cores} cores shared by server and generator, {memory} GiB; {release['PRETTY_NAME'].strip(chr(34))}, "
            f"Linux {platform.release()}; {compiler}; SQLite {sqlite3.sqlite_version}")


def show(number):
    if number is None:
        return "-"
    if number >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"


class Table:
    def __init__(self):
        self.rows = [("", "Reweave", "beside it", "ratio", "asked", "")]
        self.missed = 0

    def title(self, text):
        self.rows.append((text,))

    def line(self, name, value, beside=None, beside_name="", ratio=None, at_most=None, at_least=None, of="ratio"):
        """`of` says what is asked for: the ratio, or the value itself. A value of None means: not measured."""
        measured = ratio if of == "ratio" else value
        asked = verdict = ""
        if at_most is not None or at_least is not None:
            asked = f"at most {at_most:g}" if at_most is not None else f"at least {at_least:g}"
            reached = measured is not None and (measured <= at_most if at_most is not None else measured >= at_least)
            verdict = "not measured" if measured is None else "reached" if reached else "NOT REACHED"
            self.missed += not reached
        side = f"{show(beside)} {beside_name}".strip() if beside is not None else beside_name
        self.rows.append((name, show(value), side, "" if ratio is None else f"{ratio:.2f}", asked, verdict))

    def text(self):
        widths = [max(len(row[column]) for row in self.rows if len(row) > 1) for column in range(6)]
        lines = []
        for row in self.rows:
            if len(row) == 1:
                lines += ["", row[0]]
            else:
                cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]), row[3].rjust(widths[3])]
                lines.append("  ".join(cells + [row[4].ljust(widths[4]), row[5]]).rstrip())
        return "\n".join(lines)
