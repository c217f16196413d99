#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

// Names of entries, made safe to write anywhere.
namespace octo::codec {

// Valid UTF-8 (a character cut by the end is fine) without control characters other than white
// space, ESC and SUB.
bool IsText(std::string_view bytes);
// Whether there is a control character that no text has (bytes above 7f say nothing: they may be
// Latin-1).
bool HasBinaryBytes(std::string_view bytes);

// How the bytes of a name are to be read when they are not UTF-8.
enum class Charset { kLatin1, kCodePage437 };

// `raw` as valid UTF-8.
std::string ToUtf8(std::string_view raw, Charset charset);

// `path` (UTF-8) as a safe relative path: no root, drive letter, "." or "..", no empty part;
// control characters and those that turn the direction of writing become "_". Empty when nothing is
// left.
std::string SafePath(std::string_view path);
// With "\" read as "/", as some zip writers leave it.
std::string ForwardSlashes(std::string path);

// Without ".gz" and its like; ".tgz" and its like become ".tar". The same name if it has none of
// them.
std::string WithoutCompressionExtension(std::string name);
// Without ".zip" or ".tar".
std::string WithoutContainerExtension(std::string name);

// Tells equal names apart: the second "a/b.csv" becomes "a/b.2.csv". Keeps a few bytes a name;
// should hashes of two names collide, one of them gets a number without need.
class UsedNames {
 public:
  std::string Unique(const std::string& name);

 private:
  std::map<uint64_t, uint32_t> count_;  // by hash: how many were called so
};

}  // namespace octo::codec
