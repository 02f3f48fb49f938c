// A docker of files: the first rule whose beginning fits the arguments answers; tests say what cannot be caused.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runCommand } from '../../src/adapters/command.ts'
import { dockerEngine } from '../../src/adapters/docker.ts'

export interface DockerAnswer {
  readonly stdout?: string | Uint8Array
  readonly stderr?: string | Uint8Array
  /** 1 where there is something on stderr, else 0. */
  readonly exitCode?: number
  readonly sleepSeconds?: number
  /** A line of shell to run after the words, for what files cannot do. */
  readonly script?: string
}

/** What it answers, by the beginning of its arguments. */
export type Rules = Readonly<Record<string, DockerAnswer | readonly DockerAnswer[]>>

export interface FakeDocker {
  readonly binDir: string
  /** The calls so far, in order, arguments joined by spaces. */
  calls(): Promise<string[]>
}

/** Lays out a docker below `root`; each of its rules may answer one time after another, the last again and again. */
export async function fakeDocker(root: string, rules: Rules): Promise<FakeDocker> {
  const binDir = join(root, 'bin')
  await mkdir(binDir, { recursive: true })
  await writeFile(join(root, 'calls'), '')
  const cases: string[] = []
  for (const [position, [beginning, given]] of Object.entries(rules).entries()) {
    const answers = Array.isArray(given) ? given : [given]
    for (const [index, answer] of answers.entries()) await lay(join(root, `${position}.${index + 1}`), answer)
    cases.push(`'${beginning}'*) rule=${position} last=${answers.length} ;;`)
  }
  const script = `#!/bin/sh
printf '%s\\n' "$*" | head -n 1 | cut -c1-1000 >> '${root}/calls'
case "$*" in
${cases.join('\n')}
*) echo "the test has no answer to: $*" >&2; exit 99 ;;
esac
n=1; while [ $n -lt $last ] && ! mkdir "${root}/$rule.$n/taken" 2> /dev/null; do n=$((n + 1)); done
cd "${root}/$rule.$n"
cat stdout; cat stderr >&2; . ./script; sleep "$(cat sleep)"; exit "$(cat code)"
`
  await writeFile(join(binDir, 'docker'), script)
  await chmod(join(binDir, 'docker'), 0o755)
  return { binDir, calls: async () => (await readFile(join(root, 'calls'), 'utf8')).split('\n').filter(Boolean) }
}

/** Comes back once it has been called with what begins so. */
export async function untilCalled(calls: FakeDocker['calls'], beginning: string): Promise<void> {
  while (!(await calls()).some((call) => call.startsWith(beginning))) await delay(20)
}

async function lay(folder: string, answer: DockerAnswer): Promise<void> {
  await mkdir(folder)
  const { stdout = '', stderr = '', sleepSeconds = 0, script = '' } = answer
  const files = {
    stdout,
    stderr,
    sleep: `${sleepSeconds}`,
    script,
    code: `${answer.exitCode ?? (stderr.length > 0 ? 1 : 0)}`,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
}

/** The engine over such a docker; what `env` names is there beside what it takes to find it. */
export async function fakeEngine(
  root: string,
  rules: Rules,
  { env = {}, signal = new AbortController().signal }: { env?: Record<string, string>; signal?: AbortSignal } = {},
) {
  const docker = await fakeDocker(root, rules)
  const engine = dockerEngine({
    run: runCommand,
    env: { PATH: `${docker.binDir}:${process.env.PATH}`, HOME: root, ...env },
    label: 'verify-images.run=test',
    keepImages: false,
    clock: { now: () => 0, date: () => new Date(), sleep: async () => {} },
    signal,
  })
  return { engine, calls: docker.calls }
}
