import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { composeFile } from '../../src/adapters/docker/compose-file.ts'
import type { ComposeProject } from '../../src/model/canary.ts'
import { fakeEngine, type Rules, untilCalled } from '../harness/docker-fake.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'compose-test-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

function engineOf(rules: Rules, env: Readonly<Record<string, string>> = {}, signal?: AbortSignal) {
  return fakeEngine(root, { 'compose version': { stdout: '2.40.3' }, ...rules }, { env, ...(signal && { signal }) })
}

describe('asking docker compose what a file comes to', () => {
  const resolve = async (rules: Rules, env: Readonly<Record<string, string>> = {}, folder?: string) => {
    const { engine, calls } = await engineOf(rules, env)
    const look = await engine.resolveCompose({ text: 'services: {}', folder, env: { TOKEN: 'given' } })
    return { look, calls: await calls() }
  }
  const answers = (answer: Rules[string]): Rules => ({ 'compose --env-file': answer })

  it('gives it the text, what the spec gives, and of ours only what starts it, unlike anything else', async () => {
    const script = `env > ${root}/env; cat > ${root}/stdin`
    const secret = { GITHUB_TOKEN: 'ghs', HTTPS_PROXY: 'http://user:password@proxy', VERIFY_IMAGES_RUN: 'x' }
    const { look, calls } = await resolve(answers({ stdout: '{"services":{}}', script }), secret, '/repo/deploy')
    expect(look).toMatchObject({ ok: true, seen: { model: { services: {} } } })
    expect(calls.at(-1)).toBe(
      'compose --env-file /dev/null --project-directory /repo/deploy --file - config --format json',
    )
    expect(await readFile(join(root, 'stdin'), 'utf8')).toBe('services: {}')
    const env = new Map(
      (await readFile(join(root, 'env'), 'utf8')).split('\n').map((line) => line.split(/=(.*)/) as [string, string]),
    )
    expect(env.get('TOKEN')).toBe('given')
    expect(env.get('COMPOSE_EXPERIMENTAL_GIT_REMOTE')).toBe('false')
    expect(env.get('COMPOSE_EXPERIMENTAL_OCI_REMOTE')).toBe('false')
    for (const name of Object.keys(secret)) expect([name, env.has(name)]).toEqual([name, false])
    if (!look.ok || !('own' in look.seen)) throw new Error('it was not resolved')
    const { own } = look.seen
    expect(own.HOME).toMatch(/^\/nonexistent\/[0-9a-f-]{36}$/)
    expect(own.PATH?.endsWith(`:${own.HOME}`)).toBe(true)
    for (const [name, value] of Object.entries(own)) expect([name, env.get(name)]).toEqual([name, value])
  })

  it('has no folder where there is nothing beside the file', async () => {
    const { calls } = await resolve(answers({ stdout: '{}' }))
    expect(calls.at(-1)).toMatch(/--project-directory \/nonexistent\/\S+ --file - config/)
  })

  it.each<[string, Rules, object]>([
    [
      'says why not',
      answers({ stderr: 'warning\nservices.a additional properties not allowed\n' }),
      { ok: true, seen: { refused: 'services.a additional properties not allowed' } },
    ],
    ['fails without a word', answers({ exitCode: 1 }), { ok: true, seen: { refused: 'it does not say why' } }],
    ['prints nothing', answers({ stdout: '' }), { ok: false, failure: 'malformed' }],
    ['prints no JSON', answers({ stdout: 'services:' }), { ok: false, failure: 'malformed' }],
    [
      'is not there',
      { 'compose version': { stderr: "docker: 'compose' is not a docker command." } },
      { ok: false, failure: 'no-tool' },
    ],
  ])('tells when it %s', async (_, rules, expected) => {
    expect((await resolve(rules)).look).toMatchObject(expected)
  })
})

const project: ComposeProject = {
  services: {
    web: { image: 'sha256:1', environment: { A: 'b', NO_PROXY: 'mine' }, labels: { a: 'b' } },
    db: { image: 'x' },
  },
  networks: {},
  volumes: { data: {} },
  secrets: {},
  configs: {},
}

