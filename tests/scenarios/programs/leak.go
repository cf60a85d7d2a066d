// SPDX-License-Identifier: Apache-2.0
// Sick: goroutines that wait for an answer that never comes, each with its buffer: 0.8 MB a second.
package main

import (
	"os"
	"strconv"
	"time"
)

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[1], 64)
	never := make(chan byte)
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for time.Now().Before(end) {
		go func() {
			buffer := make([]byte, 40_000)
			for i := range buffer {
				buffer[i] = 1
			}
			buffer[0] = <-never
		}()
		time.Sleep(50 * time.Millisecond)
	}
}
