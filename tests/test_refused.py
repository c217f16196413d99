"""Whatever a vendor does wrong: nothing becomes visible, the reason is told, and the other files land."""

import gzip
import hashlib

import pytest
from conftest import aged, csv, sample

REFUSED = {
    "truncated": ("incomplete", "corrupt"),
    "tampered": ("corrupt",),
    "wrong-key": ("denied",),
    "no-integrity": ("corrupt",),
    "trailing-garbage": ("corrupt",),
    "gzip-garbage": ("corrupt",),
    "gzip-cut": ("incomplete", "corrupt"),
    "gzip-bomb": ("corrupt",),
    "zip-bomb": ("corrupt",),
    "wrong-checksum": ("corrupt",),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_delivery_is_refused_with_its_reason_and_the_good_one_lands(octo, vendor, keys, tape, kind):
    plain, encrypted = tape()
    vendor.put("good.csv.gz.gpg", encrypted)
    bad = vendor.inbox / ("bad.zip.gpg" if kind == "zip-bomb" else "bad.csv.gz.gpg")
    sample("bad", kind, "--home", keys.home, "-o", bad, "--bomb-bytes", "6GB")
    for path in vendor.inbox.iterdir():
        aged(path, 3600)
    result = octo.run()
    assert result.code == 1
    event = result.deliveries[bad.name]
    assert event["state"] in ("quarantined", "failed"), event
    assert event["error"]["kind"] in REFUSED[kind], event
    assert event["error"]["message"] and event["error"]["stage"]
    assert octo.visible() == {"data/csv/affirm/good.csv": plain}
    assert octo.leftovers() == []
    if event["state"] == "quarantined":  # it stays refused, and says so
        again = octo.run()
        assert again.code == 0 and again.deliveries == {}
        plan = {e["name"]: e for e in octo.call("plan", "affirm", "--all", "--json").events}
        assert plan[bad.name]["verdict"] == "quarantined"


@pytest.mark.parametrize("kind", ["unsigned", "wrong-signer"])
def test_a_required_signature_is_required(octo, vendor, keys, tape, kind):
    octo.openpgp["signature"] = '"required"'
    plain, signed = tape(1000, 1, "--gzip", "-r", "receiver-cv25519", "--sign", "vendor")
    vendor.put("good.csv.gz.gpg", signed)
    sample("bad", kind, "--home", keys.home, "-o", vendor.inbox / "bad.csv.gz.gpg")
    aged(vendor.inbox / "bad.csv.gz.gpg", 3600)
    result = octo.run()
    assert result.states() == {"good.csv.gz.gpg": "landed", "bad.csv.gz.gpg": "quarantined"}
    assert octo.visible() == {"data/csv/affirm/good.csv": plain}


def test_missing_integrity_may_be_allowed(octo, vendor, keys):
    octo.openpgp["integrity"] = '"allow-missing"'
    sample("bad", "no-integrity", "--home", keys.home, "-o", vendor.inbox / "old.csv.gz.gpg")
    aged(vendor.inbox / "old.csv.gz.gpg", 3600)
    result = octo.run()
    assert result.states() == {"old.csv.gz.gpg": "landed"}, result.stdout


def test_cut_anywhere_nothing_becomes_visible(octo, vendor, tape):
    _, encrypted = tape(20000)
    for i in range(1, 20):
        vendor.put(f"cut{i:02}.csv.gz.gpg", encrypted[: len(encrypted) * i // 20])
    result = octo.run()
    assert result.code == 1
    assert set(result.states().values()) <= {"failed", "quarantined"} and len(result.states()) == 19
    assert octo.visible() == {}
    assert octo.leftovers() == []


def test_a_truncated_upload_that_the_vendor_completes_later_lands(octo, vendor, tape):
    plain, encrypted = tape(20000)
    vendor.put("tape.csv.gz.gpg", encrypted[: len(encrypted) // 2], age=7200)
    assert octo.run().code == 1
    vendor.put("tape.csv.gz.gpg", encrypted, age=3600)
    result = octo.run()
    assert result.code == 0, result.stdout
    assert octo.visible() == {"data/csv/affirm/tape.csv": plain}


def test_a_changed_file_lifts_its_quarantine(octo, vendor, tape):
    plain, encrypted = tape()
    tampered = bytearray(encrypted)
    tampered[len(tampered) // 2] ^= 1
    vendor.put("tape.csv.gz.gpg", bytes(tampered), age=7200)
    assert octo.run().states() == {"tape.csv.gz.gpg": "quarantined"}
    vendor.put("tape.csv.gz.gpg", encrypted, age=3600)
    assert octo.run().states() == {"tape.csv.gz.gpg": "landed"}
    assert octo.visible() == {"data/csv/affirm/tape.csv": plain}


def test_a_checksum_companion_vouches(octo, vendor):
    plain = csv(100)
    vendor.put("tape.csv", plain)
    vendor.put("tape.csv.sha256", f"{hashlib.sha256(plain).hexdigest()}  tape.csv\n".encode(), age=3000)
    octo.provider["unframed"] = '"require-companion"'
    vendor.put("naked.csv", csv(50))
    result = octo.run()
    assert result.states() == {"tape.csv": "landed", "naked.csv": "quarantined"}
    assert "vouches" in result.deliveries["naked.csv"]["error"]["message"]


def test_a_detached_signature_is_verified(octo, vendor, keys, tmp_path):
    plain = tmp_path / "plain.csv"
    plain.write_bytes(csv(1000))
    keys.encrypt(plain, vendor.inbox / "good.csv.gpg", "-r", "receiver-cv25519", "--detached", "vendor")
    keys.encrypt(plain, vendor.inbox / "bad.csv.gpg", "-r", "receiver-cv25519")
    (vendor.inbox / "bad.csv.gpg.sig").write_bytes((vendor.inbox / "good.csv.gpg.sig").read_bytes())
    for path in vendor.inbox.iterdir():
        aged(path, 3600)
    result = octo.run()
    assert result.states() == {"good.csv.gpg": "landed", "bad.csv.gpg": "quarantined"}, result.stdout


def test_replay_uses_the_kept_ciphertext(octo, vendor, keys):
    octo.provider["keep_raw"] = '"raw/{provider}/{date}/{name}"'
    sample("bad", "no-integrity", "--home", keys.home, "-o", vendor.inbox / "old.csv.gz.gpg")
    aged(vendor.inbox / "old.csv.gz.gpg", 3600)
    assert octo.run().states() == {"old.csv.gz.gpg": "quarantined"}
    raw = [path for path in (octo.landed / "raw").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in raw] == [(vendor.inbox / "old.csv.gz.gpg").read_bytes()]
    (vendor.inbox / "old.csv.gz.gpg").unlink()  # the vendor has taken it away
    vendor.stop()  # and is not even there
    octo.openpgp["integrity"] = '"allow-missing"'
    result = octo.call("replay", "affirm", "--all", "--json")
    assert result.states() == {"old.csv.gz.gpg": "landed"}, result.stdout + result.stderr


def test_a_wrong_passphrase_ends_with_a_clear_message_and_no_secret(octo, vendor, keys, tape):
    vendor.put("tape.csv.gz.gpg", tape(100, 1, "--gzip", "-r", "receiver-cv25519-locked")[1])
    octo.openpgp["keys"] = f'["file:{keys.file("receiver-cv25519-locked.sec.asc")}"]'
    octo.openpgp["passphrase"] = '"env:PASSPHRASE"'
    wrong = octo.run(PASSPHRASE="not-the-one-hunter2")
    assert wrong.code in (3, 4), wrong.stdout + wrong.stderr
    assert "passphrase" in wrong.stderr and "hunter2" not in wrong.stdout + wrong.stderr
    right = octo.run(PASSPHRASE=keys.passphrase)
    assert right.states() == {"tape.csv.gz.gpg": "landed"}, right.stdout + right.stderr


def test_content_that_is_no_message_is_refused_although_it_is_named_so(octo, vendor):
    vendor.put("page.csv.gpg", b"<html>503 Service Unavailable</html>")
    result = octo.run()
    assert result.states() == {"page.csv.gpg": "quarantined"}
    assert octo.visible() == {}


def test_an_empty_file_waits_unless_it_is_allowed(octo, vendor):
    vendor.put("empty.csv", b"")
    assert octo.run().deliveries == {}
    octo.provider["allow_empty"] = "true"
    assert octo.run().states() == {"empty.csv": "landed"}
    assert octo.visible() == {"data/csv/affirm/empty.csv": b""}


def test_a_damaged_gzip_trailer_is_noticed(octo, vendor):
    packed = bytearray(gzip.compress(csv(1000)))
    packed[-8] ^= 1  # the CRC
    vendor.put("tape.csv.gz", bytes(packed))
    assert octo.run().states() == {"tape.csv.gz": "quarantined"}
    assert octo.visible() == {}