it('labels all that it has made, and leaves the proxies of this user out', () => {
  const logging = { driver: 'json-file', options: { mode: 'blocking', 'max-size': '10m', 'max-file': '3' } }
  expect(JSON.parse(composeFile(project, 'verify-images.run=x', ['HTTP_PROXY', 'NO_PROXY']))).toEqual({
    services: {
      web: {
        image: 'sha256:1',
        environment: { A: 'b', HTTP_PROXY: null, NO_PROXY: 'mine' },
        labels: { a: 'b', 'verify-images.run': 'x' },
        logging,
      },
      db: {
        ...{ image: 'x', environment: { HTTP_PROXY: null, NO_PROXY: null } },
        ...{ labels: { 'verify-images.run': 'x' }, logging },
      },
    },
    networks: { default: { labels: { 'verify-images.run': 'x' } } },
    volumes: { data: { labels: { 'verify-images.run': 'x' } } },
    ...{ secrets: {}, configs: {} },
  })
})

const id = 'a'.repeat(64)
const container = (given: object = {}) => ({
  Id: id,
  Image: 'sha256:1',
  Config: { Labels: { 'com.docker.compose.service': 'web' } },
  State: { Running: true, StartedAt: '2026-01-02T03:04:05Z', ExitCode: 0, OOMKilled: false, Error: '' },
  NetworkSettings: { Ports: { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '32768' }], '9000/tcp': null } },
  ...given,
})

describe('the containers of a project', () => {
  const list = async (rules: Rules) => {
    const { engine } = await engineOf({ 'container ls': { stdout: `${id}\n` }, ...rules })
    return engine.compose(project).containers()
  }
  const inspected = (...containers: readonly object[]): Rules => ({
    'container inspect': { stdout: containers.map((each) => `${JSON.stringify(each)}\n`).join('') },
  })

  it('are told as they are', async () => {
    expect(await list(inspected(container()))).toEqual({
      ok: true,
      seen: [
        {
          ...{ id, service: 'web', image: 'sha256:1', startedAt: '2026-01-02T03:04:05Z', running: true, exitCode: 0 },
          ...{ oomKilled: false, error: '', health: 'none', healthOutput: '', ports: { '8000/tcp': 32768 } },
        },
      ],
    })
  })

  const { State } = container()
  const never = { Running: false, StartedAt: '0001-01-01T00:00:00Z', Error: 'no such file', ExitCode: 127 }
  const ill = { Health: { Status: 'unhealthy', Log: [{ Output: 'first' }, { Output: 'last' }] } }
  it.each([
    ['that never started', never, { startedAt: undefined, error: 'no such file', refusedBy: 'engine', running: false }],
    ['that is ill', ill, { health: 'unhealthy', healthOutput: 'last' }],
    ['whose health is in no word we know', { Health: { Status: 'fine' } }, { health: 'starting' }],
    ['without a health check', { Health: { Status: 'none' } }, { health: 'none' }],
  ])('are told as they are: one %s', async (_, state, seen) => {
    expect(await list(inspected(container({ State: { ...State, ...state } })))).toMatchObject({
      ok: true,
      seen: [seen],
    })
  })

  it.each<[string, Rules, object]>([
    ['there are none', { 'container ls': { stdout: '' } }, { ok: true, seen: [] }],
    [
      'the engine does not answer',
      { 'container ls': { stderr: 'Cannot connect to the Docker daemon' } },
      { ok: false, failure: 'unavailable' },
    ],
    [
      'one went meanwhile',
      { 'container inspect': { stderr: `Error: No such container: ${id}` } },
      { ok: true, seen: [] },
    ],
    [
      'the engine stops answering',
      { 'container inspect': { stderr: 'error during connect' } },
      { ok: false, failure: 'unavailable' },
    ],
    [
      'one went meanwhile, and it tells of something else',
      { 'container inspect': { stdout: '{"Id":"x"}\n', stderr: `Error: No such container: ${id}` } },
      { ok: false, failure: 'malformed' },
    ],
    ['it tells of none', { 'container inspect': { stdout: '' } }, { ok: false, failure: 'malformed' }],
    ['it tells of something else', inspected({ Id: id }), { ok: false, failure: 'malformed' }],
    ['one is of no service', inspected(container({ Config: { Labels: {} } })), { ok: false, failure: 'malformed' }],
  ])('are never made up: %s', async (_, rules, expected) => {
    expect(await list(rules)).toMatchObject(expected)
  })
})

