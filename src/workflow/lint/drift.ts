import { type ImageExpectation, positionOf } from '../../model/spec.ts'
import type { Derived, DerivedImage } from '../../model/workflow.ts'
import type { Evaluation } from '../derive.ts'
import { isLoopback, startsRegistry } from '../job-registry.ts'
import type { Workflow } from '../workflow.ts'
import type { LintFinding } from './finding.ts'

/** Where the workflow and the spec say different things; what is unknown is never called a difference. */
export function lintDrift(
  workflow: Workflow,
  derived: Evaluation,
  expectations: readonly ImageExpectation[],
): readonly LintFinding[] {
  const pairs = derived.images.map((image) => ({ image, candidates: counterparts(image, expectations) }))
  const built = new Set(pairs.flatMap(({ candidates }) => candidates))
  // Any of these may turn out to be the image that is missed.
  const isWhole = derived.problems.length === 0 && derived.unknown.every(({ image }) => image !== undefined)
  // What stays in the registry of a job is left out, and may be verified by that job.
  const hasOwn = derived.moments.some(({ leg }) => startsRegistry(leg.job))
  const isLeftOut = ({ name }: ImageExpectation): boolean => hasOwn && isLoopback(name)
  const notBuilt = isWhole ? expectations.filter((one) => !built.has(one) && !isLeftOut(one)) : []
  return [
    ...pairs.flatMap(({ image, candidates: [first, ...others] }) => {
      const named = expectations.filter(({ name }) => name === image.name)
      const isSource = isJoined(image, derived) && !named.some((one) => shares(image, one))
      if (isSource && named.length > 0 && isOfPlatform(image)) return []
      if (first === undefined) return [unexpected(image)]
      return others.length === 0 ? compare(image, first, isSource) : []
    }),
    ...notBuilt.map((expectation) => missing(expectation, derived, workflow)),
  ]
}

/** Of several with one name, the one that shares a tag; any of them, where a tag is unknown. */
function counterparts(
  { name, tags, tagsComplete }: DerivedImage,
  expectations: readonly ImageExpectation[],
): readonly ImageExpectation[] {
  const named = expectations.filter((expectation) => expectation.name === name)
  if (named.length < 2) return named
  const sharing = named.find((expectation) => shares({ tags }, expectation))
  if (sharing) return [sharing]
  return tagsComplete ? [] : named
}

const shares = ({ tags }: Pick<DerivedImage, 'tags'>, expectation: ImageExpectation): boolean =>
  expectation.tags.some((tag) => tags.includes(tag))

/** Whether another step gives tags to images of its name, or may: what this one pushes is then its source. */
const isJoined = (image: DerivedImage, { images, unknown }: Derived): boolean =>
  images.some((other) => other.name === image.name && other !== image && other.builds.length === 0) ||
  unknown.some((piece) => piece.image === undefined && (piece.what === 'build' || piece.what === 'tags'))

/** All its tags are of the kind `latest-arm64`. */
const isOfPlatform = ({ tags }: DerivedImage): boolean => tags.length > 0 && tags.every((tag) => platformTag.test(tag))
const platformTag =
  /(^|[._-])(amd64|x86[_-]64|x64|386|i\d86|aarch64|arm64(-?v8)?|arm(-?v\d|32|hf)?|ppc64le|s390x|riscv64|loong64)($|[._-])/i

const unexpected = ({ name, positions, tags }: DerivedImage): LintFinding => ({
  code: 'workflow/image-unexpected',
  message: `${name} is built here and the spec does not know it`,
  expected: 'no such image',
  actual: tags.length === 0 ? name : `${name}:${tags.join(', :')}`,
  hint: 'add it to the spec, or stop building it',
  at: positions.image,
})

const missing = (expectation: ImageExpectation, derived: Derived, workflow: Workflow): LintFinding => ({
  code: 'workflow/image-not-built',
  message: `${expectation.name} is in the spec, and ${workflow.file} does not build it`,
  expected: expectation.name,
  actual: derived.images.map(({ name }) => name).join(', ') || 'no image',
  hint: 'add it to the matrix, or take it out of the spec',
  at: positionOf(expectation, '') ?? workflow.at,
})

function compare(image: DerivedImage, expectation: ImageExpectation, isSource: boolean): readonly LintFinding[] {
  const findings: LintFinding[] = []
  const { platforms } = image
  if (!isSource && expectation.platforms && platforms.known && !isSameSet(expectation.platforms, platforms.value)) {
    findings.push({
      code: 'workflow/platform-drift',
      message: `${image.name} is built for other platforms than the spec says`,
      expected: expectation.platforms.join(', '),
      actual: platforms.value.join(', '),
      hint: 'make the two agree: a platform that is not built cannot be verified',
      at: image.positions.platforms,
    })
  }
  const extra = image.tags.filter((tag) => !expectation.tags.includes(tag))
  const lacking = image.tagsComplete && !isSource ? expectation.tags.filter((tag) => !image.tags.includes(tag)) : []
  if (extra.length > 0 || lacking.length > 0) {
    findings.push({
      code: 'workflow/tags-drift',
      message: `${image.name} is tagged otherwise than the spec says`,
      expected: expectation.tags.join(', '),
      actual: image.tags.join(', ') || 'no tag',
      hint: [
        ...(lacking.length > 0 ? [`not made here: ${lacking.join(', ')}`] : []),
        ...(extra.length > 0 ? [`not in the spec: ${extra.join(', ')}`] : []),
      ].join('; '),
      at: image.positions.tags,
    })
  }
  return findings
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  new Set([...one, ...other]).size === new Set(one).size && new Set(one).size === new Set(other).size
