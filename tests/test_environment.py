"""The environment variables of the older system are a whole configuration, and presets know the vendors' habits."""

import subprocess

import pytest
from chaos import SocksServer
from conftest import OCTO, Result, csv

PROXY_PORT = 9090  # where SERVER_ENV=dev expects it


@pytest.fixture
def gnupg(tmp_path_factory, keys):
    """A GnuPG home as the older system's users have it."""
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    for name in ("receiver-cv25519-locked.sec.asc", "receiver-rsa.sec.asc", "vendor.pub.asc"):
        subprocess.run(["gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", keys.passphrase,
                        "--import", keys.file(name)], check=True, capture_output=True)
    yield home
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


@pytest.fixture
def without_file(tmp_path, vendor, keys, gnupg, s3):
    """run(**more) calls octo in an empty folder, with nothing but the older system's variables."""
    folder = tmp_path / "empty"
    folder.mkdir()

    def run(*arguments: str, **more: str) -> Result:
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "GNUPGHOME": str(gnupg),
            "SFTP_HOSTNAME_AFFIRM": "127.0.0.1", "SFTP_PORT_AFFIRM": vendor.facts["PORT"],
            "SFTP_USERNAME_AFFIRM": vendor.facts["USER"], "PRIVATE_KEY_PATH_AFFIRM": vendor.facts["KEY"],
            "SFTP_HOST_KEY_AFFIRM": vendor.facts["HOST_KEY"], "GPG_PASSPHRASE_AFFIRM": keys.passphrase,
            "S3_BUCKET_AFFIRM": s3.bucket, **s3.environment, **more,
        }
        done = subprocess.run([OCTO, *(arguments or ("run", "affirm", "--json"))], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        assert keys.passphrase not in done.stdout + done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    return run


def test_the_variables_of_the_older_system_are_configuration_enough(without_file, vendor, s3, tape):
    rsa, encrypted = tape(2000, 1, "--gzip", "-r", "receiver-rsa")
    vendor.put("tape_rsa.csv.gz.gpg", encrypted)
    locked, encrypted = tape(2000, 2, "--gzip", "-r", "receiver-cv25519-locked")
    vendor.put("tape_locked.csv.gz.gpg", encrypted)
    vendor.put("tape_locked.csv.gz.gpg.sig.txt", b"no companion: data\n")
    result = without_file()
    assert result.code == 0, result.stdout + result.stderr
    assert s3.objects() == {"data/csv/affirm/tape_rsa.csv": rsa, "data/csv/affirm/tape_locked.csv": locked,
                            "data/csv/affirm/tape_locked.csv.gz.gpg.sig.txt": b"no companion: data\n"}
    assert without_file().deliveries == {}
    shown = without_file("config", "show")
    assert shown.code == 0 and "SFTP_HOSTNAME_AFFIRM" in shown.stdout


def test_server_env_dev_goes_through_the_socks_proxy(without_file, vendor, s3):
    try:
        proxy = SocksServer(PROXY_PORT)
    except OSError:
        pytest.skip(f"port {PROXY_PORT} is taken")
    vendor.put("a.csv", b"1\n")
    try:
        result = without_file(SERVER_ENV="dev")
    finally:
        proxy.close()
    assert result.code == 0, result.stdout + result.stderr
    assert proxy.asked == [f"127.0.0.1:{vendor.facts['PORT']}"]
    assert s3.objects() == {"data/csv/affirm/a.csv": b"1\n"}
    down = without_file(SERVER_ENV="dev")
    assert down.code == 4 and "9090" in str(down.job["error"]), down.job
    vendor.put("b.csv", b"2\n")
    assert without_file(SERVER_ENV="prod").states() == {"b.csv": "landed"}


def test_bloomberg_has_no_inbox_then_the_account_root_is_used(octo, vendor):
    octo.provider["preset"] = '"bloomberg"'
    vendor.inbox.rmdir()
    vendor.inbox = vendor.root
    vendor.put("prices.csv", csv(100))
    vendor.put("prices.req", b"START-OF-FILE\n")
    (vendor.root / "archive").mkdir()
    result = octo.run()
    assert result.states() == {"prices.csv": "landed"}, result.stdout + result.stderr
    (vendor.root / "inbox").mkdir()
    vendor.inbox = vendor.root / "inbox"
    vendor.put("later.csv", b"1\n")
    assert octo.run().states() == {"later.csv": "landed"}
    assert octo.visible() == {"data/csv/affirm/prices.csv": csv(100), "data/csv/affirm/later.csv": b"1\n"}
