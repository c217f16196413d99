#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "calendar.h"
#include "output.h"

namespace octo::sample {

// Puts text together for an Output, fast: appends without checks inside a record, and hands on a
// chunk at the end of a record. A record may have up to kMostRecord bytes, except for Text, which
// takes any length.
class TextBuffer {
 public:
  static constexpr size_t kMostRecord = size_t{8} << 10;

  explicit TextBuffer(Output& output) : output_(output), chunk_(new char[kChunk + kMostRecord]) {}

  void Char(char character) { chunk_[used_++] = character; }

  void Text(std::string_view text) {
    if (text.size() > kMostRecord / 2 || used_ + text.size() > kChunk + kMostRecord / 2) {
      Flush();
      if (text.size() > kChunk) {
        output_.Write(text);
        return;
      }
    }
    text.copy(chunk_.get() + used_, text.size());
    used_ += text.size();
  }

  void Integer(int64_t value) {
    uint64_t rest = static_cast<uint64_t>(value);
    if (value < 0) {
      Char('-');
      rest = 0 - rest;
    }
    char digits[20];
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    while (count > 0) Char(digits[--count]);
  }

  // Exactly `count` digits, with leading zeros.
  void Digits(uint32_t value, int count) {
    for (int at = count; at-- > 0; value /= 10) {
      chunk_[used_ + static_cast<size_t>(at)] = static_cast<char>('0' + value % 10);
    }
    used_ += static_cast<size_t>(count);
  }

  // 123456 cents: "1234.56".
  void Cents(int64_t cents) {
    if (cents < 0) {
      Char('-');
      cents = -cents;
    }
    Integer(cents / 100);
    Char('.');
    Digits(static_cast<uint32_t>(cents % 100), 2);
  }

  // "2026-04-30".
  void IsoDate(Date date) {
    const std::chrono::year_month_day day(date);
    Digits(static_cast<uint32_t>(static_cast<int>(day.year())), 4);
    Char('-');
    Digits(static_cast<unsigned>(day.month()), 2);
    Char('-');
    Digits(static_cast<unsigned>(day.day()), 2);
  }

  // Between records.
  void EndRecord() {
    if (used_ >= kChunk) Flush();
  }

  void Flush() {
    output_.Write({chunk_.get(), used_});
    used_ = 0;
  }

 private:
  static constexpr size_t kChunk = size_t{64} << 10;

  Output& output_;
  std::unique_ptr<char[]> chunk_;
  size_t used_ = 0;
};

}  // namespace octo::sample
