// `npm test`: everything, in the order in which a failure is cheapest to learn of. Ends with `N passed, M failed`.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, node, root, run } from './install.mjs'

ensureInstalled()
const bin = (path) => join(root, 'node_modules', path)
const checks = [
  ['types', [bin('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', 'tsconfig.json']],
  ['lint (oxlint)', [bin('oxlint/bin/oxlint'), '--deny-warnings', 'src', 'test', 'scripts']],
  ['lint (eslint)', [bin('eslint/bin/eslint.js'), '--max-warnings=0', '.']],
  ['layers', ['scripts/layers.ts']],
  ['sizes', ['scripts/sizes.ts']],
  ['electron build', [bin('electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn']],
  ['browser', ['scripts/browser.ts']]
]
const suites = [
  ['unit, gradient, invariant, parity', ['--config', 'vitest.config.ts']],
  ['browser tests', ['--config', 'vitest.e2e.config.ts']]
]

let passed = 0
let failed = 0
for (const [name, command] of checks) timed(name, () => count(run(node, command) === 0 ? 1 : 0, 1))
for (const [name, options] of suites) timed(name, () => vitest(options))
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

function vitest(options) {
  const report = join(root, 'node_modules', '.sightline-test-report.json')
  rmSync(report, { force: true })
  const code = run(node, [bin('vitest/vitest.mjs'), 'run', ...options, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
  const totals = JSON.parse(readFileSync(report, 'utf8'))
  count(totals.numPassedTests, totals.numPassedTests + totals.numFailedTests)
  // A file that fails to load has no tests to count, and a skipped test was not run: neither may pass unseen.
  if (code !== 0 && totals.numFailedTests === 0) count(0, 1)
  if (totals.numPendingTests + totals.numTodoTests > 0) count(0, totals.numPendingTests + totals.numTodoTests)
}

function count(good, all) {
  passed += good
  failed += all - good
}

function timed(name, check) {
  const start = performance.now()
  const before = failed
  process.stdout.write(`\n== ${name}\n`)
  check()
  process.stdout.write(`== ${name}: ${failed === before ? 'ok' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
}
