import type { DeploymentExpectation } from '../model/deployment.ts'
import type { Complain } from './expectation.ts'
import type { Positions } from './positions.ts'
import type { Spec } from './schema.ts'
import { didYouMean } from './suggest.ts'

/** The compose files of a spec as the checks want them; an image that the spec does not have is complained of. */
export function expectDeployments(
  { deployments = [], images }: Spec,
  positions: Positions,
  complain: Complain,
): readonly DeploymentExpectation[] {
  const ids = Object.keys(images)
  return deployments.map(({ file, env = {}, services }, index) => {
    const here = ['deployments', index]
    for (const [service, id] of Object.entries(services)) {
      if (ids.includes(id)) continue
      const known = didYouMean(id, ids) || `: the spec has ${ids.join(', ')}`
      complain([...here, 'services', service], `${JSON.stringify(id)} is not the id of an image${known}`)
    }
    return { file, env, services, positions: positions.under(here) }
  })
}
