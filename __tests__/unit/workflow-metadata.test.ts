import { describe, expect, test } from '@jest/globals'
import type { Known, RunContext } from '../../src/model/workflow.ts'
import { known, unknown } from '../../src/workflow/known.ts'
import { metadataContext } from '../../src/workflow/metadata/context.ts'
import { computeMetadata, type Metadata } from '../../src/workflow/metadata.ts'

const sha = '90dd6032fac8bda1b6c4436a2e65de27961ed071'
const push = (ref: string): RunContext => ({ ref, sha, eventName: 'push', defaultBranch: 'master' })

interface Case {
  readonly images?: string
  readonly tags?: string
  readonly flavor?: string
  readonly run?: RunContext
  readonly shortLength?: Known<number>
  readonly source?: string
}

const made = ({
  images = 'name/app',
  tags = '',
  flavor = '',
  run = push('refs/heads/master'),
  ...more
}: Case): Metadata => {
  const held = (text: string) => ({ text, holes: [unknown('needs.a.outputs.b', 'later')] })
  const context = metadataContext(run, more.shortLength ?? known(7), known(more.source ?? 'workflow'))
  return computeMetadata({ images: held(images), tags: held(tags), flavor: held(flavor) }, context)
}

const show = (all: readonly Known<string>[]): string =>
  all.map((one) => (one.known ? one.value : `?${one.name}`)).join(' ')
const tags = (given: Case): string => show(made(given).tags)
const names = (images: string): string => show(made({ images }).names)

// https://github.com/docker/metadata-action/blob/dc802804100637a589fabce1cb79ff13a1411302/README.md
describe("the tables of Docker's documentation", () => {
  test.each([
    ['pull_request', 'refs/pull/2/merge', 'pr-2'],
    ['push', 'refs/heads/master', 'master'],
    ['push', 'refs/heads/releases/v1', 'releases-v1'],
    ['push', 'refs/tags/v1.2.3', 'v1.2.3 latest'],
    ['push', 'refs/tags/v2.0.8-beta.67', 'v2.0.8-beta.67 latest'],
    ['workflow_dispatch', 'refs/heads/master', 'master'],
    ['schedule', 'refs/heads/master', 'nightly master'],
  ])('no tags on %s of %s: %s', (eventName, ref, expected) => {
    expect(tags({ run: { ...push(ref), eventName } })).toBe(expected)
  })

  test.each([
    ['refs/heads/master', 'master'],
    ['refs/tags/v1.2.3', '1.2.3 1.2 latest'],
    ['refs/tags/v2.0.8-beta.67', '2.0.8-beta.67'],
    ['refs/pull/2/merge', 'pr-2'],
  ])('semver on %s: %s', (ref, expected) => {
    const entries = [
      'type=ref,event=branch',
      'type=ref,event=pr',
      'type=semver,pattern={{version}}',
      'type=semver,pattern={{major}}.{{minor}}',
    ]
    expect(tags({ tags: entries.join('\n'), run: push(ref) })).toBe(expected)
  })

  test.each([
    ['v1.2.3', '{{raw}}', '', 'v1.2.3'],
    ['v1.2.3', '{{version}}', '', '1.2.3'],
    ['v1.2.3', '{{major}}.{{minor}}', '', '1.2'],
    ['v1.2.3', 'v{{major}}', '', 'v1'],
    ['v1.2.3', '{{minor}}', '', '2'],
    ['v1.2.3', '{{patch}}', '', '3'],
    ['p1/v1.2.3', '{{version}}', 'v(\\d.\\d.\\d)$', '1.2.3'],
    ['v2.0.8-beta.67', '{{raw}}', '', 'v2.0.8-beta.67'],
    ['v2.0.8-beta.67', '{{version}}', '', '2.0.8-beta.67'],
    ['v2.0.8-beta.67', '{{major}}', '', '2.0.8-beta.67'],
    ['v2.0.8-beta.67', '{{major}}.{{minor}}', '', '2.0.8-beta.67'],
    ['nonsense', '{{version}}', '', ''],
  ])('type=semver of %s with %s %s: %s', (tag, pattern, match, expected) => {
    const entry = `type=semver,pattern=${pattern}${match && `,match=${match}`}`
    expect(tags({ tags: entry, flavor: 'latest=false', run: push(`refs/tags/${tag}`) })).toBe(expected)
  })

  test.each([
    ['1.2.3', '{{raw}}', '1.2.3'],
    ['v1.2.3', '{{version}}', '1.2.3'],
    ['1.2.3', '{{major}}.{{minor}}', '1.2'],
    ['1.2.3', 'v{{major}}', 'v1'],
    ['1.2.3rc2', '{{version}}', '?1.2.3rc2'],
  ])('type=pep440 of %s with %s: %s', (tag, pattern, expected) => {
    const run = push(`refs/tags/${tag}`)
    expect(tags({ tags: `type=pep440,pattern=${pattern}`, flavor: 'latest=false', run })).toBe(expected)
  })

  test.each([
    ['v1.2.3', '\\d.\\d.\\d', '0', '1.2.3'],
    ['v2.0.8-beta.67', 'v(.*)', '1', '2.0.8-beta.67'],
    ['v2.0.8-beta.67', 'v(\\d.\\d)', '1', '2.0'],
    ['20200110-RC2', '\\d+', '0', '20200110'],
    ['p1/v1.2.3', 'p1/v(\\d.\\d.\\d)', '1', '1.2.3'],
    ['v1', 'w(.*)', '1', ''],
    ['v1', 'v(.*)', '2', ''],
  ])('type=match of %s with %s, group %s: %s', (tag, pattern, group, expected) => {
    const run = push(`refs/tags/${tag}`)
    expect(tags({ tags: `type=match,pattern=${pattern},group=${group}`, flavor: 'latest=false', run })).toBe(expected)
  })

  test.each([
    ['type=sha', 'sha-90dd603'],
    ['type=sha,format=long', `sha-${sha}`],
    ['type=sha,prefix={{branch}}-', 'master-90dd603'],
    ['type=raw,value=mytag-{{branch}}-{{sha}}', 'mytag-master-90dd603'],
    ['type=raw,foo', 'foo'],
    ['foo\nbar\n# baz', 'foo bar'],
    ['type=edge', 'edge'],
    ['type=edge,branch=main', ''],
    ['type=raw,value=latest,enable={{is_default_branch}}', 'latest'],
    ['type=raw,value=x,enable={{is_not_default_branch}}', ''],
    ['type=raw,value=[{{tag}}]{{base_ref}}', '-'],
    ['type=schedule', ''],
    ['type=sha\ntype=raw,value=a\ntype=raw,value=b,priority=1000', 'b a sha-90dd603'],
    ['type=raw,value=a\ntype=raw,value=a', 'a'],
    ['"type=raw,value=a"', ''],
  ])('%j on the default branch: %s', (entries, expected) => {
    if (expected === '') expect(tags({ tags: entries })).toMatch(/^(\?.*)?$/)
    else expect(tags({ tags: entries })).toBe(expected)
  })
})

