// SPDX-License-Identifier: Apache-2.0
// A spool's file, whatever became of it: it is read or set aside, and what is put in behind it comes out again.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "delivery/spool.h"

namespace {

// In memory, where a sync costs nothing.
class Folder {
 public:
  Folder() {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/dev/shm/pmon-fuzz-XXXXXX";
};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder kept;
  const std::string& folder = kept.path();
  for (const auto& left : std::filesystem::directory_iterator(folder)) std::filesystem::remove_all(left.path());
  std::ofstream(folder + "/queue.db", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto spool = pmon::delivery::Spool::open(folder, 1 << 20);
  require(spool.has_value());
  const std::array<pmon::delivery::Item, 1> last{{{"the last one"}}};
  require((*spool)->append(last).has_value());
  std::string body;
  for (int taken = 0; taken < 1000; ++taken) {
    const auto oldest = (*spool)->oldest();
    require(oldest.has_value());
    if (!*oldest) break;
    body = (*oldest)->item.body;
    if (!(*spool)->remove(**oldest)) break;
  }
  require(body == "the last one" || !(*spool)->damage().empty());
  return 0;
}
