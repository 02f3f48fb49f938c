const OUTSIDE = ['/proc', '/sys', '/dev/fd']

/** Whether a working directory is none of the image's files: it leads to the kernel's, and through them to the machine's. */
export function leadsOutside(workdir: string): boolean {
  const steps: string[] = []
  for (const step of workdir.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  const path = `/${steps.join('/')}/`
  return OUTSIDE.some((folder) => path.startsWith(`${folder}/`))
}
