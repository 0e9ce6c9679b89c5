"""Ports for programs that have to be given one."""

import random
import socket


def free_port() -> int:
    """A free loopback port below those that the system gives to connections.

    One of theirs could be taken again before the program that is starting binds it.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
