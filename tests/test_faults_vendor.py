"""Bad days on the way to the vendor: whatever the network or its server does, the next quiet run lands every file once."""

import json
import os
import random
import threading
import time

import pytest
from chaos import TcpProxy
from conftest import aged, csv

MB = 1 << 20


@pytest.fixture
def proxy(octo, vendor):
    """proxy(cuts) puts a TcpProxy between octo and the vendor."""
    made = []

    def make(*cuts: int, **options) -> TcpProxy:
        made.append(TcpProxy(int(vendor.facts["PORT"]), list(cuts), **options))
        octo.sftp["port"] = str(made[-1].port)
        return made[-1]

    yield make
    for each in made:
        each.close()


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that no layer can compress."""
    return random.Random(seed).randbytes(size)


def logins(vendor) -> int:
    with open(vendor.facts["LOG"], encoding="utf-8", errors="replace") as log:
        return sum("Accepted publickey" in line for line in log)


def expect_recovery(octo, vendor, expected: dict[str, bytes]) -> None:
    """A plain run without faults lands all that is not landed; afterwards every file is there once and nothing besides."""
    octo.sftp.pop("port", None)
    octo.sftp.pop("bytes_per_second", None)
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert octo.visible() == expected
    assert octo.leftovers() == []
    deliveries = octo.call("files", "--json").events
    assert [event["state"] for event in deliveries] == ["landed"] * len(expected), deliveries
    assert octo.run().deliveries == {}


def wait_for(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_dropped_connection_continues_where_it_was_within_the_same_run(octo, vendor, proxy):
    content = noise(24 * MB)
    vendor.put("tape.bin", content)
    cuts = proxy(4 * MB, 5 * MB, 3 * MB, 6 * MB)
    result = octo.run()
    assert result.states() == {"tape.bin": "landed"}, result.stdout + result.stderr
    assert result.code == 0
    assert cuts.connections == 5
    assert len(content) < cuts.passed < 1.3 * len(content)
    expect_recovery(octo, vendor, {"data/other/affirm/tape.bin": content})


def test_many_files_survive_a_connection_that_drops_again_and_again(octo, vendor, proxy, tape):
    expected = {}
    for i in range(20):
        plain, encrypted = tape(8000, i + 1)
        vendor.put(f"tape{i:02}.csv.gz.gpg", encrypted)
        expected[f"data/csv/affirm/tape{i:02}.csv"] = plain
    proxy(*[150_000 + 40_000 * i for i in range(5)])
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert octo.visible() == expected
    expect_recovery(octo, vendor, expected)


def test_a_vendor_that_goes_away_leaves_deliveries_pending(octo, vendor, proxy):
    contents = {f"tape{i}.bin": noise(2 * MB, i) for i in range(4)}
    for name, content in contents.items():
        vendor.put(name, content)
    proxy(3 * MB, refuse_after_cuts=True)
    result = octo.run()
    assert result.code == 4
    error = result.job["error"]
    assert (error["kind"], error["scope"]) == ("transient", "provider"), error
    states = {event["name"]: event["state"] for event in octo.call("files", "--json").events}
    assert set(states) == set(contents) and set(states.values()) <= {"pending", "landed"}, states
    assert "pending" in states.values()
    assert octo.leftovers() == []
    expect_recovery(octo, vendor, {f"data/other/affirm/{name}": content for name, content in contents.items()})


def test_a_refused_connection_ends_the_run_with_4_and_no_verdict_on_the_files(octo, vendor, tape):
    plain, encrypted = tape()
    vendor.put("tape.csv.gz.gpg", encrypted)
    vendor.stop()
    result = octo.run()
    assert result.code == 4
    error = result.job["error"]
    assert (error["kind"], error["scope"]) == ("transient", "provider"), error
    assert "refused" in error["message"] and error["hint"]
    vendor.start("--port", vendor.facts["PORT"])
    expect_recovery(octo, vendor, {"data/csv/affirm/tape.csv": plain})


def test_an_unknown_host_name_is_told_as_such(octo, vendor):
    vendor.put("a.csv", b"1\n")
    octo.sftp["host"] = '"no-such-host.invalid"'
    result = octo.run()
    assert result.code == 4
    error = result.job["error"]
    assert error["scope"] == "provider" and "no-such-host.invalid" in error["message"], error
    assert "name" in error["hint"], error
    octo.sftp.pop("host")
    expect_recovery(octo, vendor, {"data/csv/affirm/a.csv": b"1\n"})


def test_a_server_that_falls_silent_ends_with_an_error_and_not_a_hang(octo, vendor, proxy):
    content = noise(8 * MB)
    vendor.put("tape.bin", content)
    octo.provider["silence"] = '"1s"'
    octo.sftp["connect_timeout"] = '"1s"'
    proxy().stall_after = 3 * MB
    result = octo.call("run", "affirm", "--json", timeout=100)
    assert result.code == 4, result.stdout + result.stderr
    error = result.job["error"]
    assert (error["kind"], error["scope"]) == ("transient", "provider"), error
    assert octo.visible() == {} and octo.leftovers() == []
    octo.provider.pop("silence")
    octo.sftp.pop("connect_timeout")
    expect_recovery(octo, vendor, {"data/other/affirm/tape.bin": content})


def test_a_short_stall_is_survived_within_the_run(octo, vendor, proxy):
    content = noise(8 * MB)
    vendor.put("tape.bin", content)
    octo.provider["silence"] = '"2s"'
    slow = proxy()
    slow.stall_after = 3 * MB
    process = octo.start("run", "affirm", "--json")
    wait_for(lambda: slow.stall_after is None)
    wait_for(lambda: slow.connections > 1)  # it has noticed, and tries anew
    slow.resume()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    expect_recovery(octo, vendor, {"data/other/affirm/tape.bin": content})


@pytest.mark.parametrize("sessions", ["1", "2"])
def test_a_server_that_allows_few_sessions_gets_one_login(octo, vendor, sessions):
    vendor.stop()
    vendor.start("--max-sessions", sessions)
    contents = {f"tape{i}.bin": noise(12 * MB, i) for i in range(3)}
    contents |= {f"small{i}.csv": csv(50, i) for i in range(10)}
    for name, content in contents.items():
        vendor.put(name, content)
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert logins(vendor) == 1
    visible = octo.visible()
    assert {name.rsplit("/", 1)[1]: content for name, content in visible.items()} == contents
    expect_recovery(octo, vendor, visible)


def test_a_gentle_pipeline_lands_the_same(octo, vendor):
    octo.sftp["pipeline"] = '"gentle"'
    contents = {f"tape{i}.csv": csv(30_000, i) for i in range(3)} | {f"small{i}.csv": csv(50, i) for i in range(10)}
    for name, content in contents.items():
        vendor.put(name, content)
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert logins(vendor) == 1
    expect_recovery(octo, vendor, {f"data/csv/affirm/{name}": content for name, content in contents.items()})


def test_the_bandwidth_cap_holds_for_all_files_together(octo, vendor):
    octo.sftp["bytes_per_second"] = '"2 MB/s"'
    contents = {f"tape{i}.bin": noise(2 * MB, i) for i in range(3)}
    for name, content in contents.items():
        vendor.put(name, content)
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert result.job["seconds"] > 0.9 * 6 * MB / 2_000_000
    expect_recovery(octo, vendor, {f"data/other/affirm/{name}": content for name, content in contents.items()})


def run_and_meanwhile(octo, change) -> tuple[int, list[dict]]:
    """Runs octo; calls `change` once some content of the file has been read."""
    process = octo.start("run", "affirm", "--json", "--no-wait")
    lines = []
    for line in process.stdout:
        lines.append(line)
        event = json.loads(line)
        if event["event"] == "progress" and event["bytes_done"] > 0:
            change()
            break
    out, err = process.communicate(timeout=60)
    return process.returncode, [json.loads(line) for line in [*lines, *out.splitlines()]]


def append(path, more: bytes) -> None:
    with open(path, "ab") as file:
        file.write(more)


CHANGES = {
    "grows": lambda path, content: append(path, b"more\n"),
    "is-cut-short": lambda path, content: os.truncate(path, len(content) - 100),
    "is-replaced": lambda path, content: (path.with_name(".new").write_bytes(content[::-1]),
                                          os.replace(path.with_name(".new"), path)),
    "is-removed": lambda path, content: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read_lands_only_once_it_is_stable(octo, vendor, change):
    content = noise(2 * MB)
    path = vendor.put("tape.bin", content)
    octo.sftp["bytes_per_second"] = '"1 MB/s"'
    code, events = run_and_meanwhile(octo, lambda: CHANGES[change](path, content))
    assert code == 1, events
    assert octo.visible() == {} and octo.leftovers() == []
    delivery = [event for event in events if event["event"] == "delivery"][-1]
    assert delivery["state"] == "failed", delivery
    assert delivery["error"]["kind"] == "incomplete" and "tape.bin" in delivery["error"]["message"], delivery
    if not path.exists():
        vendor.put("tape.bin", content, age=0)
    assert octo.run("--no-wait").deliveries == {}  # it may be half-written still
    aged(path, 600)
    expect_recovery(octo, vendor, {"data/other/affirm/tape.bin": path.read_bytes()})


def test_an_upload_in_progress_lands_whole_within_the_run_that_waits_for_it(octo, vendor):
    """A vendor that writes slowly, without a temporary name: the size changes from look to look."""
    octo.provider["settle"] = '"2s"'
    path = vendor.put("tape.csv", b"loan_id\n", age=0)
    done = threading.Event()

    def write() -> None:
        for i in range(20):
            append(path, b"%d\n" % i)
            time.sleep(0.2)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert octo.run().deliveries == {}
        assert octo.visible() == {}
    writer.join()
    expect_recovery(octo, vendor, {"data/csv/affirm/tape.csv": path.read_bytes()})


def test_a_missing_inbox_is_told_with_its_name(octo, vendor):
    vendor.inbox.rmdir()
    result = octo.run()
    assert result.code == 4
    error = result.job["error"]
    assert (error["kind"], error["scope"]) == ("permanent", "provider") and "inbox" in error["message"], error
    assert error["hint"]
    vendor.inbox.mkdir()
    vendor.put("a.csv", b"1\n")
    expect_recovery(octo, vendor, {"data/csv/affirm/a.csv": b"1\n"})


def test_a_file_that_may_not_be_read_fails_alone_and_lands_when_it_may(octo, vendor):
    vendor.stop()  # root may read everything, unless its server gives that right up
    vendor.start("--sftp", "setpriv --bounding-set=-dac_override,-dac_read_search "
                           f"/usr/lib/openssh/sftp-server -d {vendor.root}")
    vendor.put("good.csv", b"1\n")
    locked = vendor.put("locked.csv", b"2\n")
    locked.chmod(0)
    result = octo.run()
    assert result.code == 1
    assert result.states() == {"good.csv": "landed", "locked.csv": "failed"}, result.stdout
    error = result.deliveries["locked.csv"]["error"]
    assert error["kind"] == "denied" and "permit" in error["message"] and error["hint"], error
    locked.chmod(0o644)
    aged(locked, 600)
    expect_recovery(octo, vendor, {"data/csv/affirm/good.csv": b"1\n", "data/csv/affirm/locked.csv": b"2\n"})


def test_what_is_no_file_is_left_alone(octo, vendor):
    vendor.put("good.csv", b"1\n")
    (vendor.inbox / "dangling.csv").symlink_to("/nowhere/tape.csv")
    (vendor.inbox / "folder.csv").mkdir()
    os.mkfifo(vendor.inbox / "pipe.csv")
    assert octo.run().states() == {"good.csv": "landed"}
    expect_recovery(octo, vendor, {"data/csv/affirm/good.csv": b"1\n"})
