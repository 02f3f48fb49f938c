import type { Problem } from '../model/result.ts'
import { readTriggers } from './read-triggers.ts'
import { field, isExpression, Shape } from './shape.ts'
import type { Job, Permissions, Step, Text, Workflow } from './workflow.ts'
import { type Outcome, readYaml, type Yaml, type YamlEntry, type YamlMap } from './yaml.ts'

/** Reads a workflow file into what it says, with positions; whatever is malformed is a problem. */
export function readWorkflow(text: string, file: string): Outcome<Workflow> {
  const yaml = readYaml(text, file)
  if (!yaml.ok) return { ok: false, problems: yaml.problems.map(refused) }
  const shape = new Shape()
  const root = shape.map(yaml.value, 'a workflow')
  const jobs = shape.map(field(root, 'jobs'), 'jobs')
  if (root && (jobs === undefined || jobs.entries.length === 0)) shape.complain(root.at, `${file} has no jobs`)
  if (!root) shape.complain(yaml.value.at, `${file} is no workflow`)
  const workflow: Workflow = {
    file,
    name: shape.string(field(root, 'name'), 'name'),
    at: yaml.value.at,
    triggers: readTriggers(field(root, 'on'), shape),
    env: shape.texts(field(root, 'env'), 'env'),
    permissions: readPermissions(field(root, 'permissions'), shape),
    shell: readShell(field(root, 'defaults'), shape),
    jobs: (jobs?.entries ?? []).flatMap((entry) => readJob(entry, shape) ?? []),
  }
  if (shape.problems.length > 0) return { ok: false, problems: shape.problems.map(refused) }
  return { ok: true, value: workflow }
}

/** What YAML would allow has a hint of its own. */
const refused = (problem: Problem): Problem => ({
  hint: 'GitHub would not start this workflow either: fix the file',
  ...problem,
})

function readJob(entry: YamlEntry, shape: Shape): Job | undefined {
  const what = `jobs.${entry.key}`
  const map = shape.map(entry.value, what)
  if (!map) return undefined
  const get = (key: string): Yaml | undefined => field(map, key)
  if (!isExpression(get('strategy'))) shape.map(get('strategy'), `${what}.strategy`)
  return {
    key: entry.key,
    at: entry.at,
    name: shape.text(get('name'), `${what}.name`),
    needs: shape.strings(get('needs'), `${what}.needs`),
    runsOn: get('runs-on'),
    condition: shape.text(get('if'), `${what}.if`),
    env: shape.texts(get('env'), `${what}.env`),
    permissions: readPermissions(get('permissions'), shape),
    shell: readShell(get('defaults'), shape),
    continueOnError: shape.text(get('continue-on-error'), `${what}.continue-on-error`),
    strategy: get('strategy'),
    services: get('services'),
    steps: shape.list(get('steps'), `${what}.steps`).flatMap((item, index) => readStep(item, index, what, shape) ?? []),
    uses: shape.text(get('uses'), `${what}.uses`),
    with: readInputs(shape.map(get('with'), `${what}.with`)),
  }
}

const readInputs = (map: YamlMap | undefined): ReadonlyMap<string, Yaml> =>
  new Map((map?.entries ?? []).map(({ key, value }) => [key, value]))

function readStep(item: Yaml, index: number, job: string, shape: Shape): Step | undefined {
  const what = `${job}.steps[${index}]`
  const map = shape.map(item, what)
  if (!map) {
    shape.complain(item.at, `${what} is empty`)
    return undefined
  }
  const get = (key: string): Yaml | undefined => field(map, key)
  return {
    id: shape.string(get('id'), `${what}.id`),
    name: shape.string(get('name'), `${what}.name`),
    index,
    at: map.at,
    uses: shape.text(get('uses'), `${what}.uses`),
    with: shape.texts(get('with'), `${what}.with`),
    run: shape.scalar(get('run'), `${what}.run`),
    shell: shape.string(get('shell'), `${what}.shell`),
    condition: shape.text(get('if'), `${what}.if`),
    env: shape.texts(get('env'), `${what}.env`),
    continueOnError: shape.text(get('continue-on-error'), `${what}.continue-on-error`),
  }
}

function readPermissions(value: Yaml | undefined, shape: Shape): Permissions | undefined {
  if (value === undefined) return undefined
  if (value.kind === 'scalar' && (value.value === 'write-all' || value.value === 'read-all')) {
    return { at: value.at, all: value.value === 'write-all' ? 'write' : 'read', scopes: new Map() }
  }
  const scopes = new Map<string, Text>()
  for (const { key, value: access, at } of shape.map(value, 'permissions')?.entries ?? []) {
    const text = shape.string(access, `permissions.${key}`)
    if (text !== undefined) scopes.set(key, { text, at })
  }
  return { at: value.at, all: undefined, scopes }
}

const readShell = (defaults: Yaml | undefined, shape: Shape): string | undefined =>
  shape.string(field(shape.map(field(shape.map(defaults, 'defaults'), 'run'), 'defaults.run'), 'shell'), 'shell')
