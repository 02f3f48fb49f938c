import { errorMessage } from '../errors.ts'
import type { Answer } from '../model/health.ts'
import type { Look } from '../model/observation.ts'
import { headOf } from './capture.ts'
import { failed } from './docker-failure.ts'

const MAX_BODY_BYTES = 256 * 1024

/** Asks once, follows no redirect, and reads no more of the answer than anybody needs; never throws. */
export async function ask(url: string, timeoutMs: number): Promise<Look<Answer>> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const body = headOf(MAX_BODY_BYTES)
    for await (const chunk of response.body ?? []) {
      body.push(chunk)
      if (body.limited()) break
    }
    return { ok: true, seen: { status: response.status, body: body.bytes().toString('utf8') } }
  } catch (error) {
    return failed('unavailable', errorMessage(error), 'see what the container printed')
  }
}
