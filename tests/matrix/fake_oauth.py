"""A fake, in as few lines as do: a homeserver whose logins are given by an OAuth server (RFC 8628), both at one port.

It says what the specifications say such servers say. That real ones say the same is not proven by it.
"""

import http.server
import json
import threading
import urllib.parse

USER = "@oauth:hs.test"


class FakeOAuth:
    """`how` the person decides: "granted", or the error that the token endpoint gives; after so many polls in vain.

    "page": it is no homeserver at all, but a web page of somebody who has one.
    """

    def __init__(self, how, polls=0):
        self.how, self.polls = how, polls
        self.scope = ""
        self.valid = "access-1"
        self.registered, self.registrations, self.refreshes = {}, 0, 1
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                self.answer(*fake.get(self.path.split("?")[0], self.headers.get("Authorization")))

            def do_POST(self):
                text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self.answer(*fake.post(self.path, text))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.address = f"{self.url}/link?code=ABCD-EFGH"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def get(self, path, authorization):
        if self.how == "page":
            known = path == "/.well-known/matrix/client"
            return (200, {"m.homeserver": {"base_url": "https://matrix.hs.test"}}) if known else (404, {})
        if path == "/_matrix/client/v1/auth_metadata":
            return 200, {"issuer": self.url, "token_endpoint": f"{self.url}/oauth/token",
                         "device_authorization_endpoint": f"{self.url}/oauth/device",
                         "registration_endpoint": f"{self.url}/oauth/register",
                         "revocation_endpoint": f"{self.url}/oauth/revoke"}
        if path == "/_matrix/client/versions":
            return 200, {"versions": ["v1.18"]}
        if authorization != f"Bearer {self.valid}":
            return 401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}
        if path == "/_matrix/client/v3/account/whoami":
            return 200, {"user_id": USER, "device_id": self.scope.rpartition("device:")[2]}
        if path == "/_matrix/client/v3/sync":
            return 200, {"next_batch": "1"}
        return 404, {"errcode": "M_NOT_FOUND"}

    def post(self, path, text):
        if path == "/oauth/register":
            self.registered = json.loads(text)
            self.registrations += 1
            return 201, {"client_id": f"client-{self.registrations}"}
        form = dict(urllib.parse.parse_qsl(text))
        if form.get("client_id") != f"client-{self.registrations}":
            return 401, {"error": "invalid_client"}
        if path == "/oauth/device":
            self.scope = form["scope"]
            return 200, {"device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": f"{self.url}/link",
                         "verification_uri_complete": self.address, "interval": 1, "expires_in": 60}
        if path == "/oauth/token" and form["grant_type"] == "refresh_token":
            if form["refresh_token"] != f"refresh-{self.refreshes}":
                return 400, {"error": "invalid_grant"}
            self.refreshes += 1
            return self.tokens()
        if path == "/oauth/token":
            self.polls -= 1
            if self.polls >= 0:
                return 400, {"error": "authorization_pending"}
            return self.tokens() if self.how == "granted" else (400, {"error": self.how})
        return 404, {"error": "not_found"}

    def tokens(self):
        return 200, {"access_token": f"access-{self.refreshes}", "refresh_token": f"refresh-{self.refreshes}",
                     "token_type": "Bearer", "expires_in": 300}
