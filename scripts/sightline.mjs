// `npm run -s sightline -- COMMAND`: the command line on the project's own Node.
import { spawn } from 'node:child_process'
import { ensureInstalled, environment, node, root } from './install.mjs'
import { join } from 'node:path'

ensureInstalled()
const child = spawn(node, [join(root, 'src/main/cli/main.ts'), ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(), stdio: 'inherit', env: environment
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)))
