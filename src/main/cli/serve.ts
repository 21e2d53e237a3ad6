import { resolve } from 'node:path'
import type { Command } from 'commander'
import { openStudio } from '../api/studio.ts'
import { serveStudio } from '../serve/serveStudio.ts'
import { wholeNumber } from './session.ts'

/** `serve`: the studio in the browser, until it is told to end. */
export function addServeCommand(program: Command): void {
  program
    .command('serve [dir]')
    .description("open the studio in the browser, on this machine only; its models for OpenAI's clients at /v1")
    .option('--port <n>', '0 = any free port', wholeNumber('--port', 0, 65_535), 0)
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1))
    .option('--models <folder>', 'models below it may be imported from the browser (again for more)', (value: string, all: string[]) => [...all, resolve(value)], [])
    .action(async (dir: string | undefined, options: { port: number; threads?: number; models: string[] }) => {
      const studio = await openStudio({ folder: dir ?? 'projects/demo', modelFolders: options.models, ...(options.threads === undefined ? {} : { threads: options.threads }) })
      const server = await serveStudio(studio, { port: options.port })
      process.stdout.write(`Sightline serves ${studio.workshop.project.folder}\nOpen ${server.url}\nModels for OpenAI's clients: ${server.origin}/v1, the token is the API key\n`)
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve)
        process.once('SIGTERM', resolve)
      })
      await server.close()
      await studio.close()
    })
}
