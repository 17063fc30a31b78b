#!/usr/bin/env python3
"""Holds the arrows of dependency: app -> server, adapters, store -> engine -> dialog, safety (bot/README.md)."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

PURE = {"bot/dialog", "bot/safety"}
BELOW = {
    "bot/dialog": set(),
    "bot/safety": {"bot/dialog"},
    "bot/engine": PURE,
    "bot/store": {"bot/engine"} | PURE,
    "bot/server": {"bot/engine", "bot/deps"} | PURE,
    "adapters/common": {"bot/engine", "bot/deps"} | PURE,
}
ADAPTER = {"bot/engine", "bot/deps", "adapters/common"} | PURE

# Words of the outside world: what these layers may not even name.
NO_IO = r"^<(thread|mutex|shared_mutex|condition_variable|future|atomic|random|iostream|fstream|filesystem|ctime|unistd\.h|sys/)"
FOREIGN = {
    "bot/dialog": NO_IO + r"|^<(boost|sqlite3|spdlog|yaml-cpp|CLI|sodium)\b",
    "bot/safety": NO_IO + r"|^<(boost|sqlite3|spdlog|yaml-cpp|CLI|sodium|openssl)\b",
    "bot/engine": r"^<(boost/beast|sqlite3|spdlog|yaml-cpp|CLI)\b",
    "bot/store": r"^<(boost|yaml-cpp|CLI)\b",
    "bot/server": r"^<(sqlite3|sodium|yaml-cpp|CLI)\b",
}
IMPURE_CALL = r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bgetenv\b|\brand\(|\brandom_device\b"
HEAVY_HEADERS = r"^<(nlohmann/json\.hpp|boost/beast/websocket\.hpp|boost/beast\.hpp|boost/asio\.hpp)"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"][^>"]+)[>"]')


def layer_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("bot", "adapters") and len(parts) > 2 else None


def faults_of(path, text):
    layer = layer_of(path)
    if layer is None or layer == "bot/deps":
        return
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}:{number}"
        found = INCLUDE.match(line)
        if not found:
            if layer in PURE and re.search(IMPURE_CALL, line):
                yield f"{where}: {layer} reads no clock, environment or chance: they come in with the event"
            continue
        name = found.group(1)
        if layer in FOREIGN and re.search(FOREIGN[layer], name):
            yield f"{where}: {layer} may not include {name}>"
        if path.endswith(".hpp") and re.search(HEAVY_HEADERS, name):
            yield f"{where}: headers take declarations only (json_fwd.hpp); {name}> is for .cpp files"
        target = layer_of(name[1:]) if name.startswith('"') else None
        if name.startswith('"tests/'):
            yield f"{where}: the bot may not include its tests"
        if target is None or target == layer or layer == "bot/app":
            continue
        allowed = BELOW.get(layer, ADAPTER)
        if target not in allowed:
            yield f"{where}: {layer} may not include {target}; it may: {', '.join(sorted(allowed)) or 'nothing else'}"


# Each must be noticed; otherwise the check itself is broken.
BAD = [
    ("bot/dialog/a.cpp", "#include <thread>"),
    ("bot/dialog/a.cpp", "#include <boost/asio/ip/tcp.hpp>"),
    ("bot/dialog/a.cpp", "#include <sys/stat.h>"),
    ("bot/dialog/a.cpp", '#include "bot/engine/ports.hpp"'),
    ("bot/dialog/a.cpp", "auto t = std::chrono::system_clock::now();"),
    ("bot/safety/a.hpp", "#include <nlohmann/json.hpp>"),
    ("bot/engine/a.cpp", '#include "bot/store/sqlite.hpp"'),
    ("bot/store/a.cpp", '#include "bot/server/wire.hpp"'),
    ("bot/server/a.cpp", '#include "adapters/matrix/x.hpp"'),
    ("adapters/matrix/a.cpp", '#include "adapters/discord/x.hpp"'),
    ("adapters/matrix/a.cpp", '#include "bot/app/config.hpp"'),
    ("bot/server/a.hpp", "#include <boost/beast/websocket.hpp>"),
    ("bot/app/a.cpp", '#include "tests/support/catch.hpp"'),
]
GOOD = [
    ("bot/app/a.cpp", '#include "bot/store/sqlite.hpp"'),
    ("bot/engine/a.cpp", '#include "bot/dialog/step.hpp"'),
    ("adapters/matrix/a.cpp", '#include "adapters/common/x.hpp"'),
    ("bot/dialog/a.cpp", "#include <nlohmann/json.hpp>"),
    ("bot/server/a.cpp", "#include <boost/beast/websocket.hpp>"),
]


def main():
    for path, line in BAD:
        assert list(faults_of(path, line)), f"not noticed: {path}: {line}"
    for path, line in GOOD:
        assert not list(faults_of(path, line)), f"wrongly noticed: {path}: {line}"
    files = sorted(file for folder in ("bot", "adapters") for file in (ROOT / folder).rglob("*.?pp"))
    faults = [fault for file in files for fault in faults_of(str(file.relative_to(ROOT)), file.read_text("utf-8"))]
    print("\n".join(faults) or f"{len(files)} files keep to their layers")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
