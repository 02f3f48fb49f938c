import type { Start } from './first-request.ts'
import type { Processes } from './processes.ts'
import { total } from './requests.ts'
import type { LinkResult } from './rounds.ts'
import type { ScaleRow } from './scale.ts'
import { median } from './statistics.ts'
import type { TargetResult } from './targets.ts'

/** A Markdown table with columns as wide as what is in them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`
const spread = (values: readonly number[]): string =>
  `${seconds(median(values))} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`

/** Where the action is above its floor: by its pulls, or by what stands before and after them. */
const actionParts: readonly (readonly [string, (run: LinkResult['actions'][number]) => number])[] = [
  ['until its first pull', ({ beforePullsSeconds }) => beforePullsSeconds],
  ['from its first pull to the end of the last', ({ pullsSeconds }) => pullsSeconds],
  ['after that, to its report', ({ afterPullsSeconds }) => afterPullsSeconds],
  ['in its post step', ({ postSeconds }) => postSeconds],
]

/** The times on all links, side by side. */
export function linkTable(links: readonly LinkResult[], images: number): string {
  const rows: [string, (link: LinkResult) => string][] = [
    ['script by hand', ({ handSeconds }) => spread(handSeconds)],
    ['this action', ({ actionSeconds }) => spread(actionSeconds)],
    ['floor', ({ floorSeconds }) => spread(floorSeconds)],
    ['… its pulls, at once', ({ floors }) => seconds(median(floors.map(({ pullSeconds }) => pullSeconds)))],
    ['… its slowest probe', ({ floors }) => seconds(median(floors.map(({ probeSeconds }) => probeSeconds)))],
    ...actionParts.map(([name, part]): [string, (link: LinkResult) => string] => [
      `… the action ${name}`,
      ({ actions }) => seconds(median(actions.map(part))),
    ]),
    ['action/script', ({ actionToHand }) => actionToHand.toFixed(3)],
    ['action/floor', ({ actionToFloor }) => actionToFloor.toFixed(3)],
    ['floor/script', ({ floorToHand }) => floorToHand.toFixed(3)],
    ['own process, CPU', ({ actions }) => seconds(median(actions.map(({ cpuSeconds }) => cpuSeconds)))],
    [
      'own process, peak memory',
      ({ actions }) => `${(Math.max(...actions.map(({ peakBytes }) => peakBytes)) / 1e6).toFixed(0)} MB`,
    ],
    [
      'registry requests an image',
      ({ requests }) =>
        `${(median(requests.map(total)) / images).toFixed(1)}, of blobs ${(median(requests.map(({ blobs }) => blobs)) / images).toFixed(1)}`,
    ],
  ]
  return table([
    ['median (least to most)', ...links.map(({ link }) => link)],
    ...rows.map(([name, cell]) => [name, ...links.map(cell)]),
  ])
}

/** What stands between the start and the first request. */
export function startTable(starts: readonly Start[]): string {
  const rows: [string, (start: Start) => number][] = [
    ['the action, from its start to the first registry request', ({ actionMs }) => actionMs],
    ['… of these, buildx alone to its first request', ({ buildxMs }) => buildxMs],
    ['… and Node alone, with nothing to do', ({ nodeMs }) => nodeMs],
    ['… the rest is the action itself', ({ actionMs, buildxMs, nodeMs }) => actionMs - buildxMs - nodeMs],
  ]
  return table([
    ['', 'median', 'least'],
    ...rows.map(([name, part]) => {
      const values = starts.map(part)
      return [name, `${median(values).toFixed(0)} ms`, `${Math.min(...values).toFixed(0)} ms`]
    }),
    [
      'peak memory of Node alone',
      `${(median(starts.map(({ nodePeakBytes }) => nodePeakBytes)) / 1e6).toFixed(0)} MB`,
      '',
    ],
  ])
}

/** What programs one run started. */
export const processTable = ({ byCommand, total: all }: Processes, images: number): string =>
  table([
    ['program', 'starts', 'an image'],
    ...Object.entries(byCommand).map(([command, count]) => [command, `${count}`, (count / images).toFixed(1)]),
    ['all', `${all}`, (all / images).toFixed(1)],
  ])

/** From few images to many. */
export const scaleTable = (rows: readonly ScaleRow[]): string =>
  table([
    ['images', 'time', 'per extra image', 'own CPU', 'own peak', 'requests an image', 'programs an image'],
    ...rows.map((row) => [
      `${row.images}`,
      seconds(row.seconds),
      row.secondsPerExtraImage === undefined ? '' : seconds(row.secondsPerExtraImage),
      seconds(row.cpuSeconds),
      `${(row.peakBytes / 1e6).toFixed(0)} MB`,
      row.requestsPerImage.toFixed(1),
      row.processesPerImage?.toFixed(1) ?? '',
    ]),
  ])

/** Promises, and whether they were kept. */
export const targetTable = (targets: readonly TargetResult[]): string =>
  table([
    ['target', 'here', ''],
    ...targets.map(({ target, actual, met }) => [
      target,
      actual,
      met === undefined ? 'unknown' : met ? 'met' : 'not met',
    ]),
  ])
