// What a workflow of ours may do, and where its parts come from.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'

const workflows = globSync('.github/workflows/*.yml').sort()
/** This action at the commit of the workflow. */
const OURS = '$/.github/actions/verify'

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Workflow {
  readonly permissions?: unknown
  readonly jobs: Readonly<Record<string, { permissions?: Readonly<Record<string, string>>; steps?: readonly Step[] }>>
}

describe.each(workflows)('%s', (file) => {
  const text = readFileSync(file, 'utf8')
  const workflow = parse(text) as Workflow
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps ?? [])

  it('grants nothing but what a job names, and no job may write', () => {
    expect(workflow.permissions).toEqual({})
    for (const { permissions } of jobs)
      expect(new Set(Object.values(permissions ?? { none: 'none' }))).toEqual(new Set(['read']))
  })

  it('pins every action but this one itself by its commit, and says which version that is', () => {
    const lines = [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, uses = '']) => uses)
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length)
    const loose = lines.filter(
      (uses) => uses !== OURS && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses),
    )
    expect(loose).toEqual([])
  })

  it('leaves no token behind', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    for (const step of checkouts) expect(step.with?.['persist-credentials']).toBe(false)
  })
})

it('keeps apart what two calls of the reusable workflow in one run leave behind', () => {
  const { jobs } = parse(readFileSync('.github/workflows/verify.yml', 'utf8')) as Workflow
  const uploads = Object.values(jobs)
    .flatMap(({ steps = [] }) => steps)
    .filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'))
  const names = uploads.map((step) => String(step.with?.name))
  expect(names).toHaveLength(3)
  expect(names.filter((name) => !/\{\{ (?:inputs\.artifact|needs\.plan\.outputs\.plan) \}\}/.test(name))).toEqual([])
})

it('takes no package that is new, runs none of their scripts, and pins them all', () => {
  const settings = readFileSync('.npmrc', 'utf8').split('\n')
  for (const each of ['ignore-scripts=true', 'save-exact=true', 'min-release-age=7']) expect(settings).toContain(each)
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const versions = Object.values<string>({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(12)
})

it('says how to report, which versions are kept, who is trusted and what remains', () => {
  const headings = [...readFileSync('SECURITY.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(['Reporting', 'Supported versions', 'Who is trusted', 'What we do about it', 'What remains'])
})
