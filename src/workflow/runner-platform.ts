import { type Platform, parsePlatform } from '../model/image.ts'
import type { Known } from '../model/workflow.ts'
import { OpenDictionary, plainOf } from './data.ts'
import { known, unknown } from './known.ts'
import { actionOf, inputOf, type StepMoment } from './steps.ts'
import { evaluateYaml } from './templates.ts'

// https://docs.github.com/en/actions/reference/runners/github-hosted-runners
const amd64 = /^(ubuntu-latest|ubuntu-\d\d\.\d\d)$/
const arm64 = /^ubuntu-\d\d\.\d\d-arm$/

/** The platform of a build that names none: that of its runner, where GitHub's own label says it. */
export function runnerPlatform(moment: StepMoment): Known<readonly Platform[]> {
  const { job } = moment.leg
  const cannot = (reason: string): Known<never> => unknown('platforms', `not set, so one platform: ${reason}`)
  const elsewhere = job.steps.some(
    (step) =>
      actionOf(step) === 'docker/setup-buildx-action' &&
      (step.with.has('endpoint') || isRemote(inputOf(step, 'driver'))),
  )
  if (elsewhere || inputOf(moment.step, 'builder').includes('://')) return cannot('that of the builder it uses')
  if (moment.contexts.env instanceof OpenDictionary && 'DOCKER_DEFAULT_PLATFORM' in moment.contexts.env.entries) {
    return cannot('that of DOCKER_DEFAULT_PLATFORM')
  }
  if (job.runsOn === undefined) return cannot('that of the runner, which is not named')
  const label = plainOf(evaluateYaml(job.runsOn, moment.contexts))
  if (!label.known) return cannot(`that of the runner, and ${label.name} ${label.reason}`)
  const only = Array.isArray(label.value) && label.value.length === 1 ? (label.value[0] as unknown) : label.value
  if (typeof only === 'string' && amd64.test(only)) return known([parsePlatform('linux/amd64')])
  if (typeof only === 'string' && arm64.test(only)) return known([parsePlatform('linux/arm64')])
  return cannot(`that of the runner ${JSON.stringify(only)}, which is none of GitHub's own for Linux`)
}

const isRemote = (driver: string): boolean => driver !== '' && driver !== 'docker' && driver !== 'docker-container'
