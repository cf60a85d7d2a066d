#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server for tests: aiosmtpd with STARTTLS (or TLS from the start) and authentication.

mail_server.py CERT KEY FOLDER [--tls | --plain]: prints its port, writes each mail to FOLDER/N, its envelope to
FOLDER/N.json; ends with its standard input. It knows the user 'pmon' with the password 'right', takes no mail
without it but with --plain, and no mail for refused@ and later@.
"""
import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        (self.folder / str(self.count)).write_bytes(envelope.original_content)
        about = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                 "hello": session.host_name, "user": bool(session.authenticated)}
        (self.folder / f"{self.count}.json").write_text(json.dumps(about))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"pmon", b"right")
    return AuthResult(success=good, handled=False)


def session():
    plain = "--plain" in sys.argv
    starttls = None if plain or "--tls" in sys.argv else context
    return SMTP(handler, tls_context=starttls, require_starttls=starttls is not None, authenticator=authenticate,
                auth_required=not plain, auth_require_tls=starttls is not None, enable_SMTPUTF8=True)


async def serve():
    loop = asyncio.get_running_loop()
    tls = context if "--tls" in sys.argv else None
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


cert, key, folder = sys.argv[1:4]
handler = Handler(folder)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
asyncio.run(serve())
