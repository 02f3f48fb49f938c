// The checks of an image, all of them on what the registry says.
import { platforms } from '../../src/checks/platforms.ts'
import { revision } from '../../src/checks/revision.ts'
import { tags } from '../../src/checks/tags.ts'
import type { ImageSeen } from '../../src/model/observation.ts'
import { aDigest, aPlatform, aTag } from './builders.ts'
import {
  AMD64,
  ARM64,
  aChild,
  aConfig,
  aManifest,
  anImage,
  anImageSeen,
  anIndex,
  aSingle,
  aTagSeen,
  type Case,
  describeCheck,
  no,
  OTHER_SHA,
  ok,
  REVISION,
  SHA,
  SHA_TAG,
  unseenImage,
} from './sightings.ts'

const waived = (finding: string) => ({ waivers: [{ finding, reason: 'known' }] })
const missing = (attempts = 1) => aTagSeen(SHA_TAG, no('not-found'), attempts)

const tagCases: readonly Case<'image', ImageSeen>[] = [
  { name: 'both tags on one digest', of: anImage(), seen: anImageSeen(), is: 'passed' },
  {
    name: 'one tag asked, one there',
    of: anImage({ tags: [aTag()] }),
    seen: anImageSeen({ tags: [aTagSeen()] }),
    is: 'passed',
  },
  {
    name: 'tags on two digests',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(), aTagSeen(SHA_TAG, ok(aDigest(7)))] }),
    codes: ['tags/disagree'],
    is: 'failed',
    says: ['latest is 000000000000', 'sha-3f2a1bc is 000700070007', '2 different images'],
  },
  {
    name: 'a tag missing',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(), missing(7)] }),
    codes: ['tags/missing'],
    is: 'failed',
    says: ['backend:sha-3f2a1bc', 'asked 7 times', 'spec.yml'],
  },
  {
    name: 'a tag missing, asked once',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(), missing()] }),
    codes: ['tags/missing'],
    is: 'failed',
    says: ['asked once'],
  },
  {
    name: 'all tags missing',
    of: anImage(),
    seen: unseenImage('not-found'),
    codes: ['tags/missing', 'tags/missing'],
    is: 'failed',
  },
  {
    name: 'one missing, and two others that disagree',
    of: anImage({ tags: [aTag(), SHA_TAG, aTag('edge')] }),
    seen: anImageSeen({ tags: [aTagSeen(), missing(), aTagSeen(aTag('edge'), ok(aDigest(7)))] }),
    codes: ['tags/missing', 'tags/disagree'],
    is: 'failed',
  },
  {
    name: 'a tag missing, another denied: what is wrong comes first',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(aTag(), no('denied')), missing()] }),
    codes: ['tags/missing'],
    is: 'failed',
  },
  { name: 'registry out of reach', of: anImage(), seen: unseenImage(), is: 'errored', says: ['it was unavailable'] },
  { name: 'registry refuses', of: anImage(), seen: unseenImage('denied'), is: 'errored', says: ['see to denied'] },
  {
    name: 'one tag there, the other out of reach',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(), aTagSeen(SHA_TAG, no('timeout'))] }),
    is: 'errored',
  },
  { name: 'malformed answers', of: anImage(), seen: unseenImage('malformed'), is: 'errored' },
  { name: 'altered answers', of: anImage(), seen: unseenImage('altered'), is: 'errored' },
  {
    name: 'a tag that nobody asked for is not there',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen()] }),
    is: 'errored',
    says: ['nobody asked for ghcr.io/acme/backend:sha-3f2a1bc'],
  },
  { name: 'no tags at all', of: anImage({ tags: [] }), seen: anImageSeen({ tags: [] }), is: 'errored' },
  {
    name: 'missing and waived',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(), missing()] }),
    terms: waived('tags/missing'),
    codes: ['tags/missing'],
    is: 'skipped',
    says: ['tags/missing is waived: known'],
  },
  {
    name: 'missing and waived, the other out of reach: a waiver hides nothing unknown',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(aTag(), no('timeout')), missing()] }),
    terms: waived('tags/*'),
    is: 'errored',
  },
  {
    name: 'disagreeing as a warning',
    of: anImage(),
    seen: anImageSeen({ tags: [aTagSeen(), aTagSeen(SHA_TAG, ok(aDigest(7)))] }),
    terms: { severity: { 'tags/disagree': 'warning' } },
    codes: ['tags/disagree'],
    is: 'warned',
  },
  {
    name: 'disagreeing as a warning, a third out of reach: a warning hides nothing unknown',
    of: anImage(),
    seen: anImageSeen({
      tags: [aTagSeen(), aTagSeen(SHA_TAG, ok(aDigest(7))), aTagSeen(aTag('edge'), no('timeout'))],
    }),
    terms: { severity: { 'tags/disagree': 'warning' } },
    is: 'errored',
    says: ['it was timeout; besides, tags/disagree: '],
  },
]
describeCheck(tags, tagCases)

