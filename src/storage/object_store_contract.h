#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "storage/object_store.h"

namespace octo::storage {

// One place (a folder, a bucket) that a contract test has for itself, gone with this object.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;

  // Another store object on the same place, as another process would have it.
  virtual std::unique_ptr<ObjectStore> Connect() = 0;
  // How many invisible things (temporary files, uploads) attempts have left at this key.
  virtual size_t TracesAt(const std::string& key) = 0;
  // A store whose place takes calls and never answers; null where calls can't block (a disk).
  virtual std::unique_ptr<ObjectStore> ConnectToSilence() = 0;
  // Whether small objects are held in memory when that is allowed.
  virtual bool HoldsInMemory() const = 0;
  // The bytes of an object that is written in several pieces, whatever they are for this store.
  virtual size_t LargeBytes() const = 0;
};

struct StoreFactory {
  std::string name;
  // Why the tests can't run here; empty when they can.
  std::function<std::string()> unavailable;
  std::function<std::unique_ptr<StoreHarness>()> make;
};

// What every ObjectStore promises, in object_store_contract_test.cc. A store runs it with
//   INSTANTIATE_TEST_SUITE_P(Folder, ObjectStoreContract, testing::Values(factory), StoreName);
class ObjectStoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  void SetUp() override;

  // Writes `bytes` and prepares.
  stream::PreparedObject Prepare(const std::string& key, const std::string& bytes,
                                 const std::string& attempt = "a1",
                                 stream::Precondition precondition = {},
                                 bool may_hold_in_memory = false);
  // Writes, prepares and publishes; the receipt.
  Receipt Store(const std::string& key, const std::string& bytes,
                const std::string& attempt = "a1");
  std::string Fetch(const std::string& key, ByteRange range = {});
  bool Exists(const std::string& key);

  std::unique_ptr<StoreHarness> harness_;
  std::unique_ptr<ObjectStore> store_;
  stream::Context context_;
};

std::string StoreName(const testing::TestParamInfo<StoreFactory>& info);

}  // namespace octo::storage
