import type { Answer } from '../../model/answer.ts'
import { failed, type Look } from '../../model/observation.ts'
import { ask, type Question } from '../http.ts'
import type { RunTools } from './run.ts'

const SEE_IT_THERE = 'run this job on the machine of the engine itself, and not in a container'

/** Asks a port that the engine published on its own machine; where that is another one, silence says nothing of who is asked. */
export async function askPublished(
  { elsewhere, signal }: Pick<RunTools, 'elsewhere' | 'signal'>,
  at: string,
  timeoutMs: number,
  question?: Question,
): Promise<Look<Answer>> {
  const look = await ask(`http://127.0.0.1:${at}`, timeoutMs, question, signal)
  const machine = look.ok ? undefined : await elsewhere()
  if (look.ok || machine === undefined) return look
  return failed('out-of-reach', `${look.reason}; the engine is on ${machine}, and so are its ports`, SEE_IT_THERE)
}