describe('flavor', () => {
  test.each([
    ['latest=true', 'master latest'],
    ['latest=false', 'master'],
    ['latest=auto', 'master'],
    ['prefix=p-\nsuffix=-s', 'p-master-s'],
    ['latest=true\nprefix=p-,onlatest=true\nsuffix=-s,onlatest=false', 'p-master-s p-latest'],
    ['latest=perhaps', 'master ?flavor'],
    ['latest=\ue000', 'master ?needs.a.outputs.b'],
  ])('%j: %s', (flavor, expected) => {
    expect(tags({ tags: 'type=ref,event=branch', flavor })).toBe(expected)
  })

  test('an entry keeps its own prefix', () => {
    expect(tags({ tags: 'type=sha\ntype=raw,value=x,prefix=', flavor: 'prefix=p-' })).toBe('x sha-90dd603')
  })
})

describe('what is unknown', () => {
  test.each<[string, Case, string]>([
    ['a value', { tags: 'type=raw,value=v\ue000\nlatest' }, '?needs.a.outputs.b latest'],
    ['whether an entry is enabled', { tags: 'type=raw,value=stable,enable=\ue000' }, '?stable'],
    ['a whole line', { tags: '\ue000\ntype=sha' }, '?needs.a.outputs.b sha-90dd603'],
    ['a date', { tags: "type=raw,value={{date 'YYYY'}}" }, '?{{date}}'],
    [
      'a pattern of its own',
      { tags: 'type=raw,value={{#if x}}' },
      '?type=raw,value={{#if x}}'.replace('type=raw,value=', ''),
    ],
    ['the commit', { tags: 'type=sha', run: {} }, '?github.sha'],
    ['the ref', { tags: 'type=ref,event=branch', run: { sha } }, '?github.ref'],
    [
      'the default branch',
      { tags: 'type=edge', run: { ref: 'refs/heads/a', sha } },
      '?github.event.repository.default_branch',
    ],
    [
      'latest, with the first entry',
      { tags: 'type=semver,pattern={{version}}\ntype=sha', run: { sha } },
      '?github.ref sha-90dd603 ?latest',
    ],
    ['the length of a sha', { tags: 'type=sha', shortLength: unknown('env.X', 'later') }, '?env.X'],
    ['a checkout', { tags: 'type=sha', source: 'git' }, '?github.sha'],
    [
      'a pattern that may take forever',
      { tags: 'type=match,pattern=(a+)+$', run: push('refs/tags/a') },
      '?pattern=(a+)+$ ?latest',
    ],
    [
      'a ref of pull_request_target',
      { run: { ...push('refs/heads/master'), eventName: 'pull_request_target' } },
      '?github.event.number ?github.event.number ?github.event.number ?latest',
    ],
    ['enable that is no boolean', { tags: 'type=raw,value=a,enable=yes' }, '?type=raw,value=a,enable=yes'],
    ['a type that does not exist', { tags: 'type=calver' }, '?type=calver'],
  ])('%s', (_, given, expected) => {
    expect(tags(given)).toBe(expected)
  })

  test('a full length is taken from the environment', () => {
    expect(tags({ tags: 'type=sha', shortLength: known(12) })).toBe('sha-90dd6032fac8')
  })
})

describe('images', () => {
  test.each([
    ['ghcr.io/Acme/App', 'ghcr.io/acme/app'],
    ['name/app,ghcr.io/name/app', 'name/app ghcr.io/name/app'],
    ['name/app\n# no\nname=ghcr.io/name/app,enable=true\nname=quay.io/x/y,enable=false', 'name/app ghcr.io/name/app'],
    ['name=a/b,enable=\ue000', '?needs.a.outputs.b'],
    ['ghcr.io/\ue000/app', '?needs.a.outputs.b'],
    ['', ''],
  ])('%j: %s', (images, expected) => {
    expect(names(images)).toBe(expected)
  })
})
