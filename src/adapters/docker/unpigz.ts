import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the programs of a service are looked for. */
const SERVICE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Whether an engine on this machine can find unpigz, with which the classic store unpacks layers faster. */
export async function findsUnpigz(path = '', service = SERVICE_PATH): Promise<boolean> {
  const folders = `${service}:${path}`.split(':').filter((folder) => folder.startsWith('/'))
  const found = await Promise.all(folders.map((folder) => isProgram(join(folder, 'unpigz'))))
  return found.includes(true)
}

const isProgram = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
