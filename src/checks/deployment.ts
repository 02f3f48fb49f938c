import { judgeService, type Known, type ServiceVerdict } from '../compose/judge.ts'
import type { Unclear } from '../compose/read.ts'
import { TAG_VARIABLE } from '../compose/resolve.ts'
import type { Evidence, UnweighedFinding } from '../model/result.ts'
import { type ImageExpectation, positionOf } from '../model/spec.ts'
import type { DeploymentSeen } from '../observe/deployments.ts'
import { indexInSet } from './agreement.ts'
import { defineCheck, type Judgement, type Unlooked, unseen } from './define.ts'

interface Seen {
  readonly deployments: readonly DeploymentSeen[]
  /** What the images of the spec are in this run. */
  readonly known: readonly Known[]
}

export const deployment = defineCheck({
  id: 'deployment',
  title: 'Deployments run these images, each service its own',
  scope: 'set',
  codes: {
    'deployment/wrong-image': 'error',
    'deployment/unverified': 'error',
    'deployment/invalid': 'error',
    'deployment/override': 'warning',
  },
  notAsked: () => undefined,
  observe: async (images, sight): Promise<Seen> => {
    const { images: inSet } = await sight.set()
    const byId = new Map(inSet.map((image) => [image.id, image]))
    return {
      deployments: await sight.deployments(),
      known: images.map((image) => ({
        image,
        commitTag: commitTag(image, sight.source.sha),
        index: indexInSet(image.id, byId.get(image.id)),
      })),
    }
  },
  judge: (_images, { deployments, known }: Seen): Judgement => {
    if (deployments.length === 0) return { skipped: 'the spec names no deployments', unasked: true }
    const each = deployments.map((seen) => judgeFile(seen, known))
    const rests = each.flatMap(({ rest }) => rest ?? [])
    return {
      findings: each.flatMap(({ findings }) => findings),
      evidence: each.flatMap(({ evidence }) => evidence),
      rest: rests.find((rest) => 'unseen' in rest) ?? rests[0],
    }
  },
})

/** The tag of an image that names the commit, as a deployment of that commit would set it. */
const commitTag = ({ tags }: ImageExpectation, sha: string | undefined) =>
  sha === undefined ? undefined : tags.find((tag) => tag.includes(sha.slice(0, 7)))

interface Judged {
  readonly findings: readonly UnweighedFinding[]
  readonly evidence: readonly Evidence[]
  readonly rest?: Unlooked | undefined
}

function judgeFile({ expected, look }: DeploymentSeen, known: readonly Known[]): Judged {
  const invalid = (message: string, hint: string, path: string): UnweighedFinding => {
    const at = positionOf(expected, path)
    const wanted = { expected: `a compose file with ${Object.keys(expected.services).join(', ')}`, actual: message }
    return { code: 'deployment/invalid', message, ...wanted, hint, ...(at && { at }) }
  }
  if (!look.ok) {
    if (look.failure !== 'not-found') return { findings: [], evidence: [], rest: unseen(look) }
    return { findings: [invalid(look.reason, look.hint, 'file')], evidence: [] }
  }
  const { files, services, problems, unclear, override } = look.seen
  const evidence = files.map((file): Evidence => ({ kind: 'file', ...file }))
  if (problems.length > 0) {
    const findings = problems.map(({ message, hint = '', at }) => ({
      ...invalid(`${at?.file ?? expected.file}: ${message}`, hint, 'file'),
      ...(at && { at }),
    }))
    return { findings, evidence }
  }
  const isThere = (name: string): boolean => services.some((service) => service.name === name)
  const absent = unclear === undefined ? Object.keys(expected.services).filter((name) => !isThere(name)) : []
  const missing = absent.map((name) =>
    invalid(
      `${expected.file} has no service ${name}`,
      `it has ${services.map((service) => service.name).join(', ') || 'none'}: mend the spec, or the file`,
      `services.${name}`,
    ),
  )
  const verdicts = services.map((service) => judgeService(service, expected, known))
  return {
    findings: [...missing, ...verdicts.flatMap(({ findings }) => findings), ...overriding(expected, override)],
    evidence,
    rest: unknownPart(expected.file, unclear, verdicts, known),
  }
}

function overriding(expected: DeploymentSeen['expected'], override: Unclear | undefined): readonly UnweighedFinding[] {
  if (override === undefined) return []
  const { reason, hint } = override
  const at = positionOf(expected, 'file')
  const wanted = { expected: 'a file that is all of the deployment', actual: reason }
  return [{ code: 'deployment/override', message: `${expected.file}: ${reason}`, ...wanted, hint, ...(at && { at }) }]
}

/** What of a file, and of those that belong to it, could not be judged. */
function unknownPart(
  file: string,
  unclear: Unclear | undefined,
  verdicts: readonly ServiceVerdict[],
  known: readonly Known[],
): Unlooked | undefined {
  const dark = verdicts.find(({ unknown }) => unknown !== undefined)?.unknown ?? unclear
  if (dark !== undefined) return { unseen: `${file}: ${dark.reason}`, hint: dark.hint }
  if (known.every((each) => each.commitTag !== undefined)) return undefined
  return { skipped: `not every image has a tag that names the commit, to set ${TAG_VARIABLE} to` }
}
