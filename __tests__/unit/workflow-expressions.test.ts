// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions as workflows write them
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { RunContext } from '../../src/model/workflow.ts'
import { stepsContext, withEnv, workflowContexts } from '../../src/workflow/contexts.ts'
import { toData } from '../../src/workflow/data.ts'
import type { Contexts } from '../../src/workflow/expressions.ts'
import { readWorkflow } from '../../src/workflow/read.ts'
import { conditionHolds, fillIn, interpolate, segments, settle } from '../../src/workflow/templates.ts'

const run: RunContext = {
  repository: 'Acme/shop',
  sha: '90dd6032fac8bda1b6c4436a2e65de27961ed071',
  ref: 'refs/heads/main',
  eventName: 'push',
  defaultBranch: 'main',
}

function contextsOf(context: RunContext = run): Contexts {
  const read = readWorkflow('on: push\nenv:\n  NAME: shop\n  FULL: ghcr.io/${{ env.NAME }}\njobs: {a: {}}', 'w.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return { ...workflowContexts(read.value, context), matrix: toData({ image: 'api', gpu: false, count: 3 }) }
}

const filled = (text: string, context?: RunContext): unknown => {
  const value = fillIn(text, contextsOf(context))
  return value.known ? value.value : { name: value.name, reason: value.reason }
}

describe('fillIn', () => {
  test.each([
    ['plain', 'plain'],
    ['${{ github.repository_owner }}/${{ matrix.image }}', 'Acme/api'],
    ["${{ format('{0}:{1}', env.NAME, github.ref_name) }}", 'shop:main'],
    ["${{ join(fromJSON('[1,2]'), '+') }}", '1+2'],
    ['${{ contains(fromJSON(\'["api"]\'), matrix.image) }}', 'true'],
    ['${{ matrix.gpu }}${{ matrix.count }}${{ matrix.none }}', 'false3'],
    ["${{ github.event_name == 'PUSH' && 'yes' || 'no' }}", 'yes'],
    ['${{ false && needs.a.outputs.b }}', 'false'],
    ["${{ 'kept' || secrets.TOKEN }}", 'kept'],
    ['${{ github.head_ref || github.ref_name }}', 'main'],
    ["${{ 'a }} b' }}", 'a }} b'],
    ['${{ github.event.repository.default_branch }}', 'main'],
    ['${{ env.FULL }}', 'unknown'],
  ])('%s is %j', (text, expected) => {
    // An env of the workflow cannot name its own entries: GitHub has no env context there.
    if (expected === 'unknown') expect(filled(text)).toMatchObject({ name: 'env.NAME' })
    else expect(filled(text)).toBe(expected)
  })

  test.each([
    ['${{ needs.meta.outputs.version }}', 'needs.meta.outputs.version', /only while the workflow runs/],
    ['${{ secrets.TOKEN }}', 'secrets.TOKEN', /never read/],
    ['${{ steps.a.outputs.b }}', 'steps.a.outputs.b', /only while the workflow runs/],
    ["${{ hashFiles('**/lock') }}", 'hashFiles', /files on the runner/],
    ['${{ runner.os }}', 'runner.os', /runner/],
    ['${{ github.run_number }}', 'github.run_number', /runs/],
    ['${{ vars.REGISTRY }}', 'vars.REGISTRY', /on GitHub/],
    ['${{ env.OTHER }}', 'env.OTHER', /a step may set it/],
    ["${{ fromJSON(needs.a.outputs.b).c == 'd' }}", 'needs.a.outputs.b', /runs/],
    ['${{ needs.a.outputs[github.event_name] }}', 'needs.a.outputs.push', /runs/],
    ["${{ fromJSON('{') }}", "fromJSON('{')", /cannot be evaluated/],
    ['${{ nothing.here }}', 'nothing.here', /cannot be evaluated/],
    ['${{ constructor() }}', 'constructor()', /there is no function constructor/],
    ["${{ constructor('a', 'b') }}", "constructor('a', 'b')", /there is no function constructor/],
    ['${{ __proto__() }}', '__proto__()', /cannot be evaluated/],
    ['${{ }}', '', /cannot be evaluated/],
    ['${{ toJSON(github) }}', 'github', /runs/],
    ['${{ join(steps.*.outputs.x) }}', 'steps', /runs/],
  ])('%s is unknown as %j', (text, name, reason) => {
    expect(filled(text)).toMatchObject({ name, reason: expect.stringMatching(reason) })
  })

  test('says nothing of the event where it is not known', () => {
    expect(filled('${{ github.head_ref || github.ref_name }}', {})).toMatchObject({ name: 'github.head_ref' })
    expect(filled('${{ inputs.tag }}', {})).toMatchObject({ name: 'inputs.tag' })
    expect(filled('<${{ inputs.tag }}>')).toBe('<>')
  })

  test('is not slow on deep chains', () => {
    expect(filled(`\${{ github${'.x'.repeat(40)} }}`)).toMatchObject({ name: expect.stringContaining('github.x.x') })
  })
})

describe('env', () => {
  test('a later one names an earlier one, and unknown parts stay', () => {
    const at = { file: 'w.yml', line: 1, column: 1 }
    const text = (value: string) => ({ kind: 'scalar' as const, value, at, line: () => at })
    const first = withEnv(contextsOf(), new Map([['A', text('${{ github.sha }}')]]))
    const second = withEnv(
      first,
      new Map([
        ['B', text('x-${{ env.A }}')],
        ['C', text('${{ needs.a.b }}')],
      ]),
    )
    expect(fillIn('${{ env.B }}', second)).toMatchObject({ value: `x-${run.sha}` })
    expect(fillIn('${{ env.NAME }}', second)).toMatchObject({ value: 'shop' })
    expect(fillIn('${{ env.C }}', second)).toMatchObject({ known: false, name: 'needs.a.b' })
  })
})

describe('conditionHolds', () => {
  const holds = (condition: string): unknown => {
    const value = conditionHolds(condition, { ...contextsOf(), steps: stepsContext({}) })
    return value.known ? value.value : 'unknown'
  }
  test.each([
    ["github.event_name != 'pull_request'", true],
    ["${{ github.ref == 'refs/heads/next' }}", false],
    ["needs.a.outputs.b == 'x' && github.event_name == 'release'", false],
    ["needs.a.outputs.b == 'x' || github.event_name == 'push'", true],
    ["!(needs.a.outputs.b == 'x' && false)", true],
    ["needs.a.outputs.b == 'x'", 'unknown'],
    ["needs.a.outputs.b == 'x' && github.event_name == 'push'", 'unknown'],
    ['success() && !cancelled()', true],
    ['always()', true],
    ['failure()', false],
    // A text around an expression is a text, and holds.
    ["${{ false }} && github.event_name == 'x'", true],
  ])('%s: %j', (condition, expected) => {
    expect(holds(condition)).toBe(expected)
  })
})

describe('templates', () => {
  test('holes stay where they are, and are cut with the text', () => {
    const { text, holes } = interpolate('ghcr.io/${{ needs.a.b }}/x:${{ matrix.image }}', contextsOf())
    const [name = '', tag = ''] = text.split(':')
    expect(settle(name, holes)).toMatchObject({ known: false, name: 'needs.a.b' })
    expect(settle(tag, holes)).toMatchObject({ known: true, value: 'api' })
  })

  test('a text with a character that marks holes is unknown, not mistaken', () => {
    expect(fillIn('a\ue000b', contextsOf())).toMatchObject({ known: false })
  })

  test('segments put together give the text again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, inside) => {
        const text = `${before}\${{ ${inside} }}`
        expect(
          segments(text)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  test('whatever is written, evaluating it gives a value or an unknown', () => {
    const contexts = contextsOf()
    const piece = fc.constantFrom(
      'github',
      'needs',
      '.a',
      '[0]',
      '.*',
      '(',
      ')',
      '&&',
      '||',
      '!',
      "'x'",
      ' ',
      '==',
      'fromJSON',
      'constructor',
      '__proto__',
      '1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(typeof fillIn(`\${{ ${pieces.join('')} }}`, contexts).known).toBe('boolean')
        expect(typeof conditionHolds(pieces.join(''), contexts).known).toBe('boolean')
      }),
      { numRuns: 500 },
    )
  })
})
