import * as z from 'zod'
import { errorMessage } from '../errors.ts'
import type { Pattern } from '../model/contents.ts'

type Reader = typeof import('./pattern.ts')
type Context = Pick<z.RefinementCtx, 'issues'>

/** What reads them is the heaviest part of a start, and is loaded for the first there is. */
const readBy =
  (choose: (reader: Reader) => (text: string) => Pattern, path: PropertyKey[] = []) =>
  async (text: string, { issues }: Context): Promise<Pattern> => {
    const read = choose(await import('./pattern.ts'))
    try {
      return read(text)
    } catch (error) {
      issues.push({ code: 'custom', message: errorMessage(error), path, input: text, continue: true })
      return z.NEVER
    }
  }

/** A regular expression, read. */
export const pattern = z
  .string()
  .meta({ examples: ['^[0-9]+[.][0-9]+$'] })
  .transform(readBy(({ parsePattern }) => parsePattern))

/** A regular expression, read as Go reads it. */
export const goPattern = z.string().transform(readBy(({ parseGoPattern }) => parseGoPattern))

/** Reads the text under the key `value`, as Go does; complains of it to the context. */
export const readGoValue = readBy(({ parseGoPattern }) => parseGoPattern, ['value'])
