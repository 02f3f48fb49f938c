import * as z from 'zod'
import { answerKeys, anyAnswerKeys, logsSchema, port, requestPath } from './answer-schema.ts'
import { composeVariable, described, duration, imageId, matching, notBlank } from './words.ts'

/** Names by which docker itself is steered; of those of compose, profiles are the file's own matter. */
const RESERVED = /^(?:PATH|HOME|LANG|TZ|TMPDIR|LD_.*|DOCKER_.*|COMPOSE_(?!PROFILES$).*|BUILD(?:X|KIT)_.*|OTEL_.*)$/

const variable = composeVariable.refine((name) => !RESERVED.test(name), 'is for docker itself: use another name')

const name = matching(/^[A-Za-z_][A-Za-z0-9_]*$/, () => 'is not a name: write letters, digits and "_"')
const headerName = matching(/^[A-Za-z0-9-]+$/, () => 'is not the name of a header')
const headerValue = matching(/^[\t\x20-\x7e]*$/, () => 'is not the value of a header')
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const WITHOUT_BODY = ['GET', 'HEAD']

const request = z
  .strictObject({
    service: described(notBlank, 'The service that is asked'),
    port: described(port, 'Port it answers HTTP on, inside its container'),
    method: described(z.enum(methods).default('GET'), 'Method of the request'),
    path: described(requestPath.default('/'), 'What is asked for; {name} is what an earlier step captured'),
    headers: described(z.record(headerName, headerValue), 'Headers of the request').exactOptional(),
    json: described(z.json(), 'Body of the request; {name} in a text is what an earlier step captured').exactOptional(),
  })
  .refine(
    ({ method, json }) => json === undefined || !WITHOUT_BODY.includes(method),
    'has a body, and its method takes none: write method: POST, say',
  )

const step = z
  .strictObject({
    name: described(notBlank, 'What reports call it'),
    request: described(request, 'What is asked'),
    expect: described(z.strictObject(answerKeys), 'What the answer must be like').prefault({}),
    until: described(duration, 'How long it is asked again until the answer is so; else once').exactOptional(),
    'fail-on': described(
      z
        .strictObject(anyAnswerKeys)
        .refine((keys) => Object.keys(keys).length > 0, 'tells no answer: write status, json or matches')
        .meta({ minProperties: 1 }),
      'An answer after which nothing better will come',
    ).exactOptional(),
    capture: described(
      z.record(name, notBlank),
      'Values for later steps: name, and dotted path into the answer’s JSON',
    ).exactOptional(),
    always: described(z.boolean().default(false), 'Whether it is asked also after a step that failed'),
  })
  .refine((step) => step['fail-on'] === undefined || step.until !== undefined, 'has fail-on without until')

export const canarySchema = z.strictObject({
  file: described(notBlank, 'Path of the compose file in the repository'),
  services: described(
    z
      .record(notBlank, imageId)
      .refine((services) => Object.keys(services).length > 0, 'names no service')
      .meta({ minProperties: 1 }),
    'Each service that is to run a verified image, and the id of that image',
  ),
  env: described(z.record(variable, z.string()), 'Variables that the compose file is filled in with').exactOptional(),
  timeout: described(duration.default('3m'), 'Time it may take until every service runs and is healthy'),
  logs: described(logsSchema, 'What the log of every service must be like').exactOptional(),
  steps: described(z.array(step).min(1), 'What it is asked, in this order').exactOptional(),
})
