"""A wire of some length: passes bytes on between a client and a server of this machine, each a while later.

    python -m proving.bench.relay SERVER_PORT DELAY_US

It prints its own port, and runs until it is ended. One request at a time is delayed exactly; a stream is slowed.
"""

import socket
import sys
import time
from threading import Thread


def passed(source: socket.socket, target: socket.socket, delay_s: float) -> None:
    """Pass on what comes, that much later, until it ends."""
    while data := source.recv(1 << 16):
        time.sleep(delay_s)
        target.sendall(data)
    target.close()


def main() -> None:
    """Take connections."""
    port, delay_s = int(sys.argv[1]), float(sys.argv[2]) / 1e6
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            client, _ = listening.accept()
            server = socket.create_connection(("127.0.0.1", port))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for ends in ((client, server), (server, client)):
                Thread(target=passed, args=(*ends, delay_s), daemon=True).start()


if __name__ == "__main__":
    main()
