import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportVilasr } from '#main/curate/exporters/vilasr.ts'
import { generateItems } from '#main/curate/generate.ts'
import { importFile } from '#main/curate/importers/vilasr.ts'
import { getItem, listItemIds } from '#main/store/items.ts'
import type { ProjectReader } from '#main/store/project.ts'
import { temporaryFolder, temporaryProject } from '../store/fixtures.ts'

const facts = (project: ProjectReader) => listItemIds(project).map((id) => {
  const { task, split, tags, question, answer, options, questionType, dataType, images } = getItem(project, id)
  return { task, split, tags, question, answer, options, questionType, dataType, blobs: images.map(({ blob }) => blob) }
})

describe('exporting ViLaSR records', () => {
  it('gives back the same questions over the same pictures when imported, and says what is lost', async () => {
    const project = temporaryProject()
    await importFile(project, path.resolve('test/fixtures/real/qa.jsonl'))
    await generateItems(project, { generator: 'count', count: 3, seed: 1, split: 'test', teacherPaths: false, reflectiveShare: 0 })
    const folder = path.join(temporaryFolder(), 'out')
    const report = await exportVilasr(project, folder, listItemIds(project))
    expect(report).toMatchObject({ items: 12, lost: [expect.stringContaining('ground-truth'), expect.stringContaining('videos')] })
    const again = temporaryProject()
    expect((await importFile(again, path.join(folder, 'vilasr_rl_data.jsonl'))).refused).toEqual([])
    expect(facts(again)).toEqual(facts(project))
  })

  it('leaves no record file behind when stopped', async () => {
    const project = temporaryProject()
    await generateItems(project, { generator: 'count', count: 3, seed: 1, split: 'test', teacherPaths: false, reflectiveShare: 0 })
    const folder = temporaryFolder()
    const stop = new AbortController()
    await expect(exportVilasr(project, folder, listItemIds(project), { signal: stop.signal, onProgress: () => stop.abort() })).rejects.toMatchObject({ code: 'cancelled' })
    expect(existsSync(path.join(folder, 'vilasr_rl_data.jsonl'))).toBe(false)
    await exportVilasr(project, folder, listItemIds(project, { split: 'test' }))
    expect(readFileSync(path.join(folder, 'vilasr_rl_data.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3)
  })
})
