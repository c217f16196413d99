#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "net/body_reader.h"

namespace octo::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr long kBufferBytes = long{256} * 1024;
// The longest that poll waits at once; what wakes it earlier is a socket, or the stop.
constexpr std::chrono::milliseconds kLongestPoll{1'000};

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// A curl handle of each kind; the multi handle keeps the connection. One transfer at a time.
struct Session {
  std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
};

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// For messages: a query may hold what is nobody's business.
std::string WithoutQuery(const std::string& url) { return url.substr(0, url.find('?')); }

}  // namespace

class SessionPool {
 public:
  explicit SessionPool(HttpOptions pool_options) : options(std::move(pool_options)) {
    // Once for the process, by whoever comes first; curl counts the rest.
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) throw std::runtime_error("libcurl can't start");
  }

  std::unique_ptr<Session> Take() {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
    auto session = std::make_unique<Session>();
    if (!session->multi || !session->easy) throw std::bad_alloc();
    return session;
  }

  void Give(std::unique_ptr<Session> session) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < options.most_idle_connections) idle_.push_back(std::move(session));
  }

  const HttpOptions options;

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
};

namespace {

// One request and its response, driven by the thread that calls it.
class Transfer final : public ResponseStream {
 public:
  Transfer(std::shared_ptr<SessionPool> pool, const Request& request,
           const stream::Context& context);
  ~Transfer() override;

  void RunToHead();
  const Response& head() const override { return response_; }
  size_t Read(std::span<std::byte> buffer) override;

 private:
  template <typename Value>
  void Set(CURLoption option, Value value);
  void SetUpRequest(const Request& request);
  void SetUpConnection();
  void Step();
  void CheckEnd();
  void CheckSilence();
  [[noreturn]] void ThrowFailure(CURLcode code) const;
  Error Failure(ErrorKind kind, std::string_view why, std::string hint = {}) const;

  static size_t OnRead(char* buffer, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnWrite(char* data, size_t size, size_t count, void* self);

  const std::shared_ptr<SessionPool> pool_;
  const stream::Context context_;
  const stream::StopEvent stop_event_;
  const std::string method_;
  const std::string where_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<curl_slist, FreeList> header_list_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  BodyReader body_;

  Response response_;
  bool has_head_ = false;
  bool ended_ = false;
  bool paused_ = false;
  std::span<std::byte> room_;  // of the buffer of the Read that runs
  std::string rest_;           // what came beyond it
  size_t rest_taken_ = 0;
  Clock::time_point last_sign_ = Clock::now();
  curl_off_t sent_ = 0;
  std::exception_ptr error_;
};

template <typename Value>
void Transfer::Set(CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(session_->easy.get(), option, value); code != CURLE_OK)
    ThrowFailure(code);
}

Transfer::Transfer(std::shared_ptr<SessionPool> pool, const Request& request,
                   const stream::Context& context)
    : pool_(std::move(pool)),
      context_(context),
      stop_event_(context.stop),
      method_(request.method),
      where_(WithoutQuery(request.url)),
      session_(pool_->Take()),
      body_(request.body) {
  context_.ThrowIfStopped(pool_->options.stage.c_str());
  SetUpConnection();
  SetUpRequest(request);
  curl_multi_add_handle(session_->multi.get(), session_->easy.get());
}

Transfer::~Transfer() {
  // A connection whose answer was not read to its end is closed by this, others stay for the next
  // transfer.
  curl_multi_remove_handle(session_->multi.get(), session_->easy.get());
  curl_easy_reset(session_->easy.get());
  pool_->Give(std::move(session_));
}

void Transfer::SetUpConnection() {
  const HttpOptions& options = pool_->options;
  Set(CURLOPT_ERRORBUFFER, error_text_.data());
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_QUICK_EXIT, 1L);  // or a stop would wait for a name server that does not answer
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect.count()));
  Set(CURLOPT_TCP_KEEPALIVE, 1L);
  Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(CURLOPT_BUFFERSIZE, kBufferBytes);
  Set(CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
  if (!options.ca_bundle.empty()) Set(CURLOPT_CAINFO, options.ca_bundle.c_str());
  if (!options.use_proxy) Set(CURLOPT_NOPROXY, "*");
}

