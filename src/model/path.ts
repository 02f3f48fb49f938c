/** A path inside an image as the engine reads it: `/data/` and `//data/.` are `/data`. */
export function plainPath(path: string): string {
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  return `/${steps.join('/')}`
}
