import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shell } from './shell.ts'

export interface Processes {
  /** By the first two words after the program: `docker image pull`, `buildx imagetools inspect`. */
  readonly byCommand: Readonly<Record<string, number>>
  readonly total: number
}

/**
 * How many programs the action starts while something is done: before docker and its plugin buildx stand scripts that
 * take a note and step aside. For a run of its own, as they take time.
 */
export async function countProcesses(during: (env: Record<string, string>) => Promise<unknown>): Promise<Processes> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-count-'))
  try {
    const notes = join(folder, 'notes')
    await writeFile(notes, '')
    const stand = async (path: string, name: string, real: string) => {
      await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "${name} $1 $2" >> '${notes}'\nexec '${real}' "$@"\n`)
      await chmod(path, 0o755)
    }
    await mkdir(join(folder, 'bin'))
    await mkdir(join(folder, 'config/cli-plugins'), { recursive: true })
    const docker = (await shell('readlink -f "$(command -v docker)"')).trim()
    const buildx = (await shell("docker info --format '{{range .ClientInfo.Plugins}}{{.Name}} {{.Path}}\n{{end}}'"))
      .split('\n')
      .flatMap((line) => /^buildx (.+)$/.exec(line)?.[1] ?? [])[0]
    await stand(join(folder, 'bin/docker'), 'docker', docker)
    if (buildx !== undefined) await stand(join(folder, 'config/cli-plugins/docker-buildx'), 'buildx', buildx)
    await during({ PATH: `${join(folder, 'bin')}:${process.env.PATH}`, DOCKER_CONFIG: join(folder, 'config') })
    const lines = (await readFile(notes, 'utf8')).split('\n').filter((line) => line !== '')
    // docker itself asks each plugin who it is
    const own = lines.filter((line) => !line.startsWith('buildx docker-cli-plugin-metadata'))
    const byCommand = Object.groupBy(own, (line) => line.replace(/ -\S*/g, ''))
    return {
      byCommand: Object.fromEntries(Object.entries(byCommand).map(([command, each]) => [command, each?.length ?? 0])),
      total: own.length,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
