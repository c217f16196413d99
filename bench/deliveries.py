"""What a vendor's inbox holds in the benchmark: one big loan tape, or many small files, made the same every time."""

import os
import random
import struct
import subprocess
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path

BLOCK_BYTES = 32 << 20
SMALL_BYTES = 20_000
PASSPHRASE = "correct horse"
HOUR = 3600


@dataclass
class Inbox:
    """A vendor's folder (with `inbox` in it) and what must be landed from it."""

    folder: Path
    files: int = 0
    plain_bytes: int = 0
    packed_bytes: int = 0


@dataclass
class KeyRing:
    """A GnuPG home with one cv25519 key, protected or not, and the same key as a file."""

    home: Path
    passphrase: str = ""
    key_file: Path = field(init=False)

    def __post_init__(self):
        self.home.mkdir(mode=0o700)
        self.gpg("--quick-generate-key", "bench", "future-default", "default", "never")
        self.key_file = self.home / "key.asc"
        self.gpg("--armor", "--output", self.key_file, "--export-secret-keys", "bench")

    def command(self, *arguments):
        secret = ["--pinentry-mode", "loopback", "--passphrase", self.passphrase]
        return ["gpg", "--homedir", self.home, "--batch", "--quiet", "--trust-model", "always", *secret, *arguments]

    def gpg(self, *arguments):
        subprocess.run(self.command(*arguments), check=True, stdin=subprocess.DEVNULL)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False)


def loan_rows(size, seed):
    """About `size` bytes of loan records, which gzip packs about as well as the real ones."""
    dice = random.Random(seed)
    states = ("CA", "NY", "TX", "FL", "WA", "IL", "OH", "GA")
    status = ("current", "current", "current", "late_30", "paid_off", "charged_off")
    rows, length = [], 0
    while length < size:
        principal = dice.randrange(5_000, 2_000_000) / 100
        row = (f"{dice.randrange(36**10):010X},2024-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02},"
               f"{principal:.2f},{principal * 0.8:.2f},{dice.choice((0, 999, 1499, 2999)) / 10_000:.4f},"
               f"{dice.choice((3, 6, 12, 18, 24))},{dice.choice(status)},{dice.choice(states)},"
               f"{dice.randrange(300, 850)},USD,merchant-{dice.randrange(500):03},consumer,0.00,0.00,N\n")
        rows.append(row)
        length += len(row)
    return "".join(rows).encode()


def gzip_parts(block, count):
    """A gzip file of `count` times the block, packed once: a deflate stream may repeat after a full flush."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    yield b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    for _ in range(count):
        checksum = zlib.crc32(block, checksum)
        yield packed
    yield b"\x03\x00" + struct.pack("<II", checksum, len(block) * count % 2**32)


def make_tape(folder, keys, size):
    """One delivery loans.csv.gz.gpg of about `size` bytes of plain text."""
    inbox = Inbox(folder, files=1)
    (folder / "inbox").mkdir(parents=True)
    block = loan_rows(min(size, BLOCK_BYTES), seed=1)
    count = max(1, round(size / len(block)))
    target = folder / "inbox/loans.csv.gz.gpg"
    command = keys.command("--compress-algo", "none", "--recipient", "bench", "--output", target, "--encrypt")
    with subprocess.Popen(command, stdin=subprocess.PIPE) as gpg:
        for part in gzip_parts(block, count):
            gpg.stdin.write(part)
    if gpg.returncode != 0:
        raise RuntimeError("gpg could not encrypt the tape")
    inbox.plain_bytes = count * len(block)
    return settle(inbox)


def make_small(folder, keys, count):
    """`count` deliveries positions-N.csv.gpg of 20 kB of plain text each."""
    inbox = Inbox(folder, files=count)
    (folder / "inbox").mkdir(parents=True)
    text = loan_rows(SMALL_BYTES * 100, seed=2)
    names = []
    for number in range(count):
        begin = number % 99 * SMALL_BYTES
        clear = folder / "inbox" / f"positions-{number:05}.csv"
        clear.write_bytes(b"%05d" % number + text[begin : begin + SMALL_BYTES])
        inbox.plain_bytes += SMALL_BYTES + 5
        names.append(clear)
    for begin in range(0, count, 500):
        keys.gpg("--recipient", "bench", "--encrypt-files", *names[begin : begin + 500])
    for clear in names:
        clear.unlink()
    return settle(inbox)


def settle(inbox):
    """Dates the files back, as readiness wants them."""
    then = time.time() - HOUR
    for file in (inbox.folder / "inbox").iterdir():
        os.utime(file, (then, then))
        inbox.packed_bytes += file.stat().st_size
    return inbox
