// SPDX-License-Identifier: Apache-2.0
// Healthy: garbage that Go's runtime collects, over a live set of 30 MB.
package main

import (
	"os"
	"strconv"
	"time"
)

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[1], 64)
	live := make([][]byte, 300)
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for next := 0; time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for i := 0; i < 15; i++ {
			live[next%len(live)] = make([]byte, 100_000)
			live[next%len(live)][0] = 1
			next++
		}
	}
}