const gone = no('not-found')
const on = (index: ImageSeen['index']): ImageSeen => anImageSeen({ index })
const mystery = aChild('none', {
  descriptor: { ...aChild('none').descriptor, platformText: 'linux/mystery' },
})
const anyPlatform = anImage({ platforms: undefined })

const platformCases: readonly Case<'image', ImageSeen>[] = [
  { name: 'exactly those expected', of: anImage(), seen: anImageSeen(), is: 'passed' },
  { name: 'the same in another order', of: anImage(), seen: on(anIndex([aChild(ARM64), aChild()])), is: 'passed' },
  { name: 'whatever is there, where nobody said', of: anyPlatform, seen: anImageSeen(), is: 'passed' },
  {
    name: 'a single manifest of the right platform',
    of: anImage({ platforms: [AMD64] }),
    seen: on(aSingle()),
    is: 'passed',
  },
  {
    name: 'a single manifest of another platform',
    of: anImage({ platforms: [AMD64] }),
    seen: on(aSingle(aChild(ARM64))),
    codes: ['platforms/missing', 'platforms/extra'],
    is: 'failed',
  },
  {
    name: 'arm64 missing',
    of: anImage(),
    seen: on(anIndex([aChild()])),
    codes: ['platforms/missing'],
    is: 'failed',
    says: ['has no linux/arm64', 'linux/amd64, linux/arm64'],
  },
  {
    name: 'arm64 where nobody wants it',
    of: anImage({ platforms: [AMD64] }),
    seen: anImageSeen(),
    codes: ['platforms/extra'],
    is: 'failed',
    says: ['has linux/arm64, which nobody asked for'],
  },
  {
    name: 'an entry of no platform at all',
    of: anImage({ platforms: [AMD64] }),
    seen: on(anIndex([aChild(), aChild('none')])),
    codes: ['platforms/extra'],
    is: 'failed',
  },
  { name: 'an empty index', of: anyPlatform, seen: on(anIndex([])), codes: ['platforms/missing'], is: 'failed' },
  {
    name: 'an empty index where platforms are expected',
    of: anImage(),
    seen: on(anIndex([])),
    codes: ['platforms/missing', 'platforms/missing', 'platforms/missing'],
    is: 'failed',
  },
  {
    name: 'one platform three times',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(), aChild(), aChild(ARM64)])),
    codes: ['platforms/duplicate'],
    is: 'failed',
  },
  {
    name: 'one platform twice, where nobody said which',
    of: anyPlatform,
    seen: on(anIndex([aChild(), aChild()])),
    codes: ['platforms/duplicate'],
    is: 'failed',
  },
  {
    name: 'a manifest that is gone',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { manifest: gone, config: gone })])),
    codes: ['platforms/dangling'],
    is: 'failed',
    says: ['lists linux/arm64', 'gone', 'clean-up'],
  },
  {
    name: 'a config that is gone',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { config: gone })])),
    codes: ['platforms/dangling'],
    is: 'failed',
  },
  {
    name: 'bytes of another digest',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { config: no('altered') })])),
    codes: ['platforms/altered'],
    is: 'failed',
    says: ['not what its digest says', 'see to altered'],
  },
  {
    name: 'bytes that are no image',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { manifest: no('malformed'), config: no('malformed') })])),
    codes: ['platforms/malformed'],
    is: 'failed',
    says: ['it was malformed'],
  },
  {
    name: 'a tag that leads to what is no image',
    of: anImage(),
    seen: on(no('malformed')),
    codes: ['platforms/malformed'],
    is: 'failed',
    says: ['backend:latest leads to what is no image'],
  },
  {
    name: 'a single manifest whose config is gone: only that is known',
    of: anImage({ platforms: [AMD64] }),
    seen: on(aSingle(aChild('none', { config: gone }))),
    codes: ['platforms/dangling'],
    is: 'failed',
  },
  {
    name: 'the config says another platform',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { config: ok(aConfig()) })])),
    codes: ['platforms/mislabelled'],
    is: 'failed',
    says: ['says linux/arm64, but the image behind it was built for linux/amd64'],
  },
  {
    name: 'the config says no platform we know',
    of: anImage(),
    seen: on(
      anIndex([aChild(), aChild(ARM64, { config: ok({ ...aConfig(), platform: undefined, platformText: 'linux' }) })]),
    ),
    codes: ['platforms/mislabelled'],
    is: 'failed',
  },
  {
    name: 'mislabelled, and waived on that platform',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { config: ok(aConfig()) })])),
    terms: { waivers: [{ finding: 'platforms/mislabelled', reason: 'known', platform: ARM64 }] },
    codes: ['platforms/mislabelled'],
    is: 'skipped',
  },
  {
    name: 'mislabelled, and waived on the other platform',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { config: ok(aConfig()) })])),
    terms: { waivers: [{ finding: 'platforms/mislabelled', reason: 'known', platform: AMD64 }] },
    codes: ['platforms/mislabelled'],
    is: 'failed',
  },
  {
    name: 'extra and waived, another config out of reach',
    of: anImage({ platforms: [AMD64] }),
    seen: on(anIndex([aChild(AMD64, { config: no() }), aChild(ARM64)])),
    terms: waived('platforms/extra'),
    is: 'errored',
  },
  {
    name: 'extra and waived',
    of: anImage({ platforms: [AMD64] }),
    seen: anImageSeen(),
    terms: waived('platforms/extra'),
    codes: ['platforms/extra'],
    is: 'skipped',
  },
  { name: 'no tag leads anywhere', of: anImage(), seen: unseenImage('not-found'), is: 'errored', because: 'tags' },
  { name: 'registry out of reach', of: anImage(), seen: unseenImage(), is: 'errored', because: 'tags' },
  { name: 'the look at the index failed', of: anImage(), seen: on(no('failed')), is: 'errored' },
  {
    name: 'a manifest out of reach',
    of: anImage(),
    seen: on(anIndex([aChild(), aChild(ARM64, { manifest: no('timeout'), config: no('timeout') })])),
    is: 'errored',
    says: ['it was timeout'],
  },
  {
    name: 'a single manifest whose config is out of reach: its platform is unknown, not missing',
    of: anImage({ platforms: [AMD64] }),
    seen: on(aSingle(aChild('none', { config: no() }))),
    is: 'errored',
  },
  {
    name: 'a platform nobody knows, where nobody said which',
    of: anyPlatform,
    seen: on(anIndex([aChild(), mystery])),
    is: 'errored',
    says: ['linux/mystery'],
  },
  { name: 'only a platform nobody knows', of: anyPlatform, seen: on(aSingle(aChild('none'))), is: 'errored' },
]
describeCheck(platforms, platformCases)

