// A buildx of files: it answers what a test wrote down for exactly these arguments, in order, the last again and again.
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface BuildxAnswer {
  readonly stdout?: string | Uint8Array
  readonly stderr?: string | Uint8Array
  /** 1 where there is something on stderr, else 0. */
  readonly exitCode?: number
  readonly sleepSeconds?: number
}

export interface FakeBuildx {
  /** The calls so far, in order, arguments joined by spaces. */
  calls(): Promise<string[]>
  /** A docker configuration that has it as a plugin. */
  readonly configDir: string
  /** A directory for PATH whose `docker` knows it as `docker buildx`. */
  readonly binDir: string
}

const SCRIPT = `#!/bin/sh
root=$1; shift
echo "$*" >> "$root/calls"
answers=$root/$(printf %s "$*" | sha256sum | cut -c1-64)
[ -d "$answers" ] || { echo "ERROR: the test has no answer to: $*" >&2; exit 99; }
n=1; while [ -e "$answers/$((n + 1))" ] && ! mkdir "$answers/$n/taken" 2> /dev/null; do n=$((n + 1)); done
cd "$answers/$n"
[ ! -e sleep ] || sleep "$(cat sleep)"
cat stdout; cat stderr >&2; exit "$(cat code)"
`

/** Lays out a buildx below `root`; keys of `answers` are its arguments joined by spaces. */
export async function fakeBuildx(
  root: string,
  answers: Readonly<Record<string, BuildxAnswer | readonly BuildxAnswer[]>>,
): Promise<FakeBuildx> {
  const configDir = join(root, 'config')
  const binDir = join(root, 'bin')
  const program = async (path: string, text: string) => {
    await writeFile(path, text)
    await chmod(path, 0o755)
  }
  await mkdir(join(configDir, 'cli-plugins'), { recursive: true })
  await mkdir(binDir)
  await program(join(root, 'buildx'), SCRIPT)
  await program(join(configDir, 'cli-plugins', 'docker-buildx'), `#!/bin/sh\nexec '${root}/buildx' '${root}' "$@"\n`)
  await program(join(binDir, 'docker'), `#!/bin/sh\nexec '${root}/buildx' '${root}' "$@"\n`)
  for (const [key, given] of Object.entries(answers)) {
    const list = Array.isArray(given) ? given : [given]
    for (const [at, answer] of (list as readonly BuildxAnswer[]).entries()) {
      const directory = join(root, createHash('sha256').update(key).digest('hex'), String(at + 1))
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, 'stdout'), answer.stdout ?? '')
      await writeFile(join(directory, 'stderr'), answer.stderr ?? '')
      await writeFile(join(directory, 'code'), String(answer.exitCode ?? (answer.stderr === undefined ? 0 : 1)))
      if (answer.sleepSeconds !== undefined) await writeFile(join(directory, 'sleep'), String(answer.sleepSeconds))
    }
  }
  return {
    configDir,
    binDir,
    calls: async () => {
      if (!(await readdir(root)).includes('calls')) return []
      return (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n')
    },
  }
}
