#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Healthy: a compiler over and over, each run of seconds and of some hundred megabytes. Word: seconds.
end=$((SECONDS + $1))
source='#include <regex>
#include <map>
#include <string>
int main() { std::map<std::string, int> m; return std::regex_match("a", std::regex("a|b")) ? m["x"] : 1; }'
while [ "$SECONDS" -lt "$end" ]; do g++ -O2 -x c++ -c -o /dev/null - <<<"$source"; done
