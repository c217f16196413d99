"""Bad days at the destination: nothing is quarantined for them, nothing is left behind, and the next run lands every file."""

import os
import random
import signal
import subprocess
import threading

import pytest
from chaos import COMPLETE_UPLOAD, CREATE_UPLOAD, PUT_OBJECT, UPLOAD_PART, Fault, HttpProxy
from conftest import OCTO, Gateway, Result

LARGE = random.Random(5).randbytes(20 << 20)  # several parts
SMALL = b"loan_id\n1\n"
BOTH = {"data/other/affirm/large.bin": LARGE, "data/csv/affirm/small.csv": SMALL}


@pytest.fixture
def both(vendor):
    vendor.put("large.bin", LARGE)
    vendor.put("small.csv", SMALL)


@pytest.fixture
def bucket(octo, s3):
    octo.destination = f"s3://{s3.bucket}"
    octo.environment = s3.environment
    return s3


@pytest.fixture
def faulty(octo, bucket):
    """faulty(*faults) puts an HttpProxy between octo and the S3 service; without faults it goes again."""
    made = []

    def make(*faults: Fault) -> HttpProxy | None:
        octo.environment = dict(bucket.environment)
        if not faults:
            return None
        made.append(HttpProxy(bucket.endpoint, *faults))
        octo.environment["AWS_ENDPOINT_URL"] = made[-1].endpoint
        return made[-1]

    yield make
    for each in made:
        each.close()


def expect_destination_error(octo, result, *kinds: str) -> dict:
    """The run ended with 5, and every delivery it had not landed still waits."""
    assert result.code == 5, result.stdout + result.stderr
    error = result.job["error"]
    assert error["scope"] == "destination" and error["kind"] in kinds, error
    states = {event["state"] for event in octo.call("files", "--json").events}
    assert states <= {"pending", "committing", "landed"}, states
    return error


def expect_landed_once(octo, bucket, expected: dict[str, bytes]) -> None:
    """Now, or after one more run: all is there once, nothing besides, no upload left open."""
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    expect_all_there(octo, bucket, expected)


def expect_all_there(octo, bucket, expected: dict[str, bytes]) -> None:
    found = bucket.objects()
    assert found.keys() == expected.keys() and all(found[key] == expected[key] for key in expected)
    assert bucket.uploads() == []
    deliveries = octo.call("files", "--json").events
    assert sorted(event["state"] for event in deliveries) == ["landed"] * len(expected), deliveries
    assert octo.run().deliveries == {}


def test_a_full_disk_loses_nothing_and_the_next_run_lands(octo, vendor, both, tmp_path):
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root and mount namespaces")
    octo.write_config()
    octo.landed.mkdir()
    script = tmp_path / "on-a-small-disk"
    script.write_text(f"""
        mount -t tmpfs -o size=6m none landed || exit 1
        {OCTO} run affirm --json >full.out 2>full.err; echo $? >full.code
        (cd landed && find . -type f -size +100k) >full.left
        mount -o remount,size=64m landed
        {OCTO} run affirm --json >roomy.out 2>roomy.err; echo $? >roomy.code
        cp -a landed/. kept
    """)
    subprocess.run(["unshare", "-m", "--propagation", "private", "sh", script], cwd=tmp_path, timeout=120, check=True,
                   env=os.environ | {"HOME": str(tmp_path)})

    def outcome(name: str) -> Result:
        return Result(int((tmp_path / f"{name}.code").read_text()), (tmp_path / f"{name}.out").read_text(),
                      (tmp_path / f"{name}.err").read_text())

    full = outcome("full")
    assert full.code == 5, full.stdout + full.stderr
    assert full.job["error"]["scope"] == "destination" and "space" in full.job["error"]["message"].lower(), full.job
    assert (full.job["quarantined"], full.job["failed"]) == (0, 0)
    assert (tmp_path / "full.left").read_text() == ""
    roomy = outcome("roomy")
    assert roomy.code == 0, roomy.stdout + roomy.stderr
    octo.landed = tmp_path / "kept"
    assert octo.visible() == BOTH
    assert octo.leftovers() == []


