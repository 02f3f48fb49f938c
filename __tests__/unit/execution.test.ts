import { describe, expect, test } from '@jest/globals'
import { checksFor } from '../../src/checks/index.ts'
import type { Platform } from '../../src/model/image.ts'
import type { EngineSeen, Look } from '../../src/model/observation.ts'
import type { Execute, ImageExpectation } from '../../src/model/spec.ts'
import { executionOf } from '../../src/observe/execution.ts'
import { decodeSpec } from '../../src/spec/decode.ts'
import { resolveSpec } from '../../src/spec/resolve.ts'
import { aPlatform } from './builders.ts'
import { AMD64, ARM64, anEngine, aTarget, no, ok, SHA } from './sightings.ts'

const V7 = aPlatform('linux/arm/v7')
const V6 = aPlatform('linux/arm/v6')
const AMD64_V3 = aPlatform('linux/amd64/v3')
const S390X = aPlatform('linux/s390x')
const WINDOWS = aPlatform('windows/amd64')

const probed = { imports: [{ module: 'ktrdr' }] }
const sized = { size: { unpacked: { text: '~1GB', minBytes: 1, maxBytes: 2 } } }
const weighed = { size: { compressed: { text: '~1GB', minBytes: 1, maxBytes: 2 } } }
const on = (platform: Platform, ...emulated: readonly Platform[]): Look<EngineSeen> =>
  ok(anEngine({ platform, emulated }))

interface Case {
  readonly name: string
  readonly execute: Execute
  readonly engine: Look<EngineSeen> | undefined
  readonly target: Platform
  /** What the image has, and this run looks at. */
  readonly platforms: readonly Platform[]
  readonly image?: Partial<ImageExpectation>
  readonly is: 'native' | 'emulated' | 'not asked' | 'cannot'
  readonly says?: string
}

const both = [AMD64, ARM64]
const cases: readonly Case[] = [
  // none: whatever else holds, the engine is not even asked
  ...[AMD64, ARM64].map(
    (target): Case => ({
      name: `none, ${target}`,
      execute: 'none',
      engine: undefined,
      target,
      platforms: both,
      image: probed,
      is: 'not asked',
      says: 'execute is none',
    }),
  ),

  {
    name: 'native, amd64 on amd64',
    execute: 'native',
    engine: on(AMD64),
    target: AMD64,
    platforms: both,
    image: probed,
    is: 'native',
  },
  {
    name: 'native, arm64 on amd64',
    execute: 'native',
    engine: on(AMD64),
    target: ARM64,
    platforms: both,
    image: probed,
    is: 'not asked',
    says: 'this machine is linux/amd64',
  },
  {
    name: 'native, arm64 on arm64',
    execute: 'native',
    engine: on(ARM64),
    target: ARM64,
    platforms: both,
    image: probed,
    is: 'native',
  },
  {
    name: 'native, amd64 on arm64',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: both,
    image: probed,
    is: 'not asked',
    says: 'this machine is linux/arm64',
  },
  {
    name: 'native, arm64 on amd64 with an emulator that nobody asked for',
    execute: 'native',
    engine: on(AMD64, ARM64),
    target: ARM64,
    platforms: both,
    image: probed,
    is: 'not asked',
  },
  {
    name: 'native, a variant of what runs here',
    execute: 'native',
    engine: on(AMD64),
    target: AMD64_V3,
    platforms: [AMD64_V3],
    image: probed,
    is: 'native',
  },
  {
    name: 'native, 32 bits on 64',
    execute: 'native',
    engine: on(ARM64),
    target: V7,
    platforms: [V7, ARM64],
    image: probed,
    is: 'not asked',
  },
  {
    name: 'native, another system',
    execute: 'native',
    engine: on(AMD64),
    target: WINDOWS,
    platforms: [WINDOWS],
    image: probed,
    is: 'cannot',
  },

  // the gpu image was never run: its only platform is not this machine's
  {
    name: 'native, the only platform is another',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64],
    image: probed,
    is: 'cannot',
    says: 'probes would be looked at nowhere',
  },
  {
    name: 'native, absent to be asked nowhere',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64],
    image: { absent: ['torch'] },
    is: 'cannot',
  },
  {
    name: 'native, torch to be asked nowhere',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64],
    image: { torch: 'any' },
    is: 'cannot',
  },
  {
    name: 'native, to be started nowhere',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64],
    image: { starts: true },
    is: 'cannot',
    says: 'start would be looked at nowhere',
  },
  {
    name: 'native, unpacked to be measured nowhere',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64],
    image: sized,
    is: 'cannot',
    says: 'unpacked size would be looked at nowhere',
  },
  {
    name: 'native, unpacked to be measured on the other platform',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: both,
    image: sized,
    is: 'not asked',
  },
  {
    name: 'native, nothing asked of a container',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64],
    image: weighed,
    is: 'not asked',
  },
  {
    name: 'native, two platforms and neither is here',
    execute: 'native',
    engine: on(ARM64),
    target: AMD64,
    platforms: [AMD64, S390X],
    image: probed,
    is: 'cannot',
    says: 'verify on a linux/amd64 or linux/s390x runner',
  },
  {
    name: 'native, a shard of the other platform alone',
    execute: 'native',
    engine: on(AMD64),
    target: ARM64,
    platforms: [ARM64],
    image: probed,
    is: 'cannot',
    says: 'verify on a linux/arm64 runner',
  },

  {
    name: 'all, amd64 on amd64',
    execute: 'all',
    engine: on(AMD64),
    target: AMD64,
    platforms: both,
    image: probed,
    is: 'native',
  },
  {
    name: 'all, arm64 on amd64 with an emulator',
    execute: 'all',
    engine: on(AMD64, ARM64),
    target: ARM64,
    platforms: both,
    image: probed,
    is: 'emulated',
  },
  {
    name: 'all, amd64 on arm64 with an emulator',
    execute: 'all',
    engine: on(ARM64, AMD64),
    target: AMD64,
    platforms: both,
    image: probed,
    is: 'emulated',
  },
  {
    name: 'all, arm64 on amd64 without one',
    execute: 'all',
    engine: on(AMD64),
    target: ARM64,
    platforms: both,
    image: probed,
    is: 'cannot',
    says: 'no emulator for linux/arm64',
  },
  {
    name: 'all, amd64 on arm64 without one',
    execute: 'all',
    engine: on(ARM64),
    target: AMD64,
    platforms: both,
    image: probed,
    is: 'cannot',
    says: 'setup-qemu-action',
  },
  {
    name: 'all, with an emulator of something else',
    execute: 'all',
    engine: on(AMD64, S390X),
    target: ARM64,
    platforms: both,
    image: probed,
    is: 'cannot',
  },
  {
    name: 'all, a variant of what is emulated',
    execute: 'all',
    engine: on(AMD64, V7),
    target: V6,
    platforms: [V6],
    image: probed,
    is: 'emulated',
  },
  {
    name: 'all, even where nothing is asked of a container',
    execute: 'all',
    engine: on(AMD64),
    target: ARM64,
    platforms: both,
    is: 'cannot',
  },

  ...(['native', 'all'] as const).flatMap((execute) =>
    both.map(
      (target): Case => ({
        name: `${execute}, ${target} without an engine`,
        execute,
        engine: no('no-tool'),
        target,
        platforms: both,
        is: 'cannot',
        says: 'it was no-tool',
      }),
    ),
  ),
]

