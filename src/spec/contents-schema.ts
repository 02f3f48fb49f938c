import * as z from 'zod'
import { pattern } from './pattern-schema.ts'
import { described, duration, matching, notBlank, wholeNumber } from './words.ts'

const something = matching(/[\s\S]/, () => 'is in every text: write what to look for')
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

const value = z.union([z.string(), z.strictObject({ matches: described(pattern, 'Found in the value') })]).nullable()
const port = matching(
  /^[1-9][0-9]{0,4}(?:\/(?:tcp|udp|sctp))?$/,
  () => 'is not a port: write its number, and /tcp or /udp if it matters',
)
const ports = z.array(port).min(1)
const folders = z.array(absolute).min(1)

export const configSchema = z
  .strictObject({
    env: described(
      z.record(variable, value),
      'Variables by name: a value, a pattern, or null for unset',
    ).exactOptional(),
    labels: described(z.record(notBlank, value), 'Labels by name: a value, a pattern, or null').exactOptional(),
    entrypoint: described(z.array(z.string()), 'The entrypoint, word by word; empty for none').exactOptional(),
    cmd: described(z.array(z.string()), 'The command, word by word; empty for none').exactOptional(),
    exposed: described(ports, 'Ports it exposes').exactOptional(),
    'not-exposed': described(ports, 'Ports it does not expose').exactOptional(),
    volumes: described(folders, 'Folders that are volumes').exactOptional(),
    'not-volumes': described(folders, 'Folders that are no volumes').exactOptional(),
    workdir: described(absolute, 'The folder it starts in').exactOptional(),
    user: described(userName, 'The user it runs as; non-root for any but root').exactOptional(),
    healthcheck: described(z.enum(['required']), 'required: it has a health check').exactOptional(),
  })
  .refine((keys) => Object.keys(keys).length > 0, 'asks nothing: write env, labels, user or another')
  .meta({ minProperties: 1 })

export type SpecConfig = z.output<typeof configSchema>
export type SpecValue = z.output<typeof value>

const mode = matching(/^[0-7]{3,4}$/, () => "is not a mode: write it in octal and in quotes, such as '0755'")
const id = wholeNumber(2 ** 32 - 2)

export const fileSchema = z.strictObject({
  path: described(absolute, 'Where it is, from the root of the image'),
  exists: described(z.boolean().default(true), 'Whether it is there'),
  type: described(
    z.enum(['file', 'folder', 'link']),
    'What it is; links are followed unless one is asked for',
  ).exactOptional(),
  mode: described(mode, 'Its permissions in octal').exactOptional(),
  uid: described(id, 'Number of the user it belongs to').exactOptional(),
  gid: described(id, 'Number of the group it belongs to').exactOptional(),
  executable: described(
    z.union([z.boolean(), z.enum(['owner', 'group', 'other'])]),
    'Whether anybody, or who, may execute it',
  ).exactOptional(),
  ...textKeys,
})

export type SpecFile = z.output<typeof fileSchema>
