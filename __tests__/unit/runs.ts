/** How often a property is tried: less often by one who works on it, 10,000 times and more where all suites run (script/test). */
export const runs = (usual: number, whenAllRun = 10_000): { readonly numRuns: number } => ({
  numRuns: process.env.VERIFY_FUZZ_RUNS === undefined ? usual : Math.max(usual, whenAllRun),
})
