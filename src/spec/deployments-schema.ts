import * as z from 'zod'
import { composeVariable, described, imageId, notBlank } from './words.ts'

const variable = composeVariable.refine((name) => name !== 'IMAGE_TAG', 'is tried set and unset: remove it')

export const deploymentSchema = z.strictObject({
  file: described(notBlank, 'Path of the compose file in the repository'),
  env: described(z.record(variable, z.string()), 'Variables that are set where it is deployed').exactOptional(),
  services: described(
    z
      .record(notBlank, imageId)
      .refine((services) => Object.keys(services).length > 0, 'names no service')
      .meta({ minProperties: 1 }),
    'Each service that runs one of these images, and the id of that image',
  ),
})
