// `node test/e2e/serveProject.ts FOLDER RENDERER`: the browser door with a renderer of the test's own making.
import { openStudio } from '#main/api/studio.ts'
import { serveStudio } from '#main/serve/serveStudio.ts'

const [folder = '', rendererFolder = ''] = process.argv.slice(2)
const studio = await openStudio({ folder, rendererFolder })
const server = await serveStudio(studio, { port: 0 })
console.log(server.url)
process.once('SIGTERM', () => void server.close().then(() => studio.close()).then(() => process.exit(0)))
