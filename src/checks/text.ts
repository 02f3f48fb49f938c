import { asksText, type Pattern, type TextExpectation } from '../model/contents.ts'
import type { Look, PrintedSeen } from '../model/observation.ts'
import { type Unlooked, unseen } from './define.ts'

/** A text as far as it is there. */
export interface TextSeen {
  readonly text: string
  /** Which end of it is not there: there was more before it, or after it. */
  readonly cut: 'start' | 'end' | false
}

export interface TextVerdict {
  /** Each thing that is wrong. */
  readonly wrong: readonly { readonly expected: string; readonly actual: string }[]
  /** It may be in the part that is not there. */
  readonly unsure: string | undefined
}

/** Looks in what a container printed for what must not be there; a log that cannot be read is no matter where that is nothing. */
export function judgeLog(
  forbidden: readonly Pattern[],
  printed: Look<PrintedSeen>,
  what: string,
): { readonly wrong: TextVerdict['wrong']; readonly rest: Unlooked | undefined } {
  if (forbidden.length === 0) return { wrong: [], rest: undefined }
  if (!printed.ok) return { wrong: [], rest: unseen(printed) }
  const { text, cut } = printed.seen
  const { wrong, unsure } = judgeText({ contains: [], matches: [], excludes: forbidden }, { text, cut: cut && 'start' })
  return { wrong, rest: unsure === undefined ? undefined : { unseen: `${what}: ${unsure}`, hint: 'let it print less' } }
}

/** Looks for what a text must hold and must not hold; of a part of a text it says no more than the part shows. */
export function judgeText(expected: TextExpectation, seen: TextSeen): TextVerdict {
  const { text, cut } = seen
  const lacking = [
    ...expected.contains.filter((words) => !text.includes(words)).map((words) => JSON.stringify(words)),
    ...expected.matches.filter((pattern) => !isFound(pattern, seen)).map(({ text: pattern }) => `/${pattern}/`),
  ]
  const found = expected.excludes.flatMap((pattern) => {
    const first = pattern.find(text)
    return first === undefined ? [] : [{ pattern: pattern.text, words: first.words }]
  })
  const stray = found.map(({ pattern, words }) => ({ expected: `no /${pattern}/`, actual: quote(words) }))
  if (cut) return { wrong: stray, unsure: unsure(expected, lacking) }
  const missing = lacking.map((words) => ({ expected: words, actual: text === '' ? 'nothing' : quote(text) }))
  return { wrong: [...missing, ...stray], unsure: undefined }
}

/** Where an end is not there, what is found at that end may be no beginning, or no end. */
function isFound({ find }: Pattern, { text, cut }: TextSeen): boolean {
  const found = find(text)
  if (found === undefined || cut === false) return found !== undefined
  return cut === 'start' ? found.index > 0 : found.index + found.words.length < text.length
}

function unsure(expected: TextExpectation, lacking: readonly string[]): string | undefined {
  if (!asksText(expected)) return undefined
  if (lacking.length > 0) return `${lacking.join(', ')} may be in the part that was not kept`
  return expected.excludes.length > 0 ? 'what must not be in it may be in the part that was not kept' : undefined
}

const MAX_QUOTED = 200

/** The end of a text, as words of a report. */
const quote = (text: string): string => {
  const end = text.trimEnd().slice(-MAX_QUOTED)
  return JSON.stringify(end.length < text.trimEnd().length ? `…${end}` : end)
}
