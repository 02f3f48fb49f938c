import { errorMessage } from '../errors.ts'
import type { Answer } from '../model/answer.ts'
import { failed, type Look } from '../model/observation.ts'
import { headOf } from './capture.ts'
import { httpRequest } from './http-request.ts'

const MAX_BODY_BYTES = 256 * 1024

export interface Question {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const GET: Question = { method: 'GET', headers: {}, body: undefined }

/** Asks once, follows no redirect, and reads no more of the answer than anybody needs; never throws. */
export async function ask(
  url: string,
  timeoutMs: number,
  { method, headers, body: sent }: Question = GET,
  ended?: AbortSignal,
): Promise<Look<Answer>> {
  const late = AbortSignal.timeout(timeoutMs)
  const signal = ended === undefined ? late : AbortSignal.any([ended, late])
  try {
    const response = await httpRequest(url, { method, headers, body: sent, signal })
    const body = headOf(MAX_BODY_BYTES)
    for await (const chunk of response) {
      body.push(chunk)
      if (body.limited()) break
    }
    const text = body.bytes().toString('utf8')
    return { ok: true, seen: { status: response.statusCode ?? 0, body: text, cut: body.limited() } }
  } catch (error) {
    if (ended?.aborted) return failed('cancelled', `${url}: the run was ended`, '')
    const reason = late.aborted ? `no answer within ${timeoutMs / 1000} s` : errorMessage(error)
    return failed('unavailable', reason, 'see what the container printed')
  }
}