void Transfer::SetUpRequest(const Request& request) {
  Set(CURLOPT_URL, request.url.c_str());
  Set(CURLOPT_PATH_AS_IS, 1L);
  const uint64_t bytes = body_.TotalBytes();
  if (request.method == "HEAD") {
    Set(CURLOPT_NOBODY, 1L);
  } else if (bytes > 0 || request.method == "PUT" || request.method == "POST") {
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes));
    Set(CURLOPT_READFUNCTION, &OnRead);
    Set(CURLOPT_READDATA, this);
    Set(CURLOPT_SEEKFUNCTION, &OnSeek);
    Set(CURLOPT_SEEKDATA, this);
  }
  if (request.method != "HEAD") Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(CURLOPT_HEADERDATA, this);
  Set(CURLOPT_WRITEFUNCTION, &OnWrite);
  Set(CURLOPT_WRITEDATA, this);

  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // a round trip saved for every part
  for (const auto& [name, value] : request.headers) {
    // curl drops "name:" but sends "name;" as a header without a value
    const std::string line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
    list = curl_slist_append(list, line.c_str());
  }
  header_list_.reset(list);
  Set(CURLOPT_HTTPHEADER, list);
}

size_t Transfer::OnRead(char* buffer, size_t size, size_t count, void* self) {
  return static_cast<Transfer*>(self)->body_.Read(
      std::as_writable_bytes(std::span(buffer, size * count)));
}

int Transfer::OnSeek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(self)->body_.Seek(static_cast<uint64_t>(offset));
  return CURL_SEEKFUNC_OK;
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view line(data, size * count);
  transfer.last_sign_ = Clock::now();
  if (line.starts_with(
          "HTTP/")) {  // also after "100 Continue" or a proxy's answer: the last counts
    transfer.response_.headers.clear();
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response_.headers[LowerCase(Trim(line.substr(0, colon)))] =
        Trim(line.substr(colon + 1));
  } else if (Trim(line).empty()) {
    long status = 0;
    curl_easy_getinfo(transfer.session_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
    long connections = 0;
    curl_easy_getinfo(transfer.session_->easy.get(), CURLINFO_NUM_CONNECTS, &connections);
    transfer.response_.status = static_cast<int>(status);
    transfer.response_.new_connection = connections > 0;
    transfer.has_head_ = status >= 200;
  }
  return line.size();
}

size_t Transfer::OnWrite(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.last_sign_ = Clock::now();
  std::span<const char> bytes(data, size * count);
  if (transfer.room_.empty()) {  // nobody reads now, or the buffer is full: curl keeps the bytes
                                 // until asked again
    transfer.paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  const size_t taken = std::min(bytes.size(), transfer.room_.size());
  std::memcpy(transfer.room_.data(), bytes.data(), taken);
  transfer.room_ = transfer.room_.subspan(taken);
  transfer.rest_.append(bytes.data() + taken, bytes.size() - taken);
  return bytes.size();
}

Error Transfer::Failure(ErrorKind kind, std::string_view why, std::string hint) const {
  return {kind, pool_->options.scope, pool_->options.stage,
          fmt::format("{} {} failed: {}", method_, where_, why), std::move(hint)};
}

void Transfer::ThrowFailure(CURLcode code) const {
  const std::string_view why = error_text_[0] != 0 ? error_text_.data() : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      throw Failure(ErrorKind::kDenied, why,
                    "the server's certificate can't be verified: check the address, or name the CA "
                    "bundle of a private "
                    "certificate authority");
    case CURLE_SSL_CACERT_BADFILE:
      throw Failure(ErrorKind::kUsage, why,
                    "the CA bundle can't be read: it must be a file in PEM format");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      throw Failure(ErrorKind::kUsage, why, "check the address");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_PROXY:
      throw Failure(ErrorKind::kTransient, why,
                    "check the address, the network, and the proxy settings");
    default:
      throw Failure(ErrorKind::kTransient, why);
  }
}

void Transfer::CheckEnd() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(session_->multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    if (message->data.result != CURLE_OK) ThrowFailure(message->data.result);
    ended_ = true;
  }
}

