export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/script/jest-strip.js' },
  // what waits for something else more than for the processor
  maxConcurrency: 4,
  // A test says itself when something comes too late: a busy machine is no failure, and a million cases take a minute on
  // an idle one.
  testTimeout: 10 * 60_000,
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/ports.ts',
    '!src/action.ts',
    '!src/post.ts',
    '!src/cli.ts',
    '!src/adapters/**',
  ],
  reporters: ['default', '<rootDir>/script/jest-last-line.js'],
}
