#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

struct sqlite3_stmt;

namespace octo::ledger::sqlite {

// One execution of a prepared statement, which its Database owns and keeps for the next time.
// Values are bound in the order of the '?'; columns are read by position, from 0. The statement is
// reset when the query goes. Use it inside a transaction of the Database; a statement can't be
// executing twice at once.
class Query {
 public:
  template <typename... Values>
  explicit Query(sqlite3_stmt* statement, const Values&... values) : statement_(statement) {
    (Bind(values), ...);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  // On to the next row; false after the last. Throws what Failure (failure.h) says.
  bool Step();

  bool IsNull(int column) const;
  int64_t Integer(int column) const;
  int SmallInteger(int column) const { return static_cast<int>(Integer(column)); }
  uint64_t Bytes(int column) const { return static_cast<uint64_t>(Integer(column)); }
  std::string Text(int column) const;
  std::optional<std::string> OptionalText(int column) const;
  WallTime Time(int column) const { return WallTime(std::chrono::microseconds(Integer(column))); }
  std::optional<WallTime> OptionalTime(int column) const;

 private:
  void Bind(int64_t value);
  void Bind(int value) { Bind(static_cast<int64_t>(value)); }
  void Bind(uint64_t value) { Bind(static_cast<int64_t>(value)); }
  void Bind(WallTime value) { Bind(static_cast<int64_t>(value.time_since_epoch().count())); }
  void Bind(std::string_view value);
  void Bind(std::nullopt_t);
  template <typename Value>
  void Bind(const std::optional<Value>& value) {
    if (value) {
      Bind(*value);
    } else {
      Bind(std::nullopt);
    }
  }

  sqlite3_stmt* statement_;
  int bound_ = 0;
};

}  // namespace octo::ledger::sqlite
