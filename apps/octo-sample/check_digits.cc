#include "check_digits.h"

namespace octo::sample {
namespace {

// 0-9 as they are, A = 10 ... Z = 35.
int ValueOf(char character) { return character <= '9' ? character - '0' : character - 'A' + 10; }

int DigitSum(int value) { return value / 10 + value % 10; }

std::string WithDigit(std::string_view text, int sum) {
  return std::string(text) + static_cast<char>('0' + (10 - sum % 10) % 10);
}

// FIGI and CUSIP: the value of every second character is doubled, then decimal digits are added.
std::string DoubledBySecondCharacter(std::string_view text) {
  int sum = 0;
  for (size_t at = 0; at < text.size(); ++at)
    sum += DigitSum(ValueOf(text[at]) * (at % 2 == 1 ? 2 : 1));
  return WithDigit(text, sum);
}

}  // namespace

std::string WithFigiDigit(std::string_view eleven) { return DoubledBySecondCharacter(eleven); }
std::string WithCusipDigit(std::string_view eight) { return DoubledBySecondCharacter(eight); }

std::string WithIsinDigit(std::string_view eleven) {
  std::string digits;
  for (const char character : eleven) digits += std::to_string(ValueOf(character));
  int sum = 0;
  for (size_t at = 0; at < digits.size(); ++at) {
    const bool doubled = (digits.size() - at) % 2 == 1;  // the last one and every second before it
    sum += DigitSum((digits[at] - '0') * (doubled ? 2 : 1));
  }
  return WithDigit(eleven, sum);
}

}  // namespace octo::sample
