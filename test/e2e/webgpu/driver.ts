import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findBrowser } from '../../browser.ts'

/** A driver the provider can be tested on: its name, and what a process's environment says to find it. */
export interface GraphicsDriver {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
}

const DRIVER_FILES = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d']
/** Older ones are refused by the provider. */
const LEAST_MESA = 25

/**
 * The drivers of this machine to test on: on Linux the browser's software Vulkan, and Mesa's where it is new enough; elsewhere the
 * system's own (Metal, Direct3D). Throws when there is no browser.
 */
export function graphicsDrivers(): GraphicsDriver[] {
  if (process.platform !== 'linux') return [{ name: 'system', env: {} }]
  return [{ name: 'SwiftShader', env: swiftShader() }, ...lavapipe()]
}

/** Runs a program beside this file on a driver; what it printed. A process of its own: a driver may end it. */
export async function runOn(driver: GraphicsDriver, program: string): Promise<unknown> {
  const path = fileURLToPath(new URL(program, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env: { ...process.env, ...driver.env }, maxBuffer: 2 ** 26 })
  return JSON.parse(stdout)
}

/** For those programs: prints an answer and ends at once, since the graphics runtime keeps threads that a plain end would wait for. */
export function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`, () => process.exit(0))
}

/** The driver that comes with the browser, and the loader beside it. */
function swiftShader(): Record<string, string> {
  const browser = findBrowser()
  const folders = ['/usr/lib/chromium', ...(browser === undefined ? [] : [dirname(realpathSync(browser))])]
  const folder = folders.find((candidate) => existsSync(join(candidate, 'vk_swiftshader_icd.json')))
  if (folder === undefined) throw new Error('No software Vulkan driver beside a Chromium found; run `node scripts/browser.ts`')
  return { VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: folder }
}

function lavapipe(): GraphicsDriver[] {
  const files = DRIVER_FILES.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  return files.filter((file) => file.includes('lvp_icd') && mesaVersion(file) >= LEAST_MESA).map((file) => ({ name: 'lavapipe', env: { VK_DRIVER_FILES: file } }))
}

/** Major version of the Mesa library a driver file names, 0 where it does not say. */
function mesaVersion(driverFile: string): number {
  const { ICD: { library_path: library } } = JSON.parse(readFileSync(driverFile, 'utf8')) as { ICD: { library_path: string } }
  const path = library.startsWith('/') ? library : join('/usr/lib', library)
  if (!existsSync(path)) return 0
  return Number(/Mesa (\d+)\.\d+/u.exec(readFileSync(path, 'latin1'))?.[1] ?? 0)
}