type Revised = Parameters<typeof revision.judge>[1]
const at = (sha: string | undefined, seen: ImageSeen = anImageSeen()): Revised => ({
  ...seen,
  source: { repository: 'acme/ktrdr', sha, runId: 1, runAttempt: 1 },
})
const built = (amd64: string | undefined, arm64 = amd64, more: object = {}) => {
  const labels = (sha: string | undefined) => ({ labels: sha === undefined ? {} : { [REVISION]: sha } })
  return on(anIndex([aChild(AMD64, { ...labels(amd64), ...more }), aChild(ARM64, labels(arm64))]))
}
const annotated = (annotations: Readonly<Record<string, string>>) => ({
  manifest: ok(aManifest({ annotations })),
})
const indexAnnotated = (seen: ImageSeen, sha: string): ImageSeen =>
  seen.index.ok ? on(ok({ ...seen.index.seen, annotations: { [REVISION]: sha } })) : seen

const revisionCases: readonly Case<'image', Revised>[] = [
  { name: 'labelled with the commit', of: anImage(), seen: at(SHA), is: 'passed' },
  { name: 'whatever platforms there are', of: anyPlatform, seen: at(SHA), is: 'passed' },
  { name: 'the commit asked for in capitals', of: anImage(), seen: at(SHA.toUpperCase()), is: 'passed' },
  { name: 'the label in capitals', of: anImage(), seen: at(SHA, built(SHA.toUpperCase())), is: 'passed' },
  {
    name: 'annotated in the manifest',
    of: anImage({ platforms: [AMD64] }),
    seen: at(SHA, on(anIndex([aChild(AMD64, { labels: {}, ...annotated({ [REVISION]: SHA }) })]))),
    is: 'passed',
  },
  { name: 'annotated in the index', of: anImage(), seen: at(SHA, indexAnnotated(built(undefined), SHA)), is: 'passed' },
  {
    name: 'an empty label beside an annotation',
    of: anImage(),
    seen: at(SHA, indexAnnotated(built(''), SHA)),
    is: 'passed',
  },
  {
    name: 'the label counts, not the annotation',
    of: anImage(),
    seen: at(SHA, indexAnnotated(built(OTHER_SHA), SHA)),
    codes: ['revision/mismatch', 'revision/mismatch'],
    is: 'failed',
  },
  {
    name: 'one platform from another commit',
    of: anImage(),
    seen: at(SHA, built(SHA, OTHER_SHA)),
    codes: ['revision/mismatch'],
    is: 'failed',
    says: ['for linux/arm64 was built from 0123456789abcdef0123456789abcdef01234567, not from 3f2a1bc'],
  },
  {
    name: 'a short label is another one',
    of: anImage(),
    seen: at(SHA, built(SHA, SHA.slice(0, 7))),
    codes: ['revision/mismatch'],
    is: 'failed',
  },
  {
    name: 'unlabelled',
    of: anImage(),
    seen: at(SHA, built(undefined)),
    codes: ['revision/unlabelled', 'revision/unlabelled'],
    is: 'failed',
  },
  {
    name: 'an empty label',
    of: anImage(),
    seen: at(SHA, built(SHA, '')),
    codes: ['revision/unlabelled'],
    is: 'failed',
  },
  {
    name: 'an extra platform from another commit',
    of: anImage({ platforms: [AMD64] }),
    seen: at(SHA, built(SHA, OTHER_SHA)),
    codes: ['revision/mismatch'],
    is: 'failed',
  },
  {
    name: 'one platform unlabelled and waived, the other without a config',
    of: anImage(),
    seen: at(SHA, on(anIndex([aChild(AMD64, { labels: {} }), aChild(ARM64, { config: no() })]))),
    terms: { waivers: [{ finding: 'revision/unlabelled', reason: 'known', platform: AMD64 }] },
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'unlabelled and waived',
    of: anImage(),
    seen: at(SHA, built(undefined)),
    terms: waived('revision/unlabelled'),
    codes: ['revision/unlabelled', 'revision/unlabelled'],
    is: 'skipped',
  },
  { name: 'no commit to compare with', of: anImage(), seen: at(undefined), is: 'skipped', says: ['input sha'] },
  { name: 'no tag leads anywhere', of: anImage(), seen: at(SHA, unseenImage()), is: 'errored', because: 'tags' },
  {
    name: 'what it leads to is no index',
    of: anImage(),
    seen: at(SHA, on(no('malformed'))),
    is: 'errored',
    because: 'platforms',
  },
  {
    name: 'a platform missing',
    of: anImage(),
    seen: at(SHA, on(anIndex([aChild()]))),
    is: 'errored',
    because: 'platforms',
    says: ['has no linux/arm64'],
  },
  {
    name: 'a platform missing, the other from another commit: what is wrong comes first',
    of: anImage(),
    seen: at(SHA, on(anIndex([aChild(AMD64, { labels: { [REVISION]: OTHER_SHA } })]))),
    codes: ['revision/mismatch'],
    is: 'failed',
  },
  {
    name: 'a config out of reach',
    of: anyPlatform,
    seen: at(SHA, on(anIndex([aChild(), aChild(ARM64, { config: no() })]))),
    is: 'errored',
    because: 'platforms',
  },
  { name: 'no platform at all', of: anyPlatform, seen: at(SHA, on(anIndex([]))), is: 'errored', because: 'platforms' },
  {
    name: 'only a platform nobody knows is looked at all the same',
    of: anyPlatform,
    seen: at(SHA, on(aSingle(aChild('none', { labels: { [REVISION]: OTHER_SHA } })))),
    codes: ['revision/mismatch'],
    is: 'failed',
    says: ['for linux/mystery'],
  },
  {
    name: 'an image of which another platform is wanted',
    of: anImage({ platforms: [aPlatform('linux/s390x')] }),
    seen: at(SHA),
    is: 'errored',
    because: 'platforms',
  },
]
describeCheck(revision, revisionCases)
