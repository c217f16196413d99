#pragma once

namespace octo::remote::sftp {

// Set in the environment of the ssh children: the socket on which the helper program asks us.
constexpr const char* kAskpassSocket = "OCTO_ASKPASS_SOCKET";

// The helper program's main function. A program that is SftpOptions::helper_program returns this
// from its own main when getenv(kAskpassSocket) is set. ssh calls it for one of three things, told
// apart by the arguments:
//   PROMPT                                a password or passphrase, printed for ssh
//   known-hosts %I %H %t %K %f            the pinned host keys, printed; the key seen is handed
//   over socks5 PROXYHOST:PORT HOST PORT       connects through a SOCKS5 proxy (RFC 1928), passes
//   the socket to ssh and ends
// Secrets come over the socket only, never by arguments or the environment. Returns the exit code.
int RunAskpass(int argc, char** argv);

}  // namespace octo::remote::sftp
