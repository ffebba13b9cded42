// robfig JOBS SECONDS: robfig/cron with jobs that are all due each second and do nothing. Prints one JSON line.
// A job is not told its scheduled time, so its lag is the part of the second that has gone by.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron"
)

const (
	warmUp = 2
	lead   = 50 * time.Millisecond
)

var (
	gate sync.Mutex
	lags []float64
)

func job() {
	lag := float64(time.Now().Nanosecond()) / 1e6
	gate.Lock()
	lags = append(lags, lag)
	gate.Unlock()
}

func take() []float64 {
	gate.Lock()
	defer gate.Unlock()
	taken := lags
	lags = make([]float64, 0, cap(taken))
	return taken
}

func next(seconds int) {
	now := time.Now()
	end := now.Add(lead).Truncate(time.Second).Add(time.Duration(seconds)*time.Second - lead)
	time.Sleep(end.Sub(now))
}

func cpuSeconds() float64 {
	stat, _ := os.ReadFile("/proc/self/stat")
	fields := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+2:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

func residentMb() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmRSS:") {
			kb, _ := strconv.ParseFloat(strings.Fields(line)[1], 64)
			return kb / 1024
		}
	}
	return 0
}

func main() {
	jobs, _ := strconv.Atoi(os.Args[1])
	seconds, _ := strconv.Atoi(os.Args[2])
	lags = make([]float64, 0, 2*jobs)
	runner := cron.New(cron.WithSeconds())
	for i := 0; i < jobs; i++ {
		if _, err := runner.AddFunc("* * * * * *", job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	runner.Start()
	next(warmUp)
	take()
	samples := map[string][]float64{}
	for i := 0; i < seconds; i++ {
		cpu := cpuSeconds()
		next(1)
		add(samples, take())
		samples["cpu"] = append(samples["cpu"], (cpuSeconds()-cpu)*100)
		samples["rss"] = append(samples["rss"], residentMb())
	}
	line, _ := json.Marshal(samples)
	fmt.Println(string(line))
}

func add(samples map[string][]float64, seen []float64) {
	sort.Float64s(seen)
	at := func(part float64) float64 {
		if len(seen) == 0 {
			return 0
		}
		return seen[int(float64(len(seen)-1)*part)]
	}
	samples["rate"] = append(samples["rate"], float64(len(seen)))
	samples["p50"] = append(samples["p50"], at(0.5))
	samples["p99"] = append(samples["p99"], at(0.99))
	samples["max"] = append(samples["max"], at(1))
}
