// Runs on whatever Node the machine has (18 or newer); everything else runs on the Node 24 that npm brings.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'

/** The project's own Node 24. */
export const node = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')

/** Environment in which `node` and the packages' commands are the project's; Node keeps the sources as it compiled them, to start sooner. */
export const environment = {
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'),
  ...process.env,
  PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(windows ? ';' : ':')
}

/** Installs the locked packages when they are missing or older than the lockfile; exits with npm's own words if that fails. */
export function ensureInstalled() {
  const stamp = join(root, 'node_modules', '.sightline-lock')
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('Installing packages (npm ci)\n')
  // The two packages named here would fetch optional GPU libraries and an FFmpeg of their own; neither is needed.
  const npm = spawnSync(windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root, stdio: ['ignore', 2, 2], shell: windows,
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', SKIP_FFMPEG: 'true' }
  })
  if (npm.status !== 0 || !existsSync(node)) {
    process.stderr.write('Installing failed. Run `npm ci` in the project folder and read its message.\n')
    process.exit(npm.status || 1)
  }
  writeFileSync(stamp, wanted)
}

/** Runs a command of the project in the foreground and returns its exit code. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment, shell: windows && !command.endsWith('.exe'), ...options })
  if (done.error) throw done.error
  return done.signal ? 130 : (done.status ?? 1)
}
