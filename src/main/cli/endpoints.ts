import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { PrelabelRequest } from '#shared/contract/prelabel.ts'
import type { Split } from '#shared/domain/datasetItem.ts'
import { Endpoint, type KnownEndpoint } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { ChatClient } from '../endpoint/chatClient.ts'
import { EndpointStore } from '../endpoint/endpointStore.ts'
import { alignTable } from '../evaluate/report.ts'
import { startPrelabel } from '../jobs/prelabel.ts'
import { firstAcrossTasks } from '../jobs/selection.ts'
import { follow } from './follow.ts'
import { openOutput } from './output.ts'
import { chooseCheckpoint, type CommonOptions, realNumber, type Session, splitName, wholeNumber, withProject } from './session.ts'

type AddOptions = CommonOptions & {
  url: string; model: string; keyFile?: string; parallelism: number; timeout: number; retries: number; promptPrice?: number; completionPrice?: number
  tokenLimit: string
}
type TeachOptions = CommonOptions & {
  endpoint: string; task: string[]; split: Split; limit: number; minSteps: number; student?: string; prompt: string; style?: string
  temperature: number; turnTokens: number; turns: number; seed: number
}

const MOST_PRICE = 1e6

/** What a field is called on the command line, where that is not its own name. */
const WORDS: Readonly<Record<string, string>> = {
  name: 'NAME', baseUrl: '--url', timeoutSeconds: '--timeout', tokenLimit: '--token-limit', minSteps: '--min-steps', maxTurnTokens: '--turn-tokens', maxTurns: '--turns', price: '--prompt-price'
}

/** `endpoint add|list|remove|test` and `teach`: teachers behind an OpenAI-compatible address. */
export function addEndpointCommands(program: Command): void {
  const endpoint = program.command('endpoint').description('teachers behind OpenAI-compatible addresses; keys stay in your own folder')
  endpoint
    .command('add <name>')
    .description('add or replace an endpoint')
    .requiredOption('--url <url>', 'base URL, usually ending in /v1')
    .requiredOption('--model <name>', 'a model that takes pictures')
    .option('--key-file <file>', "file that holds the key, '-' = standard input; left out: the endpoint needs none")
    .option('--parallelism <n>', 'requests at once', wholeNumber('--parallelism', 1), 4)
    .option('--timeout <seconds>', 'of one request', realNumber('--timeout', 0.1, 3600), 120)
    .option('--retries <n>', 'further tries after a passing failure', wholeNumber('--retries', 0), 5)
    .option('--prompt-price <p>', 'of a million prompt tokens', realNumber('--prompt-price', 0, MOST_PRICE))
    .option('--completion-price <p>', 'of a million completion tokens', realNumber('--completion-price', 0, MOST_PRICE))
    .option('--token-limit <field>', 'max_tokens or max_completion_tokens', 'max_tokens')
    .option('--json', 'one JSON object per event')
    .action(addEndpoint)
  endpoint.command('list').description('the endpoints there are').option('--json', 'one JSON object per event').action(listEndpoints)
  endpoint
    .command('remove <name>')
    .description('forget an endpoint and its key')
    .action((name: string) => new EndpointStore().remove(name))
  endpoint.command('test <name>').description('ask an endpoint for its models').option('--json', 'one JSON object per event').action(testEndpoint)
  addTeachCommand(program)
}

function addTeachCommand(program: Command): void {
  program
    .command('teach <dir>')
    .description('let an endpoint write paths for the cold start; again: goes on')
    .requiredOption('--endpoint <name>', 'one of `endpoint list`')
    .option('--task <name>', 'only this task (again for more)', (value: string, all: string[]) => [...all, value], [])
    .option('--split <name>', 'train, validation or test', splitName, 'train')
    .option('--limit <n>', 'items in all', wholeNumber('--limit', 1), 100)
    .option('--min-steps <n>', 'shorter paths are stored but not counted as kept', wholeNumber('--min-steps', 1), 3)
    .option('--student <checkpoint>', 'the model the paths are for: id, name, base or latest; left out: base')
    .option('--prompt <name>', 'a prompt of resources/prompts', 'vilasr')
    .option('--style <name>', "a drawing style of resources/drawStyles; left out: the student's")
    .option('--temperature <t>', '0 = greedy', realNumber('--temperature', 0, 2), 0.7)
    .option('--turn-tokens <n>', 'of a turn at most', wholeNumber('--turn-tokens', 1), 2048)
    .option('--turns <n>', 'of a path at most', wholeNumber('--turns', 1), 10)
    .option('--seed <n>', 'seed', wholeNumber('--seed', 0), 1)
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: TeachOptions) => withProject(dir, options, (session) => teach(session, options)))
}

