import type { Report } from '../model/result.ts'
import { createSight } from '../observe/sight.ts'
import type { Plan } from '../plan.ts'
import type { Ports } from '../ports.ts'
import { imagesOf } from './verify/images.ts'

/** Asks the registries for all images at once, and loads what judges the answers while they are on their way. */
export async function lookAndVerify(plan: Plan, ports: Ports, version: string): Promise<Report> {
  const sight = createSight(plan, ports)
  for (const image of imagesOf(plan).images) void sight.image(image)
  await theQuestionsAreOut()
  const { verify } = await import('./verify.ts')
  return verify(plan, ports, version, sight)
}

/** An import holds everything up until its code is compiled. */
const theQuestionsAreOut = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
