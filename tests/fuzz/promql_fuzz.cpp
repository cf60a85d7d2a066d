// SPDX-License-Identifier: Apache-2.0
// Lexer, parser, type check and evaluator: whatever the expression, an answer or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "promql/promql.h"
#include "series/series_store.h"

namespace {

const pmon::SeriesStore& store() {
  static const pmon::SeriesStore filled = [] {
    pmon::SeriesStore made;
    made.begin_tick(0);
    const pmon::SeriesStore::Ref counter = made.open("a", {{"x", "1"}, {"le", "0.5"}});
    const pmon::SeriesStore::Ref gauge = made.open("a", {{"x", "2"}, {"le", "+Inf"}});
    const pmon::SeriesStore::Ref other = made.open("b", {{"x", "1"}});
    for (int i = 0; i < 20; ++i) {
      if (i != 0) made.begin_tick(1000 * i);
      made.append(counter, i * i);
      made.append(gauge, i % 7 - 3);
      if (i % 3 != 0) made.append(other, 1e308 * i);
    }
    return made;
  }();
  return filled;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expr = pmon::promql::Expr::parse(text);
  if (!expr) return 0;
  (void)expr->metric_names();
  (void)expr->reach();
  (void)expr->longest_interval();
  (void)pmon::promql::evaluate(*expr, store(), 19'000);
  return 0;
}
