#pragma once

#include <cstdint>
#include <string>

namespace octo::remote::sftp {

// An SFTP server for tests that lies. It serves synthetic files: "f1000" is a file of 1000 bytes,
// FakeContent of its size. sshd runs it as its SFTP subsystem: TEST_PROGRAM --fake-sftp MODES
// STATE_FILE. MODES is a list of:
//   short        answers reads with fewer bytes than asked for
//   reorder      answers what it finds waiting in the reverse order
//   limits       offers limits@openssh.com
//   hang=N       at the N-th read of all sessions it falls silent (that session)
//   deep=N       falls silent when it finds more than N requests waiting
//   close=N      at every N-th read of all sessions it closes
//   refuse=N     at the N-th read of all sessions it answers with a failure
//   garbage=N, oversized=N, unknown=N, more=N    at the N-th read: noise; a packet of 2 GB; an
//   answer to no request;
//                more content than was asked for
//   grow         every look at a file shows one byte more
//   one-handle   opens only one file at a time
//   greeting     prints a text before it speaks SFTP
// Reads of all sessions are logged into the state file, one line each: "offset bytes" for what was
// sent in full.
int RunFakeServer(const std::string& modes, const std::string& state_file);

std::string FakeContent(uint64_t bytes, uint64_t offset = 0);

}  // namespace octo::remote::sftp
