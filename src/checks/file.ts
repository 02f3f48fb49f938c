import { asksText, type FileExpectation } from '../model/contents.ts'
import type { Digest } from '../model/image.ts'
import { childFor, type Execution, type FileSeen, type Look } from '../model/observation.ts'
import type { UnweighedFinding } from '../model/result.ts'
import { positionOf, type Target } from '../model/spec.ts'
import { defineCheck, type Judgement, noPlatform, notRun, type Unlooked, unseen } from './define.ts'
import { judgeText } from './text.ts'

interface Seen {
  readonly execution: Execution
  readonly pulled: boolean
  /** Of the image that was read. */
  readonly digest: Digest | undefined
  /** One for each file of the spec. */
  readonly files: Look<readonly Look<FileSeen | undefined>[]> | undefined
}

export const file = defineCheck({
  id: 'file',
  title: 'The files are as they should be',
  scope: 'platform',
  codes: {
    'file/missing': 'error',
    'file/present': 'error',
    'file/type': 'error',
    'file/mode': 'error',
    'file/owner': 'error',
    'file/content': 'error',
  },
  notAsked: ({ image }) => (image.files.length === 0 ? 'no files in the spec' : undefined),
  observe: async (target, sight): Promise<Seen> => {
    const execution = await sight.execution(target)
    const { index } = await sight.image(target.image)
    const digest = index.ok ? childFor(index.seen, target.platform)?.descriptor.digest : undefined
    if (execution.executed === 'no') return { execution, pulled: false, digest, files: undefined }
    const { ok: pulled } = await sight.pulled(target)
    return { execution, pulled, digest, files: await sight.files(target) }
  },
  judge: (target, { execution, pulled, digest, files }: Seen): Judgement => {
    if (execution.executed === 'no') return notRun(execution)
    if (digest === undefined) return noPlatform(target.image, target.platform)
    if (files === undefined) return { unseen: 'no file was looked at', hint: 'rerun the job' }
    if (!files.ok) return unseen(files, pulled ? undefined : 'pull')
    const each = target.image.files.map((expected, index) => judgeFile(target, expected, files.seen[index]))
    return {
      findings: each.flatMap(({ findings }) => findings),
      evidence: [{ kind: 'digest', digest }],
      rest: each.find(({ rest }) => rest !== undefined)?.rest,
    }
  },
})

interface Judged {
  readonly findings: readonly UnweighedFinding[]
  readonly rest?: Unlooked
}

interface Wrong {
  readonly code: string
  readonly expected: string
  readonly actual: string
}

function judgeFile(target: Target, expected: FileExpectation, look: Look<FileSeen | undefined> | undefined): Judged {
  const about = `${target.key}: ${expected.file}`
  const dark = (unseen: string, hint: string): Judged => ({
    findings: [],
    rest: { unseen: `${about}: ${unseen}`, hint },
  })
  if (look === undefined) return dark('it was not looked at', 'rerun the job')
  if (!look.ok) return dark(look.reason, look.hint)
  const { wrong, unsure } = compare(expected, look.seen)
  const at = positionOf(target.image, expected.path)
  const findings = wrong.map(({ code, ...rest }) => ({
    code: `file/${code}`,
    message: `${about}: ${rest.actual}, not ${rest.expected}`,
    ...rest,
    hint: 'see what the Dockerfile copies, and as whom: COPY --chown --chmod; or change the spec',
    ...(at && { at }),
  }))
  if (unsure === undefined) return { findings }
  return { findings, rest: dark(unsure, 'only the first 1 MiB of a file is read: ask by a command').rest as Unlooked }
}

function compare(
  expected: FileExpectation,
  seen: FileSeen | undefined,
): { readonly wrong: readonly Wrong[]; readonly unsure?: string | undefined } {
  if (!expected.exists) {
    return { wrong: seen === undefined ? [] : [{ code: 'present', expected: 'nothing', actual: `a ${seen.type}` }] }
  }
  if (seen === undefined) {
    const actual = expected.isLinkItself ? 'nothing' : 'nothing, or a link that leads nowhere'
    return { wrong: [{ code: 'missing', expected: `a ${expected.type ?? 'file or folder'}`, actual }] }
  }
  const facts = [
    differ('type', expected.type && `a ${expected.type}`, `a ${seen.type}`),
    differ('mode', expected.mode === undefined ? undefined : octal(expected.mode), octal(seen.mode)),
    executable(expected, seen),
    differ('owner', expected.uid === undefined ? undefined : `user ${expected.uid}`, `user ${seen.uid}`),
    differ('owner', expected.gid === undefined ? undefined : `group ${expected.gid}`, `group ${seen.gid}`),
  ].filter((wrong) => wrong !== undefined)
  if (!asksText(expected.text)) return { wrong: facts }
  if (seen.type !== 'file') {
    return { wrong: [...facts, { code: 'content', expected: 'a file with content', actual: `a ${seen.type}` }] }
  }
  const { wrong, unsure } = judgeText(expected.text, { text: seen.text, cut: seen.cut && 'end' })
  return { wrong: [...facts, ...wrong.map((each) => ({ code: 'content', ...each }))], unsure }
}

const differ = (code: string, expected: string | undefined, actual: string): Wrong | undefined =>
  expected === undefined || expected === actual ? undefined : { code, expected, actual }

const BITS = { owner: 0o100, group: 0o010, other: 0o001, any: 0o111, nobody: 0o111 }

function executable({ executableBy }: FileExpectation, { mode }: FileSeen): Wrong | undefined {
  if (executableBy === undefined) return undefined
  const isExecutable = (mode & BITS[executableBy]) !== 0
  if (isExecutable === (executableBy !== 'nobody')) return undefined
  return { code: 'mode', expected: `executable by ${executableBy}`, actual: octal(mode) }
}

const octal = (mode: number): string => `mode ${mode.toString(8).padStart(4, '0')}`
