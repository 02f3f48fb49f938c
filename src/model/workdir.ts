import { plainPath } from './path.ts'

const OUTSIDE = ['/proc', '/sys', '/dev/fd']

/** Whether a working directory is none of the image's files: it leads to the kernel's, and through them to the machine's. */
export function leadsOutside(workdir: string): boolean {
  const path = `${plainPath(workdir)}/`
  return OUTSIDE.some((folder) => path.startsWith(`${folder}/`))
}
