// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pmon::http {

// A fixed number of threads behind a bounded queue. Thread-safe.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  // `name`: what the threads are called in the kernel's lists, at most 15 bytes. They take no signals.
  WorkerPool(const std::string& name, std::size_t threads, std::size_t queued);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False where the queue is full or the pool is stopped; the task is gone then.
  [[nodiscard]] bool submit(Task task);
  // Drops what is queued, waits for what runs.
  void stop();

 private:
  void work();

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

// A thread of that name which takes no signals: they are for the program's main loop.
[[nodiscard]] std::thread quiet_thread(const std::string& name, std::move_only_function<void()> body);

}  // namespace pmon::http
