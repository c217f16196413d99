#pragma once

#include <cstddef>
#include <span>

namespace octo::stream {

// A stream of bytes that is pulled, and that ends only verified.
//
// The invariant everything stands on: Read returns 0 only when the end has been *verified* by all
// that the source can know: the transfer is complete and the file unchanged, the integrity packet
// and the signature are right, the checksum of the compression matches, nothing trails. Bytes
// returned before that are provisional: whoever keeps them must not show them to anybody until the
// end has been reached.
//
// - Read fills up to buffer.size() bytes (never 0 bytes unless at the end; buffer.size() > 0) and
// returns the count.
//   Short counts are normal. It blocks until there is at least one byte, the end, or an error.
// - The end is sticky: after 0 every later Read returns 0. Errors (octo::Error) are sticky too:
// after a throw every
//   later Read throws the same error again.
// - Sources own what they wrap. A source may be destroyed at any time, also before its end; that
// never blocks longer
//   than a second, throws nothing, leaves no thread, child or descriptor behind.
// - One thread at a time, except where a class says otherwise. To interrupt a blocked Read, request
// stop on the
//   Context that the leaf was made with: it then throws an Error of kind kCancelled within a
//   second.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  virtual size_t Read(std::span<std::byte> buffer) = 0;
};

}  // namespace octo::stream
