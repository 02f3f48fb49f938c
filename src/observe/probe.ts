import { type Failed, failed, type Look, type ProbeSeen, type PulledSeen, type RunSeen } from '../model/observation.ts'
import type { ImageExpectation, Target } from '../model/spec.ts'
import type { Runner, RunRequest } from '../ports.ts'
import { type Heard, readProbeLines } from './probe/lines.ts'
import { type Asked, outcomes, torchOf, whyUnseen } from './probe/outcome.ts'
import { PROBE_SCRIPT } from './probe/script.ts'

/** For starting the container, Python and the forks, which emulation makes slow. */
const START_MS = 60_000
const MAX_OUTPUT_CHARACTERS = 64 * 1024

/** Imports all that a target's spec names in one container of its image, and tells of each module what became of it. */
export async function probe(target: Target, image: PulledSeen, runner: Runner): Promise<Look<ProbeSeen>> {
  const { probe: settings } = target.image
  const asked = { modules: modulesOf(target.image), timeoutMs: settings.timeoutMs, memoryBytes: settings.memoryBytes }
  const refused: string[] = []
  for (const python of settings.python === undefined ? ['python', 'python3'] : [settings.python]) {
    const nonce = runner.nonce()
    const look = await runner.engine.run(request(target, image, asked, python, nonce))
    if (!look.ok) return look
    const run = look.seen
    const heard = readProbeLines(run.marked)
    const refusal = refusalOf(python, heard, run)
    if (refusal === undefined) return conclude(nonce, python, asked, heard, run, target)
    refused.push(refusal)
  }
  return failed(
    'not-found',
    `no Python to import with: ${refused.join('; ')}`,
    'where it lies elsewhere in the image, name it by `python:` in the spec',
  )
}

/** The modules that an image's spec names, each once. */
export const modulesOf = ({ imports, absent, torch }: ImageExpectation): readonly string[] => [
  ...new Set([...imports.map(({ module }) => module), ...absent, ...(torch === undefined ? [] : ['torch'])]),
]

function request(target: Target, image: PulledSeen, asked: Asked, python: string, nonce: string): RunRequest {
  const { probe: settings, torch, gpus } = target.image
  const wantsTorch = torch === undefined ? '-' : torch === 'cuda' && gpus !== undefined ? 'torch+gpu' : 'torch'
  const args = ['-c', PROBE_SCRIPT, nonce, String(asked.timeoutMs / 1000), wantsTorch, ...asked.modules]
  const forks = asked.modules.length + 1
  return {
    image: image.id,
    platform: target.platform,
    ...(settings.entrypoint === 'clear'
      ? { entrypoint: python, args }
      : { entrypoint: undefined, args: [python, ...args] }),
    timeoutMs: START_MS + forks * asked.timeoutMs,
    memoryBytes: asked.memoryBytes,
    gpus,
    marker: nonce,
  }
}

/** Why this interpreter is none to ask; undefined when it is, or when that cannot be told. */
function refusalOf(python: string, heard: Heard, run: RunSeen): string | undefined {
  if (heard.old !== undefined && heard.began === undefined) return `${python} is Python ${heard.old}`
  if (heard.began !== undefined) return undefined
  if (run.startedAt === undefined) return run.missing === python ? `there is no ${python}` : undefined
  // an entrypoint that is kept is a shell script, as a rule, and says so itself
  const said = run.stderr.includes(python) && /not found|no such file or directory/i.test(run.stderr)
  return run.exitCode === 127 && said ? `there is no ${python}` : undefined
}

function conclude(
  nonce: string,
  python: string,
  asked: Asked,
  heard: Heard,
  run: RunSeen,
  { image: { gpus } }: Target,
): Look<ProbeSeen> {
  if (run.startedAt === undefined) {
    const reason = `the container did not start: ${run.error}`
    if (run.refusedBy === 'image') return failed('no-start', reason, SEE_THE_CONFIG)
    return failed(
      'failed',
      reason,
      gpus === undefined
        ? 'see that the image starts at all: docker run --rm IMAGE'
        : `the spec gives it GPUs (${gpus}): verify it on a runner that has them, with the NVIDIA container toolkit`,
    )
  }
  if (heard.began === undefined) return silence(python, asked, heard, run)
  return {
    ok: true,
    seen: {
      nonce,
      startedAt: run.startedAt,
      python: heard.began.executable || python,
      pythonVersion: heard.began.version,
      modules: outcomes(asked, heard, run),
      torch: torchOf(asked, heard),
      ...(heard.ended !== asked.modules.length && { unended: whyUnseen(asked, heard, run) }),
      seconds: run.seconds,
      output: outputOf(run),
    },
  }
}

const SEE_THE_CONFIG =
  'see its user, its working directory and what it starts: each has to be in the image, and executable'

const CUT = '… the beginning is not kept …\n'

/** The last of what was printed, and that there was more. */
function outputOf({ stdout, stderr, cut }: RunSeen): string {
  const text = [stdout, stderr].filter(Boolean).join('\n')
  const isCut = cut.stdout || cut.stderr || text.length > MAX_OUTPUT_CHARACTERS
  return isCut ? `${CUT}${text.slice(CUT.length - MAX_OUTPUT_CHARACTERS)}` : text
}

function silence(python: string, asked: Asked, heard: Heard, run: RunSeen): Failed {
  if (run.timedOut || run.outputLimited || run.oomKilled) {
    return failed(
      run.timedOut ? 'timeout' : 'failed',
      `${whyUnseen(asked, heard, run)}, and ${python} had said nothing`,
      'see what starts before Python does: the entrypoint, sitecustomize',
    )
  }
  return failed(
    'no-evidence',
    `${python} exited ${run.exitCode ?? 'somehow'} and said nothing of what it was asked: no evidence${lastWords(run)}`,
    'something in the image swallows what it is asked to run: see its entrypoint and its interpreter',
  )
}

function lastWords({ stderr, stdout }: RunSeen): string {
  const last = (stderr.trim() || stdout.trim()).split('\n').at(-1)?.trim().slice(0, 200) ?? ''
  return last === '' ? '' : `; its last words: ${JSON.stringify(last)}`
}
