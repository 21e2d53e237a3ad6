// The pages as a browser gets them, built once for all browser tests; benchmarks build them for themselves.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'
import { rendererBuild } from '../../renderer.vite.ts'

declare module 'vitest' {
  interface ProvidedContext { rendererFolder: string }
}

export async function buildRenderer(folder: string): Promise<void> {
  await build({
    ...rendererBuild, configFile: false, logLevel: 'error', root: join(import.meta.dirname, '../../src/renderer'), base: './',
    build: { ...rendererBuild.build, outDir: folder, emptyOutDir: true }
  })
}

/** Called once before the first test file, in vitest's own process; what it returns is called after the last one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-renderer-'))
  await buildRenderer(folder)
  project.provide('rendererFolder', folder)
  return () => rm(folder, { recursive: true, force: true })
}