async function imageAsking(line: string): Promise<ImageExpectation> {
  const decoded = await decodeSpec(
    `version: 1\nimages: { a: { image: app, platforms: [linux/amd64], ${line} } }\n`,
    's.yml',
  )
  const context = { owner: 'acme', repo: 'app', sha: SHA, branch: 'main', version: undefined }
  const resolved = decoded.ok ? resolveSpec(decoded.spec, decoded.positions, context, new Map()) : decoded
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
  return resolved.images[0]!
}

describe('executionOf', () => {
  test.each(cases)('$name', async ({ execute, engine, target, platforms, image, is, says }) => {
    const describe = () =>
      engine === undefined ? Promise.reject(new Error('nobody is to ask')) : Promise.resolve(engine)
    const execution = await executionOf(aTarget({ platforms, ...image }, target), platforms, execute, describe)
    const outcome = execution.executed === 'no' ? (execution.asked ? 'cannot' : 'not asked') : execution.executed
    expect(outcome).toBe(is)
    if (says !== undefined) expect(JSON.stringify(execution)).toContain(says)
    if (execution.executed !== 'no') return
    expect(execution.reason).not.toBe('')
    if (!execution.asked) return
    expect(execution.hint).not.toBe('')
    expect(execution.because).toBe('pull')
  })

  /** One image each, of which nothing but this is asked. */
  const asking = [
    ...['imports: [app]', 'absent: [torch]', 'torch: any', 'starts: true', 'health: { port: 80 }'],
    ...['commands: [{ run: [app] }]', 'files: [{ path: /app }]'],
  ]
  const looking = checksFor('platform').filter(({ id }) => !['size', 'pull', 'growth'].includes(id))

  test('whatever a check would look at in a container is looked at nowhere by nobody', async () => {
    const engine = () => Promise.resolve(on(ARM64))
    const asked = new Set<string>()
    for (const image of await Promise.all(asking.map(imageAsking))) {
      const target = { key: 'a/linux/amd64', image, platform: AMD64 }
      for (const { id, notAsked } of looking) if (notAsked(target) === undefined) asked.add(id)
      expect(await executionOf(target, [AMD64], 'native', engine)).toMatchObject({ executed: 'no', asked: true })
    }
    expect([...asked].sort()).toEqual(looking.map(({ id }) => id).sort())
  })
})
