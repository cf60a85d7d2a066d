// SPDX-License-Identifier: Apache-2.0
// librdkafka's own mock cluster as a server: prints its brokers, and each second how many records each TOPIC has got
// ("pmon-metrics 12 pmon-events 3"). Runs until its stdin ends.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

rd_kafka_t* open(rd_kafka_type_t type, const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 256> why{};
  if (type == RD_KAFKA_CONSUMER) {
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why.data(), why.size());
    rd_kafka_conf_set(conf, "group.id", "counter", why.data(), why.size());
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, why.data(), why.size());
  if (client != nullptr) return client;
  std::fprintf(stderr, "kafka_cluster: %s\n", why.data());
  std::exit(1);
}

bool stdin_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char byte = 0;
  return poll(&input, 1, 0) == 1 && read(STDIN_FILENO, &byte, 1) <= 0;
}

void print(const std::map<std::string, std::uint64_t>& counts) {
  for (const auto& [topic, count] : counts)
    std::printf("%s %llu ", topic.c_str(), static_cast<unsigned long long>(count));
  std::puts("");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  rd_kafka_t* owner = open(RD_KAFKA_PRODUCER, "");
  rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(owner, 1);
  const std::string brokers = rd_kafka_mock_cluster_bootstraps(cluster);
  rd_kafka_t* consumer = open(RD_KAFKA_CONSUMER, brokers);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* partitions = rd_kafka_topic_partition_list_new(argc);
  std::map<std::string, std::uint64_t> counts;
  for (int i = 1; i < argc; ++i) {
    rd_kafka_mock_topic_create(cluster, argv[i], 1, 1);
    rd_kafka_topic_partition_list_add(partitions, argv[i], 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    counts[argv[i]] = 0;
  }
  rd_kafka_assign(consumer, partitions);
  std::printf("%s\n", brokers.c_str());
  std::fflush(stdout);
  for (auto next = steady_clock::now(); !stdin_ended();) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
    if (message != nullptr) {
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++counts[rd_kafka_topic_name(message->rkt)];
      rd_kafka_message_destroy(message);
    }
    if (steady_clock::now() < next) continue;
    print(counts);
    next = steady_clock::now() + seconds(1);
  }
  rd_kafka_topic_partition_list_destroy(partitions);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(owner);
}
