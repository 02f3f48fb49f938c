import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Known, RunContext } from '../../src/model/workflow.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { deriveImages } from '../../src/workflow/derive.ts'
import { lintWorkflow } from '../../src/workflow/lint.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { starterSpec } from '../../src/workflow/starter.ts'
import { agreeingExpectations, namedDockerfiles } from './workflows.ts'

const root = join(import.meta.dirname, '../fixtures/workflows')
const pushToMain: RunContext = {
  repository: 'acme/shop',
  sha: '90dd6032fac8bda1b6c4436a2e65de27961ed071',
  ref: 'refs/heads/main',
  eventName: 'push',
  defaultBranch: 'main',
}

const show = <T>(known: Known<T>): T | string => (known.known ? known.value : `unknown: ${known.name}: ${known.reason}`)

/** What is derived and found, in the form that a person checks by eye. */
function summary(folder: string): { summary: unknown; starter: string } {
  const path = '.github/workflows/build-images.yml'
  const context = join(folder, 'context.json')
  const run = existsSync(context) ? (JSON.parse(readFileSync(context, 'utf8')) as RunContext) : pushToMain
  const read = (name: string): string | undefined => {
    const file = join(folder, 'files', name)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
  const workflow = readWorkflow(readFileSync(join(folder, 'workflow.yml'), 'utf8'), path)
  if (!workflow.ok) return { summary: { problems: workflow.problems }, starter: '' }
  const derived = deriveImages(workflow.value, run, read)
  const line = (at: { line: number; file: string }): string => `${at.file === path ? '' : `${at.file}:`}${at.line}`
  const images = derived.images.map((image) => ({
    id: image.id,
    name: image.name,
    tags: image.tagsComplete ? image.tags : [...image.tags, '?'],
    platforms: show(image.platforms),
    dockerfile: show(image.dockerfile),
    jobs: image.jobNames.map(show),
    lines: `image ${line(image.positions.image)}, tags ${line(image.positions.tags)}, platforms ${line(image.positions.platforms)}`,
  }))
  const unknown = derived.unknown.map(({ what, name, reason, at }) => `${line(at)}: ${what}: ${name}: ${reason}`)
  const problems = derived.problems.map(({ message, at }) => `${at?.line}: ${message}`)
  const subject = { workflow: workflow.value, run, derived, dockerfiles: namedDockerfiles(derived) }
  const lint = lintWorkflow(subject, agreeingExpectations(derived)).map(
    ({ at, code, message }) => `${line(at)}: ${code}: ${message}`,
  )
  return { summary: { images, unknown, problems, lint }, starter: starterSpec(derived, run) }
}

const folders = readdirSync(root)

test.each(folders)('%s gives what is expected', (name) => {
  const file = join(root, name, 'expected.json')
  const actual = `${JSON.stringify(summary(join(root, name)).summary, null, 2)}\n`
  if (process.env.U === '1') writeFileSync(file, actual)
  expect(JSON.parse(actual)).toEqual(JSON.parse(readFileSync(file, 'utf8')))
})

test.each(folders)('the starter spec of %s decodes, once it names an image', async (name) => {
  const { starter } = summary(join(root, name))
  const named = starter.replace(/^ {2}# {1,3}(?=app:|image:)/gm, (comment) => comment.replace('# ', ''))
  expect(await decodeSpec(named, 'verify-images.yml')).toMatchObject({ ok: true })
})
