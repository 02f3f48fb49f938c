import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { LegReport, LegsReport } from '../../src/model/result.ts'
import { reportLegs } from '../../src/modes/verify/legs.ts'
import type { Sight } from '../../src/observe/sight.ts'
import { renderLegs } from '../../src/render/legs.ts'
import { renderSummary } from '../../src/render/summary.ts'
import { renderTimeline } from '../../src/render/timeline.ts'
import { decodeReport } from '../../src/report/decode.ts'
import { aReport } from './builders.ts'
import { hostileText } from './hostile.ts'
import { aJobSeen, aLegSeen, anImage, aRunSeen, T0, unseen } from './run-seen.ts'
import { jsonOf } from './written.ts'

const all = Number.POSITIVE_INFINITY

const aLeg = (given: Partial<LegReport> = {}): LegReport => ({
  job: 'build (backend)',
  images: ['backend'],
  outcome: 'succeeded',
  attempt: 1,
  url: 'https://github.com/octo-org/octo-repo/actions/runs/1/job/2',
  startedAt: '2026-01-22T14:00:08Z',
  queueSeconds: 8,
  seconds: 270,
  budgetSeconds: 600,
  earlierSeconds: [260, 250],
  ...given,
})
const legsOf = (jobs: readonly LegReport[], notes: readonly string[] = []): LegsReport => ({
  runId: 1,
  attempt: 1,
  url: 'https://github.com/octo-org/octo-repo/actions/runs/1',
  jobs,
  notes,
})
const overBudget = aLeg({ job: 'build (worker-gpu)', images: ['worker-gpu'], seconds: 2160, budgetSeconds: 1200 })

describe('the table of legs', () => {
  test('tells time against budget, worst first', () => {
    const skipped: LegReport = { job: 'build (x)', images: ['x'], outcome: 'skipped', earlierSeconds: [] }
    const lines = renderLegs(legsOf([aLeg(), overBudget, skipped]), all).split('\n')
    const url = 'https://github.com/octo-org/octo-repo/actions/runs/1/job/2'
    expect(lines.slice(2, 7)).toEqual([
      '|  | job | image | result | time | budget | queue | last runs |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      '| ❌ | build (x) | x | skipped |  |  |  |  |',
      `| 🟡 | [build (worker-gpu)](${url}) | worker-gpu | succeeded | **36m** | 20m | 8s | 4m 20s, 4m 10s |`,
      `| ✅ | [build (backend)](${url}) | backend | succeeded | 4m 30s | 10m | 8s | 4m 20s, 4m 10s |`,
    ])
  })

  test('is not there without a run, and no timeline without times', () => {
    expect(renderLegs(undefined, all)).toBe('')
    expect(renderLegs(legsOf([]), all)).toBe('')
    const timeless: LegReport = { job: 'build', images: [], outcome: 'missing', earlierSeconds: [] }
    expect(renderLegs(legsOf([timeless]), all)).not.toContain('mermaid')
  })

  test('says what could not be seen, and how much is left out', () => {
    const text = renderLegs(legsOf([aLeg(), overBudget, aLeg()], ['no `checks: read`']), 1)
    expect(text).toContain('2 more jobs in report.json.')
    expect(text).toContain('no `checks: read`')
    expect(text).toContain('worker-gpu')
    expect(text).not.toContain('mermaid')
  })

  test('links to nothing but a plain address', () => {
    for (const url of ['javascript:alert(1)', 'https://e.example/)[x](y', '']) {
      expect(renderLegs(legsOf([aLeg({ url })]), all)).not.toContain('](')
    }
  })

  test('stands in the summary, and comes back from report.json', () => {
    const report = aReport({ legs: legsOf([overBudget]) })
    expect(renderSummary(report)).toContain('### The build')
    expect(decodeReport(jsonOf(report))).toEqual({ ok: true, report })
  })
})

