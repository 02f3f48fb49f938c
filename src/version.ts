declare const VERSION: string

/** The release, put in by the build. */
export const version: string = typeof VERSION === 'undefined' ? '0.0.0-source' : VERSION
