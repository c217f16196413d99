#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "codec/delivery.h"
#include "stream/source.h"

namespace octo::codec {

// A file inside a container. Its content is the container's, valid until the next Next; its end
// verifies the file alone.
struct Member {
  std::string path;               // valid UTF-8, not yet safe
  std::optional<uint64_t> bytes;  // when known beforehand
  stream::Source* content = nullptr;
};

// A container read as a stream. Directories are passed over; links, devices and what can't be
// verified are refused. Next reads what is left of the member before, and returns nullopt once the
// container and the source it is read from have been verified to their last byte. After a throw it
// must not be called again.
class Container {
 public:
  Container() = default;
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  virtual ~Container() = default;

  virtual std::optional<Member> Next() = 0;
};

// Why our own readers and not libarchive's: it does not notice a tar that was cut between entries,
// a zip that was cut in its central directory, or what trails either, and it keeps the records that
// a check beside it would need to itself. Both formats are small once they are read strictly and
// front to back.

// `end_is_vouched_for`: the source's end can't be a cut that nobody noticed, so a tar may lack its
// end blocks.
std::unique_ptr<Container> OpenTar(std::unique_ptr<stream::Source> source, const Place& place,
                                   bool end_is_vouched_for);
std::unique_ptr<Container> OpenZip(std::unique_ptr<stream::Source> source, const Place& place);

}  // namespace octo::codec
