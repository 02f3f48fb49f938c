import type { ComposeProject } from '../../model/canary.ts'
import { KEPT_LOG } from './logs.ts'

/**
 * A project as docker compose is given it: all of it labelled, logs kept so that they can be read, and nothing put into a
 * container that it does not name.
 */
export function composeFile(project: ComposeProject, label: string, unset: readonly string[]): string {
  const [key = '', value = ''] = label.split('=')
  const labelled = (each: Readonly<Record<string, unknown>>) => ({
    ...each,
    labels: { ...(each.labels as Readonly<Record<string, string>> | undefined), [key]: value },
  })
  const all = (each: ComposeProject['networks']) =>
    Object.fromEntries(Object.entries(each).map(([name, body]) => [name, labelled(body)]))
  const services = Object.entries(project.services).map(([name, service]) => {
    const environment = service.environment as Readonly<Record<string, string>>
    const without = Object.fromEntries(unset.map((variable) => [variable, null]))
    return [name, labelled({ ...service, environment: { ...without, ...environment }, logging: KEPT_LOG })] as const
  })
  return JSON.stringify({
    ...project,
    services: Object.fromEntries(services),
    // a file that names no network has one all the same
    networks: all({ default: {}, ...project.networks }),
    volumes: all(project.volumes),
  })
}
