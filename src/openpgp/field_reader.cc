#include "openpgp/field_reader.h"

#include "openpgp/failure.h"

namespace octo::openpgp {

std::span<const std::byte> FieldReader::Take(size_t count) {
  if (count > bytes_.size()) throw Corrupt("a packet that is too short for its fields");
  const auto taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

uint64_t FieldReader::Number(size_t bytes) {
  uint64_t number = 0;
  for (const std::byte byte : Take(bytes)) number = (number << 8) | std::to_integer<uint64_t>(byte);
  return number;
}

std::span<const std::byte> FieldReader::Mpi() {
  const size_t bits = U16();
  return Take((bits + 7) / 8);
}

}  // namespace octo::openpgp