async function addEndpoint(name: string, options: AddOptions): Promise<void> {
  const { promptPrice, completionPrice } = options
  const priced = promptPrice !== undefined || completionPrice !== undefined
  const endpoint = Endpoint.safeParse({
    name, baseUrl: options.url, model: options.model, parallelism: options.parallelism, timeoutSeconds: options.timeout, retries: options.retries,
    price: priced ? { prompt: promptPrice ?? 0, completion: completionPrice ?? 0 } : null, tokenLimit: options.tokenLimit
  })
  if (!endpoint.success) throw wrongWish(endpoint.error.issues[0])
  const known = await new EndpointStore().add(endpoint.data, await readKey(options.keyFile))
  tellEndpoints(options, [known])
}

/** Never an argument: those are seen by every program on the machine. */
async function readKey(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null
  const key = (file === '-' ? await text(process.stdin) : await readKeyFile(file)).trim()
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new SightlineError('bad_input', 'The key must be one line of printable characters', { where: file === '-' ? 'standard input' : file })
}

async function readKeyFile(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: unknown) => {
    throw new SightlineError('unreadable_file', 'The key file cannot be read', { where: file, cause: error })
  })
}

async function listEndpoints(options: CommonOptions): Promise<void> {
  tellEndpoints(options, await new EndpointStore().list())
}

async function testEndpoint(name: string, options: CommonOptions): Promise<void> {
  const output = openOutput(options.json === true)
  const { endpoint, key } = await new EndpointStore().open(name)
  const models = await new ChatClient({ ...endpoint, retries: 0 }, key).models()
  const modelFound = models.includes(endpoint.model)
  output.event({ kind: 'endpointTest', name, models, modelFound })
  if (!output.json) output.line(`${modelFound ? 'It has' : 'It has NOT'} the model ${endpoint.model}; it offers: ${models.join(', ')}`)
  if (!modelFound) process.exitCode = 1
}

function tellEndpoints(options: CommonOptions, endpoints: readonly KnownEndpoint[]): void {
  const output = openOutput(options.json === true)
  for (const endpoint of endpoints) output.event({ kind: 'endpoint', ...endpoint })
  if (output.json) return
  if (endpoints.length === 0) return output.line('There is no endpoint; add one with `endpoint add`')
  output.line(alignTable([['name', 'model', 'address', 'key'], ...endpoints.map(({ name, model, baseUrl, hasKey }) => [name, model, baseUrl, hasKey ? 'yes' : 'no'])]))
}

async function teach({ workshop, output }: Session, options: TeachOptions): Promise<void> {
  const itemIds = await firstAcrossTasks(workshop.project, { split: options.split }, options.task, options.limit)
  if (itemIds.length === 0) throw new SightlineError('bad_input', 'There is no item to teach', { where: `split ${options.split}`, advice: 'Generate or import items into this split' })
  const request = PrelabelRequest.safeParse({
    writer: { kind: 'endpoint', name: options.endpoint }, source: { kind: 'items', itemIds }, skip: 'withOwn', minSteps: options.minSteps, prompt: options.prompt,
    studentId: options.student === undefined ? null : chooseCheckpoint(workshop, options.student).id, drawStyle: options.style ?? null,
    temperature: options.temperature, maxTurnTokens: options.turnTokens, maxTurns: options.turns, seed: options.seed
  })
  if (!request.success) throw wrongWish(request.error.issues[0])
  const summary = await follow(workshop, (await startPrelabel(workshop, request.data)).jobId, output)
  if (!output.json) output.line(`${summary['kept']} of ${summary['paths']} paths are worth learning from`)
}

function wrongWish(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): SightlineError {
  const field = String(issue?.path[0] ?? '')
  return new SightlineError('bad_input', issue?.message ?? 'The request does not fit', { where: WORDS[field] ?? `--${field}` })
}
