import type { BuiltReference } from '../model/workflow.ts'
import { plainScript } from './lint/shells.ts'
import { field } from './shape.ts'
import type { Job } from './workflow.ts'

/** Whether a name leads to a registry on the machine that asks. */
export const isLoopback = (name: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?\//.test(name)

/** Whether a push stays in a registry that the job itself starts, and that ends with it. */
// https://docs.docker.com/build/ci/github-actions/local-registry/
export const staysInJob = ({ name }: BuiltReference, job: Job): boolean =>
  name.known && isLoopback(name.value) && startsRegistry(job)

const registryImage = /(^|[/\s])(registry|distribution|zot[\w-]*)([:@\s]|$)/
const startsOne = /\b(docker|podman|nerdctl)\s+run\b.*/g

/** Whether a service of a job, or a container that it runs, is a registry. */
export function startsRegistry({ services, steps }: Job): boolean {
  const entries = services?.kind === 'map' ? services.entries.map(({ value }) => value) : []
  const images = entries.map((value) => (value.kind === 'map' ? field(value, 'image') : value))
  const named = images.flatMap((image) => (image?.kind === 'scalar' ? [String(image.value)] : []))
  const run = steps.flatMap((step) => plainScript(step).replace(/\\\n/g, ' ').match(startsOne) ?? [])
  return [...named, ...run].some((text) => registryImage.test(text))
}
