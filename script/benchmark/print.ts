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

/** The times on all links, side by side. */
export function linkTable(links: readonly LinkResult[], images: number): string {
  const rows: [string, (link: LinkResult) => string][] = [
    ['script by hand', ({ handSeconds }) => spread(handSeconds)],
    ['this action', ({ actionSeconds }) => spread(actionSeconds)],
    ['floor', ({ floorSeconds }) => spread(floorSeconds)],
    ['… its pulls, at once', ({ floors }) => seconds(median(floors.map(({ pullSeconds }) => pullSeconds)))],
    ['… its slowest probe', ({ floors }) => seconds(median(floors.map(({ probeSeconds }) => probeSeconds)))],
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
    ...targets.map(({ target, actual, met }) => [target, actual, met ? 'met' : 'not met']),
  ])