describe('a project', () => {
  const empty: Rules = { 'container ls': {}, 'network ls': {}, 'volume ls': {} }

  it('is brought up from what is handed over, with no proxy to put into a container', async () => {
    await writeFile(join(root, 'config.json'), JSON.stringify({ proxies: { default: { httpProxy: 'http://u:p@x' } } }))
    const script = `env > ${root}/env; cat > ${root}/stdin`
    const env = { DOCKER_CONFIG: root, HTTP_PROXY: 'http://user:password@proxy' }
    const { engine, calls } = await engineOf({ ...empty, 'compose --env-file': { script } }, env)
    await using composed = engine.compose(project)
    expect(await composed.up(10_000)).toEqual({ ok: true, seen: { outcome: 'started' } })
    expect((await calls()).at(-1)).toMatch(
      /^compose --env-file \/dev\/null --project-name (vi-[0-9a-f-]{36}) --project-directory \/nonexistent\/\1 --file - up --detach --no-build --pull never --no-recreate$/,
    )
    expect(JSON.parse(await readFile(join(root, 'stdin'), 'utf8')).services.web.environment.HTTP_PROXY).toBeNull()
    expect(await readFile(join(root, 'env'), 'utf8')).not.toContain('PROXY')
  })

  it.each<[string, object]>([
    ['dependency failed to start: container vi-queue-1 is unhealthy', { outcome: 'unhealthy' }],
    [
      'Error response from daemon: unable to start container process: exec: "serve": executable file not found in $PATH',
      { outcome: 'refused' },
    ],
  ])('says why it is not brought up: %s', async (stderr, seen) => {
    const { engine } = await engineOf({ ...empty, 'compose --env-file': { stderr } })
    await using composed = engine.compose(project)
    expect(await composed.up(10_000)).toEqual({ ok: true, seen: { ...seen, reason: `docker compose up: ${stderr}` } })
  })

  it.each([
    ['Cannot connect to the Docker daemon at unix:///x', 'unavailable'],
    ['write /var/lib/docker/x: no space left on device', 'disk-full'],
    ['Error response from daemon: No such image: sha256:1', 'not-found'],
    ['failed to create network: all predefined address pools have been fully subnetted', 'failed'],
    [
      'Error response from daemon: failed to start shim: exec: "containerd-shim-runc-v2": executable file not found in $PATH',
      'failed',
    ],
  ])('has not been looked at where the engine is why: %s', async (stderr, failure) => {
    const { engine } = await engineOf({ ...empty, 'compose --env-file': { stderr } })
    await using composed = engine.compose(project)
    expect(await composed.up(10_000)).toMatchObject({ ok: false, failure })
  })

  it('has not been looked at where its time was up', async () => {
    const { engine } = await engineOf({ ...empty, 'compose --env-file': { sleepSeconds: 30 } })
    await using composed = engine.compose(project)
    expect(await composed.up(300)).toMatchObject({ ok: false, failure: 'timeout' })
  })

  it('is ended where it does not come to an end, and removed by its own name alone', async () => {
    const { engine, calls } = await engineOf({
      ...empty,
      'compose --env-file': { sleepSeconds: 30 },
      'container ls': [{ stdout: `${id}\n` }, { stdout: '' }],
      'container rm': { stdout: `${id}\n` },
    })
    const composed = engine.compose(project)
    const up = composed.up(60_000)
    await untilCalled(calls, 'compose ')
    await composed[Symbol.asyncDispose]()
    expect(await up).toMatchObject({ ok: false })
    const made = await calls()
    const [, name] = /--project-name (\S+)/.exec(made[0] ?? '') ?? []
    const filter = `--quiet --filter label=com.docker.compose.project=${name}`
    expect(made.slice(1, 3)).toEqual([
      `container ls --all --no-trunc ${filter}`,
      `container rm --force --volumes -- ${id}`,
    ])
    // once more for what the engine was still making
    expect(made.filter((call) => call.startsWith('container ls'))).toHaveLength(2)
    expect(made.filter((call) => call.startsWith('volume ls'))).toHaveLength(2)
  })

  it('is removed also when the run was ended', async () => {
    const ended = new AbortController()
    const rules = { ...empty, 'container ls': { stdout: `${id}\n` }, 'container rm': { stdout: id } }
    const { engine, calls } = await engineOf(rules, {}, ended.signal)
    const composed = engine.compose(project)
    ended.abort()
    expect(await composed.containers()).toMatchObject({ ok: false, failure: 'cancelled' })
    await composed[Symbol.asyncDispose]()
    expect(await calls()).toContain(`container rm --force --volumes -- ${id}`)
  })

  it('is asked on what it publishes, and says what it does not', async () => {
    const { engine } = await engineOf({})
    const composed = engine.compose(project)
    const seen = { id, service: 'web', ports: { '8000/tcp': 1 } } as unknown as Parameters<typeof composed.ask>[0]
    const get = { method: 'GET', path: '/', headers: {}, body: undefined }
    expect(await composed.ask(seen, 9000, get, 1_000)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('9000'),
    })
    expect(await composed.ask(seen, 8000, get, 1_000)).toMatchObject({ ok: false, failure: 'unavailable' })
  })
})
