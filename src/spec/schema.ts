import * as z from 'zod'
import { canarySchema } from './canary-schema.ts'
import { commandSchema, configSchema, fileSchema } from './contents-schema.ts'
import { deploymentSchema } from './deployments-schema.ts'
import { healthSchema } from './health-schema.ts'
import { gpusSchema, runnerSchema } from './machine-schema.ts'
import {
  day,
  described,
  duration,
  executable,
  findingCode,
  findings,
  imageId,
  memory,
  moduleName,
  notBlank,
  percent,
  platform,
  sizeRange,
  topLevelModule,
  versionRange,
} from './words.ts'

const platforms = z.array(platform).min(1)
const tags = z.array(notBlank).min(1)
const severity = z.record(findingCode, z.enum(['error', 'warning']))

const sizes = z
  .strictObject({
    compressed: described(sizeRange, 'The layers as the registry stores them').exactOptional(),
    unpacked: described(sizeRange, 'The layers as the engine unpacks them').exactOptional(),
  })
  .refine((sizes) => Object.keys(sizes).length > 0, 'names no size: write compressed, unpacked or both')
  .meta({ minProperties: 1 })

const importedModule = z.strictObject({
  module: described(moduleName, 'The name that follows "import" in Python'),
  version: described(versionRange, 'Range its version must lie in, as npm writes ranges').exactOptional(),
})

const setWaiver = z.strictObject({
  finding: described(findings, 'The finding that is accepted: its code, or size/* for all of a check'),
  reason: described(notBlank, 'Why it is accepted; shown wherever the finding is'),
  until: described(day, 'Last day of the waiver; afterwards the finding counts again').exactOptional(),
})

const waiver = setWaiver.extend({
  platform: described(platform, 'The only platform it is accepted on').exactOptional(),
})

export const imageSchema = z.strictObject({
  image: described(notBlank, 'Registry and repository, without a tag: ghcr.io/{owner}/app'),
  platforms: described(platforms, 'Exactly the platforms the image has').exactOptional(),
  tags: described(tags, 'Tags the image carries, all on one digest').exactOptional(),
  size: described(
    z.union([sizeRange, sizes]),
    'Size of each platform: unpacked, or compressed and unpacked by name',
  ).exactOptional(),
  growth: described(percent, 'How much larger than in the last run that passed it may be (compressed)').exactOptional(),
  imports: described(
    z.array(z.union([moduleName, importedModule])).min(1),
    'Python modules that must import',
  ).exactOptional(),
  absent: described(
    z.array(topLevelModule).min(1),
    'Top-level Python modules that must not be there, not even broken',
  ).exactOptional(),
  torch: described(
    z.enum(['cpu', 'cuda', 'any']),
    'The build of torch: cpu (and no NVIDIA packages), cuda, or any as long as it imports',
  ).exactOptional(),
  starts: described(z.boolean().default(false), 'Whether the image must start as it is shipped'),
  commands: described(z.array(commandSchema).min(1), 'Commands that must do as they are said to').exactOptional(),
  files: described(z.array(fileSchema).min(1), 'Files that are as they should be, or are not there').exactOptional(),
  health: described(healthSchema, 'What it must do once it is started as a server').exactOptional(),
  config: described(configSchema, 'What the config of every platform says').exactOptional(),
  'structure-test': described(
    z.union([notBlank, z.array(notBlank).min(1)]),
    'Files of container-structure-test (2.0.0), by their paths in the workspace',
  ).exactOptional(),
  attestations: described(
    z.enum(['required']),
    'required: every platform has one in the index, and it is there',
  ).exactOptional(),
  python: described(executable, 'The interpreter, where it is neither python nor python3').exactOptional(),
  timeout: described(duration.default('60s'), 'Time a module may take to import'),
  memory: described(memory.default('4GB'), 'Memory a probe may use'),
  entrypoint: described(
    z.enum(['clear', 'keep']).default('clear'),
    "clear: probes start the interpreter itself; keep: through the image's own entrypoint",
  ),
  gpus: described(gpusSchema, 'GPUs that containers of the image get, all or so many').exactOptional(),
  runner: described(
    runnerSchema,
    'Label of the runner that verifies it where the set is spread, for all platforms or by platform',
  ).exactOptional(),
  'max-duration': described(duration, 'Time the build job may take').exactOptional(),
  severity: described(severity, 'How bad a finding is, for this image').exactOptional(),
  waive: described(z.array(waiver).min(1), 'Findings that are accepted, each with the reason').exactOptional(),
})

/** The spec as people write it: the types, the defaults and the JSON Schema are all made of this. */
export const specSchema = z
  .strictObject({
    version: described(z.literal(1), 'Version of this format'),
    tags: described(tags.default(['latest', 'sha-{sha7}']), 'Tags of every image that names none of its own'),
    platforms: described(platforms, 'Platforms of every image that names none of its own').exactOptional(),
    tolerance: described(percent.default('20%'), 'What ~ allows to either side of a size'),
    growth: described(
      percent.default('20%'),
      'How much larger than in the last run that passed an image may be (compressed)',
    ),
    severity: described(severity, 'How bad a finding is, for all images').exactOptional(),
    waive: described(
      z.array(setWaiver).min(1),
      'Findings of the set as a whole that are accepted, each with the reason',
    ).exactOptional(),
    deployments: described(
      z.array(deploymentSchema).min(1),
      'Compose files of the repository that run these images',
    ).exactOptional(),
    canary: described(
      canarySchema,
      'A compose file that is brought up on exactly the verified images, and asked questions',
    ).exactOptional(),
    images: z
      .record(imageId, imageSchema)
      .refine((images) => Object.keys(images).length > 0, 'names no image, so there is nothing to verify')
      .meta({ description: 'The images, each under an id for reports', minProperties: 1 }),
  })
  .meta({ title: 'Verify Images', description: 'What a matrix of container images is meant to ship' })

export type Spec = z.output<typeof specSchema>
export type SpecImage = z.output<typeof imageSchema>