def test_a_folder_that_may_not_be_written_ends_the_run_with_5(octo, vendor, both):
    octo.landed.mkdir(mode=0o500)
    # Root may write everywhere, unless it gives that right up.
    octo.program = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *octo.program]
    error = expect_destination_error(octo, octo.run(), "denied")
    assert str(octo.landed) in error["message"] and error["hint"], error
    octo.landed.chmod(0o700)
    assert octo.run().code == 0
    assert octo.visible() == BOTH


def test_a_destination_that_can_be_no_folder_ends_the_run_with_5(octo, vendor, both, tmp_path):
    (tmp_path / "file").write_text("a file, no folder\n")
    good, octo.destination = octo.destination, f"file://{tmp_path}/file/landed"
    error = expect_destination_error(octo, octo.run(), "permanent", "usage", "denied")
    assert f"{tmp_path}/file" in error["message"]
    octo.destination = good
    assert octo.run().code == 0
    assert octo.visible() == BOTH


def test_a_service_that_is_down_leaves_everything_pending(octo, vendor, both, bucket):
    bucket.stop()
    error = expect_destination_error(octo, octo.run(), "transient")
    assert error["message"]
    again = Gateway(bucket.folder)
    octo.environment = again.environment
    expect_landed_once(octo, again, BOTH)
    again.stop()


@pytest.mark.parametrize("wrong", [
    {"AWS_SECRET_ACCESS_KEY": "not-the-secret"},
    {"AWS_ACCESS_KEY_ID": "nobody"},
], ids=["secret", "key-id"])
def test_wrong_credentials_judge_no_file(octo, vendor, both, bucket, wrong):
    octo.environment = bucket.environment | wrong
    result = octo.run("-v")
    error = expect_destination_error(octo, result, "denied", "permanent")
    assert error["hint"], error
    assert "not-the-secret" not in result.stdout + result.stderr
    octo.environment = bucket.environment
    expect_landed_once(octo, bucket, BOTH)


def test_credentials_that_have_expired_judge_no_file(octo, vendor, both, bucket, faulty):
    faulty(Fault(CREATE_UPLOAD, (400, "ExpiredToken"), times=1000), Fault(PUT_OBJECT, (400, "ExpiredToken"), times=1000))
    error = expect_destination_error(octo, octo.run(), "denied")
    assert "expired" in error["message"] + error["hint"], error
    faulty()
    expect_landed_once(octo, bucket, BOTH)


def test_the_first_failure_of_an_upload_is_told_whichever_part_it_hits(octo, vendor, bucket, faulty):
    vendor.put("large.bin", LARGE)
    failed = threading.Event()
    faulty(Fault("partNumber=2&", (400, "ExpiredToken"), times=1000, before=failed.set),
           Fault("partNumber=1&", before=lambda: failed.wait(20)))
    error = expect_destination_error(octo, octo.run(), "denied")
    assert "expired" in error["message"] + error["hint"], error
    faulty()
    assert octo.run().states() == {"large.bin": "landed"}
    # Not looked at: open uploads. The gateway brings an aborted upload back when a part of it arrives late.
    assert bucket.objects() == {"data/other/affirm/large.bin": LARGE}


def test_a_missing_bucket_is_told_with_its_name(octo, vendor, both, bucket):
    octo.destination = "s3://no-such-bucket"
    error = expect_destination_error(octo, octo.run(), "permanent", "usage", "denied")
    assert "no-such-bucket" in error["message"] + error["hint"], error
    octo.destination = f"s3://{bucket.bucket}"
    expect_landed_once(octo, bucket, BOTH)


