import { readdir, readFile } from 'node:fs/promises'

const NAME = 'VERIFY_IMAGES_RUN'

/** By what the programs of a run are known when the run itself is gone. */
export const runMark = (label: string): Record<string, string> => ({ [NAME]: label })

/** Ends the programs that a killed run with this label left running on this machine, and says how many there were. */
export async function endOrphans(label: string): Promise<number> {
  const processes = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 1 && pid !== process.pid)
  const ended = await Promise.all(processes.map(async (pid) => (await isMarked(pid, label)) && end(pid)))
  return ended.filter(Boolean).length
}

async function isMarked(pid: number, label: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(`${NAME}=${label}`)
}

function end(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
