import type { DeploymentExpectation } from '../model/deployment.ts'
import type { Complain } from './expectation.ts'
import { refuseUnknownImages } from './known-images.ts'
import type { Positions } from './positions.ts'
import type { Spec } from './schema.ts'

/** The compose files of a spec as the checks want them; an image that the spec does not have is complained of. */
export function expectDeployments(
  { deployments = [], images }: Spec,
  positions: Positions,
  complain: Complain,
): readonly DeploymentExpectation[] {
  return deployments.map(({ file, env = {}, services }, index) => {
    const here = ['deployments', index]
    refuseUnknownImages(services, images, [...here, 'services'], complain)
    return { file, env, services, positions: positions.under(here) }
  })
}
