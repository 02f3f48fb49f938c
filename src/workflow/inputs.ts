import { data } from '@actions/expressions'
import type { RunContext } from '../model/workflow.ts'
import { type Data, OpenDictionary, toData, unknownData } from './data.ts'
import type { Contexts } from './expressions.ts'
import { evaluateYaml } from './templates.ts'
import type { DeclaredInput, Workflow } from './workflow.ts'

type Declared = ReadonlyMap<string, DeclaredInput> | undefined
type Inputs = NonNullable<RunContext['inputs']>

/** Inputs of a run that somebody started; any other event has none. */
export function dispatchedInputs(workflow: Workflow, run: RunContext): Data {
  const declared = workflow.triggers.find(({ event }) => event === 'workflow_dispatch')?.inputs
  if (run.eventName === 'workflow_dispatch' && run.inputs) {
    const chosen = Object.entries(run.inputs).map(([key, value]) => [key, asDeclared(value, declared?.get(key))])
    return inputsContext(declared, Object.fromEntries(chosen), {})
  }
  const isOther = run.eventName !== undefined && !['workflow_dispatch', 'workflow_call'].includes(run.eventName)
  return isOther ? new data.Dictionary() : unknownData('inputs', 'it is chosen when the run is started')
}

/** An event carries texts, where the `inputs` context has the type that was declared. */
const asDeclared = (value: Inputs[string], declared: DeclaredInput | undefined): Data => {
  if (declared?.type === 'boolean') return new data.BooleanData(String(value) === 'true')
  return declared?.type === 'number' ? new data.NumberData(Number(value)) : toData(value)
}

/** `github.event.inputs`, all of it text. */
export const eventInputs = (inputs: Inputs): Data =>
  new OpenDictionary(
    'github.event.inputs',
    'it is not among the inputs of the run',
    Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, new data.StringData(String(value))])),
  )

/** Declared inputs with what was given, or else their defaults. */
export function inputsContext(declared: Declared, chosen: Readonly<Record<string, Data>>, contexts: Contexts): Data {
  const defaults = [...(declared ?? [])].map(([key, input]) => [key, defaultOf(input, contexts)] as const)
  return new OpenDictionary('inputs', 'the workflow declares no such input', {
    ...Object.fromEntries(defaults),
    ...chosen,
  })
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callinputsinput_iddefault
function defaultOf({ type, byDefault }: DeclaredInput, contexts: Contexts): Data {
  if (byDefault) return evaluateYaml(byDefault, contexts)
  if (type === 'boolean') return new data.BooleanData(false)
  return type === 'number' ? new data.NumberData(0) : new data.StringData('')
}
