#pragma once

#include <string>
#include <string_view>

namespace octo::sample {

// Identifiers with their check digit at the end, of the part before it (digits and capital
// letters).
std::string WithFigiDigit(std::string_view eleven);  // ISO 18774
std::string WithIsinDigit(std::string_view eleven);  // ISO 6166
std::string WithCusipDigit(std::string_view eight);  // ANSI X9.6

}  // namespace octo::sample
