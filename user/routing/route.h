// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "alerts/matcher.h"
#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon::routing {

// A node of the tree that leads alerts to receivers, with everything it has from its parent filled in.
struct Route {
  std::string receiver;
  std::vector<alerts::LabelMatcher> matchers;  // all must match
  bool group_by_all = false;                   // '...': each alert is a group of its own
  std::vector<std::string> group_by;           // sorted
  Timestamp group_wait_ms = Timestamp{30} * 1000;
  Timestamp group_interval_ms = Timestamp{5} * 60 * 1000;
  Timestamp repeat_interval_ms = Timestamp{4} * 60 * 60 * 1000;
  bool go_on = false;                     // `continue`: what it took goes to its siblings as well
  std::vector<std::size_t> mute_times;    // indices into Config::times; not inherited
  std::vector<std::size_t> active_times;  // as well; empty: always
  std::vector<Route> routes;
  std::string key;        // its matchers and those of the routes above it; no other route has the same
  std::size_t index = 0;  // in the order in which they are written
};

// The routes that take an alert, in their order, as in Alertmanager: of each node that matches, its first child that
// does, and those behind it as long as they say `continue`; the node itself where no child matches.
[[nodiscard]] std::vector<const Route*> routes_of(const Route& root, const Labels& labels);

// The labels by which an alert's group is told from others; absent ones are left out.
[[nodiscard]] Labels group_labels(const Route& route, const Labels& labels);

// Of the tree, the root included.
[[nodiscard]] std::size_t count_routes(const Route& root);

// Gives every route of the tree its key and index.
void name_routes(Route& root);

}  // namespace pmon::routing
