"""What the tests take from others, made once and reused: a virtual environment with Synapse, for the packages that
requirements.txt pins, and the packages of the encrypted peer, as its lock file has them."""

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
PEER = HERE / "peer"
PEER_FOLDER = HERE.parents[1] / "build" / "matrix-peer"
NODE = 20  # what matrix-js-sdk needs at least


class Unavailable(Exception):
    """It cannot be had on this machine; the message says why, and what would help."""


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


@functools.cache
def peer():
    """The folder with the packages of the encrypted peer. Raises Unavailable."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Unavailable(f"there is no {program} (Debian: apt-get install nodejs npm)")
    version = _run(["node", "--version"], "Node does not start").strip()
    if int(version.lstrip("v").split(".")[0]) < NODE:
        raise Unavailable(f"Node is {version}, and the peer needs {NODE} or newer")
    lock = (PEER / "package-lock.json").read_bytes()
    made_of = PEER_FOLDER / "made-of"
    with only_one():
        if not made_of.is_file() or made_of.read_bytes() != lock:
            shutil.rmtree(PEER_FOLDER, ignore_errors=True)
            PEER_FOLDER.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(PEER / name, PEER_FOLDER)
            _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                 "npm could not install the peer (it needs the network once)", PEER_FOLDER)
            made_of.write_bytes(lock)
    return PEER_FOLDER


def _run(command, trouble, folder=None):
    """What it printed. Raises Unavailable."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, cwd=folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{trouble}: {error}") from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Unavailable(": ".join([trouble, *last]))
    return done.stdout


if __name__ == "__main__":
    try:
        print(python())
        print(peer())
    except Unavailable as reason:
        sys.exit(f"Not available: {reason}")
