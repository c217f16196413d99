"""Memory does not grow with what is landed."""

import hashlib
import io
import os
import pathlib
import subprocess
import tarfile
import tempfile
import time

import pytest
from conftest import SAMPLE, aged

MOST_MEMORY = 200 << 20


def peak_memory(process: subprocess.Popen) -> int:
    """The most memory the process has had in its life so far; 0 once it has ended."""
    with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as status:
        return next((int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:")), 0)


@pytest.fixture
def run_within_memory(octo):
    def run() -> None:
        process = octo.start("run", "affirm")
        peak = 0
        while process.poll() is None:
            peak = max(peak, peak_memory(process))
            time.sleep(0.02)
        out, err = process.communicate()
        assert process.returncode == 0, out + err
        assert 0 < peak < MOST_MEMORY

    return run


@pytest.fixture
def in_memory_disk(octo):
    """Where the disk's speed is not what a test is about."""
    if not os.access("/dev/shm", os.W_OK):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="octo-test-", dir="/dev/shm") as folder:
        octo.landed = pathlib.Path(folder)
        octo.destination = f"file://{folder}"
        yield


def test_an_archive_of_20_000_entries(octo, vendor, in_memory_disk, run_within_memory):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for i in range(20_000):
            info = tarfile.TarInfo(f"day{i % 31:02}/loan{i:05}.csv")
            content = b"loan_id\n%d\n" % i
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    vendor.put("loans.tar.gz", packed.getvalue())
    run_within_memory()
    found = octo.visible()
    assert len(found) == 20_000
    assert all(found[f"data/csv/affirm/loans/day{i % 31:02}/loan{i:05}.csv"] == b"loan_id\n%d\n" % i for i in range(20_000))
    assert octo.leftovers() == []


def test_a_tape_of_a_gigabyte(octo, vendor, run_within_memory):
    packed = vendor.inbox / "tape.csv.gz"
    digest = hashlib.sha256()
    with open(packed, "wb") as target:
        tape = subprocess.Popen([SAMPLE, "tape", "--bytes", "1G"], stdout=subprocess.PIPE)
        gzip = subprocess.Popen(["gzip", "-1"], stdin=subprocess.PIPE, stdout=target)
        while block := tape.stdout.read(1 << 20):
            digest.update(block)
            gzip.stdin.write(block)
        gzip.stdin.close()
        assert (tape.wait(), gzip.wait()) == (0, 0)
    aged(packed, 3600)
    run_within_memory()
    landed = octo.landed / "data/csv/affirm/tape.csv"
    with open(landed, "rb") as file:
        assert hashlib.file_digest(file, "sha256").digest() == digest.digest()
    assert octo.call("files", "--json").events[0]["state"] == "landed"
    landed.unlink()  # pytest keeps the folders of the last runs
