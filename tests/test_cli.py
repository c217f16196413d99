"""The command line: what it answers to mistakes, what it shows and hides, and how it behaves on terminals and in pipes."""

import json
import os
import pty
import re
import select
import subprocess
import time

import pytest
from conftest import OCTO, csv

COMMANDS = ["", "run", "plan", "doctor", "files", "jobs", "replay", "adopt", "ingest", "verify", "ledger", "ledger rebuild",
            "ledger path", "config", "config check", "config show", "config reference", "keys", "version", "completion"]


def octo_alone(*arguments: str, folder="/") -> subprocess.CompletedProcess:
    """octo where nothing is configured."""
    return subprocess.run([OCTO, *arguments], cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments, told", [
    (["frobnicate"], "frobnicate"), (["run", "affirm", "--frobnicate"], "--frobnicate"), ([], "required"), (["run"], "provider"),
    (["run", "affirm", "--since", "yesterday"], "yesterday"), (["run", "affirm", "--limit", "0"], "--limit"),
    (["completion", "tcsh"], "tcsh"), (["config"], "required")])
def test_a_mistake_on_the_command_line_is_named_and_ends_with_2(arguments, told):
    done = octo_alone(*arguments)
    assert done.returncode == 2
    assert told in done.stderr and done.stdout == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    done = octo_alone(*command.split(), "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert "Usage" in done.stdout
    assert "Example: octo" in done.stdout or command == ""
    if command == "":
        assert all(f"  {name}" in done.stdout for name in COMMANDS[1:] if " " not in name)
        assert "Exit codes" in done.stdout


def test_an_unknown_provider_ends_with_3_and_names_those_that_there_are(octo):
    octo.head = '[provider.other]\ndestination = "file:other"'
    for command in ("run", "plan", "doctor", "verify"):
        result = octo.call(command, "affrim")
        assert result.code == 3, command
        assert "affrim" in result.stderr and "affirm" in result.stderr and "other" in result.stderr


def test_config_check_lists_every_mistake_with_its_place(octo):
    octo.sftp |= {"max_sesions": "2", "port": '"many"'}
    octo.head = '[log]\nlevel = "loud"'
    octo.write_config()
    lines = (octo.folder / "octo.toml").read_text().splitlines()
    done = subprocess.run([OCTO, "config", "check"], cwd=octo.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    for mistake in ("max_sesions", "port = ", "level = "):
        number = next(i for i, line in enumerate(lines, 1) if mistake in line)
        assert re.search(rf"octo\.toml:{number}\b", done.stdout), (mistake, number, done.stdout)
    assert "max_sessions" in done.stdout  # what may have been meant
    run = subprocess.run([OCTO, "run", "affirm"], cwd=octo.folder, capture_output=True, text=True, check=False)
    assert run.returncode == 3


def test_config_show_says_where_values_come_from_and_hides_secrets(octo):
    octo.sftp["password"] = '"swordfish-in-the-file"'
    octo.sftp["key_passphrase"] = '"env:KEY_PASSPHRASE"'
    for options in ([], ["--json"]):
        result = octo.call("config", "show", *options, KEY_PASSPHRASE="swordfish-in-the-environment",
                           GPG_PASSPHRASE_AFFIRM="swordfish-of-gpg")
        assert result.code == 0, result.stdout + result.stderr
        assert "swordfish" not in result.stdout + result.stderr
        assert "octo.toml" in result.stdout and "default" in result.stdout
    values = {event["key"]: event for event in result.events}
    assert values["provider.affirm.sftp.host"]["value"] == '"127.0.0.1"'


def test_keys_lists_keys_and_who_uses_them(octo):
    result = octo.call("keys")
    assert result.code == 0, result.stderr
    assert "decrypts" in result.stdout and "used by affirm" in result.stdout and "public only" in result.stdout
    keys = [json.loads(line) for line in octo.call("keys", "--json").stdout.splitlines()]
    assert any(key["secret"] and key["can_encrypt"] and key["providers"] == ["affirm"] for key in keys)
    octo.openpgp["keys"] = "[]"
    assert octo.call("keys").code == 0


def checks(result) -> dict[str, dict]:
    return {event["name"]: event for event in result.events if event["event"] == "check"}


def test_doctor_finds_nothing_wrong_with_a_good_vendor_and_leaves_nothing(octo, vendor):
    vendor.put("a.csv", b"1\n")
    result = octo.call("doctor", "affirm", "--json")
    assert result.code == 0, result.stdout + result.stderr
    assert {"host key", "login", "inbox", "keys", "destination"} <= checks(result).keys()
    assert all(check["ok"] for check in checks(result).values())
    assert octo.visible() == {} and octo.leftovers() == []
    assert [path.name for path in vendor.inbox.iterdir()] == ["a.csv"]
    plain = octo.call("doctor", "affirm")
    assert plain.code == 0 and "FAIL" not in plain.stdout


def test_doctor_says_what_is_wrong_and_what_to_do(octo, vendor, tmp_path):
    (tmp_path / "file").write_text("no folder\n")
    good, octo.destination = octo.destination, f"file://{tmp_path}/file/landed"
    result = octo.call("doctor", "affirm", "--json")
    assert result.code == 5, result.stdout
    assert checks(result)["login"]["ok"] and not checks(result)["destination: write"]["ok"]
    octo.destination = good
    vendor.stop()
    result = octo.call("doctor", "affirm", "--json")
    assert result.code == 4, result.stdout
    tcp = checks(result)["tcp"]
    assert not tcp["ok"] and "refused" in tcp["detail"] and tcp["hint"], tcp
    plain = octo.call("doctor", "affirm")
    assert plain.code == 4 and "FAIL" in plain.stdout and "what to do" in plain.stdout


@pytest.mark.parametrize("typed, expected", [
    (["octo", "ru"], {"run"}), (["octo", "run", "affirm", "--sh"], {"--shadow"}), (["octo", "config", "s"], {"show"})])
def test_the_completion_of_bash_completes(tmp_path, typed, expected):
    script = tmp_path / "completion"
    script.write_text(octo_alone("completion", "bash").stdout)
    subprocess.run(["bash", "-n", script], check=True)
    words = " ".join(f"'{word}'" for word in typed)
    done = subprocess.run(["bash", "-c", f'source "{script}"; COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _octo; '
                                         'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == expected


@pytest.mark.parametrize("command", [["config", "reference"], ["--help"], ["run", "affirm", "--json"], ["plan", "affirm"]])
def test_a_reader_that_goes_away_is_no_crash(octo, vendor, command):
    for i in range(50):
        vendor.put(f"a{i}.csv", csv(10, i))
    process = octo.start(*command)
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) in (0, 1, -13, 141), error  # SIGPIPE is how such programs end
    if command[0] == "run":
        assert octo.run().code == 0
        assert len(octo.visible()) == 50


def on_terminal(octo, *arguments: str) -> tuple[int, str]:
    """Calls octo on a pseudo-terminal: exit code and what was shown."""
    octo.write_config()
    master, slave = pty.openpty()
    process = subprocess.Popen([OCTO, *arguments], cwd=octo.folder, stdin=slave, stdout=slave, stderr=slave,
                               env=os.environ | {"HOME": str(octo.folder), "TERM": "xterm-256color", "COLUMNS": "100"})
    os.close(slave)
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            block = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not block:
            break
        shown += block
    os.close(master)
    return process.wait(timeout=10), shown.decode()


def test_a_terminal_sees_a_live_view_and_the_summary(octo, vendor):
    vendor.put("tape.csv", csv(200_000))
    vendor.put("broken.csv.gz", b"\x1f\x8b\x08no gzip")
    octo.sftp["bytes_per_second"] = '"2 MB/s"'
    code, shown = on_terminal(octo, "run", "affirm")
    assert code == 1
    assert "\x1b[" in shown and "tape.csv" in shown
    percents = {int(percent) for percent in re.findall(r"(\d+)\s?%", shown)}
    assert len(percents) > 1, shown  # it moves
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).strip().splitlines()[-6:]
    assert any("1 landed" in line for line in last), last
    assert "broken.csv.gz" in shown
    plain_code, plain = on_terminal(octo, "run", "affirm", "--no-color")
    assert plain_code == 0 and "\x1b[3" not in plain
    piped = octo.call("run", "affirm")
    assert piped.code == 0 and "\x1b" not in piped.stdout + piped.stderr


def test_a_run_that_fails_leaves_the_terminal_usable(octo, vendor):
    """Whatever was switched off on the terminal is on again, also when the run fails."""
    vendor.stop()
    code, shown = on_terminal(octo, "run", "affirm")
    assert code == 4
    assert "refused" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")
