import type { ImageSet } from './sets.ts'
import { timed } from './shell.ts'

export interface Floor {
  readonly pullSeconds: number
  readonly probeSeconds: number
}

/** What no verification can do without: the same pulls, all at once, and then the slowest of the probes, alone. */
export async function floor({ images }: ImageSet): Promise<Floor> {
  const pulls = images.map((image) => `docker pull -q ${image}:latest & jobs+=($!)`).join('\n')
  const pullSeconds = await timed(`jobs=()\n${pulls}\nfor job in "\${jobs[@]}"; do wait "$job"; done`)
  const probes = []
  for (const [position, image] of images.entries()) {
    const modules = position === 0 ? 'ktrdr' : 'ktrdr, torch'
    probes.push(await timed(`docker run --rm --network none ${image}:latest python3 -c 'import ${modules}'`))
  }
  return { pullSeconds, probeSeconds: Math.max(...probes) }
}
