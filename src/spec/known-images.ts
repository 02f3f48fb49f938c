import type { Complain } from './expectation.ts'
import type { Path } from './positions.ts'
import { didYouMean } from './suggest.ts'

/** Complains of each service that is to run an image the spec does not have. */
export function refuseUnknownImages(
  services: Readonly<Record<string, string>>,
  images: Readonly<Record<string, unknown>>,
  at: Path,
  complain: Complain,
): void {
  const ids = Object.keys(images)
  for (const [service, id] of Object.entries(services)) {
    if (ids.includes(id)) continue
    const known = didYouMean(id, ids) || `: the spec has ${ids.join(', ')}`
    complain([...at, service], `${JSON.stringify(id)} is not the id of an image${known}`)
  }
}
