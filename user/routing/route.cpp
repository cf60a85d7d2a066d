// SPDX-License-Identifier: Apache-2.0
#include "routing/route.h"

#include <algorithm>
#include <map>

namespace pmon::routing {
namespace {

bool add_routes(const Route& route, const Labels& labels, std::vector<const Route*>& found) {
  if (!alerts::match_all(route.matchers, labels)) return false;
  bool taken = false;
  for (const Route& child : route.routes) {
    if (!add_routes(child, labels, found)) continue;
    taken = true;
    if (!child.go_on) break;
  }
  if (!taken) found.push_back(&route);
  return true;
}

void name(Route& route, const std::string& key, std::size_t& index) {
  route.key = key;
  route.index = index++;
  std::map<std::string, int> seen;
  for (Route& child : route.routes) {
    std::vector<alerts::LabelMatcher> matchers = child.matchers;
    std::ranges::sort(matchers, {}, &alerts::LabelMatcher::text);
    std::string child_key = key + "/" + alerts::text_of(matchers);
    if (const int before = seen[child_key]++; before > 0) child_key += "#" + std::to_string(before + 1);
    name(child, child_key, index);
  }
}

}  // namespace

std::vector<const Route*> routes_of(const Route& root, const Labels& labels) {
  std::vector<const Route*> found;
  add_routes(root, labels, found);
  return found;
}

Labels group_labels(const Route& route, const Labels& labels) {
  if (route.group_by_all) return labels;
  Labels group;
  for (const std::string& label : route.group_by) group.set(label, labels.get(label));
  return group;
}

std::size_t count_routes(const Route& root) {
  std::size_t count = 1;
  for (const Route& child : root.routes) count += count_routes(child);
  return count;
}

void name_routes(Route& root) {
  std::size_t index = 0;
  name(root, "{}", index);
}

}  // namespace pmon::routing
