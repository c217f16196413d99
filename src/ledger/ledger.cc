#include "ledger/ledger.h"

#include <fmt/core.h>

#include <array>
#include <utility>

namespace octo::ledger {
namespace {

constexpr std::array<std::pair<DeliveryState, std::string_view>, 7> kDeliveryStates = {{
    {DeliveryState::kPending, "pending"},
    {DeliveryState::kFetching, "fetching"},
    {DeliveryState::kCommitting, "committing"},
    {DeliveryState::kLanded, "landed"},
    {DeliveryState::kAdopted, "adopted"},
    {DeliveryState::kQuarantined, "quarantined"},
    {DeliveryState::kConflict, "conflict"},
}};

constexpr std::array<std::pair<JobState, std::string_view>, 5> kJobStates = {{
    {JobState::kRunning, "running"},
    {JobState::kComplete, "complete"},
    {JobState::kFailed, "failed"},
    {JobState::kCancelled, "cancelled"},
    {JobState::kInterrupted, "interrupted"},
}};

template <typename Table, typename State>
std::string_view NameIn(const Table& table, State state) {
  for (const auto& [candidate, name] : table) {
    if (candidate == state) return name;
  }
  return "unknown";
}

template <typename State, typename Table>
std::optional<State> StateIn(const Table& table, std::string_view name) {
  for (const auto& [state, candidate] : table) {
    if (candidate == name) return state;
  }
  return std::nullopt;
}

}  // namespace

std::string_view Name(DeliveryState state) { return NameIn(kDeliveryStates, state); }
std::optional<DeliveryState> DeliveryStateFromName(std::string_view name) {
  return StateIn<DeliveryState>(kDeliveryStates, name);
}

std::string_view Name(JobState state) { return NameIn(kJobStates, state); }
std::optional<JobState> JobStateFromName(std::string_view name) {
  return StateIn<JobState>(kJobStates, name);
}

Error LeaseLost(const Claim& claim) {
  return {ErrorKind::kTransient, ErrorScope::kDelivery, "lease",
          fmt::format(
              "the claim of {} on {} has ended: another worker took it over, or it was given back",
              claim.worker, claim.delivery.path),
          "nothing to do: whoever holds the delivery now goes on with it"};
}

bool IsLeaseLost(const Error& error) { return error.stage == "lease"; }

}  // namespace octo::ledger
