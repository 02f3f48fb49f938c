import * as z from 'zod'
import { parsePattern } from './pattern.ts'
import { described, duration, matching, notBlank, wholeNumber, written } from './words.ts'

const something = matching(/[\s\S]/, () => 'is in every text: write what to look for')
const pattern = written(parsePattern).meta({ examples: ['^[0-9]+[.][0-9]+$'] })
const absolute = matching(/^\//, (text) => `is not a path from the root: write /${text}`)
const userName = matching(
  /^[^\s:-][^\s:]*(?::[^\s:]+)?$/,
  () => 'is not a user: write a name or number, with :group if need be',
)
const variable = matching(
  /^[A-Za-z_][A-Za-z0-9_.-]*$/,
  () => 'is not the name of a variable: write letters, digits and "_", no digit first',
)

const textKeys = {
  contains: described(z.array(something).min(1), 'Words that are in it, as they are').exactOptional(),
  matches: described(z.array(pattern).min(1), 'Regular expressions of which each is found in it').exactOptional(),
  excludes: described(z.array(pattern).min(1), 'Regular expressions of which none is found in it').exactOptional(),
}
const text = z
  .strictObject(textKeys)
  .refine((keys) => Object.keys(keys).length > 0, 'asks nothing: write contains, matches or excludes')
  .meta({ minProperties: 1 })

const argv = z
  .array(z.string())
  .min(1)
  .refine(([program]) => program !== undefined && /\S/.test(program), 'names no program')

export const commandSchema = z.strictObject({
  name: described(notBlank, 'What reports call it; else the command itself').exactOptional(),
  run: described(argv, 'Program and arguments, each by itself; there is no shell'),
  env: described(z.record(variable, z.string()), "Variables beside the image's own").exactOptional(),
  workdir: described(absolute, "Folder it runs in, else the image's own").exactOptional(),
  user: described(userName, "User it runs as, else the image's own").exactOptional(),
  entrypoint: described(
    z.enum(['clear', 'keep']).default('clear'),
    "clear: the command itself; keep: through the image's own entrypoint",
  ),
  'exit-code': described(wholeNumber(255).default(0), 'How it ends'),
  stdout: described(text, 'What it prints to standard output').exactOptional(),
  stderr: described(text, 'What it prints to standard error').exactOptional(),
  timeout: described(duration.default('60s'), 'Time it may take'),
})

export type SpecCommand = z.output<typeof commandSchema>
export type SpecText = z.output<typeof text>
