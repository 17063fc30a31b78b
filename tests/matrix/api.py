"""Matrix's client-server API over HTTP with keep-alive, for what the tests do as people and as the administrator."""

import http.client
import json
import threading
import urllib.parse


class MatrixError(Exception):
    """The homeserver said no: `status`, `errcode`, and the whole `answer`."""

    def __init__(self, status, answer, method, path):
        self.status = status
        self.errcode = answer.get("errcode", "")
        self.answer = answer
        super().__init__(f"{method} {path} gave {status} {self.errcode} {answer.get('error', '')}")


def quoted(name):
    """An id as a part of a path."""
    return urllib.parse.quote(name, safe="")


class Api:
    """Calls to one homeserver in the name of one account. Each thread has a connection of its own."""

    def __init__(self, port, token=None):
        self.port = port
        self.token = token
        self.own = threading.local()

    def call(self, method, path, body=None, patience=60, **query):
        """The answer as a dict. Raises MatrixError for a status other than 200, OSError when nobody answers."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        payload = None if body is None else json.dumps(body).encode()
        for last_try in (False, True):
            fresh = getattr(self.own, "connection", None) is None
            if fresh:
                self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
            try:
                self.own.connection.request(method, path, payload, headers)
                response = self.own.connection.getresponse()
                answer = json.loads(response.read() or b"{}")
                break
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.close()
                stale = isinstance(error, (http.client.RemoteDisconnected, ConnectionError)) and not fresh
                if last_try or not stale:  # a connection that the server has closed meanwhile is worth a second try
                    raise error if isinstance(error, OSError) else ConnectionError(f"{method} {path}: {error}") from error
        if response.status != 200:
            raise MatrixError(response.status, answer, method, path)
        return answer

    def close(self):
        """Ends this thread's connection."""
        connection = getattr(self.own, "connection", None)
        if connection:
            connection.close()
            self.own.connection = None
