#pragma once

#include <cstddef>
#include <cstdint>

namespace octo::sample {

// splitmix64 (Steele, Lea, Flood 2014): a small generator whose numbers are the same everywhere,
// which the distributions of the standard library do not promise. Not for secrets.
constexpr uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// One generator for each thing that is made (a loan, a security), seeded with what identifies it,
// so that a thing looks the same whatever was made before it.
class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}
  constexpr Random(uint64_t seed, uint64_t index, uint64_t purpose = 0)
      : state_(Mix(Mix(seed ^ Mix(purpose)) ^ index)) {}

  constexpr uint64_t Next() {
    const uint64_t value = Mix(state_);
    state_ += 0x9e3779b97f4a7c15;
    return value;
  }

  // 0 <= result < bound, for bound > 0 (by multiplication: the bias of 2^-32 does not matter here).
  constexpr uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((Next() >> 32) * bound) >> 32);
  }

  // low <= result <= high.
  constexpr int Between(int low, int high) {
    return low + static_cast<int>(Below(static_cast<uint32_t>(high - low) + 1));
  }

  // True `per_million` times in a million.
  constexpr bool Chance(uint32_t per_million) { return Below(1'000'000) < per_million; }

  template <typename Array>
  constexpr const auto& OneOf(const Array& choices) {
    return choices[Below(static_cast<uint32_t>(choices.size()))];
  }

 private:
  uint64_t state_;
};

}  // namespace octo::sample
