"""The servers of a benchmark, as context managers: a vendor, a distance, an S3 store. All on 127.0.0.1."""

import contextlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ROOT / "tests/servers"


def start(command):
    """Runs a server's start command; returns the KEY=VALUE lines that it prints."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


@contextlib.contextmanager
def server(name, directory, *options):
    values = start([SERVERS / name, "start", "--dir", directory, *options])
    try:
        yield values
    finally:
        subprocess.run([SERVERS / name, "stop", "--dir", directory], check=True, stdin=subprocess.DEVNULL)


def vendor(directory, root):
    """An sshd that serves `root`: PORT, HOST_KEY, USER, PRIVATE_KEY."""
    return server("sshd", directory, "--root", root)


def s3_gateway(directory):
    """An S3 gateway: ENDPOINT, ACCESS_KEY, SECRET_KEY."""
    return server("s3gateway", directory)


@contextlib.contextmanager
def distance(port, round_trip_ms):
    """The port under which 127.0.0.1:`port` is that far away."""
    if not round_trip_ms:
        yield port
        return
    program = ROOT / "build/release/delay_proxy"
    with subprocess.Popen([program, "127.0.0.1", str(port), str(round_trip_ms)], stdout=subprocess.PIPE, text=True) as proxy:
        try:
            yield int(proxy.stdout.readline().removeprefix("PORT="))
        finally:
            proxy.terminate()
