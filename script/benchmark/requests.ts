import { open, stat } from 'node:fs/promises'
import { place } from './place.ts'

export interface Requests {
  readonly manifests: number
  readonly blobs: number
  readonly other: number
}

/** How many requests the registry got while something was done. */
export async function countRequests<Value>(during: () => Promise<Value>): Promise<readonly [Value, Requests]> {
  const { size: before } = await stat(place.registryLog)
  const value = await during()
  await using log = await open(place.registryLog)
  const lines = (await log.readFile('utf8')).slice(before).split('\n')
  const paths = lines.flatMap((line) => /"(?:GET|HEAD|POST) (\/v2\/\S*) HTTP\/1\.1" /.exec(line)?.[1] ?? [])
  const of = (part: string) => paths.filter((path) => path.includes(part)).length
  const [manifests, blobs] = [of('/manifests/'), of('/blobs/')]
  return [value, { manifests, blobs, other: paths.length - manifests - blobs }]
}

/** All of them. */
export const total = ({ manifests, blobs, other }: Requests): number => manifests + blobs + other
