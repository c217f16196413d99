"""The servers of a benchmark, as context managers: a vendor, a distance, an S3 store. All on 127.0.0.1."""

import contextlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ROOT / "tests/servers"


@contextlib.contextmanager
def server(name, directory, *options):
    """Starts a server that keeps all it has in `directory`, yields what it prints, and stops it."""
    script = SERVERS / name
    done = subprocess.run([script, "start", directory, *options], check=True, stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL)
    try:
        yield done.stdout
    finally:
        subprocess.run([script, "stop", directory], check=True, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def vendor(directory, root):
    """An sshd whose logins begin in `root`: PORT, USER, KEY, HOST_KEY and others."""
    with server("sshd", directory, "--inbox", root) as text:
        yield dict(line.split("=", 1) for line in text.splitlines())


@contextlib.contextmanager
def s3_gateway(directory, access_key, secret_key):
    """The endpoint of an S3 gateway that accepts these credentials."""
    with server("s3gateway", directory, "--access", access_key, "--secret", secret_key) as text:
        yield text.strip()


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
