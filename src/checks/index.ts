import { absent } from './absent.ts'
import { attestation } from './attestation.ts'
import { canary } from './canary.ts'
import { command } from './command.ts'
import { config } from './config.ts'
import { consistency } from './consistency.ts'
import type { Check, Scope } from './define.ts'
import { deployment } from './deployment.ts'
import { file } from './file.ts'
import { growth } from './growth.ts'
import { health } from './health.ts'
import { imports } from './import.ts'
import { platforms } from './platforms.ts'
import { pull } from './pull.ts'
import { revision } from './revision.ts'
import { run } from './run.ts'
import { size } from './size.ts'
import { start } from './start.ts'
import { tags } from './tags.ts'
import { torch } from './torch.ts'
import { workflow } from './workflow.ts'

const byScope: { readonly [S in Scope]: readonly Check<S>[] } = {
  image: [tags, platforms, revision, config, attestation],
  platform: [size, pull, start, health, imports, absent, torch, growth, command, file],
  set: [workflow, run, consistency, deployment, canary],
}

/** Every check of a scope, in the order the summary tells them: what the registry says first. */
export const checksFor = <S extends Scope>(scope: S): readonly Check<S>[] => byScope[scope]

/** What every check is called, looks at and may find. */
export const allChecks: readonly Pick<Check, 'id' | 'title' | 'codes'>[] = Object.values(byScope).flat()
