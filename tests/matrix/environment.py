"""A throw-away virtual environment with Synapse: made once for the packages that requirements.txt pins, then reused."""

import contextlib
import fcntl
import functools
import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
FOLDER = HERE.parents[1] / "build" / "synapse"


class Unavailable(Exception):
    """Synapse cannot be had on this machine; the message says why, and what would help."""


def key():
    """Stands for the pinned packages and the kind of Python that they are for."""
    return hashlib.sha256(REQUIREMENTS.read_bytes() + b"%d.%d" % sys.version_info[:2]).hexdigest()


@contextlib.contextmanager
def only_one():
    """Holds off other runs that would make the same things at the same time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@functools.cache
def python():
    """The path of a Python that has Synapse. Raises Unavailable."""
    venv = FOLDER / "venv"
    made_of = venv / "made-of"
    program = venv / "bin" / "python"
    with only_one():
        if not program.exists() or not made_of.is_file() or made_of.read_text() != key():
            shutil.rmtree(venv, ignore_errors=True)
            _run([sys.executable, "-m", "venv", venv],
                 "no virtual environment could be made (Debian: apt-get install python3-venv)")
            _run([program, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--only-binary", ":all:",
                  "--requirement", REQUIREMENTS], "pip could not install Synapse (it needs the network once)")
            made_of.write_text(key())
    return program


def _run(command, trouble):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{trouble}: {error}") from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Unavailable(": ".join([trouble, *last]))


if __name__ == "__main__":
    try:
        print(python())
    except Unavailable as reason:
        sys.exit(f"Synapse is not available: {reason}")
