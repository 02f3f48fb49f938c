import * as z from 'zod'
import { errorMessage } from '../errors.ts'
import { type Digest, type Platform, parseDigest, parsePlatform } from '../model/image.ts'
import type { Descriptor } from '../model/observation.ts'
import { text, textMap } from './json.ts'

const digest = z.string().transform((value, context): Digest => {
  try {
    return parseDigest(value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: errorMessage(error) })
    return z.NEVER
  }
})

export const platformFields = z.object({ os: text, architecture: text, variant: text })

/** A platform as a registry writes it, and as we know it where we do. */
export function readPlatform(fields: z.output<typeof platformFields>): { text: string; known: Platform | undefined } {
  const written = [fields.os, fields.architecture, ...(fields.variant === '' ? [] : [fields.variant])].join('/')
  try {
    return { text: written, known: parsePlatform(written) }
  } catch {
    return { text: written, known: undefined }
  }
}

/** A descriptor of the OCI image spec. One that sends clients to another place for its content is refused. */
export const descriptor = z
  .object({
    mediaType: z.string().min(1),
    digest,
    size: z.int().nonnegative(),
    urls: z.array(z.string()).max(0, 'policy: its content comes from other places than the registry (urls)').nullish(),
    platform: platformFields.nullish(),
    annotations: textMap,
    artifactType: text,
  })
  .transform(({ mediaType, digest, size, platform, annotations, artifactType }) => {
    const read: Descriptor = {
      mediaType,
      digest,
      sizeBytes: size,
      ...(platform ? platformOf(platform) : {}),
      annotations,
    }
    return { descriptor: read, artifactType }
  })

function platformOf(fields: z.output<typeof platformFields>): Pick<Descriptor, 'platform' | 'platformText'> {
  const { text: platformText, known } = readPlatform(fields)
  return known === undefined ? { platformText } : { platform: known }
}
