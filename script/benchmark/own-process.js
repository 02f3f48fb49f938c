// Loaded into the action's process before its own code: says at its end what it took. Not TypeScript, as taking types
// out would be counted as the action's own time.
import { appendFileSync, readFileSync } from 'node:fs'

process.on('exit', () => {
  const file = process.env.BENCH_PROCESS_FILE
  if (file === undefined) return
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  // what getrusage says of memory begins with that of the process that started us
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  const told = {
    startedAt: performance.timeOrigin,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: Number(peak) * 1024,
  }
  appendFileSync(file, `${JSON.stringify(told)}\n`)
})
