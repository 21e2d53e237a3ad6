// `npm start`: install if needed, build the studio, open it on the demo project: a window where Electron and a display
// are there, otherwise the same studio in the browser at a printed address.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, environment, node, root, run } from './install.mjs'

ensureInstalled()
if (run(node, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn']) !== 0) process.exit(1)

const args = process.argv.slice(2)
const folder = args.find((argument) => !argument.startsWith('-')) ?? join(root, 'projects', 'demo')
const electron = electronBinary()
const display = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
const inBrowser = args.includes('--browser') || !electron || !display

const child = inBrowser
  ? spawn(node, [join(root, 'src/main/cli/main.ts'), 'serve', folder, ...args.filter((argument) => argument.startsWith('--') && argument !== '--browser')], { cwd: root, stdio: 'inherit', env: environment })
  : spawn(electron, [root, folder], { cwd: root, stdio: 'inherit', env: environment })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)))

/** The Electron program, if its binary has been downloaded (`npx install-electron` does that). */
function electronBinary() {
  const folder = join(root, 'node_modules', 'electron')
  const named = join(folder, 'path.txt')
  if (!existsSync(named)) return undefined
  const binary = join(folder, 'dist', readFileSync(named, 'utf8').trim())
  return existsSync(binary) ? binary : undefined
}
