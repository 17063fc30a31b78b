"""A WebSocket client end in a few lines, so that tests and benchmarks need nothing but Python."""

import asyncio
import json
import os
import struct


class Closed(Exception):
    """The connection is gone; `code` is the close code that the server gave, 0 for none."""

    def __init__(self, code=0):
        super().__init__(f"closed with {code}")
        self.code = code


class WebSocket:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cmV3ZWF2ZSBsb2FkIGdlbg==\r\n"
                b"Sec-WebSocket-Protocol: reweave.v1\r\n\r\n" % port
            )
            answer = await reader.readuntil(b"\r\n\r\n")
        except (OSError, EOFError) as error:
            raise Closed() from error
        if b" 101 " not in answer.split(b"\r\n")[0]:
            writer.close()
            raise Closed()
        return cls(reader, writer)

    def send(self, value):
        self._write(0x1, json.dumps(value).encode())

    def _write(self, opcode, payload):
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        else:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        mask = os.urandom(4)
        key = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big") if size else b""
        self.writer.write(head + mask + masked)

    async def receive(self):
        """The next frame as JSON. Pings are answered inside. Raises Closed."""
        try:
            while True:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size == 126:
                    (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
                opcode = first & 0x0F
                if opcode == 0x1:
                    return json.loads(payload)
                if opcode == 0x9:
                    self._write(0xA, payload)
                if opcode == 0x8:
                    raise Closed(struct.unpack("!H", payload[:2])[0] if size >= 2 else 0)
        except (OSError, EOFError) as error:
            raise Closed() from error

    def close(self):
        self.writer.close()
