// SPDX-License-Identifier: Apache-2.0
// Healthy: a pool that grows to 300 threads within a minute, each with a little to remember.
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class Pool {
  public static void main(String[] words) throws InterruptedException {
    long seconds = (long) Double.parseDouble(words[0]);
    ExecutorService pool = Executors.newFixedThreadPool(300);
    for (int i = 0; i < 300; ++i) {
      pool.submit(() -> {
        byte[] own = new byte[100_000];
        Thread.sleep(seconds * 1000);
        return own.length;
      });
      Thread.sleep(200);
    }
    Thread.sleep(Math.max(0, seconds - 60) * 1000);
    pool.shutdownNow();
  }
}
