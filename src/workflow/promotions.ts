import type { Known, Promotion } from '../model/workflow.ts'
import { known, unknown } from './known.ts'
import { metadataReferences, parseReference } from './references.ts'
import { stepOfJob } from './step-of-job.ts'
import type { StepMoment } from './steps.ts'
import { type Holed, interpolate, settle } from './templates.ts'

const creates = /\bdocker\s+(?:buildx\s+)?imagetools\s+create\b/

/** A step that joins digests under tags with `imagetools create`, as Docker's documentation shows it. */
// https://docs.docker.com/build/ci/github-actions/multi-platform/#distribute-build-across-multiple-runners
export function promotionOf(moment: StepMoment): Promotion | 'unclear' | undefined {
  const { step } = moment
  const script = step.run?.value
  if (typeof script !== 'string' || !creates.test(script)) return undefined
  const filled = interpolate(script, moment.contexts)
  const text = withEnvironment(filled.text.replace(/\\\n\s*/g, ' '), moment)
  const command = text.split('\n').find((line) => creates.test(line)) ?? ''
  if (text.split('\n').filter((line) => creates.test(line)).length > 1) return 'unclear'
  const references = tagged(command, filled.holes, moment)
  if (references === undefined) return 'unclear'
  return {
    ...stepOfJob(moment),
    runs: moment.runs,
    references,
    sources: sourcesOf(command, filled.holes),
  }
}

/** Variables that the file sets, where the script uses them. */
const withEnvironment = (script: string, { contexts }: StepMoment): string =>
  script.replace(/\$(?:\{(\w+)\}|(\w+))/g, (written, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    // What the script sets itself is not known.
    if (name.startsWith('DOCKER_METADATA_') || new RegExp(`\\b${name}=`).test(script)) return written
    const filled = interpolate(`\${{ env.${name} }}`, contexts)
    return filled.holes.length === 0 ? filled.text : written
  })

/** Tags from `-t` where they are written out, or from the metadata step before. */
function tagged(command: string, holes: Holed['holes'], moment: StepMoment): Promotion['references'] | undefined {
  if (/DOCKER_METADATA_OUTPUT_(JSON|TAGS)/.test(command)) {
    // A filter takes some of the tags only.
    if (/\b(select|test|grep|head|first|startswith)\b|\.\[/.test(command)) return undefined
    return moment.lastMetadata && metadataReferences(moment.lastMetadata)
  }
  const written = [...command.matchAll(/\s(?:-t|--tag)[\s=]+["']?([^\s"']+)/g)].map(([, reference = '']) => reference)
  if (written.length === 0 || written.some((reference) => reference.includes('$'))) return undefined
  return written.map((reference) => parseReference(reference, holes))
}

/** `$(printf 'name@sha256:%s ' *)`: the digests that the builds left in a folder. */
function sourcesOf(command: string, holes: Holed['holes']): Known<readonly string[]> {
  const found = [...command.matchAll(/(?:^|[\s"'])([^\s"'$()]+)@sha256:%s/g)].map(([, name = '']) =>
    settle(name, holes),
  )
  const names = found.flatMap((name) => (name.known ? [name.value] : []))
  if (names.length === 0 || names.length < found.length) {
    return unknown('imagetools create', 'it does not say whose digests it joins')
  }
  return known(names)
}
