// SPDX-License-Identifier: Apache-2.0
// Classic histograms: cumulative buckets with their upper bounds in the label `le`.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "promql/eval.h"
#include "promql/functions.h"

namespace pmon::promql {

namespace {

struct Bucket {
  double bound;
  double count;  // of all values up to the bound
};

// 0x1p-2, with an exponent, as Go reads it.
std::optional<double> parse_hexadecimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
  text.remove_prefix(2);
  if (text.starts_with('-') || text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, std::chars_format::hex);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return negative ? -value : value;
}

std::optional<double> parse_bound(std::string_view text) {
  if (text == "+Inf" || text == "Inf" || text == "+inf" || text == "inf")
    return std::numeric_limits<double>::infinity();
  if (text == "-Inf" || text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  if (const auto hexadecimal = parse_hexadecimal(text)) return hexadecimal;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// Buckets of one bound are added up; counts that fall, which races between scrapes can make, are levelled.
void normalize(std::vector<Bucket>& buckets) {
  std::stable_sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) { return a.bound < b.bound; });
  std::size_t size = 0;
  for (const Bucket& bucket : buckets) {
    if (size > 0 && buckets[size - 1].bound == bucket.bound) {
      buckets[size - 1].count += bucket.count;
    } else {
      buckets[size++] = bucket;
    }
  }
  buckets.resize(size);
  double most = -std::numeric_limits<double>::infinity();
  for (Bucket& bucket : buckets) {
    if (bucket.count > most) most = bucket.count;
    if (bucket.count < most) bucket.count = most;
  }
}

double bucket_quantile(double q, std::vector<Bucket>& buckets) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (std::isnan(q)) return kNaN;
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  std::stable_sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) { return a.bound < b.bound; });
  if (buckets.back().bound != std::numeric_limits<double>::infinity()) return kNaN;
  normalize(buckets);
  if (buckets.size() < 2) return kNaN;
  const double observations = buckets.back().count;
  if (observations == 0) return kNaN;
  double rank = q * observations;
  const auto last = buckets.end() - 1;
  const auto bucket = std::find_if(buckets.begin(), last, [rank](const Bucket& b) { return b.count >= rank; });
  if (bucket == last) return last[-1].bound;
  if (bucket == buckets.begin() && bucket->bound <= 0) return bucket->bound;
  double start = 0;
  double count = bucket->count;
  if (bucket != buckets.begin()) {
    start = bucket[-1].bound;
    count -= bucket[-1].count;
    rank -= bucket[-1].count;
  }
  return start + (bucket->bound - start) * (rank / count);
}

InstantVector histogram_quantile(Evaluator& evaluator, const Call& call, Timestamp t) {
  const double q = evaluator.scalar(*call.arguments[0], t);
  const InstantVector input = evaluator.vector(*call.arguments[1], t);
  // By labels and name: histograms of different names are not mixed, though the result has none.
  std::map<std::pair<const Labels*, const std::string*>, std::size_t> positions;
  std::vector<std::pair<const Labels*, std::vector<Bucket>>> histograms;
  for (const Element& element : input.elements) {
    const auto bound = parse_bound(element.labels->get("le"));
    if (!bound) continue;
    Labels labels = *element.labels;
    labels.erase("le");
    const Labels* key = evaluator.intern(std::move(labels));
    const auto [at, added] = positions.try_emplace({key, element.name}, histograms.size());
    if (added) histograms.push_back({key, {}});
    histograms[at->second].second.push_back({*bound, element.value});
  }
  InstantVector out;
  out.distinct = false;
  for (auto& [labels, buckets] : histograms) out.elements.push_back({labels, nullptr, bucket_quantile(q, buckets)});
  return out;
}

constexpr Function kHistogramRows[] = {
    {.name = "histogram_quantile",
     .arguments = {ValueType::kScalar, ValueType::kVector},
     .least = 2,
     .most = 2,
     .body = histogram_quantile},
};

}  // namespace

constinit const std::span<const Function> kHistogramFunctions = kHistogramRows;

}  // namespace pmon::promql
