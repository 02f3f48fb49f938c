import * as z from 'zod'

const texts = z.array(z.string())
const record = <Schema extends z.ZodType>(schema: Schema) => z.record(z.string(), schema)
const flag = z.union([z.boolean(), z.stringbool()])
const count = z.int().min(0)

const mount = z.looseObject({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
  read_only: flag.optional(),
})
const hook = z.looseObject({ user: z.string().optional(), privileged: flag.optional() })
const limits = z.looseObject({
  memory: z.string().optional(),
  pids: z.int().optional(),
})
const deploy = z.looseObject({
  replicas: count.optional(),
  resources: z
    .looseObject({
      limits: limits.nullish(),
      reservations: z.looseObject({ devices: z.array(z.unknown()).nullish() }).nullish(),
    })
    .nullish(),
})
const dependency = z.looseObject({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
  required: z.boolean().optional(),
})

/** What is looked into; whatever else a service has is told by its key. */
const service = z.looseObject({
  image: z.string().optional(),
  container_name: z.string().optional(),
  privileged: flag.optional(),
  environment: record(z.string().nullable()).nullish(),
  depends_on: record(dependency).nullish(),
  deploy: deploy.nullish(),
  scale: count.optional(),
  volumes: z.array(mount).nullish(),
  volumes_from: texts.nullish(),
  cap_add: texts.nullish(),
  cap_drop: texts.nullish(),
  security_opt: texts.nullish(),
  network_mode: z.string().optional(),
  networks: record(z.record(z.string(), z.unknown()).nullable()).nullish(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  labels: record(z.string()).nullish(),
  secrets: z.array(z.looseObject({ source: z.string() })).nullish(),
  configs: z.array(z.looseObject({ source: z.string() })).nullish(),
  post_start: z.array(hook).nullish(),
  pre_stop: z.array(hook).nullish(),
  mem_limit: z.string().optional(),
  pids_limit: z.int().optional(),
})

const shared = z.looseObject({
  external: flag.optional(),
  driver: z.string().optional(),
  driver_opts: record(z.unknown()).nullish(),
})
const given = z.looseObject({
  external: flag.optional(),
  file: z.string().optional(),
  content: z.string().optional(),
  environment: z.string().optional(),
})

const project = z.looseObject({
  services: record(service),
  networks: record(shared.nullable()).nullish(),
  volumes: record(shared.nullable()).nullish(),
  secrets: record(given).nullish(),
  configs: record(given).nullish(),
})

export type ComposeService = z.output<typeof service>
export type ComposeGiven = z.output<typeof given>

/** A compose file as docker compose resolves it. */
export type ComposeModel = z.output<typeof project>

/** Reads what `docker compose config` printed; undefined where that is nothing we know. */
export function decodeModel(json: unknown): ComposeModel | undefined {
  const result = project.safeParse(json)
  return result.success ? result.data : undefined
}

/** Compose writes every dollar twice. */
export const plainText = (text: string): string => text.replaceAll('$$', '$')

/** How many containers a service has. */
export const replicasOf = ({ deploy, scale }: ComposeService): number => deploy?.replicas ?? scale ?? 1

/** Folders and files of this machine that it would put into containers, as it writes them. */
export const hostPathsOf = ({ services, secrets, configs }: ComposeModel): readonly string[] => [
  ...new Set([
    ...Object.values(services).flatMap(({ volumes }) =>
      (volumes ?? []).flatMap(({ type, source }) => (type === 'bind' && source !== undefined ? [source] : [])),
    ),
    ...Object.values(configs ?? {}).flatMap(({ file }) => file ?? []),
    ...Object.values(secrets ?? {}).flatMap(({ file }) => file ?? []),
  ]),
]
