import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { CommandResult } from '../../src/adapters/command.ts'
import { failureOf } from '../../src/adapters/docker/failure.ts'
import type { LookFailure } from '../../src/model/observation.ts'

const recorded = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/docker', name), 'utf8')

const result = (stderr: string, given: Partial<CommandResult> = {}): CommandResult => ({
  exitCode: 1,
  signal: undefined,
  timedOut: false,
  outputLimited: false,
  missing: false,
  stdout: new Uint8Array(),
  stderr,
  seconds: 1,
  ...given,
})

const both: readonly (readonly [string, LookFailure])[] = [
  ['pull-status-403', 'denied'],
  ['pull-private-basic', 'denied'],
  ['pull-status-429', 'rate-limited'],
  ['pull-status-500', 'unavailable'],
  ['pull-status-502', 'unavailable'],
  ['pull-status-503', 'unavailable'],
  ['pull-status-504', 'unavailable'],
  ['pull-refused', 'unavailable'],
  ['pull-unknown-host', 'unavailable'],
  ['pull-missing', 'not-found'],
  ['pull-missing-repository', 'not-found'],
  ['pull-body-html', 'malformed'],
]
const recordings = [
  ...both.flatMap(([name, failure]) => [
    [`${name}.classic.stderr`, failure] as const,
    [`${name}.containerd.stderr`, failure] as const,
  ]),
  ['pull-private.classic.stderr', 'denied'] as const,
  ['pull-status-401.classic.stdout', 'denied'] as const,
  ['pull-status-401.containerd.stderr', 'denied'] as const,
  ['pull-blobs-503.classic.stderr', 'unavailable'] as const,
  ['pull-cut.classic.stderr', 'unavailable'] as const,
  ['info-no-engine.stderr', 'unavailable'] as const,
]

describe('why docker failed, by its own words', () => {
  it.each(recordings)('%s is %s', (name, failure) => {
    const look = failureOf(result(recorded(name)), 'the pull')
    expect(look.failure).toBe(failure)
    expect(look.reason).toMatch(/^the pull: \S/)
    expect(look.hint).not.toBe('')
  })

  it.each([
    ['write /var/lib/docker/tmp/GetImageBlob1: no space left on device', 'disk-full'],
    ['failed to register layer: Error processing tar file(exit status 1): no space left on device', 'disk-full'],
    ['Error response from daemon: error from registry: denied', 'denied'],
    [
      'Error response from daemon: Head "https://ghcr.io/v2/a/b": denied: requested access to the resource is denied',
      'denied',
    ],
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'unavailable',
    ],
    ['no matching manifest for linux/arm64 in the manifest list entries', 'not-found'],
    ['filesystem layer verification failed for digest sha256:00', 'altered'],
    ['net/http: TLS handshake timeout', 'unavailable'],
    ['read tcp 10.0.0.1:2->10.0.0.2:443: read: connection reset by peer', 'unavailable'],
    ['something nobody has seen before', 'failed'],
  ] as const)('%s is %s', (words, failure) => {
    expect(failureOf(result(`${words}\n`), 'it').failure).toBe(failure)
  })

  it('names the three causes of a refusal', () => {
    const { hint } = failureOf(result('denied: no'), 'it')
    for (const cause of ['packages: read', 'Manage Actions access', 'logged in']) expect(hint).toContain(cause)
  })

  it('is not misled by an image called like a failure', () => {
    const words = 'Error response from daemon: manifest for ghcr.io/a/status-503@sha256:429 not found: manifest unknown'
    expect(failureOf(result(words), 'it').failure).toBe('not-found')
  })

  it.each([
    ['no program', { missing: true, exitCode: undefined }, 'no-tool'],
    ['no end', { timedOut: true, exitCode: undefined }, 'timeout'],
    ['no word', { exitCode: 1 }, 'failed'],
  ] as const)('has a name for %s', (_what, given, failure) => {
    expect(failureOf(result('', given), 'it').failure).toBe(failure)
  })

  it('says when it was us who ended it', () => {
    expect(failureOf(result('unexpected EOF'), 'it', AbortSignal.abort()).failure).toBe('cancelled')
  })

  it('quotes the cause, and neither usage nor more than fits', () => {
    const look = failureOf(result(`${'x'.repeat(9_999)}\n\nRun 'docker run --help' for more information\n`), 'it')
    expect(look.reason).toMatch(/^it: x{400}$/)
  })
})
