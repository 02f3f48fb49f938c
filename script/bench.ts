// Measures what script/bench laid out, prints it, and writes tmp/bench.json.
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { passingAction } from './benchmark/action.ts'
import { measureStart, type Start } from './benchmark/first-request.ts'
import { throttle } from './benchmark/link.ts'
import { minutesFor } from './benchmark/minutes.ts'
import { linkTable, processTable, scaleTable, startTable, targetTable } from './benchmark/print.ts'
import { countProcesses } from './benchmark/processes.ts'
import { type LinkResult, measureLink } from './benchmark/rounds.ts'
import { measureScale } from './benchmark/scale.ts'
import { imageSet } from './benchmark/sets.ts'
import { emptyStore, shell } from './benchmark/shell.ts'
import { median } from './benchmark/statistics.ts'
import { judgeTargets } from './benchmark/targets.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    store: { type: 'string' },
    links: { type: 'string', default: 'loopback,throttled' },
    rate: { type: 'string', default: '50' },
    scale: { type: 'string' },
  },
})
const runs = Number(values.runs ?? (values.quick ? 1 : 5))
const set = imageSet(values.quick ? 'quick' : 'ktrdr')
const counts = (values.scale ?? (values.quick ? '3,10' : '3,30,300')).split(',').map(Number).filter(Boolean)
const linkNames = values.links.split(',').filter(Boolean)
const engine = (await shell("docker info --format '{{.ServerVersion}} {{.Driver}}'")).trim()
const unpigz = (await shell('command -v unpigz || true')).trim() !== ''
const machine = { cores: availableParallelism(), memoryBytes: totalmem(), engine, unpigz, set: set.owner, runs }
const rate = Number(values.rate)

async function measured(link: string): Promise<LinkResult[]> {
  if (link === 'loopback') return [await measureLink(link, set, runs)]
  await using narrow = await throttle(rate)
  if (narrow !== undefined) return [await measureLink(link, set, runs)]
  process.stderr.write('tc cannot narrow the link here: that half is left out\n')
  return []
}

const print = (title: string, text: string) => process.stdout.write(`\n${title}\n\n${text}\n`)
print('Where', `${machine.cores} cores, engine ${engine}, unpigz ${unpigz ? 'there' : 'not there'}, ${runs} runs each`)

const minutes = minutesFor({ owner: set.owner, runs, links: linkNames, counts })
process.stderr.write(`this takes about ${Math.ceil(minutes)} minutes on two cores that have nothing else to do\n`)

const starts: Start[] = []
for (let run = 0; run < Math.max(runs, 3); run += 1) starts.push(await measureStart())
const first = median(starts.map(({ actionMs }) => actionMs))
print('The start', startTable(starts))

const links: LinkResult[] = []
for (const link of linkNames) links.push(...(await measured(link)))
if (links.length > 0) {
  print(
    `Three images (${set.owner}), from an empty store; throttled is ${rate} MB/s`,
    linkTable(links, set.images.length),
  )
}

await emptyStore()
const processes = await countProcesses((env) => passingAction(imageSet('quick').spec, env))
print('Programs started for three images of two platforms, one of them run', processTable(processes, set.images.length))

const scale = await measureScale(counts, Math.min(runs, 3))
print('Small images that share a base', scaleTable(scale))

const targets = judgeTargets({ links, scale, firstRequestMs: first })
print('Targets', targetTable(targets))

await mkdir('tmp', { recursive: true })
const all = { machine, rate, links, starts, processes, scale, targets }
await writeFile('tmp/bench.json', `${JSON.stringify(all, undefined, 2)}\n`)
