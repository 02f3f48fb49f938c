import { passingAction } from './action.ts'
import { countProcesses } from './processes.ts'
import { countRequests, total } from './requests.ts'
import { emptyStore } from './shell.ts'
import { pushSmallImages } from './small-images.ts'
import { median } from './statistics.ts'

export interface ScaleRow {
  readonly images: number
  readonly seconds: number
  /** Against the row before. */
  readonly secondsPerExtraImage: number | undefined
  readonly cpuSeconds: number
  readonly peakBytes: number
  readonly requestsPerImage: number
  readonly processesPerImage: number | undefined
}

/** Counting takes a run of its own; of more images than this the count is known. */
export const MOST_COUNTED = 30

/** Verifies sets of small images that share a base, each from an empty store. */
export async function measureScale(counts: readonly number[], runs: number): Promise<readonly ScaleRow[]> {
  const rows: ScaleRow[] = []
  for (const images of counts) {
    const spec = await pushSmallImages(images)
    const ran = []
    for (let run = 0; run < (images > MOST_COUNTED ? 1 : runs); run += 1) {
      await emptyStore()
      ran.push(await countRequests(() => passingAction(spec)))
    }
    await emptyStore()
    const counted = images > MOST_COUNTED ? undefined : await countProcesses((env) => passingAction(spec, env))
    const seconds = median(ran.map(([run]) => run.seconds))
    const before = rows.at(-1)
    rows.push({
      images,
      seconds,
      secondsPerExtraImage: before && (seconds - before.seconds) / (images - before.images),
      cpuSeconds: median(ran.map(([run]) => run.cpuSeconds)),
      peakBytes: Math.max(...ran.map(([run]) => run.peakBytes)),
      requestsPerImage: median(ran.map(([, requests]) => total(requests))) / images,
      processesPerImage: counted && counted.total / images,
    })
    process.stderr.write(`${images} small images: ${seconds.toFixed(1)} s\n`)
  }
  await emptyStore()
  return rows
}
