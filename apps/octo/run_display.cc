#include "run_display.h"

#include <fmt/core.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <utility>

#include "run_events.h"
#include "text.h"

namespace octo::app {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using pipeline::DeliveryResult;
using pipeline::Plan;
using pipeline::PlannedFile;
using pipeline::RunResult;
using pipeline::Verdict;

// What all displays keep: what is running, and how much has been transferred. Locked by mutex_.
class TrackingDisplay : public RunDisplay {
 public:
  void Planned(const std::string& job, const Plan& plan) override {
    const std::lock_guard lock(mutex_);
    job_ = job;
    total_bytes_ += plan.BytesToFetch();
    total_files_ += plan.CountOf(Verdict::kFetch);
    ShowPlan(plan);
  }
  void Started(const std::string& delivery, const PlannedFile& file,
               const stream::Progress& progress) override {
    const std::lock_guard lock(mutex_);
    running_[delivery] = {file.entry.path, file.entry.bytes, &progress, Clock::now()};
  }
  void Ended(const DeliveryResult& result) override {
    const std::lock_guard lock(mutex_);
    Drop(result.id, true);
    ++done_files_;
    ShowResult(result);
  }
  void GivenBack(const std::string& delivery) override {
    const std::lock_guard lock(mutex_);
    Drop(delivery, false);
  }
  void Retrying(const DeliveryResult& result, WallTime next_try) override {
    const std::lock_guard lock(mutex_);
    Drop(result.id, false);
    ShowRetry(result, next_try);
  }
  void Waiting(size_t files, std::chrono::seconds wait) override {
    const std::lock_guard lock(mutex_);
    ShowWaiting(files, wait);
  }

 protected:
  struct Running {
    std::string path;
    uint64_t bytes = 0;
    const stream::Progress* progress = nullptr;
    Clock::time_point since;
  };

  virtual void ShowPlan(const Plan& plan) = 0;
  virtual void ShowResult(const DeliveryResult& result) = 0;
  virtual void ShowRetry(const DeliveryResult& result, WallTime next_try) = 0;
  virtual void ShowWaiting(size_t files, std::chrono::seconds wait) = 0;

  uint64_t BytesDone() const {
    uint64_t bytes = finished_bytes_;
    for (const auto& [id, running] : running_) bytes += running.progress->bytes;
    return bytes;
  }

  // Calls `tick` (with mutex_ held) every `period` until the display goes.
  void TickEvery(std::chrono::milliseconds period, std::function<void()> tick) {
    ticker_ = std::jthread([this, period, tick = std::move(tick)](const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      while (!never_.wait_for(lock, stop, period, [&] { return stop.stop_requested(); })) tick();
    });
  }
  void StopTicking() {
    ticker_.request_stop();
    if (ticker_.joinable()) ticker_.join();
  }

  std::mutex mutex_;
  std::string job_;
  std::map<std::string, Running> running_;
  uint64_t total_bytes_ = 0;
  size_t total_files_ = 0;
  size_t done_files_ = 0;
  uint64_t finished_bytes_ = 0;
  const Clock::time_point start_ = Clock::now();

 private:
  void Drop(const std::string& delivery, bool finished) {
    const auto found = running_.find(delivery);
    if (found == running_.end()) return;
    if (finished) finished_bytes_ += found->second.progress->bytes;
    running_.erase(found);
  }

