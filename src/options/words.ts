import { parseDuration } from '../spec/quantities.ts'

const LONGEST_TIMEOUT_MS = 6 * 60 * 60 * 1000

/** One a line, or with commas between. */
export const lines = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** One of the words, whatever its case; throws with all of them. */
export const oneOf =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((each) => each === text.toLowerCase())
    if (word === undefined) throw new Error(`${JSON.stringify(text)} is not one of ${words.join(', ')}`)
    return word
  }

/** A number to count with; throws with its bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= least && number <= most)) {
      throw new Error(`${JSON.stringify(text)} is not a whole number from ${least} to ${most}`)
    }
    return number
  }

/** The id of a job as GitHub's API has it, which JavaScript's numbers may not hold. Throws on any other. */
export const jobNumber = (text: string): string => {
  if (!/^\d{1,20}$/.test(text)) throw new Error(`${JSON.stringify(text)} is not the id of a job`)
  return text
}

/** Nothing, or what a parser makes of something. */
export const optional =
  <Value>(parse: (text: string) => Value) =>
  (text: string): Value | undefined =>
    text === '' ? undefined : parse(text)

/** A commit in full, in lower case, or nothing; throws on anything else. */
export const commit = optional((text) => {
  if (!/^[0-9a-f]{40}$/i.test(text))
    throw new Error(`${JSON.stringify(text)} is not a commit of 40 hex digits: git rev-parse gives it in full`)
  return text.toLowerCase()
})

/** Milliseconds, from one second to six hours; throws on any other. */
export const timeout = (text: string): number => {
  const ms = parseDuration(text)
  if (ms <= 0 || ms > LONGEST_TIMEOUT_MS) throw new Error(`${JSON.stringify(text)} is not between 1s and 6h`)
  return ms
}
