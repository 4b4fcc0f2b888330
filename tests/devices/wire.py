"""Talking with a virtual printer over its socket, byte by byte, and waiting for what it does."""

import socket
import threading
import time


def deliver(printer, data, portion=4096, answer_bytes=0):
    """Send, then read to the end; what the printer said."""
    with socket.create_connection((printer.host, printer.port), timeout=5) as connection:
        for at in range(0, len(data), portion):
            connection.sendall(data[at : at + portion])
        if answer_bytes:
            said = b""
            while len(said) < answer_bytes:
                said += connection.recv(64)
            return said
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while part := connection.recv(64):
            said += part
        return said


def hear(connection, count):
    said = b""
    while len(said) < count:
        part = connection.recv(count - len(said))
        assert part, "the printer closed the connection"
        said += part
    return said


def eventually(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def in_background(work):
    """Start `work`; the returned function waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()

    def result():
        thread.join(60)
        assert results, "the printer hangs"
        return results[0]

    return result
