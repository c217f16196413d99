// Deliveries made by the programs that vendors use.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "codec/samples.h"

namespace octo::codec {
namespace {

using samples::Unpack;

constexpr const char* kPython = R"(
import io, tarfile, zipfile, zlib
plain = open('a.csv', 'rb').read()
class Pipe:  # can't seek, so zipfile must write descriptors
    def __init__(self, name): self.file = open(name, 'wb')
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
def pack(target, method):
    with zipfile.ZipFile(target, 'w', method) as z:
        z.mkdir('d') if hasattr(z, 'mkdir') else z.writestr('d/', '')
        z.write('a.csv')
        z.writestr('d/prêt.csv', 'x')
for name, method in (('stored', 0), ('deflated', 8), ('bzip2', 12)):
    pack(name + '.zip', method)
pack(Pipe('piped.zip'), 8)
pack(Pipe('piped-bzip2.zip'), 12)
with zipfile.ZipFile('zip64.zip', 'w', 8) as z:
    for name in ('a.csv', 'd/prêt.csv'):
        with z.open(name, 'w', force_zip64=True) as f: f.write(plain if name == 'a.csv' else b'x')
for name, form in (('pax', tarfile.PAX_FORMAT), ('gnu', tarfile.GNU_FORMAT), ('ustar', tarfile.USTAR_FORMAT)):
    with tarfile.open(name + '.tar', 'w', format=form) as t:
        t.add('d', recursive=False)
        t.add('a.csv')
        info = tarfile.TarInfo('d/prêt.csv'); info.size = 1
        t.addfile(info, io.BytesIO(b'x'))
open('a.csv.zz', 'wb').write(zlib.compress(plain))
)";

// The folder with everything in it that could be made.
class RealTools : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "codec-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::create_directory(folder_ / "d");
    std::ofstream(folder_ / "a.csv") << samples::Csv(50'000);
    std::ofstream(folder_ / "d" / "prêt.csv") << "x";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  bool Run(const std::string& command) const {
    return std::system(
               ("cd " + folder_.string() + " && " + command + " >/dev/null 2>&1").c_str()) == 0;
  }

  std::string Bytes(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void ExpectTheFiles(const std::string& name) const {
    SCOPED_TRACE(name);
    const auto unpacked = Unpack(Bytes(name));
    ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
    EXPECT_TRUE(unpacked.container);
    ASSERT_EQ(unpacked.files.size(), 2u);
    for (const auto& file : unpacked.files) {
      const bool large = file.name == "a.csv";
      EXPECT_EQ(file.name, large ? "a.csv" : "d/prêt.csv");
      EXPECT_TRUE(file.content == (large ? samples::Csv(50'000) : "x"));
    }
  }

  std::filesystem::path folder_;
};

TEST_F(RealTools, ZipsAndTarsOfPython) {
  if (!Run("python3 --version")) GTEST_SKIP() << "python3 is not installed";
  std::ofstream(folder_ / "pack.py") << kPython;
  ASSERT_TRUE(Run("python3 pack.py"));
  for (const char* name : {"stored.zip", "deflated.zip", "bzip2.zip", "piped.zip",
                           "piped-bzip2.zip", "zip64.zip", "pax.tar", "gnu.tar", "ustar.tar"}) {
    ExpectTheFiles(name);
  }
  EXPECT_EQ(Unpack(Bytes("a.csv.zz")).files.at(0).content, samples::Csv(50'000));
}

TEST_F(RealTools, TarsOfTar) {
  if (!Run("tar --version")) GTEST_SKIP() << "tar is not installed";
  for (const std::string form : {"v7", "oldgnu", "gnu", "ustar", "posix"}) {
    ASSERT_TRUE(Run("tar --format=" + form + " -cf " + form + ".tar a.csv d"));
    ExpectTheFiles(form + ".tar");
  }
  ASSERT_TRUE(Run("tar -czf a.tgz a.csv d"));
  ExpectTheFiles("a.tgz");
}

TEST_F(RealTools, FilesOfTheCompressors) {
  for (const auto& [tool, extension] : std::map<std::string, std::string>{
           {"gzip", "gz"}, {"bzip2", "bz2"}, {"xz", "xz"}, {"zstd", "zst"}}) {
    if (!Run(tool + " --version")) continue;
    ASSERT_TRUE(Run(tool + " -k a.csv")) << tool;
    const auto unpacked = Unpack(Bytes("a.csv." + extension));
    ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
    EXPECT_EQ(unpacked.files.at(0).content, samples::Csv(50'000)) << tool;
    EXPECT_EQ(unpacked.files.at(0).name, tool == "gzip" ? "a.csv" : "");
  }
}

}  // namespace
}  // namespace octo::codec
