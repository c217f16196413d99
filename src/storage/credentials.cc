#include "storage/credentials.h"

#include "base/error.h"
#include "base/log.h"

namespace octo::storage {
namespace {

constexpr std::chrono::minutes kRenewBefore{5};
constexpr std::chrono::seconds kPauseAfterFailure{30};

}  // namespace

bool CredentialChain::IsFresh() const {
  if (!current_) return false;
  if (!current_->expires) return true;
  const WallTime now = clock_();
  return now < *current_->expires - kRenewBefore || (now < *current_->expires && now < next_try_);
}

Credentials CredentialChain::FetchFirst(const stream::Context& context) {
  for (const auto& source : sources_) {
    if (auto credentials = source->Fetch(context)) return *std::move(credentials);
  }
  throw Error(ErrorKind::kDenied, ErrorScope::kDestination, "credentials",
              "no AWS credentials were found",
              "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in "
              "~/.aws/credentials, or give the machine "
              "or container a role");
}

Credentials CredentialChain::Current(const stream::Context& context) {
  const std::lock_guard lock(mutex_);
  if (IsFresh()) return *current_;
  try {
    current_ = FetchFirst(context);
  } catch (const Error& error) {
    const bool still_valid = current_ && current_->expires && clock_() < *current_->expires;
    if (!still_valid || error.kind == ErrorKind::kCancelled) throw;
    log::Warning("the AWS credentials of {} could not be renewed yet: {}", current_->origin,
                 Describe(error));
    next_try_ = clock_() + kPauseAfterFailure;
  }
  return *current_;
}

void CredentialChain::Refuse(const Credentials& credentials) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->access_key == credentials.access_key &&
      current_->session_token.Reveal() == credentials.session_token.Reveal()) {
    current_.reset();
  }
}

}  // namespace octo::storage
