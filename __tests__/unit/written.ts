// The files of a report as whoever opens them sees them.
import type { Report } from '../../src/model/result.ts'
import { renderJson } from '../../src/render/json.ts'
import { renderJunit } from '../../src/render/junit.ts'

export const jsonOf = (report: Report): string => renderJson(report).toArray().join('')
export const junitOf = (report: Report): string => renderJunit(report).toArray().join('')
