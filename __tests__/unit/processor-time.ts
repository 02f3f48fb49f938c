/** Begins to measure for how many milliseconds this process is busy, whatever else the machine does meanwhile. */
export function processorTime(): () => number {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
}
