#include <gtest/gtest.h>

#include <cstdlib>

#include "remote/sftp/askpass.h"

// ssh calls this very program as its helper.
int main(int argc, char** argv) {
  if (std::getenv(octo::remote::sftp::kAskpassSocket) != nullptr) {
    return octo::remote::sftp::RunAskpass(argc, argv);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
