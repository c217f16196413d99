#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace octo::openpgp {

// Overwrites memory in a way that the compiler keeps.
void Wipe(void* memory, size_t bytes);

// Gives memory back wiped, also what a growing vector leaves behind.
template <typename T>
struct WipingAllocator : std::allocator<T> {
  template <typename U>
  struct rebind {
    using other = WipingAllocator<U>;
  };
  void deallocate(T* memory, size_t count) {
    Wipe(memory, count * sizeof(T));
    std::allocator<T>::deallocate(memory, count);
  }
};

// Key material in memory.
using SecretBytes = std::vector<std::byte, WipingAllocator<std::byte>>;

}  // namespace octo::openpgp
