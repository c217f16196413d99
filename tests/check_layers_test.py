"""tools/check-layers finds what it is there to find, in small trees made for it."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent.parent / "tools/check-layers"
TABLE = 'set(OCTO_LAYERS\n  "base:"\n  "stream: base"\n  "ledger: base stream"\n)\n'


def check(root, files, table=TABLE):
    for name, text in {"cmake/layers.cmake": table, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_accepts_edges_of_the_table_and_owned_headers(tmp_path):
    code, out = check(tmp_path, {
        "src/base/error.h": "#include <string>\n#include <fmt/core.h>\n",
        "src/stream/source.h": '#include "base/error.h"\n',
        "src/ledger/ledger.h": '#include "stream/source.h"\n',
        "src/ledger/ledger.cc": '#include "ledger/ledger.h"\n#include <sqlite3.h>\n#include <sys/stat.h>\n',
        "src/ledger/ledger_test.cc": '#include <gtest/gtest.h>\n#include "ledger/ledger.h"\n',
        "apps/octo/main.cc": '#include <CLI/CLI.hpp>\n#include "ledger/ledger.h"\n',
    })
    assert code == 0, out
    assert "6 files, 0 problems" in out


@pytest.mark.parametrize(("file", "include", "complaint"), [
    ("src/base/error.h", '"stream/source.h"', "no edge from 'src/base' to 'src/stream'"),
    ("src/base/deep/error.cc", '"ledger/not_there.h"', "no edge from 'src/base' to 'src/ledger'"),
    ("src/base/error.cc", '"../stream/source.h"', "no edge from 'src/base' to 'src/stream'"),
    ("src/stream/source_test.cc", '"ledger/ledger.h"', "no edge from 'src/stream' to 'src/ledger'"),
    ("src/ledger/ledger.cc", '"../../apps/octo/main.h"', "no edge from 'src/ledger' to 'apps/octo'"),
    ("src/stream/source.cc", "<sqlite3.h>", "belongs to src/ledger/"),
    ("src/stream/source.cc", '"sqlite3.h"', "belongs to src/ledger/"),
    ("src/base/time.cc", "<spdlog/spdlog.h>", "belongs to src/base/log.cc"),
    ("src/base/error.cc", "<gtest/gtest.h>", "outside a test"),
    ("src/base/error.cc", "<absl/strings/str_cat.h>", "no folder owns"),
    ("src/newcomer/it.cc", "<string>", "src/newcomer: not in cmake/layers.cmake"),
])
def test_finds_a_forbidden_include(tmp_path, file, include, complaint):
    files = {"src/stream/source.h": "", "src/ledger/ledger.h": "", "apps/octo/main.h": ""}
    code, out = check(tmp_path, files | {file: f"// a file\n#include {include}\n"})
    assert code == 1
    assert complaint in out
    if "newcomer" not in file:
        assert f"error: {file}:2: includes" in out


def test_finds_a_third_party_header_that_one_folder_brings_to_another(tmp_path):
    code, out = check(tmp_path, {
        "src/stream/handle.h": "#include <boost/json/value.hpp>\n",
        "src/stream/source.h": '#include "stream/handle.h"\n',
        "src/stream/source.cc": '#include "stream/source.h"\n',
        "src/ledger/ledger.cc": '\n#include "stream/source.h"\n',
    })
    assert code == 1
    assert "error: src/ledger/ledger.cc:2: includes src/stream/source.h, which brings <boost/json/value.hpp>" in out
    assert "1 problems" in out  # inside the folder it may be used


def test_finds_an_edge_that_points_down(tmp_path):
    code, out = check(tmp_path, {}, table='set(OCTO_LAYERS\n  "base: stream"\n  "stream:"\n)\n')
    assert code == 1
    assert "'base' may not stand on 'stream'" in out


def test_names_long_files_without_failing(tmp_path):
    code, out = check(tmp_path, {"src/base/long.cc": "// line\n" * 401})
    assert code == 0
    assert "warning: src/base/long.cc: 401 lines" in out
