import * as z from 'zod'
import type { ConfigSeen, Look } from '../model/observation.ts'
import { platformFields, readPlatform } from './descriptor.ts'
import { parseObject, readAs, text, textList, textMap } from './json.ts'

const names = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((map) => Object.keys(map ?? {}))

const settings = z.object({
  Labels: textMap,
  Env: textList,
  Entrypoint: textList,
  Cmd: textList,
  User: text,
  WorkingDir: text,
  ExposedPorts: names,
  Volumes: names,
  Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
})

const config = platformFields.extend({ config: settings.nullish() })
const NO_SETTINGS = settings.parse({})

/** Reads an image's config; whatever the bytes are, it does not throw. */
export function decodeConfig(bytes: Uint8Array): Look<ConfigSeen> {
  const parsed = parseObject(bytes)
  if (!parsed.ok) return parsed
  const read = readAs(config, parsed.seen)
  if (!read.ok) return read
  const platform = readPlatform(read.seen)
  const set = read.seen.config ?? NO_SETTINGS
  return {
    ok: true,
    seen: {
      platform: platform.known,
      platformText: platform.text,
      labels: set.Labels,
      env: set.Env,
      entrypoint: set.Entrypoint,
      cmd: set.Cmd,
      user: set.User,
      workdir: set.WorkingDir,
      exposedPorts: set.ExposedPorts,
      volumes: set.Volumes,
      healthcheck: set.Healthcheck?.Test ?? undefined,
    },
  }
}
