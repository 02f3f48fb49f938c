import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { listenFor } from '../../src/adapters/docker/output.ts'
import { pullProgress } from '../../src/adapters/docker/progress.ts'

const marker = 'n0nce'

function hear(text: string, cuts: readonly number[] = []) {
  const marked: string[] = []
  const listener = listenFor(marker, marked)
  const bytes = Buffer.from(text)
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  for (const [index, edge] of edges.entries()) listener.push(bytes.subarray(edge, edges[index + 1]))
  return { marked, text: listener.text() }
}

describe('listening to a container', () => {
  it.each([
    ['n0nce begin\n', [' begin'], ''],
    ['noise n0nce begin\nmore\n', [' begin'], 'noise more\n'],
    ['n0nce a\nn0nce b\n', [' a', ' b'], ''],
    ['n0n0nce a\n', [' a'], 'n0'],
    ['n0nce never ended', [], ''],
    ['nothing', [], 'nothing'],
    ['n0nce n0nce twice\n', [' n0nce twice'], ''],
  ])('finds what is marked in %j', (text, marked, rest) => {
    expect(hear(text)).toEqual({ marked, text: rest })
  })

  it('hears the same, however it comes in pieces', () => {
    const piece = fc.constantFrom('n0nce', 'n0', '\n', ' word', 'é', 'n0nc', 'n')
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(500)), (pieces, cuts) => {
        const text = pieces.join('')
        expect(hear(text, cuts)).toEqual(hear(text))
      }),
    )
  })

  it('keeps at most 8 KiB of a line and 2,000 lines', () => {
    expect(hear(`n0nce${'x'.repeat(50_000)}\n`).marked).toEqual(['x'.repeat(8 * 1024)])
    expect(hear('n0nce\n'.repeat(5_000)).marked).toHaveLength(2_000)
  })
})

describe('progress of a pull', () => {
  it('counts layers, whatever else is said of them', () => {
    const texts: string[] = []
    const read = pullProgress(({ text, here }) => texts.push(`${text}: ${here?.join(' ')}`))
    const lines = [
      'tiny: Pulling from ktrdr-backend',
      '79c9b6744fc6: Pulling fs layer',
      'e3b5831b1f19: Already exists',
      '79c9b6744fc6: Retrying in 5 seconds',
      '79c9b6744fc6: Retrying in 1 second',
      '79c9b6744fc6: Verifying Checksum',
      '79c9b6744fc6: Download complete',
      '79c9b6744fc6: Something new',
      '79c9b6744fc6: Pull complete',
      'Digest: sha256:0142',
    ].join('\n')
    for (const byte of Buffer.from(`${lines}\n`)) read(Uint8Array.of(byte))
    expect(texts).toEqual([
      '0 of 1 layer downloaded, 0 unpacked: ',
      '1 of 2 layers downloaded, 1 unpacked: e3b5831b1f19',
      '2 layers downloaded, 1 unpacked: 79c9b6744fc6 e3b5831b1f19',
      '2 layers downloaded, 2 unpacked: 79c9b6744fc6 e3b5831b1f19',
    ])
  })
})
