#include <gtest/gtest.h>

#include <cstdlib>

#include <string_view>

#include "remote/sftp/askpass.h"
#include "remote/sftp/fake_server.h"

// ssh calls this very program as its helper, and sshd as its SFTP server.
int main(int argc, char** argv) {
  if (std::getenv(octo::remote::sftp::kAskpassSocket) != nullptr) {
    return octo::remote::sftp::RunAskpass(argc, argv);
  }
  if (argc == 4 && std::string_view(argv[1]) == "--fake-sftp") {
    return octo::remote::sftp::RunFakeServer(argv[2], argv[3]);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
