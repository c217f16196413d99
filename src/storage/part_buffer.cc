#include "storage/part_buffer.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace octo::storage {

ChunkPool::Chunk ChunkPool::Take() {
  if (free_.empty()) return std::make_unique_for_overwrite<std::byte[]>(kChunkBytes);
  Chunk chunk = std::move(free_.back());
  free_.pop_back();
  return chunk;
}

void ChunkPool::Give(std::vector<Chunk> chunks) {
  std::move(chunks.begin(), chunks.end(), std::back_inserter(free_));
}

void PartBuffer::Append(std::span<const std::byte> data, ChunkPool& pool) {
  while (!data.empty()) {
    const size_t offset = bytes_ % ChunkPool::kChunkBytes;
    if (offset == 0) chunks_.push_back(pool.Take());
    const size_t count = std::min(data.size(), ChunkPool::kChunkBytes - offset);
    std::memcpy(chunks_.back().get() + offset, data.data(), count);
    bytes_ += count;
    data = data.subspan(count);
  }
}

std::vector<std::span<const std::byte>> PartBuffer::Pieces() const {
  std::vector<std::span<const std::byte>> pieces;
  size_t left = bytes_;
  for (const auto& chunk : chunks_) {
    pieces.emplace_back(chunk.get(), std::min(left, ChunkPool::kChunkBytes));
    left -= pieces.back().size();
  }
  return pieces;
}

void PartBuffer::Release(ChunkPool& pool) {
  pool.Give(std::exchange(chunks_, {}));
  bytes_ = 0;
}

}  // namespace octo::storage
