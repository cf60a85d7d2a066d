// SPDX-License-Identifier: Apache-2.0
// Healthy: garbage that the JVM collects, over a live set of 40 MB.
import java.util.ArrayList;
import java.util.List;

public class Collector {
  public static void main(String[] words) throws InterruptedException {
    long end = System.nanoTime() + (long) (Double.parseDouble(words[0]) * 1e9);
    List<byte[]> live = new ArrayList<>();
    for (int i = 0; i < 400; ++i) live.add(new byte[100_000]);
    int next = 0;
    while (System.nanoTime() < end) {
      for (int i = 0; i < 20; ++i) live.set(next++ % live.size(), new byte[100_000]);
      Thread.sleep(20);
    }
  }
}
