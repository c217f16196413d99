#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "stream/context.h"

namespace octo::storage {

struct Credentials {
  std::string access_key;
  Secret secret_key;
  Secret session_token;             // empty for long-lived keys
  std::optional<WallTime> expires;  // absent for those that don't
  std::string origin;               // for messages: "the environment", "the profile default", ...
};

// One place where credentials may come from. One thread at a time.
class CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource() = default;

  // nullopt when this place is not set up here. Throws (destination scope) when it is, but does not
  // give any.
  virtual std::optional<Credentials> Fetch(const stream::Context& context) = 0;
};

// The first source that has credentials; they are kept, and fetched anew some minutes before they
// expire. Thread-safe.
class CredentialChain {
 public:
  CredentialChain(std::vector<std::unique_ptr<CredentialSource>> sources, WallClock clock)
      : sources_(std::move(sources)), clock_(std::move(clock)) {}

  // Throws kDenied of destination scope when no source has any. A failure to renew credentials that
  // are still valid is logged, not thrown.
  Credentials Current(const stream::Context& context);
  // The service calls these expired, whatever we think: the next Current fetches anew.
  void Refuse(const Credentials& credentials);

 private:
  Credentials FetchFirst(const stream::Context& context);
  bool IsFresh() const;

  const std::vector<std::unique_ptr<CredentialSource>> sources_;
  const WallClock clock_;
  std::mutex mutex_;
  std::optional<Credentials> current_;
  WallTime next_try_{};  // after a renewal that failed
};

}  // namespace octo::storage
