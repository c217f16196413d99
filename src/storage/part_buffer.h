#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace octo::storage {

// Memory in equal chunks, reused: large blocks that are allocated anew for each part would cost
// more time in page faults than their bytes do. One thread at a time.
class ChunkPool {
 public:
  using Chunk = std::unique_ptr<std::byte[]>;
  static constexpr size_t kChunkBytes = size_t{256} << 10;

  Chunk Take();
  void Give(std::vector<Chunk> chunks);

 private:
  std::vector<Chunk> free_;
};

// The bytes of one part. Movable.
class PartBuffer {
 public:
  // Appends all of `data`, taking chunks from `pool` as needed.
  void Append(std::span<const std::byte> data, ChunkPool& pool);
  size_t bytes() const { return bytes_; }
  // Valid until the next Append or Release.
  std::vector<std::span<const std::byte>> Pieces() const;
  // Empties the buffer; its chunks go to the pool.
  void Release(ChunkPool& pool);

 private:
  std::vector<ChunkPool::Chunk> chunks_;
  size_t bytes_ = 0;
};

}  // namespace octo::storage
