import { readFileSync, statSync } from 'node:fs'
import * as z from 'zod'
import type { EventSeen } from '../model/event.ts'

// GitHub sends no larger one: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
const MAX_BYTES = 25 * 1024 * 1024

/** What started this run, from the payload that GitHub leaves on the runner; undefined where there is none to read. */
export function readEventFile(path: string | undefined): EventSeen | undefined {
  if (!path) return undefined
  try {
    return statSync(path).size > MAX_BYTES ? undefined : readEvent(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

// Total, for a branch, a title or a body in it is anybody's.
const text = z.string().min(1).max(1000).optional().catch(undefined)
const repository = z.object({ full_name: text, default_branch: text }).optional().catch(undefined)

const pullRequest = z
  .object({
    head: z.object({ repo: z.object({ full_name: text }).nullable() }),
    base: z.object({ repo: z.object({ full_name: text }) }),
  })
  .optional()
  .catch(undefined)

const workflowRun = z
  .object({
    id: z.int().positive(),
    run_attempt: z.int().positive().optional().catch(undefined),
    path: z.string().min(1).max(1000),
    event: z.string().max(100),
    head_sha: z.string().regex(/^[0-9a-f]{40}$/),
    head_branch: text,
    head_repository: z.object({ full_name: text }).nullish().catch(undefined),
  })
  .optional()
  .catch(undefined)

const inputs = z
  .record(z.string(), z.union([z.string(), z.boolean(), z.number()]))
  .optional()
  .catch(undefined)

const payload = z
  .object({ repository, pull_request: pullRequest, workflow_run: workflowRun, inputs })
  .catch({ repository: undefined, pull_request: undefined, workflow_run: undefined, inputs: undefined })

/** The event of a payload's text; what is no JSON is an event of which nothing is known. */
function readEvent(json: string): EventSeen {
  const { repository: own, pull_request: request, workflow_run: run, inputs: chosen } = payload.parse(parsed(json))
  const isFork = (head: string | undefined, base: string | undefined): boolean =>
    head === undefined || head.toLowerCase() !== base?.toLowerCase()
  return {
    inputs: chosen,
    defaultBranch: own?.default_branch,
    // A fork that was deleted has no repository any more.
    pullRequest: request && { fromFork: isFork(request.head.repo?.full_name, request.base.repo.full_name) },
    workflowRun: run && {
      id: run.id,
      attempt: run.run_attempt,
      path: run.path.replace(/@.*$/s, ''),
      event: run.event,
      headSha: run.head_sha,
      headBranch: run.head_branch,
      fromFork: isFork(run.head_repository?.full_name, own?.full_name),
    },
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