  std::condition_variable_any never_;
  std::jthread ticker_;
};

void PrintLine(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

class JsonDisplay final : public TrackingDisplay {
 public:
  explicit JsonDisplay(std::string provider) : provider_(std::move(provider)) {
    TickEvery(std::chrono::seconds(1), [this] { ShowProgress(); });
  }
  ~JsonDisplay() override { StopTicking(); }

  void End(const RunResult& result) override {
    StopTicking();
    PrintLine(JobEventJson(provider_, result));
  }

 private:
  void ShowPlan(const Plan&) override { ShowProgress(); }
  void ShowResult(const DeliveryResult& result) override {
    PrintLine(DeliveryEventJson(job_, provider_, result));
  }
  void ShowRetry(const DeliveryResult& result, WallTime next_try) override {
    PrintLine(json::serialize(json::object{{"event", "retry"},
                                           {"job", job_},
                                           {"provider", provider_},
                                           {"name", Printable(result.name)},
                                           {"error", ErrorJson(result.error)},
                                           {"next_try", FormatTime(next_try)}}));
  }
  void ShowWaiting(size_t files, std::chrono::seconds wait) override {
    PrintLine(json::serialize(json::object{{"event", "waiting"},
                                           {"job", job_},
                                           {"provider", provider_},
                                           {"files", files},
                                           {"seconds", wait.count()}}));
  }
  void ShowProgress() {
    if (job_.empty()) return;
    PrintLine(json::serialize(json::object{{"event", "progress"},
                                           {"job", job_},
                                           {"provider", provider_},
                                           {"files_done", done_files_},
                                           {"files_total", total_files_},
                                           {"bytes_done", BytesDone()},
                                           {"bytes_total", total_bytes_}}));
  }

  const std::string provider_;
};

// Lines for a log or a pipe; the base of the live view.
class PlainDisplay : public TrackingDisplay {
 public:
  PlainDisplay(std::string provider, bool color) : provider_(std::move(provider)), color_(color) {}

  void End(const RunResult& result) override {
    const std::lock_guard lock(mutex_);
    Print(Summary(result));
  }

 protected:
  virtual void Print(const std::string& lines) { PrintLine(lines); }

  std::string Colored(const char* code, const std::string& text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  std::string provider_;

 private:
  void ShowPlan(const Plan& plan) override {
    const size_t fetch = plan.CountOf(Verdict::kFetch);
    std::string line = fetch == 0 ? fmt::format("{}: nothing new", provider_)
                                  : fmt::format("{}: {} to fetch, {}", provider_, Files(fetch),
                                                HumanBytes(plan.BytesToFetch()));
    const auto also = [&](Verdict verdict, const char* text) {
      if (const size_t count = plan.CountOf(verdict)) line += fmt::format(", {} {}", count, text);
    };
    also(Verdict::kKnown, "known");
    also(Verdict::kNotReady, "not ready");
    also(Verdict::kLater, "to be tried later");
    also(Verdict::kQuarantined, "refused before");
    also(Verdict::kConflict, "in conflict");
    also(Verdict::kCollision, "colliding");
    Print(line);
  }

  void ShowResult(const DeliveryResult& result) override {
    std::string line;
    if (result.state == "landed") {
      line = fmt::format("{} {}", Colored("32", "landed     "), Printable(result.name));
      if (result.version > 1) line += fmt::format(" (version {})", result.version);
      if (result.objects.size() == 1) {
        line += fmt::format("\n            {}  {}", result.objects.front().url,
                            HumanBytes(result.objects.front().bytes));
      } else {
        line += fmt::format("\n            {} files, first {}", result.objects.size(),
                            result.objects.empty() ? "" : result.objects.front().url);
      }
    } else if (result.state == "skipped") {
      line = fmt::format("same        {}: the content of version {} again", Printable(result.name),
                         result.version);
    } else {
      line = fmt::format("{} {}\n{}", Colored("31", fmt::format("{:<11}", result.state)),
                         Printable(result.name), HumanError(*result.error, "            "));
    }
    Print(line);
  }

  void ShowRetry(const DeliveryResult& result, WallTime next_try) override {
    Print(fmt::format("again       {} at {}\n{}", Printable(result.name), FormatTime(next_try),
                      HumanError(*result.error, "            ")));
  }

  void ShowWaiting(size_t files, std::chrono::seconds wait) override {
    Print(fmt::format("{}: waiting {} s to see whether {} still change{}", provider_,
                      std::max<int64_t>(wait.count(), 0), Files(files), files == 1 ? "s" : ""));
  }

  static std::string Files(size_t count) {
    return count == 1 ? "1 file" : fmt::format("{} files", count);
  }

  std::string Summary(const RunResult& result) const {
    const auto& counts = result.counts;
    std::string text = fmt::format("{}: {} landed", provider_, counts.landed);
    const auto also = [&](int64_t count, const char* name) {
      if (count > 0) text += fmt::format(", {} {}", count, name);
    };
    also(counts.skipped, "with content that had landed");
    also(counts.failed, "failed");
    also(counts.quarantined, "quarantined");
    also(counts.conflict, "in conflict");
    also(counts.known, "known");
    text += fmt::format("; {} in {}", HumanBytes(counts.bytes), HumanSeconds(result.seconds));
    if (counts.bytes > 50'000'000)
      text += fmt::format(", most of it spent on {}", result.times.Bottleneck());
    if (result.error && result.error->kind == ErrorKind::kCancelled) {
      text += "\ncancelled: the next run continues";
    } else if (result.error) {
      text += fmt::format("\n{}\n{}", Colored("31", "the run ended early"),
                          HumanError(*result.error, "  "));
    }
    return text;
  }

  bool color_;
};

// The plain lines, and below them a live block: a bar for all, and a line for each running file.
class TerminalDisplay final : public PlainDisplay {
 public:
  TerminalDisplay(std::string provider, bool color) : PlainDisplay(std::move(provider), color) {
    TickEvery(std::chrono::milliseconds(200), [this] { Draw(); });
  }
  ~TerminalDisplay() override { StopTicking(); }

  void End(const RunResult& result) override {
    StopTicking();
    {
      const std::lock_guard lock(mutex_);
      Erase();
    }
    PlainDisplay::End(result);
  }

 private:
  static constexpr size_t kMostLines = 8;

  void Print(const std::string& lines) override {
    Erase();
    PrintLine(lines);
  }

  void Erase() {
    for (; drawn_lines_ > 0; --drawn_lines_) std::fputs("\x1b[1A\x1b[2K", stdout);
    std::fflush(stdout);
  }

  static std::string Bar(double share) {
    constexpr int kWidth = 24;
    const int full = static_cast<int>(std::min(1.0, share) * kWidth + 0.5);
    std::string bar;
    for (int i = 0; i < kWidth; ++i) bar += i < full ? "━" : "─";
    return bar;
  }

  void Draw() {
    if (total_files_ == 0 || done_files_ >= total_files_) return;
    Erase();
    const uint64_t done = BytesDone();
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
    const uint64_t left = total_bytes_ > done ? total_bytes_ - done : 0;
    const double share =
        total_bytes_ == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total_bytes_);
    std::string block =
        fmt::format("{} {:3.0f} %  {} of {}  {} of {} files  {}/s  {} left\n", Bar(share),
                    share * 100, HumanBytes(done), HumanBytes(total_bytes_), done_files_,
                    total_files_, HumanBytes(static_cast<uint64_t>(rate)),
                    rate < 1 ? "?" : HumanSeconds(static_cast<double>(left) / rate));
    drawn_lines_ = 1;
    for (const auto& [id, running] : running_) {
      if (drawn_lines_ > kMostLines) break;
      const uint64_t bytes = running.progress->bytes;
      block += fmt::format("  {:>9} of {:<9} {:.60}\n", HumanBytes(bytes),
                           HumanBytes(running.bytes), Printable(running.path));
      ++drawn_lines_;
    }
    std::fputs(block.c_str(), stdout);
    std::fflush(stdout);
  }

  size_t drawn_lines_ = 0;
};

}  // namespace

std::unique_ptr<RunDisplay> MakeRunDisplay(const DisplayOptions& options) {
  if (options.json) return std::make_unique<JsonDisplay>(options.provider);
  if (options.terminal) return std::make_unique<TerminalDisplay>(options.provider, options.color);
  return std::make_unique<PlainDisplay>(options.provider, options.color);
}

}  // namespace octo::app
