"""Getting in at the vendor: who is trusted, how octo logs in, and what it says, and keeps to itself, when that fails."""

import shutil
import subprocess

import pytest

SECRET = "correct-horse-battery"
WRONG = "hunter2-hunter2"


def run(octo, **environment: str):
    """A run that says all it can, and must not say a secret."""
    result = octo.run("-v", **environment)
    for secret in (SECRET, WRONG):
        assert secret not in result.stdout + result.stderr
    return result


def expect_landed(octo, result) -> None:
    assert result.code == 0, result.stdout + result.stderr
    assert octo.visible() == {"data/csv/affirm/a.csv": b"1\n"}
    assert octo.run().deliveries == {}


def expect_refused(octo, vendor, result, stage: str) -> dict:
    """The run ended with 4, nobody was logged in, and the files were not judged."""
    assert result.code == 4, result.stdout + result.stderr
    error = result.job["error"]
    assert (error["kind"], error["scope"], error["stage"]) == ("denied", "provider", stage), error
    with open(vendor.facts["LOG"], encoding="utf-8", errors="replace") as log:
        assert not any("Accepted publickey" in line or "Accepted password" in line for line in log)
    assert octo.call("files", "--json").events == []
    assert octo.visible() == {}
    return error


def fingerprint(public_key: str) -> str:
    done = subprocess.run(["ssh-keygen", "-lf", "-"], input=public_key, capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def make_key(path, *options: str) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-C", "", "-f", path, *options], check=True)
    return path.with_name(path.name + ".pub").read_text().strip()


@pytest.fixture(autouse=True)
def one_file(vendor):
    vendor.put("a.csv", b"1\n")


def test_another_host_key_than_the_pinned_one_is_refused_with_both_fingerprints(octo, vendor, tmp_path):
    pinned = make_key(tmp_path / "other", "-N", "")
    octo.sftp["host_keys"] = f'["{pinned}"]'
    error = expect_refused(octo, vendor, run(octo), "connect")
    assert fingerprint(vendor.facts["HOST_KEY"]) in error["message"]
    assert fingerprint(pinned) in error["message"]
    assert vendor.facts["HOST_KEY"] in error["hint"]
    octo.sftp["host_keys"] = f'["{pinned}", "{vendor.facts["HOST_KEY"]}"]'
    expect_landed(octo, run(octo))


def test_an_unknown_host_is_refused_with_the_line_to_add(octo, vendor, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text("")
    octo.sftp["host_keys"] = ""
    octo.sftp["known_hosts"] = f'["{known}"]'
    error = expect_refused(octo, vendor, run(octo), "connect")
    assert fingerprint(vendor.facts["HOST_KEY"]) in error["message"]
    assert f'host_keys = ["{vendor.facts["HOST_KEY"]}"]' in error["hint"]
    assert known.read_text() == ""  # nothing was learned on the way
    shutil.copy(vendor.facts["KNOWN_HOSTS"], known)
    expect_landed(octo, run(octo))


def test_a_known_host_with_another_key_is_refused_with_both_fingerprints(octo, vendor, tmp_path):
    known = tmp_path / "known_hosts"
    other = make_key(tmp_path / "other", "-N", "")
    known.write_text(f"[127.0.0.1]:{vendor.facts['PORT']} {other}\n")
    octo.sftp["host_keys"] = ""
    octo.sftp["known_hosts"] = f'["{known}"]'
    error = expect_refused(octo, vendor, run(octo), "connect")
    assert fingerprint(vendor.facts["HOST_KEY"]) in error["message"]
    assert fingerprint(other) in error["message"]


def test_an_encrypted_key_needs_its_passphrase(octo, vendor, tmp_path):
    key = tmp_path / "locked"
    shutil.copy(vendor.facts["KEY"], key)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", SECRET, "-f", key], check=True, stdout=subprocess.DEVNULL)
    octo.sftp["private_key"] = f'"{key}"'
    error = expect_refused(octo, vendor, run(octo), "login")
    assert "key_passphrase" in error["hint"]
    octo.sftp["key_passphrase"] = '"env:KEY_PASSPHRASE"'
    error = expect_refused(octo, vendor, run(octo, KEY_PASSPHRASE=WRONG), "login")
    assert "passphrase" in error["hint"]
    expect_landed(octo, run(octo, KEY_PASSPHRASE=SECRET))


def test_a_key_that_the_vendor_does_not_know_is_refused_as_a_login(octo, vendor, tmp_path):
    make_key(tmp_path / "unknown", "-N", "")
    octo.sftp["private_key"] = f'"{tmp_path / "unknown"}"'
    error = expect_refused(octo, vendor, run(octo), "login")
    assert "public key" in error["hint"]
    octo.sftp.pop("private_key")
    expect_landed(octo, run(octo))


def test_a_password_logs_in_and_a_wrong_one_does_not(octo, vendor):
    vendor.stop()
    vendor.start("--password", SECRET)
    if vendor.facts["PASSWORD_LOGIN"] != "yes":
        pytest.skip("this system does not let a private sshd have passwords")
    octo.sftp |= {"private_key": "", "password": '"env:VENDOR_PASSWORD"'}
    error = expect_refused(octo, vendor, run(octo, VENDOR_PASSWORD=WRONG), "login")
    assert "password" in error["hint"]
    expect_landed(octo, run(octo, VENDOR_PASSWORD=SECRET))
