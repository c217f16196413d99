"""Exactly once, whatever is killed when: kill -9 at each point of the landing protocol, at random moments, and freezes."""

import random
import signal
import threading
import time

import pytest
from conftest import csv

POINTS = ["key-recorded", "object-prepared", "read-to-end", "before-commit", "committed", "object-published",
          "all-published", "landed"]


def expect_landed_once(octo, expected, destination=None):
    """Runs until nothing is left, then looks: every file once, nothing besides, nothing left behind."""
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert (destination or octo.visible)() == expected
    states = [event["state"] for event in octo.call("files", "--json").events]
    assert states == ["landed"] * len(states)
    again = octo.run()
    assert again.deliveries == {} and again.job["known"] == len(states)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_of_the_protocol_the_next_run_lands_it_once(octo, vendor, tape, point):
    plain, encrypted = tape(5000)
    vendor.put("tape.csv.gz.gpg", encrypted)
    killed = octo.run(OCTO_FAULT_POINT=point)
    assert killed.code == -signal.SIGKILL
    expect_landed_once(octo, {"data/csv/affirm/tape.csv": plain})
    assert octo.leftovers() == []


@pytest.mark.parametrize("point", POINTS)
def test_the_same_on_s3(octo, vendor, s3, point):
    octo.destination = f"s3://{s3.bucket}"
    octo.environment = s3.environment
    plain = csv(400_000)  # several parts
    vendor.put("tape.csv", plain)
    vendor.put("small.csv", b"1\n")
    octo.provider["parallel_files"] = "1"
    killed = octo.run(OCTO_FAULT_POINT=point)
    assert killed.code == -signal.SIGKILL
    expect_landed_once(octo, {"data/csv/affirm/tape.csv": plain, "data/csv/affirm/small.csv": b"1\n"}, s3.objects)
    assert s3.uploads() == []


def test_killed_while_writing_the_manifest_a_later_run_writes_it(octo, vendor):
    octo.head = "[worker]\nlease = \"2s\""
    vendor.put("tape.csv", csv(10))
    killed = octo.run(OCTO_FAULT_POINT="manifest-prepared")
    assert killed.code == -signal.SIGKILL
    assert octo.visible() == {"data/csv/affirm/tape.csv": csv(10)}
    time.sleep(2.1)  # its lease runs out
    assert octo.run().code == 0
    assert octo.leftovers() == []
    assert len(list((octo.landed / "manifests").rglob("*.json"))) == 1


def test_killed_at_random_moments_again_and_again_every_file_lands_once(octo, vendor, tape):
    expected = {}
    for i in range(30):
        plain, encrypted = tape(3000, i + 1)
        vendor.put(f"tape{i:02}.csv.gz.gpg", encrypted)
        expected[f"data/csv/affirm/tape{i:02}.csv"] = plain
    octo.head = "[worker]\nlease = \"1s\""
    chance = random.Random(7)
    for _ in range(12):
        process = octo.start("run", "affirm", "--json")
        try:
            process.communicate(timeout=chance.uniform(0.05, 0.6))
        except Exception:  # it runs still: that is the moment
            process.kill()
            process.communicate()
        seen = octo.visible()
        assert all(expected[name] == content for name, content in seen.items())
    expect_landed_once(octo, expected)
    time.sleep(1.1)  # the lease of what comes after a landing
    octo.run()
    assert octo.leftovers() == []


def test_a_frozen_worker_that_wakes_up_after_its_lease_does_no_harm(octo, vendor, tape):
    plain, encrypted = tape(5000)
    vendor.put("tape.csv.gz.gpg", encrypted)
    octo.head = "[worker]\nlease = \"2s\""
    frozen = octo.start("run", "affirm", "--json", OCTO_FAULT_POINT="freeze:before-commit")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with open(f"/proc/{frozen.pid}/stat", encoding="ascii", errors="replace") as stat:
            if stat.read().rsplit(")", 1)[1].split()[0] == "T":
                break
        time.sleep(0.05)
    else:
        raise AssertionError("it never froze")
    time.sleep(2.5)  # its lease runs out
    result = octo.run()
    assert result.states() == {"tape.csv.gz.gpg": "landed"}
    frozen.send_signal(signal.SIGCONT)
    out, _ = frozen.communicate(timeout=60)
    assert '"state":"landed"' not in out
    assert octo.visible() == {"data/csv/affirm/tape.csv": plain}
    assert octo.leftovers() == []
    expect_landed_once(octo, {"data/csv/affirm/tape.csv": plain})


def test_two_runs_at_once_share_the_work_and_fetch_nothing_twice(octo, vendor, tape):
    expected = {}
    for i in range(40):
        plain, encrypted = tape(200, i + 1)
        vendor.put(f"tape{i:02}.csv.gz.gpg", encrypted)
        expected[f"data/csv/affirm/tape{i:02}.csv"] = plain
    octo.write_config()
    results = []
    threads = [threading.Thread(target=lambda: results.append(octo.run())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    landed = [name for result in results for name, state in result.states().items() if state == "landed"]
    assert sorted(landed) == sorted(f"tape{i:02}.csv.gz.gpg" for i in range(40))
    assert octo.visible() == expected


def test_ctrl_c_cancels_cleanly_and_the_next_run_continues(octo, vendor, tape):
    plain, encrypted = tape(1_000_000)
    vendor.put("tape.csv.gz.gpg", encrypted)
    octo.sftp["bytes_per_second"] = '"1 MB/s"'
    process = octo.start("run", "affirm", "--json")
    for line in process.stdout:
        if '"event":"progress"' in line and '"bytes_done":0' not in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert '"state":"cancelled"' in out
    assert octo.visible() == {} and octo.leftovers() == []
    octo.sftp.clear()
    expect_landed_once(octo, {"data/csv/affirm/tape.csv": plain})