describe('the timeline', () => {
  test('draws queue, run and what is over the budget', () => {
    expect(renderTimeline([overBudget, aLeg({ startedAt: '2026-01-22T13:59:00Z', queueSeconds: 0 })])).toBe(
      [
        '```mermaid',
        'gantt',
        '  title Jobs of the build (UTC)',
        '  dateFormat YYYY-MM-DD HH:mm:ss',
        '  axisFormat %H:%M',
        '  section build (backend)',
        '  4m 30s :active, 2026-01-22 13:59:00, 270s',
        '  section build (worker-gpu)',
        '  queue :done, 2026-01-22 14:00:00, 8s',
        '  36m :active, 2026-01-22 14:00:08, 1200s',
        '  over budget :crit, 2026-01-22 14:20:08, 960s',
        '```',
      ].join('\n'),
    )
  })

  test('leaves out what has no time', () => {
    const { seconds, ...unfinished } = aLeg()
    expect(renderTimeline([unfinished, aLeg({ startedAt: 'soon' })])).toBe('')
  })

  test('is drawn of forty jobs at most', () => {
    const many = Array.from({ length: 60 }, () => aLeg())
    expect(renderTimeline(many).match(/section/g)).toHaveLength(40)
  })

  test.each(['', '---', '\u202e', '```'])('calls a job that has no letter a job: %j', (job) => {
    expect(renderTimeline([aLeg({ job })])).toContain('\n  section job\n')
  })

  test('takes no order from a name', () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 1, maxLength: 3 }), (names) => {
        const text = renderTimeline(names.map((job) => aLeg({ job })))
        const lines = text.split(/[\n\r\u2028\u2029\u0085\v\f]/)
        expect(lines).toHaveLength(6 + 3 * names.length)
        expect(text.slice(3, -3)).not.toMatch(/[`<>#;{}"\\[\]|@&$~*_]/)
        for (const line of lines.filter((each) => each.startsWith('  section'))) expect(line).not.toMatch(/[:%,]/)
      }),
    )
  })
})

describe('the report of legs', () => {
  const sightOf = (buildRun: Awaited<ReturnType<Sight['buildRun']>>) => ({ buildRun: async () => buildRun }) as Sight
  const seen = (...legs: Parameters<typeof aLegSeen>[0][]) => {
    const about = { run: aRunSeen(), attempt: 1, isOurs: true, annotations: [], notes: ['a note'] }
    return { ok: true, seen: { ...about, legs: legs.map(aLegSeen) } } as const
  }

  test('has what was seen, and the budget of the image', async () => {
    const job = aJobSeen({ minutes: 4.5 })
    const look = seen({ jobs: [job], earlierSeconds: [1] }, { jobs: [], name: 'gone', imageIds: [] })
    expect(await reportLegs([anImage('backend', 10)], sightOf(look))).toEqual({
      legs: {
        runId: 1,
        attempt: 1,
        url: aRunSeen().url,
        notes: ['a note'],
        jobs: [
          {
            job: 'build (backend)',
            images: ['backend'],
            outcome: 'succeeded',
            attempt: 1,
            url: job.url,
            startedAt: job.startedAt,
            queueSeconds: 8,
            seconds: 270,
            budgetSeconds: 600,
            earlierSeconds: [1],
          },
          { job: 'gone', images: [], outcome: 'missing', earlierSeconds: [] },
        ],
      },
    })
  })

  test('has no times that GitHub does not tell', async () => {
    const silent = { ...aJobSeen(), createdAt: undefined, startedAt: undefined, completedAt: T0 }
    const { legs } = await reportLegs([], sightOf(seen({ jobs: [silent] })))
    expect(Object.keys(legs?.jobs[0] ?? {})).toEqual(['job', 'images', 'outcome', 'earlierSeconds', 'attempt', 'url'])
  })

  test('is not there where no run was seen', async () => {
    expect(await reportLegs([], sightOf(undefined))).toEqual({})
    expect(await reportLegs([], sightOf(unseen()))).toEqual({})
  })
})