@pytest.mark.parametrize("action", [503, 500, "reset", "lose"])
def test_a_failing_request_of_each_kind_is_survived_within_the_run(octo, vendor, both, bucket, faulty, action):
    """lose: the service has done it, but its answer never came."""
    proxy = faulty(*[Fault(operation, action, nth) for operation, nth in (
        (PUT_OBJECT, 1), (CREATE_UPLOAD, 1), (UPLOAD_PART, 2), (COMPLETE_UPLOAD, 1))])
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert result.states() == {"large.bin": "landed", "small.csv": "landed"}
    assert [fault.hits for fault in proxy.faults] == [1, 1, 1, 1]
    faulty()
    expect_all_there(octo, bucket, BOTH)


def test_lost_answers_to_what_makes_objects_visible_are_no_conflict(octo, vendor, both, bucket, faulty):
    proxy = faulty(Fault(PUT_OBJECT, "lose"), Fault(COMPLETE_UPLOAD, "lose"), Fault(UPLOAD_PART, "lose"))
    result = octo.run()
    assert result.states() == {"large.bin": "landed", "small.csv": "landed"}, result.stdout + result.stderr
    assert [fault.hits for fault in proxy.faults] == [1, 1, 1]
    faulty()
    expect_all_there(octo, bucket, BOTH)


def test_a_service_that_says_slow_down_for_a_while_is_given_time(octo, vendor, both, bucket, faulty):
    proxy = faulty(Fault("^P", 503, nth=1, times=3), Fault(COMPLETE_UPLOAD, 503, times=2))
    result = octo.run()
    assert result.code == 0, result.stdout + result.stderr
    assert [fault.hits for fault in proxy.faults] == [3, 2]
    faulty()
    expect_all_there(octo, bucket, BOTH)


def test_an_object_of_somebody_else_is_a_conflict_and_stays_as_it_is(octo, vendor, both, bucket, faulty):
    """It appears after the plan, just before ours would: only the condition of the write can notice."""
    def put(key: str):
        return lambda: bucket.client().put_object(Bucket=bucket.bucket, Key=key, Body=b"somebody else's")

    proxy = faulty(Fault(COMPLETE_UPLOAD, before=put("data/other/affirm/large.bin")),
                   Fault(PUT_OBJECT, before=put("data/csv/affirm/small.csv")))
    result = octo.run()
    assert [fault.hits for fault in proxy.faults] == [1, 1]
    assert result.code == 1
    assert result.states() == {"large.bin": "conflict", "small.csv": "conflict"}, result.stdout
    for event in result.deliveries.values():
        assert event["error"]["kind"] == "conflict" and "data/" in event["error"]["message"], event
    faulty()
    assert bucket.objects() == dict.fromkeys(BOTH, b"somebody else's")
    assert bucket.uploads() == []
    assert octo.run().deliveries == {}  # nobody decides this but a person
    for key in BOTH:
        bucket.client().delete_object(Bucket=bucket.bucket, Key=key)
    assert octo.call("replay", "affirm", "--all", "--json").code == 0
    expect_all_there(octo, bucket, BOTH)


@pytest.mark.parametrize("operation", [UPLOAD_PART, COMPLETE_UPLOAD], ids=["a-part", "the-end"])
def test_killed_in_the_middle_of_an_upload_the_next_run_lands_it_and_no_upload_stays(octo, vendor, bucket, faulty, operation):
    vendor.put("large.bin", LARGE)
    running = []
    # The service still does what was asked of it; only nobody hears of it.
    faulty(Fault(operation, nth=2 if operation == UPLOAD_PART else 1, before=lambda: running[0].kill()))
    running.append(octo.start("run", "affirm", "--json"))
    running[0].communicate(timeout=60)
    assert running[0].returncode == -signal.SIGKILL
    faulty()
    expect_landed_once(octo, bucket, {"data/other/affirm/large.bin": LARGE})


def test_a_service_that_fails_for_good_leaves_no_open_upload(octo, vendor, both, bucket, faulty):
    faulty(Fault(COMPLETE_UPLOAD, 500, times=1000), Fault(PUT_OBJECT, 500, times=1000))
    expect_destination_error(octo, octo.run(), "transient")
    faulty()
    expect_landed_once(octo, bucket, BOTH)
