import * as core from '@actions/core'
import { actionsLog } from './adapters/log.ts'
import { sweep } from './adapters/sweep.ts'

const log = actionsLog((text) => process.stdout.write(text))

const swept = await sweep({
  label: core.getState('label'),
  login: core.getState('login'),
  buildx: core.getState('buildx'),
  tempDir: process.env.RUNNER_TEMP ?? '',
  env: process.env,
})
for (const line of swept) log.info(line)
