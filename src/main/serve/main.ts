import { describeError, SightlineError } from '#shared/domain/errors.ts'
import { openStudio } from '../api/studio.ts'
import { serveStudio } from './serveStudio.ts'

// `node src/main/serve/main.ts [FOLDER] [PORT]`: the browser door alone. The command line has the same as `serve`.
const [folder = 'projects/demo', port = '0'] = process.argv.slice(2)

try {
  const studio = await openStudio({ folder })
  const server = await serveStudio(studio, { port: Number(port) })
  console.log(`Sightline serves ${studio.workshop.project.folder}\nOpen ${server.url}\nModels for OpenAI's clients: ${server.origin}/v1, the token is the API key`)
  const end = (): void => void server.close().then(() => studio.close()).then(() => process.exit(0))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
} catch (error) {
  if (!(error instanceof SightlineError)) throw error
  console.error(describeError(error))
  process.exit(1)
}
