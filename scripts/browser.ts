// Makes sure a Chromium is there for the browser tests: Debian's package as root, else Playwright's own download.
import { spawnSync } from 'node:child_process'
import { findBrowser } from '../test/browser.ts'

if (findBrowser() === undefined) {
  const debian = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0
  const commands = debian
    ? [['apt-get', 'update', '-qq'], ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk']]
    : [['npx', 'playwright-core', 'install', 'chromium']]
  for (const [command = '', ...args] of commands) {
    if (spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0) continue
    console.error(`No browser for the tests. Run: ${commands.map((words) => words.join(' ')).join(' && ')}`)
    process.exit(1)
  }
}
console.log(`browser: ${findBrowser() ?? 'none'}`)
process.exit(findBrowser() === undefined ? 1 : 0)
