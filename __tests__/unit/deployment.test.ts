import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { deployment } from '../../src/checks/deployment.ts'
import { readCompose } from '../../src/compose/read.ts'
import type { DeploymentExpectation } from '../../src/model/deployment.ts'
import { type ComposeSeen, lookAtDeployment } from '../../src/observe/deployments.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import { aDigest, anImageName } from './builders.ts'
import { anImage, anIndex, type Case, describeCheck, judged, no, ok, SHA, SHA_TAG } from './sightings.ts'

type Seen = Parameters<typeof deployment.judge>[1]

const named = (id: string) => anImage({ id, name: anImageName(`ghcr.io/acme/${id}`) })
const images = [named('backend'), named('worker')]
const known: Seen['known'] = images.map((image) => ({ image, commitTag: SHA_TAG, index: anIndex() }))

const expected = (services: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
  ({ file: 'deploy/compose.yml', env, services, positions: {} }) satisfies DeploymentExpectation
const roles = expected({ web: 'backend', queue: 'worker' })

/** A variable as a compose file writes it. */
const variable = (inside: string): string => `\${${inside}}`

/** A compose file with these images, service by service. */
const seen = (
  lines: Readonly<Record<string, string>>,
  deployed: DeploymentExpectation = roles,
  rest = '',
  all = known,
  first = '',
): Seen => {
  const text = `${first}services:\n${Object.entries(lines)
    .map(
      ([name, body]) =>
        `  ${name}: { ${/^(?:build|command|extends|image|provider): /.test(body) ? body : `image: "${body}"`} }\n`,
    )
    .join('')}${rest}`
  const read = readCompose(text, deployed.file)
  const services = read.ok ? read.file.services : []
  const look = ok(aComposeSeen({ services, problems: read.ok ? [] : read.problems }))
  return { deployments: [{ expected: deployed, look }], known: all }
}

function servicesOf(text: string): ComposeSeen['services'] {
  const read = readCompose(text, 'deploy/compose.yml')
  return read.ok ? read.file.services : []
}

const aComposeSeen = (given: Partial<ComposeSeen>): ComposeSeen => ({
  files: [{ path: 'deploy/compose.yml', sha256: 'a'.repeat(64) }],
  services: [],
  problems: [],
  unclear: undefined,
  override: undefined,
  ...given,
})

const web = `ghcr.io/acme/backend:${variable('IMAGE_TAG:-latest')}`
const queue = `ghcr.io/acme/worker:${variable('IMAGE_TAG:-latest')}`

const cases: readonly Case<'set', Seen>[] = [
  {
    name: 'no deployments',
    of: images,
    seen: { deployments: [], known },
    is: 'skipped',
    says: ['names no deployments'],
  },
  { name: 'each on its image', of: images, seen: seen({ web, queue, db: 'postgres:16' }), is: 'passed' },
  {
    name: 'the commit or nothing',
    of: images,
    seen: seen({ web: `ghcr.io/acme/backend:${variable('IMAGE_TAG:?say which')}`, queue }),
    is: 'passed',
  },
  {
    name: 'pinned to the digest that is verified',
    of: images,
    seen: seen({ web: `ghcr.io/acme/backend@${aDigest()}`, queue }),
    is: 'passed',
  },
  {
    name: 'a registry from its environment',
    of: images,
    seen: seen(
      { web: `${variable('REGISTRY')}/backend:latest`, queue },
      expected({ web: 'backend', queue: 'worker' }, { REGISTRY: 'ghcr.io/acme' }),
    ),
    is: 'passed',
  },
  {
    name: 'the worker on the backend',
    of: images,
    seen: seen({ web, queue: web }),
    is: 'failed',
    codes: ['deployment/wrong-image'],
    says: [
      'queue runs backend, and must be on worker',
      `with IMAGE_TAG=${SHA_TAG}`,
      'without IMAGE_TAG',
      '"line":3',
      'ghcr.io/acme/worker:latest or ghcr.io/acme/worker:sha-3f2a1bc',
    ],
  },
  {
    name: 'the worker on a stranger',
    of: images,
    seen: seen({ web, queue: 'docker.io/acme/worker:latest' }),
    is: 'failed',
    codes: ['deployment/wrong-image'],
  },
  {
    name: 'a service that builds its own',
    of: images,
    seen: seen({ web, queue: 'build: .' }),
    is: 'failed',
    codes: ['deployment/wrong-image'],
    says: ['builds an image of its own'],
  },
  {
    name: 'a default that nobody verified',
    of: images,
    seen: seen({ web: `ghcr.io/acme/backend:${variable('IMAGE_TAG:-v1')}`, queue }),
    is: 'failed',
    codes: ['deployment/unverified'],
    says: ['without IMAGE_TAG'],
  },
  {
    name: 'another digest',
    of: images,
    seen: seen({ web: `ghcr.io/acme/backend@${aDigest(77)}`, queue }),
    is: 'failed',
    codes: ['deployment/unverified'],
  },
  {
    name: 'a digest where none is known',
    of: images,
    seen: seen(
      { web: `ghcr.io/acme/backend@${aDigest()}`, queue },
      roles,
      '',
      known.map((each) => ({ ...each, index: no('unavailable') })),
    ),
    is: 'errored',
  },
  {
    name: 'a service of ours that nobody speaks of',
    of: images,
    seen: seen({ web, queue, nightly: web }),
    is: 'failed',
    codes: ['deployment/unverified'],
    says: ['the spec does not say that it should', 'nightly: backend'],
  },
  {
    name: 'a service of ours that nobody speaks of, with an old tag',
    of: images,
    seen: seen({ web, queue, nightly: 'ghcr.io/acme/worker:v1' }),
    is: 'failed',
    codes: ['deployment/unverified'],
    says: ['which nobody verified'],
  },
  {
    name: 'a placeholder',
    of: images,
    seen: seen({ web: 'ghcr.io/<github-username>/backend:latest', queue }),
    is: 'failed',
    codes: ['deployment/invalid'],
    says: ['placeholder <github-username>'],
  },
  {
    name: 'a placeholder where nobody asks',
    of: images,
    seen: seen({ web, queue, extra: 'ghcr.io/<you>/x' }),
    is: 'failed',
    codes: ['deployment/invalid'],
  },
  {
    name: 'a tag without a default',
    of: images,
    seen: seen({ web: `ghcr.io/acme/backend:${variable('IMAGE_TAG')}`, queue }),
    is: 'failed',
    codes: ['deployment/invalid'],
    says: ['IMAGE_TAG has no value'],
  },
  {
    name: 'a variable that nobody sets',
    of: images,
    seen: seen({ web: `${variable('REGISTRY')}/backend`, queue }),
    is: 'failed',
    codes: ['deployment/invalid'],
  },
  {
    name: 'another variable that the file wants',
    of: images,
    seen: seen({ web: `${variable('REGISTRY:?')}/backend`, queue }),
    is: 'failed',
    codes: ['deployment/invalid'],
  },
  {
    name: 'a service that is not there',
    of: images,
    seen: seen({ web }),
    is: 'failed',
    codes: ['deployment/invalid'],
    says: ['has no service queue'],
  },
  {
    name: 'a service without an image',
    of: images,
    seen: seen({ web, queue: 'command: run' }),
    is: 'failed',
    codes: ['deployment/invalid'],
    says: ['queue has no image'],
  },
  {
    name: 'a service without an image, where nobody asks',
    of: images,
    seen: seen({ web, queue, extra: 'command: run' }),
    is: 'failed',
    codes: ['deployment/invalid'],
    says: ['extra has no image'],
  },
  {
    name: 'services of others that are built or provided',
    of: images,
    seen: seen({ web, queue, docs: 'build: .', model: 'provider: { type: model }' }),
    is: 'passed',
  },
  {
    name: 'a service that a program provides',
    of: images,
    seen: seen({ web, queue: `provider: { type: x }, image: "${queue}"` }),
    is: 'failed',
    codes: ['deployment/wrong-image'],
    says: ['queue has a provider'],
  },
  {
    name: 'a service that can be built, and is pulled',
    of: images,
    seen: seen({ web, queue: `image: "${queue}", build: ., pull_policy: always` }),
    is: 'passed',
  },
  {
    name: 'a service that is named and always builds its own',
    of: images,
    seen: seen({ web, queue: `image: "${queue}", build: ., pull_policy: "${variable('POLICY:-build')}"` }),
    is: 'failed',
    codes: ['deployment/wrong-image'],
    says: ['queue builds an image of its own'],
  },
  ...['POLICY', 'POLICY:?'].map((inside) => ({
    name: `a service of which a variable says whether it is built: ${inside}`,
    of: images,
    seen: seen({ web, queue: `image: "${queue}", build: ., pull_policy: "${variable(inside)}"` }),
    is: 'errored' as const,
    says: ['whether queue is built cannot be told: nobody sets POLICY'],
  })),
  {
    name: 'an old image in a service that is merged in',
    of: images,
    seen: seen(
      { web, queue },
      roles,
      '  <<: *more\n',
      known,
      'x-more: &more\n  extra: { image: "ghcr.io/acme/worker:old" }\n',
    ),
    is: 'failed',
    codes: ['deployment/unverified'],
    says: ['extra runs ghcr.io/acme/worker:old, which nobody verified'],
  },
  {
    name: 'an image twice',
    of: images,
    seen: seen({ web: `image: "${web}", image: postgres`, queue }),
    is: 'failed',
    codes: ['deployment/invalid'],
    says: ['is here twice'],
  },
  {
    name: 'no compose file',
    of: images,
    seen: {
      deployments: [
        {
          expected: roles,
          look: ok(aComposeSeen({ problems: [{ message: 'it is no YAML', hint: 'mend it' }] })),
        },
      ],
      known,
    },
    is: 'failed',
    codes: ['deployment/invalid'],
  },
  {
    name: 'no file',
    of: images,
    seen: { deployments: [{ expected: roles, look: no('not-found', 'it is not there') }], known },
    is: 'failed',
    codes: ['deployment/invalid'],
  },
  {
    name: 'a file that cannot be read',
    of: images,
    seen: { deployments: [{ expected: roles, look: no('failed', 'it leads out of the workspace') }], known },
    is: 'errored',
    says: ['leads out'],
  },
  {
    name: 'an image in another file',
    of: images,
    seen: seen({ web, queue: 'extends: { file: other.yml, service: q }' }),
    is: 'errored',
    says: ['other.yml'],
  },
  {
    name: 'an image that nobody can tell, where nobody asks',
    of: images,
    seen: seen({ web, queue, extra: `${variable('EXTRA')}` }),
    is: 'errored',
    says: ['nobody sets EXTRA'],
  },
  {
    name: 'an image that the file wants from elsewhere, where nobody asks',
    of: images,
    seen: seen({ web, queue, extra: `${variable('EXTRA:?say which')}` }),
    is: 'errored',
    says: ['nobody sets EXTRA'],
  },
  {
    name: 'an image that the file wants from elsewhere without the tag',
    of: images,
    seen: seen({ web, queue, extra: `postgres:${variable(`IMAGE_TAG:-${variable('EXTRA:?')}`)}` }),
    is: 'errored',
    says: ['nobody sets EXTRA'],
  },
  {
    name: 'the tag that the file wants, where nobody asks',
    of: images,
    seen: seen({ web, queue, extra: `ghcr.io/others/x:${variable('IMAGE_TAG:?say which')}` }),
    is: 'passed',
  },
  {
    name: 'the start of an image that nobody sets, where nobody asks',
    of: images,
    seen: seen({ web, queue, extra: `${variable('PREFIX')}worker:latest` }),
    is: 'errored',
    says: ['nobody sets PREFIX'],
  },
  {
    name: 'the end of an image that nobody sets',
    of: images,
    seen: seen({ web, queue: `ghcr.io/acme/worker:latest${variable('SUFFIX')}` }),
    is: 'errored',
    says: ['nobody sets SUFFIX'],
  },
  {
    name: 'another variable that the file wants, and no tag of the commit',
    of: images,
    seen: seen(
      { web: `${variable('REGISTRY:?')}/backend:latest`, queue },
      roles,
      '',
      known.map((each) => ({ ...each, commitTag: undefined })),
    ),
    is: 'failed',
    codes: ['deployment/invalid'],
  },
  {
    name: 'another file that could not be read, which may have the service that is not there',
    of: images,
    seen: {
      deployments: [
        { expected: roles, look: ok(aComposeSeen({ unclear: { reason: 'o.yml is not there', hint: 'see to it' } })) },
      ],
      known,
    },
    is: 'errored',
    says: ['deploy/compose.yml: o.yml is not there'],
  },
  {
    name: 'an override beside it',
    of: images,
    seen: {
      deployments: [
        {
          expected: roles,
          look: ok(
            aComposeSeen({
              services: servicesOf(`services: { web: { image: "${web}" }, queue: { image: "${queue}" } }`),
              override: { reason: 'o.yml, beside it, may say which images run', hint: 'rename it' },
            }),
          ),
        },
      ],
      known,
    },
    is: 'warned',
    codes: ['deployment/override'],
    says: ['deploy/compose.yml: o.yml, beside it, may say'],
  },
  {
    name: 'no tag of the commit',
    of: images,
    seen: seen(
      { web, queue },
      roles,
      '',
      known.map((each) => ({ ...each, commitTag: undefined })),
    ),
    is: 'skipped',
    says: ['IMAGE_TAG'],
  },
]

describeCheck(deployment, cases)

test('a compose file is looked at, whatever there is in its place', async () => {
  const look = async (read: () => Promise<string | undefined>) => {
    const seen = await lookAtDeployment({ ...roles, file: 'x.yml' }, { read, exists: async () => true })
    return seen.look
  }
  expect(await look(async () => 'services: { a: { image: x } }')).toMatchObject({
    ok: true,
    seen: { files: [{ path: 'x.yml', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }], services: [{ name: 'a' }] },
  })
  expect(await look(async () => 'hello')).toMatchObject({ ok: true, seen: { problems: [expect.anything()] } })
  expect(await look(async () => undefined)).toMatchObject({ ok: false, failure: 'not-found' })
  const refuse = async () => {
    throw new Error('it leads out of the workspace')
  }
  expect(await look(refuse)).toMatchObject({ ok: false, reason: expect.stringContaining('leads out') })
})

describe('what compose takes in with a file', () => {
  const SERVICES = `services:\n  web: { image: "${web}" }\n`
  const WORKER = `services:\n  queue: { image: "${queue}" }\n`
  const OVERRIDE = 'services:\n  queue: { image: "ghcr.io/acme/backend:latest" }\n'
  const verdict = async (texts: Readonly<Record<string, string>>, file = 'deploy/compose.yml') => {
    const files = { read: async (path: string) => texts[path], exists: async () => true }
    const seen = await lookAtDeployment({ ...roles, file }, files)
    return judged(deployment, { of: images, seen: { deployments: [seen], known } })
  }
  const including = (include: string) => `include: ${include}\n${SERVICES}`

  test.each(['[w.yml]', '[./w.yml]', '[{ path: w.yml }]', '[{ path: [w.yml] }]', '\n  - &w w.yml\n  - *w'])(
    'is judged as a part of it: include: %s',
    async (include) => {
      const texts = { 'deploy/compose.yml': including(include) }
      expect(await verdict({ ...texts, 'deploy/w.yml': WORKER })).toMatchObject({
        status: 'passed',
        evidence: [{ path: 'deploy/compose.yml' }, { path: 'deploy/w.yml' }],
      })
      expect(await verdict({ ...texts, 'deploy/w.yml': OVERRIDE })).toMatchObject({
        status: 'failed',
        findings: [{ code: 'deployment/wrong-image', at: { file: 'deploy/w.yml', line: 2 } }],
      })
    },
  )

  test('is followed as far as it goes, once', async () => {
    const texts = {
      'deploy/compose.yml': including('[a/w.yml, a/x.yml]'),
      'deploy/a/w.yml': `include: [x.yml]\n${WORKER}`,
    }
    expect(await verdict({ ...texts, 'deploy/a/x.yml': 'services: { db: { image: postgres } }' })).toMatchObject({
      status: 'passed',
      evidence: [{ path: 'deploy/compose.yml' }, { path: 'deploy/a/w.yml' }, { path: 'deploy/a/x.yml' }],
    })
    expect(await verdict({ ...texts, 'deploy/a/x.yml': 'hello' })).toMatchObject({
      status: 'failed',
      findings: [{ code: 'deployment/invalid', message: expect.stringContaining('deploy/a/x.yml: ') }],
    })
  })

  test.each([
    ['[w.yml]', 'deploy/w.yml, which deploy/compose.yml includes, is not there'],
    [`['${variable('MORE')}.yml']`, 'what deploy/compose.yml includes cannot be told'],
    ['[https://example.com/w.yml]', 'what deploy/compose.yml includes cannot be told'],
    ['[oci://docker.io/acme/w]', 'what deploy/compose.yml includes cannot be told'],
    ['[~/w.yml]', 'what deploy/compose.yml includes cannot be told'],
    ['[{ path: [w.yml, v.yml] }]', 'what deploy/compose.yml includes cannot be told'],
    ['[{ path: w.yml, env_file: x.env }]', 'what deploy/compose.yml includes cannot be told'],
    ['[{ path: { a: b } }]', 'what deploy/compose.yml includes cannot be told'],
    ['w.yml', 'what deploy/compose.yml includes cannot be told'],
  ])('is not green where nobody can tell: include: %s', async (include, words) => {
    const text = `${including(include)}  queue: { image: "${queue}" }\n`
    const reason = expect.stringContaining(words)
    expect(await verdict({ 'deploy/compose.yml': text })).toMatchObject({ status: 'errored', reason })
  })

  test.each(['', '[]', 'null'])('is nothing where nothing is written: include: %s', async (include) => {
    const text = `${including(include)}  queue: { image: "${queue}" }\n`
    expect(await verdict({ 'deploy/compose.yml': text })).toMatchObject({ status: 'passed' })
  })

  test('is not read without end', async () => {
    const texts = new Map([
      ['deploy/compose.yml', including(`[${Array.from({ length: 60 }, (_, at) => `${at}.yml`)}]`)],
    ])
    for (let at = 0; at < 60; at += 1) texts.set(`deploy/${at}.yml`, WORKER)
    const reason = expect.stringContaining('is one of more than 50')
    expect(await verdict(Object.fromEntries(texts))).toMatchObject({ status: 'errored', reason })
  })

  const both = `${SERVICES}  queue: { image: "${queue}" }\n`
  test.each([
    ['deploy/compose.yml', 'deploy/compose.override.yaml'],
    ['deploy/docker-compose.yml', 'deploy/docker-compose.override.yml'],
    ['compose.yaml', 'docker-compose.override.yaml'],
  ])('is told of %s with %s beside it, which may say of images', async (file, path) => {
    const findings = [{ code: 'deployment/override', message: expect.stringContaining(`${path}, beside it, may say`) }]
    for (const text of [
      OVERRIDE,
      'services: { queue: { build: . } }',
      'services: { queue: { image: a, pull_policy: build } }',
      'services: { queue: { extends: { file: x.yml, service: a } } }',
      'include: [x.yml]\nservices: {}',
      'hello',
    ])
      expect(await verdict({ [file]: both, [path]: text }, file)).toMatchObject({ status: 'warned', findings })
  })

  test.each([
    [
      'deploy/compose.yml',
      'deploy/compose.override.yml',
      'services: { queue: { ports: [8000:80], environment: [A=b] } }',
    ],
    ['deploy/prod.yml', 'deploy/compose.override.yml', OVERRIDE],
    ['deploy/compose.yml', 'compose.override.yml', OVERRIDE],
    ['deploy/compose.prod.yml', 'deploy/compose.prod.override.yml', OVERRIDE],
  ])('is no matter for %s where %s says %s', async (file, path, text) => {
    expect(await verdict({ [file]: both, [path]: text }, file)).toMatchObject({ status: 'passed' })
  })

  test('is told where what is beside it cannot be read', async () => {
    const read = async (path: string) => {
      if (path.includes('override')) throw new Error('it leads out of the workspace')
      return both
    }
    const seen = await lookAtDeployment(roles, { read, exists: async () => true })
    expect(judged(deployment, { of: images, seen: { deployments: [seen], known } })).toMatchObject({
      status: 'warned',
      findings: [{ code: 'deployment/override' }],
    })
  })
})

const specOf = (deployments: string) =>
  `version: 1\ntags: [latest]\nimages:\n  api: { image: ghcr.io/acme/api }\ndeployments:\n  - ${deployments}\n`

test('the spec names deployments', async () => {
  const decoded = await decodeSpec(specOf('{ file: a.yml, env: { A: b }, services: { web.1: api } }'), 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  expect(resolveSpec(decoded.spec, decoded.positions, { sha: SHA })).toMatchObject({
    ok: true,
    deployments: [{ file: 'a.yml', env: { A: 'b' }, services: { 'web.1': 'api' }, positions: { '': { line: 6 } } }],
  })
})

test.each([
  ['an image that is none', '{ file: a.yml, services: { web: apo } }', 'did you mean "api"?'],
  ['an image far from any', '{ file: a.yml, services: { web: something } }', 'the spec has api'],
])('a deployment of %s is a mistake', async (_, line, words) => {
  const decoded = await decodeSpec(specOf(line), 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  const problems = [{ message: expect.stringContaining(words), at: { line: 6 } }]
  expect(resolveSpec(decoded.spec, decoded.positions, {})).toMatchObject({ ok: false, problems })
})

test.each(['{ file: a.yml }', '{ file: a.yml, services: {} }', '{ services: { web: api } }'])(
  'not %s',
  async (line) => {
    expect((await decodeSpec(specOf(line), 'spec.yml')).ok).toBe(false)
  },
)

test('IMAGE_TAG is no variable to set', async () => {
  const line = '{ file: a.yml, env: { IMAGE_TAG: v1 }, services: { web: api } }'
  const problems = [{ message: expect.stringContaining('tried set and unset') }]
  expect(await decodeSpec(specOf(line), 'spec.yml')).toMatchObject({ ok: false, problems })
})

test('the example deploys what its spec says', async () => {
  const folder = 'examples/ktrdr'
  const decoded = await decodeSpec(readFileSync(`${folder}/.github/verify-images.yml`, 'utf8'), 'spec.yml')
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems))
  const resolved = resolveSpec(decoded.spec, decoded.positions, { owner: 'acme', sha: SHA })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
  const read = async (path: string) =>
    existsSync(`${folder}/${path}`) ? readFileSync(`${folder}/${path}`, 'utf8') : undefined
  const deployments = await Promise.all(
    (resolved.deployments ?? []).map((each) => lookAtDeployment(each, { read, exists: async () => true })),
  )
  const known = resolved.images.map((image) => ({ image, commitTag: SHA_TAG, index: anIndex() }))
  expect(deployment.judge(resolved.images, { deployments, known })).toMatchObject({ findings: [], evidence: [{}, {}] })
})
