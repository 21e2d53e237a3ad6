import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importableFolders, resolveModelFolder } from '#main/api/modelFolders.ts'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { forkEngine } from '#main/jobs/engineProcess.ts'
import { resourcesFolder } from '#main/jobs/workshop.ts'
import { Workload } from '#shared/domain/modelFacts.ts'

const ENGINE = join(import.meta.dirname, '../../src/main/engine/main.ts')
const pocket = join(resourcesFolder(), 'pocket')

let root: string
let studio: Studio
let models: string
const clientOf = ({ router }: Studio) => createRouterClient(router)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-models-'))
  models = join(root, 'downloads')
  await cp(pocket, join(models, 'hub', 'tiny'), { recursive: true })
  studio = await openStudio({ folder: join(root, 'project'), rendererFolder: null, threads: 1, modelFolders: [models], spawnEngine: () => forkEngine(ENGINE) })
})
afterAll(async () => {
  await studio.close()
  await rm(root, { recursive: true, force: true })
})

describe('which folders a door may import from', () => {
  it('are the inbox and those it was started with, links followed', async () => {
    const project = studio.workshop.project.folder
    await mkdir(join(project, 'inbox', 'batch'), { recursive: true })
    expect(await resolveModelFolder(project, [models], 'inbox/batch')).toBe(join(project, 'inbox', 'batch'))
    expect(await resolveModelFolder(project, [models], join(models, 'hub'))).toBe(join(models, 'hub'))
    await symlink(root, join(models, 'escape'))
    for (const path of [root, 'models', '../..', 'inbox/../models', join(models, 'escape'), `${models}-more`, '/nowhere']) {
      await expect(resolveModelFolder(project, [models], path)).rejects.toMatchObject({ code: 'outside_project' })
    }
    await expect(resolveModelFolder(project, [models], join(models, 'gone'))).rejects.toMatchObject({ code: 'not_found' })
    expect(await resolveModelFolder(project, null, root)).toBe(root)
    await expect(resolveModelFolder(project, null, '/nowhere')).rejects.toMatchObject({ code: 'not_found' })
    await rm(join(models, 'escape'))
  })

  it('are searched for checkpoints', async () => {
    await cp(pocket, join(studio.workshop.project.folder, 'inbox', 'batch', 'mine'), { recursive: true })
    expect(await importableFolders(studio.workshop.project.folder, [models])).toEqual(['inbox/batch/mine', join(models, 'hub', 'tiny')])
  })
})

describe('a model of the project', () => {
  it('is imported by the engine, listed and described; importing it again is a conflict', async () => {
    const client = clientOf(studio)
    const before = await client.models.list()
    const { jobId } = await client.models.import({ path: join(models, 'hub', 'tiny'), name: 'My Tiny / VL' })
    await studio.workshop.runner.idle()
    expect(await client.jobs.get({ jobId })).toMatchObject({ status: 'finished' })
    const imported = (await client.models.list()).find(({ name }) => name === 'My Tiny / VL')
    expect(imported).toMatchObject({ family: 'qwen2_5_vl', parameters: before[0]?.parameters, runId: null, hash: before[0]?.hash })
    expect(imported?.folder).toMatch(/^models\/My-Tiny-VL-[0-9a-f]{8}$/)
    const { facts, plans, machineBytes } = await client.models.describe({ checkpointId: imported?.id as never, workload: Workload.parse({ batch: 1, tokens: 512, images: 1, pixels: 12544 }) })
    expect(facts).toMatchObject({ family: 'qwen2_5_vl', files: 1, template: 'own' })
    expect(facts.parameters.total).toBe(imported?.parameters)
    expect(plans.map(({ use, fits }) => [use, fits])).toEqual([['rollout', 'yes'], ['lora', 'yes'], ['blockwise', 'yes'], ['device', 'yes'], ['full', 'yes']])
    expect(machineBytes).toBeGreaterThan(0)
    const again = await client.models.import({ path: join(models, 'hub', 'tiny'), name: 'My Tiny / VL' })
    await studio.workshop.runner.idle()
    expect(await client.jobs.get({ jobId: again.jobId })).toMatchObject({ status: 'failed', error: { code: 'conflict' } })
  })

  it('does not become what the course starts from', async () => {
    const { baseCheckpoint } = await import('#main/api/baseModel.ts')
    expect(baseCheckpoint(studio.workshop.project)?.name).toBe('pocket')
  })

  it('is refused with the reason when the folder is broken', async () => {
    const broken = join(models, 'broken')
    await cp(pocket, broken, { recursive: true })
    await rm(join(broken, 'tokenizer.json'))
    const client = clientOf(studio)
    const { jobId } = await client.models.import({ path: broken })
    await studio.workshop.runner.idle()
    expect(await client.jobs.get({ jobId })).toMatchObject({ status: 'failed', error: { code: 'bad_checkpoint', message: expect.stringContaining('tokenizer.json') as string } })
  })
})