void Transfer::CheckSilence() {
  curl_off_t sent = 0;
  curl_easy_getinfo(session_->easy.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  if (std::exchange(sent_, sent) != sent) last_sign_ = Clock::now();
  if (Clock::now() - last_sign_ < context_.silence) return;
  throw Failure(ErrorKind::kTransient,
                fmt::format("no sign of life for {} ms", context_.silence.count()));
}

// Lets curl do what it can, and waits for more to do unless something has come.
void Transfer::Step() {
  context_.ThrowIfStopped(pool_->options.stage.c_str());
  const bool had_head = has_head_;
  const size_t room = room_.size();
  int running = 0;
  CURLMcode code = curl_multi_perform(session_->multi.get(), &running);
  CheckEnd();
  if (code != CURLM_OK) throw Failure(ErrorKind::kTransient, curl_multi_strerror(code));
  if (ended_ || has_head_ != had_head || room_.size() != room) return;
  CheckSilence();
  const auto until_silence =
      std::chrono::ceil<std::chrono::milliseconds>(last_sign_ + context_.silence - Clock::now());
  curl_waitfd stop{stop_event_.fd(), CURL_WAIT_POLLIN, 0};
  code = curl_multi_poll(
      session_->multi.get(), &stop, 1,
      static_cast<int>(
          std::clamp(until_silence, std::chrono::milliseconds(1), kLongestPoll).count()),
      nullptr);
  if (code != CURLM_OK) throw Failure(ErrorKind::kTransient, curl_multi_strerror(code));
}

void Transfer::RunToHead() {
  try {
    while (!has_head_ && !ended_) Step();
  } catch (...) {
    if (!has_head_) throw;
    error_ = std::current_exception();  // the body was cut at once: for the first read to tell
  }
}

size_t Transfer::Read(std::span<std::byte> buffer) {
  if (error_) std::rethrow_exception(error_);
  if (const size_t count = std::min(buffer.size(), rest_.size() - rest_taken_); count > 0) {
    std::memcpy(buffer.data(), rest_.data() + rest_taken_, count);
    rest_taken_ += count;
    return count;
  }
  rest_.clear();
  rest_taken_ = 0;
  room_ = buffer;
  last_sign_ = Clock::now();  // the time between two reads is not the server's silence
  try {
    if (std::exchange(paused_, false)) curl_easy_pause(session_->easy.get(), CURLPAUSE_CONT);
    while (!ended_ && room_.size() == buffer.size()) Step();
  } catch (...) {
    error_ = std::current_exception();
    // What has come is still good; the failure is told by the next read.
    if (room_.size() == buffer.size()) throw;
  }
  const size_t count = buffer.size() - room_.size();
  room_ = {};
  return count;
}

}  // namespace

const std::string& Response::Header(const std::string& name) const {
  static const std::string kNone;
  const auto found = headers.find(name);
  return found == headers.end() ? kNone : found->second;
}

HttpClient::HttpClient(HttpOptions options)
    : pool_(std::make_shared<SessionPool>(std::move(options))) {}
HttpClient::~HttpClient() = default;

std::unique_ptr<ResponseStream> HttpClient::Open(const Request& request,
                                                 const stream::Context& context) {
  auto transfer = std::make_unique<Transfer>(pool_, request, context);
  transfer->RunToHead();
  return transfer;
}

Response HttpClient::Send(const Request& request, const stream::Context& context) {
  Transfer transfer(pool_, request, context);
  transfer.RunToHead();
  Response response = transfer.head();
  std::array<std::byte, size_t{16} * 1024> buffer;
  while (const size_t count = transfer.Read(buffer)) {
    response.body.append(reinterpret_cast<const char*>(buffer.data()), count);
    if (response.body.size() > pool_->options.most_body_bytes) {
      throw Error(ErrorKind::kPermanent, pool_->options.scope, pool_->options.stage,
                  fmt::format("the answer to {} {} is larger than {} bytes", request.method,
                              WithoutQuery(request.url), pool_->options.most_body_bytes));
    }
  }
  return response;
}

}  // namespace octo::net
