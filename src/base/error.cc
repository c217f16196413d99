#include "base/error.h"

#include <fmt/core.h>

#include <array>
#include <new>
#include <system_error>
#include <utility>

namespace octo {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 9> kKinds = {{
    {ErrorKind::kTransient, "transient"},
    {ErrorKind::kIncomplete, "incomplete"},
    {ErrorKind::kPermanent, "permanent"},
    {ErrorKind::kCorrupt, "corrupt"},
    {ErrorKind::kDenied, "denied"},
    {ErrorKind::kConflict, "conflict"},
    {ErrorKind::kCancelled, "cancelled"},
    {ErrorKind::kUsage, "usage"},
    {ErrorKind::kBug, "bug"},
}};

constexpr std::array<std::pair<ErrorScope, std::string_view>, 4> kScopes = {{
    {ErrorScope::kDelivery, "delivery"},
    {ErrorScope::kProvider, "provider"},
    {ErrorScope::kDestination, "destination"},
    {ErrorScope::kProcess, "process"},
}};

template <typename Table, typename Value>
std::string_view NameIn(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  return "unknown";
}

template <typename Table, typename Value>
Value ValueIn(const Table& table, std::string_view name, Value otherwise) {
  for (const auto& [value, candidate] : table) {
    if (candidate == name) return value;
  }
  return otherwise;
}

}  // namespace

std::string_view Name(ErrorKind kind) { return NameIn(kKinds, kind); }
std::string_view Name(ErrorScope scope) { return NameIn(kScopes, scope); }
ErrorKind ErrorKindFromName(std::string_view name) {
  return ValueIn(kKinds, name, ErrorKind::kBug);
}
ErrorScope ErrorScopeFromName(std::string_view name) {
  return ValueIn(kScopes, name, ErrorScope::kProcess);
}

std::string Describe(const Error& error) {
  std::string text = fmt::format("{}: {} ({})", error.stage, error.message, Name(error.kind));
  if (!error.hint.empty()) text += ". Hint: " + error.hint;
  return text;
}

Error Cancelled(std::string stage) {
  return {ErrorKind::kCancelled, ErrorScope::kProcess, std::move(stage), "cancelled"};
}

Error CurrentError(std::string_view stage) {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kTransient, ErrorScope::kProcess, std::string(stage), "out of memory",
            "lower memory_budget or parallel_files, or give the process more memory"};
  } catch (const std::system_error& error) {
    return {ErrorKind::kTransient, ErrorScope::kProcess, std::string(stage), error.what()};
  } catch (const std::exception& error) {
    return {ErrorKind::kBug, ErrorScope::kProcess, std::string(stage),
            fmt::format("unexpected failure: {}", error.what()), "please report this"};
  }
}

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

}  // namespace octo
