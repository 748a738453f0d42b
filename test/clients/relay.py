"""relay.py COMMAND...: runs a command with PGPORT the number of a TCP port on 127.0.0.1 that leads to the server's socket."""

import os
import socket
import subprocess
import sys
import threading

path = f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}"


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def accept(listener):
    while True:
        client, _ = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        for pair in (client, server), (server, client):
            threading.Thread(target=copy, args=pair, daemon=True).start()


with socket.create_server(("127.0.0.1", 0)) as listener:
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    os.environ["PGPORT"] = str(listener.getsockname()[1])
    sys.exit(subprocess.call(sys.argv[1:]))
