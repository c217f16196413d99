#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "remote/remote_folder.h"
#include "remote/sftp/session.h"
#include "stream/context.h"

namespace octo::remote::sftp {

// Reads one remote file. The session's thread asks for content ahead of the reader, over every
// channel that is worth it, in pieces that may come in any order; the reader takes them in order.
// In detail:
// - STAT and OPEN go out together; a small file's READ, FSTAT, STAT and CLOSE follow together as
// soon as the handle is
//   there, so that it takes two round trips in all.
// - Each channel has its own handle ("lane"). Stretches of 1 MiB go to the lane with the least in
// flight.
// - A piece that comes short is asked for again from where it ended; pieces of a lost lane are
// asked for on another.
//   Nothing that has come is asked for twice.
// - The end is verified: size and time of the open handle and of the path are as they were at the
// opening.
class FileTransfer final : public Transfer, public std::enable_shared_from_this<FileTransfer> {
 public:
  // `path` is the server's, `name` is for messages and RemoteEntry::path.
  FileTransfer(std::string path, std::string name, uint64_t offset, const stream::Context& context);

  // The reader's side: one thread.
  RemoteEntry WaitUntilOpen();
  // As stream::Source::Read. `session` is woken when there is room to read further ahead.
  size_t Read(std::span<std::byte> buffer, Session& session);
  // The reader has gone: gives the memory back at once. The session's side must be told by Leave.
  void Abandon();

  // The session's side.
  void Leave(Session& session);
  bool finished() const override { return finished_; }
  uint64_t left() const override;
  void Pump(Session& session) override;
  void Fail(const Error& error) override;

 private:
  struct Piece {
    uint64_t offset = 0;
    size_t bytes = 0;
    size_t received = 0;
    std::unique_ptr<std::byte[]> data;
    size_t capacity = 0;
    stream::MemoryBudget::Lease lease;
    bool done = false;  // guarded by mutex_
    size_t taken = 0;   // by the reader
    std::span<std::byte> missing() const { return {data.get() + received, bytes - received}; }
  };
  struct Lane {
    uint64_t channel = 0;
    std::string handle = {};
    bool open = false;
  };

  void WaitForTurn(Session& session);
  void ForgetLostLanes(Session& session);
  bool NeedsHandle() const;
  void AskPath(Session& session);
  void OnPath(const Reply& reply);
  void OpenLane(Session& session, Channel& channel);
  void OnLane(Session& session, const Reply& reply);
  void Widen(Session& session);
  void AskContent(Session& session);
  void AskAgain(Session& session);
  void Ask(Session& session, Channel& channel, const std::string& handle,
           std::shared_ptr<Piece> piece);
  void OnContent(Session& session, const Reply& reply, size_t asked,
                 const std::shared_ptr<Piece>& piece);
  void Done(const std::shared_ptr<Piece>& piece);
  std::shared_ptr<Piece> NewPiece(size_t bytes, size_t most_held);
  Lane* ChooseLane(Session& session);
  bool AllHere() const;
  void AskChecks(Session& session);
  void OnCheck(Session& session, const Reply& reply, const char* what);
  void CloseLanes(Session& session);
  bool Refused(const Reply& reply, const char* doing);
  std::optional<Attributes> Same(const Reply& reply, const char* what);
  void Finish();

  const std::string path_;
  const std::string name_;
  const uint64_t offset_;
  stream::Context context_;

  // The session's side.
  bool finished_ = false;
  std::optional<Clock::time_point> waiting_since_;
  bool path_asked_ = false;
  bool path_seen_ = false;
  std::vector<Lane> lanes_;
  bool one_lane_ = false;                             // the server refused a second handle
  uint64_t next_ = 0;                                 // asked for so far
  std::map<uint64_t, std::shared_ptr<Piece>> again_;  // to be asked for again, by offset
  size_t in_flight_ = 0;
  uint64_t received_ = 0;
  bool held_back_ = false;         // by the window, at the last look
  int losses_ = 0;                 // of lanes, without content between
  int failures_ = 0;               // of reads, without content between
  uint64_t stretch_ = UINT64_MAX;  // the one that is being asked for, and its lane's channel
  uint64_t lane_of_stretch_ = 0;
  bool early_checks_ = true;  // may be asked together with the content
  bool checks_asked_ = false;
  int checks_open_ = 0;
  bool checks_valid_ = false;

  std::mutex mutex_;  // guards the following
  std::condition_variable_any changed_;
  std::optional<RemoteEntry> entry_;
  std::deque<std::shared_ptr<Piece>> pieces_;  // in order, not yet read
  std::vector<std::shared_ptr<Piece>> spare_;  // for reuse
  size_t held_bytes_ = 0;                      // in both
  bool starved_ = false;  // no room for a piece: wake the session when there is
  bool abandoned_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
};

}  // namespace octo::remote::sftp
