import {
  type CheckResult,
  type ImageReport,
  type ModuleExpected,
  type ModuleReport,
  type PlatformReport,
  type Status,
  worstOf,
} from '../model/result.ts'
import { isUnasked } from './skipped.ts'

/** One module of one image on one platform: what became of it, and how good that is. */
export interface ModuleCell {
  readonly module: string
  readonly status: Status
  /** Foreign until a renderer escapes it: `2.6.0 cpu`, `absent`, `missing`, `not run`. */
  readonly text: string
  /** Whether a probe said anything of it. */
  readonly seen: boolean
}

/** Every module that was asked for or seen; green only where a probe spoke and the check of it had nothing to say. */
export function moduleCells(
  { modules: expected = [] }: ImageReport['expected'],
  platform: PlatformReport | undefined,
  results: readonly CheckResult[],
): readonly ModuleCell[] {
  const seen = new Map(platform?.modules.map((each) => [each.module, each]))
  const wanted = new Map(expected.map((each) => [each.module, each]))
  return [...new Set([...wanted.keys(), ...seen.keys()])].map((module) => {
    const [ask, found] = [wanted.get(module), seen.get(module)]
    return {
      module,
      status: statusOf(module, ask, found, results),
      text: textOf(ask, found),
      seen: found !== undefined && found.outcome !== 'unseen',
    }
  })
}

const PROBES = ['import', 'absent', 'torch', 'growth']

function statusOf(
  module: string,
  ask: ModuleExpected | undefined,
  found: ModuleReport | undefined,
  results: readonly CheckResult[],
): Status {
  const probes = results.filter((result) => PROBES.includes(result.check) && !isUnasked(result))
  const own = probes.flatMap((result) => statusesAbout(module, result))
  const judged = worstOf(probes.filter(({ check }) => checksOf(ask).includes(check)).map(statusForOthers))
  if (own.length > 0) return worstOf([...own, judged])
  // What the check says and what the probe says have to be one thing.
  return judged !== 'passed' || isAsWanted(ask, found) ? judged : 'errored'
}

/** What a result says of one of the things its check looks at. */
export const statusesAbout = (thing: string, { status, findings }: CheckResult): readonly Status[] =>
  findings.flatMap(({ about, severity }) => {
    if (about !== thing) return []
    return status === 'skipped' ? 'skipped' : severity === 'error' ? 'failed' : 'warned'
  })

/** Which checks speak of a module; any may where nobody wrote down what was asked. */
function checksOf(ask: ModuleExpected | undefined): readonly string[] {
  if (ask === undefined) return ['import', 'absent', 'torch']
  if (ask.wanted === 'absent') return ['absent']
  return ask.accelerator === undefined ? ['import'] : ['import', 'torch']
}

const isAsWanted = (ask: ModuleExpected | undefined, found: ModuleReport | undefined): boolean =>
  (found?.outcome === 'imported' && ask?.wanted !== 'absent') ||
  (found?.outcome === 'absent' && ask?.wanted !== 'import')

/** What a result means for a module that none of its findings is about: they may all be about others. */
const statusForOthers = ({ status, findings }: CheckResult): Status =>
  findings.length > 0 && findings.every(({ about }) => about !== undefined) ? 'passed' : status

/** The version, without the `+cu126` that says no more than `cuda 12.6` beside it. */
function withoutBuild({ version, accelerator }: ModuleReport): string | undefined {
  const plain = (text: string): string => text.replace(/[ .]/g, '').replace('cuda', 'cu')
  const [number, build] = version?.split('+') ?? []
  return build !== undefined && accelerator !== undefined && plain(build) === plain(accelerator) ? number : version
}

function textOf(ask: ModuleExpected | undefined, found: ModuleReport | undefined): string {
  switch (found?.outcome) {
    case 'imported': {
      const version = [withoutBuild(found), found.accelerator].filter(Boolean).join(' ')
      return ask?.wanted === 'absent' ? `there: ${version || 'imports'}` : version || 'imports'
    }
    case 'absent':
      return ask?.wanted === 'import' ? 'missing' : 'absent'
    case 'broken':
      return 'broken'
    case 'unseen':
      return 'not reached'
    case undefined:
      return 'not run'
  }
}
