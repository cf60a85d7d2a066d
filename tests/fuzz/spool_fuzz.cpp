// SPDX-License-Identifier: Apache-2.0
// A spool's file, whatever became of it: it is read or set aside, and what is put in behind it comes out again.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
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

void require(bool holds, const std::string& why) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

template <typename T>
std::string error_of(const pmon::Result<T>& result) {
  return result ? "no error" : result.error().text();
}

// What `call` gives. It fails at most once: where it is the first to see the damage, for which the file is set aside.
template <typename Call>
auto after_damage(const pmon::delivery::Spool& spool, Call call) {
  const bool known = !spool.damage().empty();
  auto result = call();
  if (result.has_value()) return result;
  require(!known, "a second error: " + result.error().text() + "; before: " + spool.damage());
  require(!spool.damage().empty(), "an error without damage: " + result.error().text());
  result = call();
  require(result.has_value(), "an error of the fresh file: " + error_of(result));
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder kept;
  const std::string& folder = kept.path();
  for (const auto& left : std::filesystem::directory_iterator(folder)) std::filesystem::remove_all(left.path());
  std::ofstream(folder + "/queue.db", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto opened = pmon::delivery::Spool::open(folder, 1 << 20);
  require(opened.has_value(), error_of(opened));
  pmon::delivery::Spool& spool = **opened;
  const std::array<pmon::delivery::Item, 1> last{{{"the last one"}}};
  (void)after_damage(spool, [&] { return spool.append(last); });
  std::string body;
  for (std::size_t left = spool.size(); left > 0; --left) {
    const auto oldest = after_damage(spool, [&] { return spool.oldest(); });
    if (!*oldest) break;
    body = (*oldest)->item.body;
    (void)after_damage(spool, [&] { return spool.remove(**oldest); });
  }
  require(body == "the last one" || !spool.damage().empty(), "the last item was '" + body + "'");
  require(spool.size() == 0, std::to_string(spool.size()) + " items are left");
  require(spool.bytes() == 0, std::to_string(spool.bytes()) + " bytes are left");
  return 0;
}
