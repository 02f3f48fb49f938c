// Jest transformer over Node's own type stripping: positions are kept, so no source map is needed.
import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'

export default {
  process: (code) => ({ code: stripTypeScriptTypes(code, { mode: 'strip' }) }),
  getCacheKey: (code, file, { instrument }) =>
    createHash('sha256').update([process.version, instrument, file, code].join('\0')).digest('hex'),
}
