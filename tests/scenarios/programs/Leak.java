// SPDX-License-Identifier: Apache-2.0
// Sick: sessions that nobody removes, 1 MB a second, among garbage that is collected.
import java.util.ArrayList;
import java.util.List;

public class Leak {
  public static void main(String[] words) throws InterruptedException {
    long end = System.nanoTime() + (long) (Double.parseDouble(words[0]) * 1e9);
    List<byte[]> sessions = new ArrayList<>();
    long garbage = 0;
    while (System.nanoTime() < end) {
      sessions.add(new byte[50_000]);
      for (int i = 0; i < 20; ++i) garbage += new byte[50_000].length;
      Thread.sleep(50);
    }
    System.out.println(sessions.size() + garbage);
  }
}
