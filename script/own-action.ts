// Writes the action that the reusable workflow names by `$/`, "this repository at this commit", which cannot name its root:
// action.yml once more, in a folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = '.github/actions/verify'

const text = readFileSync('action.yml', 'utf8').replaceAll(/^ {2}(main|post): /gm, '  $1: ../../../')
mkdirSync(FOLDER, { recursive: true })
writeFileSync(`${FOLDER}/action.yml`, `# Written by script/own-action.ts from action.yml.\n${text}`)
