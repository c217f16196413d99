#include "ledger/sqlite/query.h"

#include <sqlite3.h>

#include "ledger/sqlite/failure.h"

namespace octo::ledger::sqlite {
namespace {

[[noreturn]] void Fail(sqlite3_stmt* statement, int code) {
  sqlite3* connection = sqlite3_db_handle(statement);
  throw Failure(connection, code, sqlite3_db_filename(connection, "main"));
}

}  // namespace

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::Bind(int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_, ++bound_, value); code != SQLITE_OK) {
    Fail(statement_, code);
  }
}

void Query::Bind(std::string_view value) {
  // A null pointer would bind NULL.
  const char* text = value.data() != nullptr ? value.data() : "";
  if (const int code = sqlite3_bind_text64(statement_, ++bound_, text, value.size(),
                                           SQLITE_TRANSIENT,  // NOLINT: SQLite's own cast
                                           SQLITE_UTF8);
      code != SQLITE_OK) {
    Fail(statement_, code);
  }
}

void Query::Bind(std::nullopt_t) {
  if (const int code = sqlite3_bind_null(statement_, ++bound_); code != SQLITE_OK) {
    Fail(statement_, code);
  }
}

bool Query::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) Fail(statement_, code);
  return false;
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Query::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::string> Query::OptionalText(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Text(column);
}

std::optional<WallTime> Query::OptionalTime(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Time(column);
}

}  // namespace octo::ledger::sqlite
