// What a person mistypes is said in words that name the option, before anything is opened or started.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addCheckpointCommands } from '#main/cli/checkpoints.ts'
import { addDataCommands } from '#main/cli/data.ts'
import { addDevicesCommand } from '#main/cli/devices.ts'
import { addEndpointCommands } from '#main/cli/endpoints.ts'
import { addModelCommands } from '#main/cli/models.ts'
import { addServeCommand } from '#main/cli/serve.ts'
import { addSimilarCommand } from '#main/cli/similar.ts'
import { temporaryFolder } from '../store/fixtures.ts'

function program(): Command {
  const made = new Command()
  for (const add of [addDataCommands, addModelCommands, addCheckpointCommands, addEndpointCommands, addDevicesCommand, addServeCommand, addSimilarCommand]) add(made)
  return made
}

test.each([
  ['rollout DIR --split foo', '--split'], ['evaluate DIR --split Test', '--split'], ['teach DIR --endpoint e --split foo', '--split'], ['generate DIR --generator maze --split foo', '--split'],
  ['endpoint add e --model m --url nowhere', '--url'], ['endpoint add a/b --model m --url http://127.0.0.1:9/v1', 'NAME'], ['endpoint add e --model m --url http://127.0.0.1:9/v1 --parallelism 9999', '--parallelism'],
  ['serve DIR --port 65536', '--port'], ['serve DIR --port=', '--port'], ['devices --use gpu', '--use'], ['rollout DIR --device gpu', '--device'], ['train DIR --threads 0', '--threads'],
  ['data similar DIR --kind same', '--kind'], ['data similar DIR --limit 501', '--limit']
])('%s names %s', async (words, option) => {
  await expect(program().parseAsync(words.split(' '), { from: 'user' })).rejects.toMatchObject({ code: 'bad_input', where: option })
})

test('a reader that goes away ends the command without a word', async () => {
  const main = join(import.meta.dirname, '..', '..', 'src', 'main', 'cli', 'main.ts')
  const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  expect(await text(child.stderr)).toBe('')
})

test('requests beyond their limits name the option too', async () => {
  const run = (words: string[]) => program().parseAsync([...words, '--json'], { from: 'user' })
  const folder = temporaryFolder()
  await run(['init', folder])
  await expect(run(['evaluate', folder, '--label', 'x'.repeat(81)])).rejects.toMatchObject({ code: 'bad_input', where: '--label' })
  await expect(run(['generate', folder, '--generator', 'mace'])).rejects.toMatchObject({ code: 'bad_input', where: '--generator' })
  await expect(run(['models', folder, '--batch', '5000'])).rejects.toMatchObject({ code: 'bad_input', where: '--batch' })
  await expect(run(['init', join(folder, 'project.sqlite', 'below a file')])).rejects.toMatchObject({ code: 'bad_input', message: 'the project folder cannot be made' })
  await expect(run(['import-model', folder, '/no such folder'])).rejects.toMatchObject({ code: 'not_found', where: '/no such folder' })
})
