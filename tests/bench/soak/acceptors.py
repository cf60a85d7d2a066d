# SPDX-License-Identifier: Apache-2.0
"""Fakes of servers that Debian does not have: they take everything, as the real ones would, and count it."""
import http.server
import os
import socket
import socketserver
import threading

# What each of them answers: status, body. Those of the robots and of Slack are what pmon takes for a yes.
ANSWERS = {
    "http": (200, b"{}"),
    "loki": (204, b""),
    "webhook": (200, b"ok"),
    "slack": (200, b"ok"),
    "dingtalk": (200, b'{"errcode":0,"errmsg":"ok"}'),
    "wecom": (200, b'{"errcode":0,"errmsg":"ok"}'),
}


class Counts:
    """How many requests each got, by the name of pmon's sink; for all threads."""

    def __init__(self):
        self.lock, self.requests = threading.Lock(), {}

    def add(self, name):
        with self.lock:
            self.requests[name] = self.requests.get(name, 0) + 1


class HttpAcceptor:
    """One server for all of them, told apart by the first part of the path: url('loki')."""

    def __init__(self, counts):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                name = self.path.split("/")[1].split("?")[0]
                status, answer = ANSWERS[name]
                counts.add(name)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name, rest=""):
        return f"http://127.0.0.1:{self.server.server_port}/{name}{rest}"


class MailAcceptor:
    """As much of SMTP as a mail takes."""

    def __init__(self, counts):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 here")
                while line := self.rfile.readline():
                    word = line.split(b" ")[0].strip().upper()
                    if word == b"DATA":
                        self.say("354 go on")
                        while self.rfile.readline() not in (b".\r\n", b""):
                            pass
                        counts.add("email")
                    elif word == b"QUIT":
                        return self.say("221 bye")
                    self.say("250 ok")

            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_address[1]}"


class SyslogAcceptor:
    """The host's /dev/log where nobody listens; an entry for each alert, so that they are not as many as what was sent."""

    def __init__(self):
        self.path, self.socket = os.path.realpath("/dev/log"), None  # systemd's is a link, which it may leave behind
        if not os.path.exists(self.path):
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(self.path)
            threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while self.socket.recv(65536):
            pass

    def stop(self):
        if self.socket:
            os.unlink(self.path)
