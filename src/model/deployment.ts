import type { Position } from './spec.ts'

/** A compose file of the repository, and on which image each of its services has to be. */
export interface DeploymentExpectation {
  readonly file: string
  /** Variables that are set wherever it is deployed; `IMAGE_TAG` is tried set and unset. */
  readonly env: Readonly<Record<string, string>>
  /** Service → id of an image of the spec. */
  readonly services: Readonly<Record<string, string>>
  /** Dotted path inside its part of the spec → where it stands; `''` is the deployment itself. */
  readonly positions: Readonly<Record<string, Position>>
}
