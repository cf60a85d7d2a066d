// SPDX-License-Identifier: Apache-2.0
#include "delivery/kafka_destination.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "delivery/interruption.h"

namespace pmon::delivery {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoll{100};
constexpr milliseconds kForPurge{1000};  // after the deadline, for reports that come from memory alone

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

struct ProducerDeleter {
  void operator()(rd_kafka_t* producer) const {
    rd_kafka_purge(producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy(producer);
  }
};
using Producer = std::unique_ptr<rd_kafka_t, ProducerDeleter>;

// What has become of the records of one attempt.
struct Reports {
  std::size_t pending = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;  // the first
};

void on_report(rd_kafka_t* /*producer*/, const rd_kafka_message_t* message, void* /*opaque*/) {
  auto& reports = *static_cast<Reports*>(message->_private);
  --reports.pending;
  if (reports.error == RD_KAFKA_RESP_ERR_NO_ERROR) reports.error = message->err;
}

// The reason names brokers, never credentials.
void on_error(rd_kafka_t* /*producer*/, int /*error*/, const char* reason, void* opaque) {
  *static_cast<std::string*>(opaque) = reason;
}

// Errors that no later attempt can mend; as with HTTP, to be refused is one of them.
bool is_final(rd_kafka_resp_err_t error) {
  constexpr std::array kFinal = {
      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
      RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
      RD_KAFKA_RESP_ERR_INVALID_MSG,
      RD_KAFKA_RESP_ERR_INVALID_RECORD,
      RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
      RD_KAFKA_RESP_ERR__INVALID_ARG,
  };
  return std::ranges::find(kFinal, error) != kFinal.end();
}

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  // librdkafka's own message would show the value.
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0)) {
    case RD_KAFKA_CONF_OK: return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return fail(ErrorKind::kUsage, fmt::format("Kafka has no setting '{}'", name),
                  "librdkafka's CONFIGURATION.md lists them");
    case RD_KAFKA_CONF_INVALID: break;
  }
  return fail(ErrorKind::kUsage, fmt::format("the value of Kafka's setting '{}' is not valid", name),
              "librdkafka's CONFIGURATION.md says what it takes");
}

Result<Conf> make_conf(const KafkaOptions& options) {
  Conf conf(rd_kafka_conf_new());
  // The user's settings come last, so that they win.
  std::vector<std::pair<std::string, std::string>> all = {
      {"bootstrap.servers", options.brokers}, {"client.id", "pmon"}, {"enable.idempotence", "true"}};
  for (const auto& [name, value] : options.properties) all.emplace_back(name, value.reveal());
  for (const auto& [name, value] : all) {
    if (auto done = set(conf.get(), name, value); !done) return std::unexpected(done.error());
  }
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_report);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  return conf;
}

Result<Producer> make_producer(const rd_kafka_conf_t* conf, std::string* last_error) {
  rd_kafka_conf_t* own = rd_kafka_conf_dup(conf);
  rd_kafka_conf_set_opaque(own, last_error);
  std::array<char, 512> why{};
  Producer producer(rd_kafka_new(RD_KAFKA_PRODUCER, own, why.data(), why.size()));  // takes `own` where it succeeds
  if (producer) return producer;
  rd_kafka_conf_destroy(own);
  return fail(ErrorKind::kUsage, fmt::format("Kafka: {}", why.data()), "see 'properties' of the sink");
}

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds::zero(), kPoll).count());
}

}  // namespace

struct KafkaProducer::State {
  std::string key;
  Conf conf;
  std::string last_error;  // written by the producer when it is polled, so it outlives it
  Producer producer;       // null: to be made anew

  rd_kafka_resp_err_t produce(const std::string& topic, std::string_view record, Reports& reports, Deadline deadline) {
    while (true) {
      const rd_kafka_resp_err_t error = rd_kafka_producev(
          producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_VALUE(const_cast<char*>(record.data()), record.size()),
          RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()), RD_KAFKA_V_OPAQUE(&reports), RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) ++reports.pending;
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || Clock::now() >= deadline || interrupted()) return error;
      poll(deadline);
    }
  }

  void poll(Deadline deadline) { rd_kafka_poll(producer.get(), milliseconds_until(deadline)); }

  void wait(const Reports& reports, Deadline deadline) {
    while (reports.pending > 0 && Clock::now() < deadline && !interrupted()) poll(deadline);
  }

  // No report may come after this: it would point to what is gone.
  bool give_up(Reports& reports) {
    if (reports.pending == 0) return false;
    rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    const Deadline latest = Clock::now() + kForPurge;  // whoever interrupts waits for that, too
    while (reports.pending > 0 && Clock::now() < latest) poll(latest);
    if (reports.pending > 0) producer.reset();
    return true;
  }
};

KafkaProducer::KafkaProducer(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaProducer::~KafkaProducer() = default;

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::open(const KafkaOptions& options) {
  auto conf = make_conf(options);
  if (!conf) return std::unexpected(conf.error());
  auto state = std::make_unique<State>(State{options.key, std::move(*conf), {}, {}});
  auto producer = make_producer(state->conf.get(), &state->last_error);
  if (!producer) return std::unexpected(producer.error());
  state->producer = std::move(*producer);
  return std::unique_ptr<KafkaProducer>(new KafkaProducer(std::move(state)));
}

Outcome KafkaProducer::send(const std::string& topic, std::span<const std::string_view> records, Deadline deadline) {
  State& state = *state_;
  const auto about = [&topic](std::string_view what) { return fmt::format("Kafka topic '{}': {}", topic, what); };
  // An idempotent producer that has met a fatal error takes no more.
  if (state.producer && rd_kafka_fatal_error(state.producer.get(), nullptr, 0) != 0) state.producer.reset();
  if (!state.producer) {
    auto made = make_producer(state.conf.get(), &state.last_error);
    if (!made) return Outcome::retry(made.error().message);
    state.producer = std::move(*made);
  }
  state.last_error.clear();
  Reports reports;
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const std::string_view record : records) {
    refused = state.produce(topic, record, reports, deadline);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) break;
  }
  state.wait(reports, deadline);
  const char* const no_answer = interrupted() ? "given up: the queue ends" : "no answer in time";
  if (state.give_up(reports)) {
    return Outcome::retry(about(state.last_error.empty() ? no_answer : state.last_error));
  }
  const rd_kafka_resp_err_t error = refused != RD_KAFKA_RESP_ERR_NO_ERROR ? refused : reports.error;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Outcome::delivered();
  // The client would go on refusing the topic by itself, whatever the broker grants meanwhile.
  if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) state.producer.reset();
  const std::string what = about(rd_kafka_err2str(error));
  return is_final(error) ? Outcome::rejected(what) : Outcome::retry(what);
}

KafkaDestination::KafkaDestination(std::unique_ptr<KafkaProducer> producer, std::string topic)
    : producer_(std::move(producer)), topic_(std::move(topic)) {}

Result<std::unique_ptr<Destination>> KafkaDestination::open(const KafkaOptions& options, std::string topic) {
  auto producer = KafkaProducer::open(options);
  if (!producer) return std::unexpected(producer.error());
  return std::unique_ptr<Destination>(new KafkaDestination(std::move(*producer), std::move(topic)));
}

Outcome KafkaDestination::send(const Item& item, Deadline deadline) {
  const std::string_view record = item.body;
  return producer_->send(topic_, std::span(&record, 1), deadline);
}

}  // namespace pmon::delivery
