import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'
import { mergeConfig } from 'vite'
import { rendererBuild } from './renderer.vite.ts'

// The engine is a program of its own beside the doors, so that each job runs in its own process.
const doors = { app: 'src/main/app/main.ts', serve: 'src/main/serve/main.ts', cli: 'src/main/cli/main.ts', engine: 'src/main/engine/main.ts', chat: 'src/main/engine/chat/main.ts', probe: 'src/main/engine/probe/main.ts' }
const present = Object.entries(doors).filter(([, file]) => existsSync(resolve(file)))

export default defineConfig({
  main: {
    build: {
      // Flat: files find the engine beside them and the resources two folders up, wherever they were bundled from.
      rolldownOptions: {
        input: Object.fromEntries(present.map(([name, file]) => [name, resolve(file)])),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' }
      }
    }
  },
  preload: {
    build: {
      // A sandboxed preload is CommonJS and can load nothing but Electron.
      rolldownOptions: { input: { preload: resolve('src/preload/preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } }
    }
  },
  renderer: mergeConfig(rendererBuild, {
    root: resolve('src/renderer'),
    build: { rolldownOptions: { input: resolve('src/renderer/index.html') }, outDir: resolve('out/renderer') }
  })
})
