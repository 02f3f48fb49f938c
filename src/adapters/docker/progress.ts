import type { PullProgress } from '../../ports.ts'

/** Where a layer stands; docker says no bytes when it has no terminal. */
type Stage = 'waiting' | 'downloaded' | 'done'

const STAGES: Readonly<Record<string, Stage>> = {
  'Pulling fs layer': 'waiting',
  Waiting: 'waiting',
  'Verifying Checksum': 'waiting',
  Downloading: 'waiting',
  'Download complete': 'downloaded',
  Extracting: 'downloaded',
  'Pull complete': 'done',
  'Already exists': 'done',
}

const LINE = /^([0-9a-f]{12}): ([A-Z][A-Za-z ]+?)(?: in \d+ seconds?)?$/

/** Reads what `docker pull` prints, in any pieces, and tells each time a layer got further. */
export function pullProgress(onProgress: (progress: PullProgress) => void): (chunk: Uint8Array) => void {
  const layers = new Map<string, Stage>()
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n')
    rest = lines.pop()?.slice(-1024) ?? ''
    for (const line of lines) {
      const [, layer, words] = LINE.exec(line.trim()) ?? []
      if (layer === undefined || words === undefined) continue
      const before = layers.get(layer)
      const stage = STAGES[words] ?? before ?? 'waiting'
      if (stage === before) continue
      layers.set(layer, stage)
      onProgress(progressOf(layers))
    }
  }
}

function progressOf(layers: ReadonlyMap<string, Stage>): PullProgress {
  const stages = [...layers.values()]
  const layersDone = stages.filter((stage) => stage === 'done').length
  const here = [...layers].flatMap(([layer, stage]) => (stage === 'waiting' ? [] : [layer]))
  const what =
    here.length < stages.length
      ? `${here.length} of ${count(stages.length)} downloaded`
      : `${count(stages.length)} downloaded`
  return { here, text: `${what}, ${layersDone} unpacked` }
}

const count = (layers: number): string => (layers === 1 ? '1 layer' : `${layers} layers`)
